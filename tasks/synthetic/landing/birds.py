"""The birds that arrive: those that joined, and those that tell of another place."""

from __future__ import annotations

import numpy as np
import polars as pl

from tasks.synthetic.landing import names
from tasks.synthetic.landing.arrived import Arrived
from tasks.synthetic.landing.span import Span
from tasks.synthetic.randomness import Chunk
from tasks.synthetic.rhythm import DAY_MS, PLACES
from tasks.synthetic.world import World

_SILENT = 7
"""Every seventh bird does not say where it lives, until it moves."""


def birds_arriving(world: World, span: Span, chunk: Chunk) -> Arrived:
    """Birds of a chunk that joined or moved within the span; a bird moves at most once, and after it joined."""
    birds = world.population[chunk.rows]
    moved_ms = birds.moved_day.astype(np.int64) * DAY_MS
    joined = np.flatnonzero(span.holds(birds.joined_ms))
    moved = np.flatnonzero(span.holds(moved_ms))
    row, again = np.concatenate([joined, moved]), np.repeat([False, True], [len(joined), len(moved)])
    number = chunk.start + row
    place = np.where(
        again, (birds.place[row] + 1 + number % (len(PLACES) - 1)) % len(PLACES), birds.place[row]
    )
    born = birds.born[row]
    frame = pl.DataFrame(
        {
            "bird_id": names.bird_ids(number, len(world.population)),
            "joined_at": names.moments(world.start, birds.joined_ms[row]),
            "geo": names.chosen(PLACES, place).set(pl.Series(~again & (number % _SILENT == 0)), None),
            "born_on": pl.Series(born).cast(pl.Date).set(pl.Series(born == -1), None),
        }
    )
    return Arrived.joined([Arrived.of(frame, np.where(again, moved_ms[row], birds.joined_ms[row]))])
