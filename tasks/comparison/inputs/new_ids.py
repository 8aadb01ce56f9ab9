"""Where the ids of the last day lie: as far apart, and in the same place, as those of the days before?

A comparison of ids that both versions hold says nothing of what is new. Texts that are all alike, empty of meaning or
garbled give vectors that crowd together: on a log of people the mean cosine of two flits of one day is 0.10 ± 0.02, of
boilerplate 1.0, of the same texts read backwards 0.43. All days are measured in the one version, so that its axes do
not matter; its vectors must not depend on how old an id is.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from tasks.comparison.inputs.joins import DAYS as FIT_DAYS
from tasks.comparison.inputs.joins import FEWEST_BIRDS, HISTORY, MOST_BIRDS, MOST_FLITS, Fit, fit_of
from tasks.comparison.inputs.usual import FEWEST_DAYS, Usual
from tasks.comparison.vectors.rows import Floats, directions
from warehouse.vectors import Matrix

DAYS = 29
"""The last day, and four weeks to hold it against."""
FEWEST = 8
"""Ids of a day without which it is not looked at."""
_LEAST_SPREAD = 0.02


@dataclass(frozen=True, slots=True)
class NewIds:
    """The ids of the last day against those of the `days` before; None where there are too few of either.

    `alike`: mean cosine between two of them, `usually` on the days before. `place`: mean cosine to the mean direction
    of the ids of all other days. The deviations of both, positive where they are more alike, or farther away.
    """

    ids: int | None = None
    days: int = 0
    alike: float | None = None
    usually_alike: float | None = None
    alike_deviations: float | None = None
    place: float | None = None
    usual_place: float | None = None
    place_deviations: float | None = None
    fit: Fit = field(default_factory=Fit)

    @classmethod
    def of(cls, matrix: Matrix, age: NDArray[np.int64], met: Meetings | None = None) -> NewIds:
        """`matrix`: (n, d); `age`: (n,), whole days before the end of the last one, negative where not known.

        `met`: who wrote or touched them, and when.
        """
        found = cls._placed(matrix, age)
        return found if met is None else replace(found, fit=_fit(matrix, age, met))

    @classmethod
    def _placed(cls, matrix: Matrix, age: NDArray[np.int64]) -> NewIds:
        groups = [directions(matrix[age == days]).astype(np.float64) for days in range(DAYS)]
        today, before = groups[0], [group for group in groups[1:] if len(group) >= FEWEST]
        if len(today) < FEWEST or len(before) < FEWEST_DAYS:
            return cls(len(today), len(before))
        sizes = [len(group) for group in before]
        alike = Usual.of([_alike(group) for group in before], sizes, _LEAST_SPREAD)
        sums = np.array([group.sum(axis=0) for group in before])
        everything = sums.sum(axis=0)
        places = [_place(group, everything - own) for group, own in zip(before, sums, strict=True)]
        place = Usual.of(places, sizes, _LEAST_SPREAD)
        found, where = _alike(today), _place(today, everything)
        return cls(
            len(today),
            len(before),
            found,
            alike.mean,
            alike.deviations(found, len(today)),
            where,
            place.mean,
            -place.deviations(where, len(today)),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Meetings:
    """Bird, row of the flit, and whole days before the end of the last day, (m,) each."""

    bird: NDArray[np.int64]
    row: NDArray[np.int64]
    days: NDArray[np.int64]


def _fit(matrix: Matrix, age: NDArray[np.int64], met: Meetings) -> Fit:
    """Of the flits of the last day, each day's held against what its birds met in the four weeks before it."""
    today, *before = (_fit_of_day(matrix, age, met, day) for day in range(FIT_DAYS + 1))
    return Fit.of(today, before)


def _fit_of_day(matrix: Matrix, age: NDArray[np.int64], met: Meetings, day: int) -> tuple[int, float | None]:
    """How many birds with a history met flits of the day, and how well they fit."""
    earlier = (met.days > day) & (met.days <= day + HISTORY)
    now = (met.days == day) & (age[met.row] == day)
    birds = np.intersect1d(met.bird[earlier], met.bird[now])[:MOST_BIRDS]
    rows = np.unique(met.row[now & np.isin(met.bird, birds)])[:MOST_FLITS]
    if len(birds) < FEWEST_BIRDS or len(rows) < 2:
        return len(birds), None
    known = earlier & np.isin(met.bird, birds)
    histories = np.zeros((len(birds), matrix.shape[1]), dtype=np.float32)
    np.add.at(histories, np.searchsorted(birds, met.bird[known]), directions(matrix[met.row[known]]))
    touched = np.zeros((len(birds), len(rows)), dtype=np.bool_)
    here = now & np.isin(met.bird, birds) & np.isin(met.row, rows)
    touched[np.searchsorted(birds, met.bird[here]), np.searchsorted(rows, met.row[here])] = True
    scores = directions(histories).astype(np.float64) @ directions(matrix[rows]).T
    return len(birds), fit_of(scores, touched)


def _alike(units: Floats) -> float:
    """The mean cosine between two different rows, (n, d), n > 1: the squared length of the sum has each pair twice."""
    n, total = len(units), units.sum(axis=0)
    return float((total @ total - (units * units).sum()) / (n * (n - 1)))


def _place(units: Floats, direction: Floats) -> float:
    length = float(np.linalg.norm(direction))
    return float((units @ direction).mean() / length) if length else 0.0
