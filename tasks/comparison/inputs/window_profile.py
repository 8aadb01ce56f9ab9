"""What a space trained on, in numbers small enough for every manifest: counts by day, spread and concentration.

Ids are not kept. They are counted by a 64-bit hash, which is several times faster than counting strings; among ten
million ids two share one with a probability below 3e-6, and a count would then be off by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

BUSIEST = 5
"""A handful: how many birds or flits a day's busiest ones are."""
RECENT_DAYS = 56
"""Eight weeks: the days whose shape is kept, and the history that a day's volume is held against."""
_ODD = 6364136223846793005
"""Any odd number makes `hash × odd + hash` (modulo 2^64) a hash of a pair."""


@dataclass(frozen=True, slots=True)
class Degree:
    """Distinct partners of a bird or a flit; None where there is nobody."""

    mean: float | None = None
    p50: float | None = None
    p99: float | None = None
    max: float | None = None

    @classmethod
    def of(cls, counts: NDArray[np.int64]) -> Degree:
        if not counts.size:
            return cls()
        p50, p99 = np.quantile(counts, [0.5, 0.99])
        return cls(float(counts.mean()), float(p50), float(p99), float(counts.max()))


@dataclass(frozen=True, slots=True)
class Unevenness:
    """How unevenly events fall on birds, or on flits; None where there are no events.

    `gini`: 0 all alike, towards 1 all on one. `top_share`: of the events, by the busiest hundredth, one at least.
    `first_share`: by the busiest alone.
    """

    gini: float | None = None
    top_share: float | None = None
    first_share: float | None = None

    @classmethod
    def of(cls, counts: NDArray[np.int64]) -> Unevenness:
        if not counts.size:
            return cls()
        ascending = np.sort(counts).astype(np.float64)
        total, top = ascending.sum(), max(1, len(ascending) // 100)
        return cls(gini(ascending), float(ascending[-top:].sum() / total), float(ascending[-1] / total))


def gini(ascending: NDArray[np.float64]) -> float:
    """The Gini coefficient of positive values in ascending order: half the relative mean difference."""
    n = len(ascending)
    ranks = np.arange(1, n + 1)
    return float(2 * (ranks @ ascending) / (n * ascending.sum()) - (n + 1) / n)


@dataclass(frozen=True, slots=True)
class DayShape:
    """Who made one day's events.

    `busiest_birds`, `busiest_flits`: events of the five busiest. `newcomers`: events of birds that the window
    shows on no earlier day; `newcomers_together`: those of them on the five flits that newcomers touch most.
    """

    day: str
    events: int
    birds: int
    flits: int
    busiest_birds: int
    busiest_flits: int
    newcomers: int
    newcomers_together: int


@dataclass(frozen=True, slots=True)
class WindowProfile:
    """What a space trained on.

    `start`: the first day that lies whole in the window, None where it reaches back to the beginning of time;
    `end`: its last day. `by_day`: day → events, days without any left out. `density`: pairs / (birds × flits).
    `recent`: the last 56 days that have events, in order.
    """

    start: str | None
    end: str
    by_day: Mapping[str, int]
    events: int
    birds: int
    flits: int
    pairs: int
    density: float | None
    bird_degree: Degree = field(default_factory=Degree)
    flit_degree: Degree = field(default_factory=Degree)
    bird_events: Unevenness = field(default_factory=Unevenness)
    flit_events: Unevenness = field(default_factory=Unevenness)
    last_day_bird_events: Unevenness = field(default_factory=Unevenness)
    last_day_flit_events: Unevenness = field(default_factory=Unevenness)
    recent: tuple[DayShape, ...] = ()

    @classmethod
    def of(cls, sequences: pl.DataFrame, end: datetime, window: timedelta | None = None) -> WindowProfile:
        """Profile `sequences` (bird_id, flit_id, occurred_at < `end`) of the `window` before `end`, in any order."""
        events = hashed(sequences)
        last = (end - timedelta(microseconds=1)).date()
        pairs = events.select(pair=pl.col("bird") * _ODD + pl.col("flit"), bird="bird", flit="flit").unique(
            "pair"
        )
        birds, flits = _counts(events, "bird"), _counts(events, "flit")
        days = events.group_by("day").len().sort("day")
        on_last = events.filter(pl.col("day") == last)
        return cls(
            start=None if window is None else _first_whole_day(end - window).isoformat(),
            end=last.isoformat(),
            by_day={day.isoformat(): count for day, count in days.iter_rows()},
            events=len(events),
            birds=len(birds),
            flits=len(flits),
            pairs=len(pairs),
            density=len(pairs) / (len(birds) * len(flits)) if len(pairs) else None,
            bird_degree=Degree.of(_counts(pairs, "bird")),
            flit_degree=Degree.of(_counts(pairs, "flit")),
            bird_events=Unevenness.of(birds),
            flit_events=Unevenness.of(flits),
            last_day_bird_events=Unevenness.of(_counts(on_last, "bird")),
            last_day_flit_events=Unevenness.of(_counts(on_last, "flit")),
            recent=_shapes(events, last),
        )

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> WindowProfile:
        """What `as_json` made. TypeError for a document of another shape."""
        degrees = {name: Degree(**document[name]) for name in ("bird_degree", "flit_degree")}
        shares = {
            name: Unevenness(**document[name])
            for name in ("bird_events", "flit_events", "last_day_bird_events", "last_day_flit_events")
        }
        recent = tuple(DayShape(**shape) for shape in document["recent"])
        return cls(**{**document, **degrees, **shares, "recent": recent})


def hashed(sequences: pl.DataFrame) -> pl.DataFrame:
    """day, bird, flit: ids as 64-bit hashes."""
    return sequences.select(
        day=pl.col("occurred_at").dt.date(), bird=pl.col("bird_id").hash(1), flit=pl.col("flit_id").hash(2)
    )


def _first_whole_day(start: datetime) -> date:
    return start.date() if start.time() == time.min else start.date() + timedelta(days=1)


def _counts(events: pl.DataFrame, by: str) -> NDArray[np.int64]:
    return events.group_by(by).len()["len"].to_numpy().astype(np.int64)


def _shapes(events: pl.DataFrame, last: date) -> tuple[DayShape, ...]:
    first_seen = events.group_by("bird").agg(first=pl.col("day").min())
    recent = events.filter(pl.col("day") > last - timedelta(days=RECENT_DAYS))
    newcomers = recent.join(first_seen, left_on=["bird", "day"], right_on=["bird", "first"], how="semi")
    frame = _busiest(recent, "bird", "busiest_birds").rename({"of_day": "events", "ids": "birds"})
    flits = _busiest(recent, "flit", "busiest_flits").select("day", "busiest_flits", flits="ids")
    strangers = _busiest(newcomers, "flit", "newcomers_together").select(
        "day", "newcomers_together", newcomers="of_day"
    )
    frame = frame.join(flits, on="day").join(strangers, on="day", how="left").fill_null(0).sort("day")
    return tuple(DayShape(**{**row, "day": row["day"].isoformat()}) for row in frame.iter_rows(named=True))


def _busiest(events: pl.DataFrame, by: str, name: str) -> pl.DataFrame:
    """day, of_day (events), ids (distinct), `name`: events of the five busiest."""
    counts = pl.col(by).unique_counts()
    return events.group_by("day").agg(
        of_day=pl.len().cast(pl.Int64),
        ids=counts.len().cast(pl.Int64),
        **{name: counts.top_k(BUSIEST).sum().cast(pl.Int64)},
    )
