"""What a number of a day usually is, learnt from the days before."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST_DAYS = 7
"""Days without which nothing is usual."""


@dataclass(frozen=True, slots=True)
class Usual:
    """A mean over things of a day, on several days: `mean` and `spread` (standard deviation) of it.

    `things`: how many a day has, in the median; a day of fewer is known less well.
    """

    mean: float
    spread: float
    things: float

    @classmethod
    def of(cls, values: Sequence[float], things: Sequence[int], least: float = 0.0) -> Usual:
        """Of one value a day, at least two. `least`: a smaller spread counts as this, > 0 where all days may agree."""
        spread = max(float(np.std(values, ddof=1)), least)
        return cls(float(np.mean(values)), spread, float(np.median(things)))

    def deviations(self, value: float, things: int) -> float:
        """How far out the value of a day with so many things is, below the mean negative."""
        return (value - self.mean) / (self.spread * math.sqrt(max(1.0, self.things / max(1, things))))
