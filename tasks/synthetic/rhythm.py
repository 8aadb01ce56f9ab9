"""When birds are awake: hours of the day, days of the week, and where they live."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tasks.synthetic.randomness import Integers, pick

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

PLACES = ("US", "UK", "DE", "IN", "BR", "ES", "JP", "AU", "ZA", "NZ")
PLACE_SHARES = np.array([0.30, 0.17, 0.11, 0.10, 0.07, 0.08, 0.06, 0.05, 0.03, 0.03])
OFFSETS_MS = (np.array([-5.0, 0.0, 1.0, 5.5, -3.0, 1.0, 9.0, 10.0, 2.0, 12.0]) * HOUR_MS).astype(np.int64)
"""Local time minus UTC, by place."""

_WORKDAY = [2, 1, 1, 1, 1, 3, 8, 14, 12, 7, 6, 7, 12, 10, 7, 6, 7, 11, 14, 18, 22, 20, 12, 5]
_WEEKEND = [5, 3, 2, 1, 1, 1, 3, 6, 11, 15, 16, 14, 12, 12, 12, 11, 11, 12, 14, 17, 20, 20, 15, 9]
_WEEKDAYS = np.array([0.94, 0.92, 0.94, 0.97, 1.02, 1.13, 1.08])
"""Monday to Sunday, mean 1."""


def weekday_factor(weekday: int) -> float:
    """How busy a day is; 0 is Monday."""
    return float(_WEEKDAYS[weekday])


def waking_times(rng: np.random.Generator, places: NDArray[np.int8], weekday: int) -> Integers:
    """(n,) milliseconds after midnight UTC, one for each bird's place, by its local clock."""
    hours = np.array(_WEEKEND if weekday >= 5 else _WORKDAY, dtype=np.float64)
    local = pick(rng, hours, len(places)) * HOUR_MS + rng.integers(0, HOUR_MS, len(places))
    return (local - OFFSETS_MS[places]) % DAY_MS
