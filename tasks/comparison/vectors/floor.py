"""The noise floor: how much a space changes when nothing changes but the seed.

A version is compared with a twin that was trained on the same inputs with another seed. What the two differ by is
no news of anybody; a night is judged by how many times more it moves. Floors are kept by popularity too: vectors of
ids with few events are less sure of themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
from pydantic import TypeAdapter

from tasks.comparison.distributions.distribution import Distribution
from tasks.comparison.vectors.neighbours import Overlap
from tasks.comparison.vectors.paired import OUTLIER_DISTANCE, Changes, GroupChange, Groups, Paired
from tasks.comparison.vectors.rows import Floats
from warehouse.vectors import Ids

POPULARITY = "popularity"
"""The grouping whose limits are those of the floor's group with the same label."""

SMALLEST = 1e-6
"""A floor below this is rounding."""

Status = Literal["measured", "zero", "missing"]
MOST_EXCHANGED = 0.95
"""A turnover above this is taken as this: nothing is left to tell chance by."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """What the chance of a log changes in a space: a twin that learnt without a `share` of the events, drawn evenly.

    Which birds happened to meet which flits moves vectors too, and the more the fewer events an id has: another seed
    does not show it. `cosine`, `overlap_at_50`: means; `norm_change`: the median, without its sign; `outlier_share`: of
    the common ids; `misplaced`: a count of them; as they are found of a night.
    """

    share: float
    cosine: float | None = None
    overlap_at_50: float | None = None
    norm_change: float | None = None
    outlier_share: float | None = None
    misplaced: float | None = None

    def of(self, measured: float | None, turnover: float | None) -> float:
        """What `measured` is at another turnover than `share`; 0 where nothing was measured.

        The variance of what is learnt from n events falls with n: of n that grew by a share t it is t / (1 − t) of
        that of all of them.
        """
        return (measured or 0.0) * _odds(min(turnover or 0.0, MOST_EXCHANGED)) / _odds(self.share)


def _odds(share: float) -> float:
    return share / (1 - share)


@dataclass(frozen=True, slots=True)
class Floor:
    """What another seed changes in a space.

    `measured`: against a twin; `zero`: the method draws nothing at random, equal inputs give equal vectors;
    `missing`: not known, for the reason in `note`. `day`: whose inputs the twins learnt from; `seeds`: of the
    version and its twin; `events`: how many the inputs hold; `seconds`: what training the twins took. `paired`,
    `neighbours`, `distribution`: twin against version, as a night against its predecessor. `sampling`: None where the
    log is large, or nothing of it can be left out.
    """

    status: Status = "missing"
    note: str = "not measured"
    day: str | None = None
    seeds: tuple[int, int] | None = None
    events: int = 0
    seconds: float = 0.0
    paired: Paired = field(default_factory=Paired)
    neighbours: Overlap = field(default_factory=Overlap)
    distribution: Distribution = field(default_factory=Distribution)
    sampling: Sampling | None = None

    @classmethod
    def zero(cls) -> Floor:
        return cls("zero", "the method draws nothing at random: a floor of zero")

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Floor:
        """What `as_json` gave. pydantic's ValidationError, a ValueError, for anything else."""
        return TypeAdapter(cls).validate_python(document)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def by_chance(self, measured: str, turnover: float | None) -> float:
        """What the chance of the log alone gives at this turnover, by the name of a field of `Sampling`; 0 if unknown.

        Cosine and overlap as a distance from 1, beyond what another seed does.
        """
        if self.sampling is None:
            return 0.0
        found = getattr(self.sampling, measured)
        of_seed = {"cosine": self.mean_cosine, "overlap_at_50": self.overlap_at_50}
        if measured in of_seed:
            seed = of_seed[measured]
            found = None if found is None or seed is None else max(0.0, seed - found)
        return self.sampling.of(found, turnover)

    @property
    def mean_cosine(self) -> float | None:
        """1 where the floor is zero, None where it is not known."""
        return 1.0 if self.status == "zero" else self.paired.cosine.mean

    @property
    def overlap_at_10(self) -> float | None:
        return 1.0 if self.status == "zero" else self.neighbours.overlap_at_10

    @property
    def overlap_at_50(self) -> float | None:
        return 1.0 if self.status == "zero" else self.neighbours.overlap_at_50

    def outliers_below(self, changes: Changes, groups: Groups) -> Floats:
        """The cosine below which each common id, (n,), has moved unlike what its seed could do.

        The first percentile of the floor among ids of its popularity, or of all, less `OUTLIER_DISTANCE`.
        Where no floor is known the night's own spread decides.
        """
        count = len(changes.cosine)
        if self.status == "missing":
            limit = changes.outliers_below()
            return np.full(count, np.nan if limit is None else limit)
        lowest = 1.0 if self.status == "zero" else self.paired.cosine.p01
        below = np.full(count, (1.0 if lowest is None else lowest) - OUTLIER_DISTANCE)
        labels = groups.get(POPULARITY)
        if labels is not None:
            _by_label(below, labels[changes.common.new_rows], self._lowest())
        return below

    def _lowest(self) -> dict[str, float]:
        return {
            group.label: group.cosine.p01 - OUTLIER_DISTANCE
            for group in self.paired.groups
            if group.grouping == POPULARITY and group.cosine.p01 is not None
        }

    def beside(self, paired: Paired) -> Paired:
        """`paired` with each group's floor and multiple; groups that the floor does not know take that of all."""
        known = {(group.grouping, group.label): group.cosine.mean for group in self.paired.groups}
        return replace(
            paired,
            groups=tuple(
                self._with_floor(group, known.get((group.grouping, group.label))) for group in paired.groups
            ),
        )

    def _with_floor(self, group: GroupChange, floor: float | None) -> GroupChange:
        cosine = self.mean_cosine if floor is None else floor
        return replace(group, floor_cosine=cosine, multiple=multiple(group.cosine.mean, cosine))


@dataclass(frozen=True, slots=True)
class Multiples:
    """How many times more a night changed than another seed does: 1 is noise.

    `cosine`: of 1 − mean aligned cosine; `overlap_at_10`, `overlap_at_50`: of 1 − overlap; `norm_change`: of the
    typical change of length. None where a floor is zero or not known.
    """

    cosine: float | None = None
    overlap_at_10: float | None = None
    overlap_at_50: float | None = None
    norm_change: float | None = None

    @classmethod
    def of(cls, paired: Paired, neighbours: Overlap, floor: Floor) -> Multiples:
        return cls(
            multiple(paired.cosine.mean, floor.mean_cosine),
            multiple(neighbours.overlap_at_10, floor.overlap_at_10),
            multiple(neighbours.overlap_at_50, floor.overlap_at_50),
            _ratio(paired.typical_norm_change, floor.paired.typical_norm_change),
        )


def multiple(value: float | None, floor: float | None) -> float | None:
    """(1 − value) / (1 − floor): how far from unchanged, in units of the floor; None without a floor below 1."""
    return None if value is None or floor is None else _ratio(1 - value, 1 - floor)


def _ratio(value: float | None, floor: float | None) -> float | None:
    return None if value is None or not floor or floor < SMALLEST else value / floor


def _by_label(below: Floats, labels: Ids, known: Mapping[str, float]) -> None:
    for label, limit in known.items():
        below[labels == label] = limit
