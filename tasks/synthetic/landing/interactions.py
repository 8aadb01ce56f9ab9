"""The interactions that arrive on a day: on time, late, sent twice, and the bots'."""

from __future__ import annotations

import numpy as np
import polars as pl

from tasks.synthetic.birds import spam_day
from tasks.synthetic.events import KINDS, SURFACES, EventBatch, Interactions
from tasks.synthetic.landing import names
from tasks.synthetic.landing.arrived import Arrived
from tasks.synthetic.parameters import LATEST_LAG_DAYS
from tasks.synthetic.randomness import Chunk, Purpose, stream
from tasks.synthetic.spam import spam_of
from tasks.synthetic.world import World

CLIENTS = ("ios", "android", "web")
_RESENT_PER_DUPLICATE = 20.0
"""Of the late events of the night before, this times `duplicate_share` are sent once more."""


def events_of_birds(world: World, day: int, chunk: Chunk) -> Interactions:
    """What a chunk of birds did and arrives on a day, on time or late, each event once."""
    parts = [world.interactions(EventBatch(day, chunk))]
    if world.parameters.late_share > 0:
        lags = range(1, min(LATEST_LAG_DAYS, day) + 1)
        parts += [world.interactions(EventBatch(day - lag, chunk, lag)) for lag in lags]
    return Interactions.joined(parts)


def interactions_arriving(world: World, day: int, events: Interactions, chunk: Chunk) -> Arrived:
    """All rows that a chunk of birds brings in on a day; `events` are its `events_of_birds`."""
    parts = [events]
    if world.parameters.spam_share is not None and day == spam_day(world.parameters):
        parts.append(spam_of(world, day, chunk, len(events)))
    resent = _resent(world, day, chunk)
    whole = Interactions.joined([*parts, resent])
    again = np.isin(whole.number, resent.number)
    return Arrived(_frame(world, whole, day), whole.at_ms, again)


def _resent(world: World, day: int, chunk: Chunk) -> Interactions:
    """Some of the late events that landed on the day before."""
    lags = range(1, min(LATEST_LAG_DAYS, day - 1) + 1) if world.parameters.late_share > 0 else range(0)
    parts = [world.interactions(EventBatch(day - 1 - lag, chunk, lag)) for lag in lags]
    events = Interactions.joined(parts) if parts else Interactions.none()
    share = min(1.0, world.parameters.duplicate_share * _RESENT_PER_DUPLICATE)
    rng = stream(world.parameters.seed, Purpose.RESENT, chunk.number, day)
    return events[rng.random(len(events)) < share]


def _frame(world: World, events: Interactions, day: int) -> pl.DataFrame:
    dwell = pl.Series(events.dwell_ms.astype(np.int64))
    columns = {
        "event_id": names.event_ids(events.number),
        "occurred_at": names.moments(world.start, events.at_ms),
        "bird_id": names.bird_ids(events.bird, len(world.population)),
        "flit_id": names.flit_ids(events.flit),
        "kind": names.chosen(KINDS, events.kind),
        "surface": names.chosen(SURFACES, events.surface),
        "session_id": names.session_ids(events.session),
        "dwell_ms": dwell.set(dwell < 0, None),
    }
    night = day - world.parameters.history_days + 1
    if world.parameters.extra_field_night is not None and night >= world.parameters.extra_field_night:
        columns["client"] = names.chosen(CLIENTS, events.bird % len(CLIENTS))
    return pl.DataFrame(columns)
