"""What a number of a day usually is, learnt from the days before."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEWEST_DAYS = 7
"""Days without which nothing is usual."""
_PRIOR_SPREAD, _PRIOR_DAYS = 0.25, 4
"""What a count differs by from day to day before the log is known, as sure as if seen on four days."""


@dataclass(frozen=True, slots=True)
class Usual:
    """A mean over things of a day, on several days: `mean` and `spread` (standard deviation) of it.

    `things`: how many a day has, in the median; a day of fewer is known less well.
    """

    mean: float
    spread: float
    things: float

    @classmethod
    def of(
        cls, values: Sequence[float], things: Sequence[int], least: float = 0.0, prior: float | None = None
    ) -> Usual:
        """Of one value a day, at least two. `least`: a smaller spread counts as this, > 0 where all days may agree.

        `prior`: the spread that is expected before any day is known, as sure as if seen on four.
        """
        variance = float(np.var(values, ddof=1))
        if prior is not None:
            variance = _learnt(variance, len(values), prior)
        return cls(float(np.mean(values)), max(math.sqrt(variance), least), float(np.median(things)))

    def spread_of(self, things: int) -> float:
        """Of a day with so many things: a day of fewer than usual is known less well."""
        return self.spread * math.sqrt(max(1.0, self.things / max(1, things)))

    def deviations(self, value: float, things: int) -> float:
        """How far out the value of a day with so many things is, below the mean negative."""
        return (value - self.mean) / self.spread_of(things)


def log_deviations(
    events: int, expected: float, before: NDArray[np.float64], usual: NDArray[np.float64] | float
) -> tuple[float, float]:
    """Spread, and deviations in it, of log((events + 1) / (expected + 1)).

    Learnt from the counts of the days `before` against what was `usual` on each, (n,): what chance gives a Poisson
    number, and what the log adds.
    """
    chance = (1 + 1 / len(before)) / (expected + 1)
    squares = np.log((before + 1) / (usual + 1)) ** 2 - 1 / (np.asarray(usual) + 1)
    spread = math.sqrt(chance + _learnt(max(0.0, float(np.mean(squares))), len(before), _PRIOR_SPREAD))
    return spread, math.log((events + 1) / (expected + 1)) / spread


def _learnt(variance: float, days: int, prior: float) -> float:
    weight = days / (days + _PRIOR_DAYS)
    return weight * variance + (1 - weight) * prior**2
