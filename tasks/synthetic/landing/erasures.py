"""The requests to be forgotten that arrive on a night."""

from __future__ import annotations

import numpy as np
import polars as pl

from tasks.synthetic.landing import names
from tasks.synthetic.landing.arrived import Arrived, nothing
from tasks.synthetic.parameters import LATEST_LAG_DAYS
from tasks.synthetic.pool import window_days
from tasks.synthetic.randomness import Integers, Purpose, stream
from tasks.synthetic.rhythm import DAY_MS
from tasks.synthetic.world import World

_DAY_S = 86_400


def erasures_arriving(world: World, day: int) -> Arrived:
    """Birds that leave on a day, and a few flits that nobody should see any more."""
    birds = np.flatnonzero(world.population.left_day == day)
    flits = _unwanted(world, day)
    seconds = np.concatenate([birds * 7919 % _DAY_S, np.arange(len(flits)) * 3571 % _DAY_S])
    at_ms = day * DAY_MS + seconds * 1000
    frame = pl.DataFrame(
        {
            "requested_at": names.moments(world.start, at_ms),
            "bird_id": pl.concat([names.bird_ids(birds, len(world.population)), nothing(len(flits))]),
            "flit_id": pl.concat([nothing(len(birds)), names.flit_ids(flits)]),
        }
    )
    return Arrived.joined([Arrived.of(frame, at_ms)])


def _unwanted(world: World, day: int) -> Integers:
    """Numbers of flits so old that nobody looks at them, where the world is old enough to have such."""
    flits = world.timeline.day(max(0, day - window_days(world.parameters) - LATEST_LAG_DAYS - 1))
    rng = stream(world.parameters.seed, Purpose.ERASURES, day)
    return flits.number[np.sort(rng.permutation(len(flits))[: world.parameters.flit_erasures_per_night])]
