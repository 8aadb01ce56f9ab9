"""The flits that arrive on a day: posts on time and late, replies, and what moderators marked."""

from __future__ import annotations

import numpy as np
import polars as pl

from tasks.synthetic.events import REPLY, Interactions
from tasks.synthetic.landing import names
from tasks.synthetic.landing.arrived import Arrived, nothing
from tasks.synthetic.landing.details import LANGUAGES, MEDIA, details_of, texts
from tasks.synthetic.landing.voices import DRAWS, voices
from tasks.synthetic.parameters import LATEST_LAG_DAYS
from tasks.synthetic.randomness import Chunk, Purpose, stream
from tasks.synthetic.world import World

COLUMNS = (
    "flit_id", "bird_id", "posted_at", "text", "media", "lang", "hashtags", "reply_to", "sensitive", "advertiser_id",
)  # fmt: skip


def flits_arriving(world: World, day: int, events: Interactions, chunk: Chunk) -> Arrived:
    """All rows that a chunk of authors brings in on a day; `events` are its `events_of_birds`, which hold replies.

    A sensitive flit arrives unmarked, and once more, marked, on the day after.
    """
    parts = [_replies(world, day, events[events.kind == REPLY], chunk)]
    for lag in range(LATEST_LAG_DAYS + 1):
        if day - lag >= 0:
            parts.append(_posts(world, day - lag, chunk, lag, marked=False))
        if day - lag - 1 >= 0:
            parts.append(_posts(world, day - lag - 1, chunk, lag, marked=True))
    return Arrived.joined(parts)


def _posts(world: World, posted_day: int, chunk: Chunk, lag: int, *, marked: bool) -> Arrived:
    """The flits of a day that arrive `lag` days later; with `marked`, the sensitive ones among them as marked."""
    flits = world.timeline.day(posted_day)
    details = details_of(world.parameters, world.population, flits, chunk.number)
    kept = np.flatnonzero((details.lag == lag) & (details.sensitive | (not marked)))
    details, place = details[kept], flits.rows_of(chunk.number).start + kept
    posted = flits.posted_ms[place]
    frame = texts(flits.topic[place], flits.facet[place], flits.promoted[place], details).with_columns(
        flit_id=names.flit_ids(flits.number[place]),
        bird_id=names.bird_ids(flits.author[place], len(world.population)),
        posted_at=names.moments(world.start, posted),
        media=names.chosen(MEDIA, details.media),
        lang=names.chosen(LANGUAGES, details.language),
        reply_to=nothing(len(kept)),
        sensitive=pl.repeat(True if marked else None, len(kept), dtype=pl.Boolean, eager=True),
    )
    return Arrived.of(frame.select(COLUMNS), posted)


def _replies(world: World, day: int, events: Interactions, chunk: Chunk) -> Arrived:
    """The flits that came with events of the kind `reply`."""
    n = len(events)
    rng = stream(world.parameters.seed, Purpose.REPLIES, chunk.number, day)
    draws = rng.integers(0, 2**32, (n, DRAWS), dtype=np.uint32).tolist()
    subjects = zip(events.topic.tolist(), events.facet.tolist(), draws, strict=True)
    frame = pl.DataFrame(
        {
            "flit_id": names.reply_ids(events.number),
            "bird_id": names.bird_ids(events.bird, len(world.population)),
            "posted_at": names.moments(world.start, events.at_ms),
            "text": pl.Series(
                [voices(topic, facet).reply.write(draw) for topic, facet, draw in subjects], dtype=pl.String
            ),
            "media": names.chosen(MEDIA, np.zeros(n, dtype=np.int8)),
            "lang": names.chosen(LANGUAGES, np.zeros(n, dtype=np.int8)),
            "hashtags": nothing(n, pl.List(pl.String)),
            "reply_to": names.flit_ids(events.flit),
            "sensitive": nothing(n, pl.Boolean),
            "advertiser_id": nothing(n),
        }
    )
    return Arrived.of(frame.select(COLUMNS), events.at_ms)
