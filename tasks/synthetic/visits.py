"""When birds are awake, when they look: visits at waking hours, and the views in them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tasks.synthetic.birds import Population
from tasks.synthetic.interactions import Batch, share_of
from tasks.synthetic.parameters import SyntheticParameters
from tasks.synthetic.randomness import Integers, pick, row_of

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


_VIEWS_A_VISIT = 6.0
_REACTION_MS = 60_000
"""Reactions follow their view by less."""

_LONGEST_LOOK_MS = 600_000


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """Moments at which a bird looks: its row in the chunk, when, in which visit of the batch, for how long."""

    bird: Integers
    at_ms: Integers
    visit: Integers
    dwell_ms: Integers

    def __getitem__(self, rows: Integers) -> Self:
        return type(self)(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def views_of(
    rng: np.random.Generator,
    parameters: SyntheticParameters,
    birds: Population,
    batch: Batch,
    views_per_bird: float,
) -> Views:
    """The views of a batch: on its day, visit by visit, one after the other; none passes midnight."""
    weekday = (parameters.first_day.weekday() + batch.day) % 7
    visits = views_per_bird * weekday_factor(weekday) * share_of(parameters, batch.lag) / _VIEWS_A_VISIT
    visitor = row_of(rng.poisson(visits * birds.activity * birds.awake(batch.day)))
    visit = row_of(1 + rng.poisson(_VIEWS_A_VISIT - 1, len(visitor)))
    dwell = np.minimum(rng.lognormal(8.3, 1.0, len(visit)), _LONGEST_LOOK_MS).astype(np.int64) + 300
    pause = rng.exponential(4_000, len(visit)).astype(np.int64)
    length = np.bincount(visit, weights=dwell + pause, minlength=len(visitor)).astype(np.int64)
    # A visit that would reach midnight begins earlier.
    begin = np.minimum(waking_times(rng, birds.place[visitor], weekday), DAY_MS - _REACTION_MS - length)
    ended = np.cumsum(dwell + pause)
    offset = ended - dwell - pause - (np.cumsum(length) - length)[visit]
    return Views(visitor[visit], batch.day * DAY_MS + np.maximum(begin, 0)[visit] + offset, visit, dwell)
