"""Everything that the gate judges, and `distribution`, which it does not.

The same fields every night; None where a number has no meaning.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from tasks.comparison.distribution import Distribution
from tasks.comparison.neighbours import Overlap
from tasks.comparison.paired import Paired, Population
from tasks.comparison.structure import Structure


@dataclass(frozen=True, slots=True)
class Coverage:
    """Share of the known ids that have a vector, in either version, None where no id is known.

    `drop`: the part of the old share that is lost, negative where it grew.
    """

    old_share: float | None = None
    new_share: float | None = None
    drop: float | None = None

    @classmethod
    def of(cls, old_share: float | None, new_share: float | None) -> Coverage:
        if not old_share or new_share is None:
            return cls(old_share, new_share)
        return cls(old_share, new_share, (old_share - new_share) / old_share)


@dataclass(frozen=True, slots=True)
class Quality:
    """The version's recall@10 less popularity's, paired over the same birds.

    `birds`: how many were scored. `mean`, `low`, `high`: mean difference and its confidence interval; None
    where nothing was scored. ValueError for numbers that are not finite, or an interval that does not hold
    its order.
    """

    birds: int = 0
    mean: float | None = None
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        given = [value for value in (self.low, self.mean, self.high) if value is not None]
        if not all(math.isfinite(value) for value in given):
            raise ValueError(
                f"differences to popularity must be finite, found {given}; None stands for not scored"
            )
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"the interval begins at {self.low} and ends before, at {self.high}")


@dataclass(frozen=True, slots=True)
class Frame:
    """Whether coordinates of the two versions may be compared, and how the newer one was aligned.

    `comparable`: None where there is no predecessor; `reason`: why it is False.
    `status`, `residual`: of the newer version's alignment, None where it is not known.
    """

    comparable: bool | None = None
    status: str | None = None
    residual: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Statistics:
    """One version against its predecessor. `old_structure` is None where there is no predecessor."""

    new_structure: Structure
    population: Population
    coverage: Coverage
    quality: Quality
    old_structure: Structure | None = None
    frame: Frame = field(default_factory=Frame)
    paired: Paired = field(default_factory=Paired)
    neighbours: Overlap = field(default_factory=Overlap)
    distribution: Distribution = field(default_factory=Distribution)
