"""Everything that the gate judges, and `distribution`, which it does not.

The same fields every night; None where a number has no meaning.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from tasks.comparison.distributions.distribution import Distribution
from tasks.comparison.inputs.input_drift import InputDrift
from tasks.comparison.inputs.new_ids import NewIds
from tasks.comparison.inputs.topics import Topics
from tasks.comparison.inputs.trends import Trends
from tasks.comparison.vectors.floor import Floor, Multiples
from tasks.comparison.vectors.misplaced_ids import Identity
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
class Scored:
    """A version's own recall@10, on the days from `cut` to the end of its `day`."""

    day: date
    cut: date
    recall: Quality


@dataclass(frozen=True, slots=True)
class Decline:
    """A version's recall@10 against the best that the space had in the fortnight before: small steps down add up.

    `best`: mean of three successive released versions, the last of them on `best_day`, of `versions` in the fortnight.
    `spread`: standard deviation of what two such numbers differ by where nothing is wrong; `deviations`: how far
    `recall` is below, in it. None without five scored versions.
    """

    recall: float | None = None
    best: float | None = None
    best_day: str | None = None
    versions: int = 0
    spread: float | None = None
    deviations: float | None = None
    note: str = ""

    @classmethod
    def of(cls, now: Scored, before: Sequence[Scored]) -> Decline:
        """`before`: released versions of earlier days, in order; those of the fortnight are what it is held against.

        Days that are scored overlap from night to night, and are hard or easy together. So the spread is what versions
        without a common day differed by; not less than twice the error of one number, nor than a twelfth of the best.
        """
        known = [one for one in before if one.recall.mean is not None and one.day < now.day]
        fortnight = [one for one in known if (now.day - one.day).days <= FORTNIGHT]
        if now.recall.mean is None or len(fortnight) < FEWEST_SCORED:
            few = f"{len(fortnight)} scored versions in the fortnight before, {FEWEST_SCORED} needed"
            return cls(now.recall.mean, versions=len(fortnight), note=now.recall.note or few)
        runs = [fortnight[first : first + RUN] for first in range(len(fortnight) - RUN + 1)]
        best = max(runs, key=_mean)
        variance = max(
            2 * float(np.mean([_error(one) ** 2 for one in (*best, now)])),
            _between(known),
            (_mean(best) / 12) ** 2,
        )
        spread = math.sqrt(variance * (1 + 1 / RUN))
        below = _mean(best) - now.recall.mean
        return cls(
            now.recall.mean,
            _mean(best),
            best[-1].day.isoformat(),
            len(fortnight),
            spread,
            below / spread if spread else 0.0,
        )


FORTNIGHT, FEWEST_SCORED, RUN = 14, 5, 3
"""Days; scored versions of them without which nothing is judged; successive ones that the best is a mean of."""
_NORMAL_95 = 1.96


def _mean(versions: Sequence[Scored]) -> float:
    return float(np.mean([one.recall.mean for one in versions]))


def _error(one: Scored) -> float:
    """Standard error of one recall; 0 where there is no interval."""
    low, high = one.recall.low, one.recall.high
    return 0.0 if low is None or high is None else (high - low) / (2 * _NORMAL_95)


def _between(versions: Sequence[Scored]) -> float:
    """Variance of one recall, by versions that are scored on no common day; 0 where there are none."""
    apart = [
        (one.recall.mean - other.recall.mean) ** 2 / 2  # type: ignore[operator]
        for place, other in enumerate(versions)
        for one in versions[:place]
        if one.day < other.cut
    ]
    return float(np.mean(apart)) if apart else 0.0


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
    popularity; all on the same days and birds. `decline`: its recall against the best of a fortnight.
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
    decline: Decline = field(default_factory=Decline)
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
