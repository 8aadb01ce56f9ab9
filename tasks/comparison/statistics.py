"""Everything that the gate judges, and `distribution`, which it does not.

The same fields every night; None where a number has no meaning.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from tasks.comparison.inputs.drift import InputDrift
from tasks.comparison.inputs.new_ids import NewIds
from tasks.comparison.inputs.topics import Topics
from tasks.comparison.inputs.trends import Trends
from tasks.comparison.vectors.distribution import Distribution
from tasks.comparison.vectors.floor import Floor, Multiples
from tasks.comparison.vectors.identity import Identity
from tasks.comparison.vectors.neighbours import Overlap
from tasks.comparison.vectors.paired import Paired, Population
from tasks.comparison.vectors.structure import Structure


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
    """One ranking's recall@10 less another's, paired over the same birds.

    `birds`: how many were scored. `mean`, `low`, `high`: mean difference and its confidence interval; None
    where nothing was scored, for the reason in `note`.
    ValueError for numbers that are not finite, or an interval that does not hold its order.
    """

    birds: int = 0
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""

    def __post_init__(self) -> None:
        given = [value for value in (self.low, self.mean, self.high) if value is not None]
        if not all(math.isfinite(value) for value in given):
            raise ValueError(
                f"differences in recall must be finite, found {given}; None stands for not scored"
            )
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"the interval begins at {self.low} and ends before, at {self.high}")

    def surely_below(self, limit: float = 0.0) -> bool:
        """Whether the whole interval is: not where the difference is unsure, a tie, or not known."""
        return self.high is not None and self.high < limit


@dataclass(frozen=True, slots=True)
class Origin:
    """The version against the oldest one that is kept of its chain of predecessors in this space.

    Small steps add up: each night may be sound, and the space still be another than the one that consumers
    fitted their models to. `days`: between the two. `cosine`: mean over the common ids; `multiple`: in units of
    the floor. None where the predecessor is the oldest itself, or there is none.
    """

    version: str | None = None
    days: int | None = None
    common: int | None = None
    cosine: float | None = None
    multiple: float | None = None
    overlap_at_50: float | None = None


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
    """One version against its predecessor. `old_structure` is None where there is no predecessor.

    `quality`: against popularity; `quality_change`: against the predecessor; `quality_before`: the predecessor against
    popularity; all on the same days and birds.
    `same_inputs`: whether the predecessor learnt from the very same logs, None where not known. `active_share`:
    of the predecessor's ids that had events since, as far as vectors are made of events. `news`: events, or flits
    posted, of the last day, whichever the space reads; None where that is not known.
    """

    new_structure: Structure
    population: Population
    coverage: Coverage
    quality: Quality
    quality_change: Quality = field(default_factory=Quality)
    quality_before: Quality = field(default_factory=Quality)
    same_inputs: bool | None = None
    active_share: float | None = None
    news: int | None = None
    old_structure: Structure | None = None
    frame: Frame = field(default_factory=Frame)
    paired: Paired = field(default_factory=Paired)
    neighbours: Overlap = field(default_factory=Overlap)
    floor: Floor = field(default_factory=Floor)
    multiples: Multiples = field(default_factory=Multiples)
    identity: Identity = field(default_factory=Identity)
    origin: Origin = field(default_factory=Origin)
    topics: Topics = field(default_factory=Topics)
    trends: Trends = field(default_factory=Trends)
    distribution: Distribution = field(default_factory=Distribution)
    inputs: InputDrift = field(default_factory=InputDrift)
    new_ids: NewIds = field(default_factory=NewIds)
