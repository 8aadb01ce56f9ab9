"""When a bird looks: visits at waking hours, and the views in them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from tasks.synthetic.birds import BirdPopulation
from tasks.synthetic.events import EventBatch, share_of
from tasks.synthetic.parameters import SyntheticParameters
from tasks.synthetic.randomness import Integers, row_of
from tasks.synthetic.rhythm import DAY_MS, waking_times, weekday_factor

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
    birds: BirdPopulation,
    batch: EventBatch,
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
