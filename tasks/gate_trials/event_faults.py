"""Faults of the log: bird_id, flit_id, occurred_at, ordered by (bird_id, occurred_at), as methods read it.

Every function returns a frame of the same columns in the same order; equal arguments give equal rows.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

DAY = timedelta(days=1)
HANDFUL = 5
"""Birds that spam, and flits that they push."""
TREND_FLITS = 30
DEVOTION = 0.8
"""Of the events that a follower of a trend has on its day: the part that goes to the trend."""


def lose_events(events: pl.DataFrame, share: float, seed: int = 0) -> pl.DataFrame:
    """Without a `share` of all events, drawn evenly."""
    lost = np.zeros(len(events), dtype=np.bool_)
    lost[_drawn(len(events), share, seed)] = True
    return events.filter(pl.Series(~lost))


def lose_last_day(events: pl.DataFrame, end: datetime, share: float, seed: int = 0) -> pl.DataFrame:
    """Without a `share` of the events of the day before `end`."""
    last = _of_last_day(events, end)
    lost = np.zeros(len(events), dtype=np.bool_)
    lost[last[_drawn(len(last), share, seed)]] = True
    return events.filter(pl.Series(~lost))


def repeat_last_day(events: pl.DataFrame, end: datetime, times: float = 10) -> pl.DataFrame:
    """With the last day played `times` times, one after the other, each in as short a part of the day.

    As a log does that was delivered again and again under fresh ids and times.
    """
    copies = round(times)
    start, length = end - DAY, DAY / copies
    last = events[_of_last_day(events, end)]
    into_day = (pl.col("occurred_at") - start) / copies
    replayed = [last.with_columns(occurred_at=start + copy * length + into_day) for copy in range(copies)]
    return _in_order(pl.concat([events.filter(pl.col("occurred_at") < start), *replayed], how="vertical"))


def spam(events: pl.DataFrame, end: datetime, share: float, seed: int = 0) -> pl.DataFrame:
    """With a `share` of all events, on the last day, made by a handful of unknown birds on a handful of flits."""
    if not 0 <= share < 1:
        raise ValueError(f"a share of all events must be in [0, 1), found {share}")
    generator = np.random.default_rng(seed)
    flits = events["flit_id"].unique().sort().to_list()
    pushed = generator.choice(len(flits), min(HANDFUL, len(flits)), replace=False)
    count = round(share / (1 - share) * len(events)) if flits else 0
    places = generator.integers(len(pushed), size=count) if count else np.empty(0, dtype=np.int64)
    made = pl.DataFrame(
        {
            "bird_id": [f"spammer {bird}" for bird in generator.integers(HANDFUL, size=count)],
            "flit_id": [flits[pushed[place]] for place in places],
            "occurred_at": _moments(generator, end, count),
        },
        schema=events.schema,
    )
    return _in_order(pl.concat([events, made]))


def shuffle_sessions(events: pl.DataFrame, seed: int = 0) -> pl.DataFrame:
    """With the flits dealt out at random: who met which flit, and in which order, is lost; all counts stay."""
    dealt = np.random.default_rng(seed).permutation(len(events))
    return events.with_columns(flit_id=events["flit_id"][dealt])


def shift_flits(events: pl.DataFrame, end: datetime, rows: float = 1) -> pl.DataFrame:
    """With the flits of the last day moved on by so many rows, in the order of time: a column that slipped."""
    last = _of_last_day(events, end)
    in_time = last[np.argsort(events["occurred_at"].to_numpy()[last], kind="stable")]
    flits = events["flit_id"].to_numpy(writable=True)
    flits[in_time] = np.roll(flits[in_time], round(rows))
    return events.with_columns(flit_id=pl.Series(flits, dtype=pl.String))


def mix_up_birds(events: pl.DataFrame, end: datetime, share: float, seed: int = 0) -> pl.DataFrame:
    """With a `share` of the birds of the last day under each other's ids on that day, handed on in a ring."""
    last = _of_last_day(events, end)
    birds = events["bird_id"].to_numpy(writable=True)
    everyone = np.unique(birds[last])
    ring = everyone[_drawn(len(everyone), share, seed)]
    under = dict(zip(ring, np.roll(ring, 1), strict=True))
    birds[last] = [under.get(bird, bird) for bird in birds[last]]
    return _in_order(events.with_columns(bird_id=pl.Series(birds, dtype=pl.String)))


def new_topic(events: pl.DataFrame, end: datetime, share: float, seed: int = 0) -> pl.DataFrame:
    """With a `share` of the last day's events on new flits: no fault, a trend that many birds follow.

    Its followers are drawn at random; most of what they do on the day goes to the trend.
    """
    generator = np.random.default_rng(seed)
    last = _of_last_day(events, end)
    birds = events["bird_id"][last].to_numpy()
    everyone = np.unique(birds)
    place = np.argsort(generator.permutation(len(everyone)))[np.searchsorted(everyone, birds)]
    in_turn = last[np.argsort(place, kind="stable")]
    of_followers = in_turn[: round(min(1.0, share / DEVOTION) * len(last))]
    taken = generator.permutation(of_followers)[: round(share * len(last))]
    named = generator.geometric(0.15, size=len(taken)) % TREND_FLITS
    flits = events["flit_id"].to_numpy(writable=True)
    flits[taken] = [f"trend {flit:02d}" for flit in named]
    return events.with_columns(flit_id=pl.Series(flits, dtype=pl.String))


def lose_texts(texts: pl.DataFrame, share: float, seed: int = 0) -> pl.DataFrame:
    """flit_id, text_hash, without the text of a `share` of the flits that have one."""
    said = np.flatnonzero(texts["text_hash"].is_not_null().to_numpy())
    lost = np.zeros(len(texts), dtype=np.bool_)
    lost[said[_drawn(len(said), share, seed)]] = True
    return texts.with_columns(
        text_hash=pl.when(pl.Series(lost)).then(pl.lit(None, pl.String)).otherwise(pl.col("text_hash"))
    )


def empty_new_texts(texts: pl.DataFrame, new: Collection[str]) -> pl.DataFrame:
    """flit_id, text_hash, without the text of the flits `new`."""
    return texts.with_columns(text_hash=pl.when(~_is_new(new)).then("text_hash"))


def same_new_texts(texts: pl.DataFrame, new: Collection[str]) -> pl.DataFrame:
    """flit_id, text_hash, all flits `new` with the text of the first of them that has one."""
    said = texts.filter(_is_new(new) & pl.col("text_hash").is_not_null())["text_hash"]
    one = pl.lit(said[0] if len(said) else None, pl.String)
    return texts.with_columns(text_hash=pl.when(_is_new(new)).then(one).otherwise("text_hash"))


def shift_new_texts(texts: pl.DataFrame, new: Collection[str]) -> pl.DataFrame:
    """flit_id, text_hash, each of the flits `new` with the text of the one before it."""
    rows = np.flatnonzero(texts["flit_id"].is_in(sorted(new)).to_numpy())
    said = texts["text_hash"].to_numpy(writable=True)
    said[rows] = np.roll(said[rows], 1)
    return texts.with_columns(text_hash=pl.Series(said, dtype=pl.String))


def _is_new(new: Collection[str]) -> pl.Expr:
    return pl.col("flit_id").is_in(sorted(new))


def _drawn(count: int, share: float, seed: int) -> NDArray[np.int64]:
    """A `share` of the numbers below `count`, without repetition."""
    if not 0 <= share <= 1:
        raise ValueError(f"a share must be in [0, 1], found {share}")
    return np.random.default_rng(seed).choice(count, round(share * count), replace=False).astype(np.int64)


def _of_last_day(events: pl.DataFrame, end: datetime) -> NDArray[np.int64]:
    """Rows of the day before `end`, ascending."""
    return np.flatnonzero((events["occurred_at"] >= end - DAY).to_numpy()).astype(np.int64)


def _moments(generator: np.random.Generator, end: datetime, count: int) -> list[datetime]:
    seconds = generator.integers(int(DAY.total_seconds()), size=count)
    return [end - DAY + timedelta(seconds=int(second)) for second in seconds]


def _in_order(events: pl.DataFrame) -> pl.DataFrame:
    return events.sort("bird_id", "occurred_at", maintain_order=True)
