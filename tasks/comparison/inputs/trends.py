"""What birds talk about that they did not talk about before: words whose share of a day's attention leapt.

A trend moves a space as a fault does; it has words, and a person can ask whether they have heard of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

DAYS = 29
"""The last day, and four weeks to hold it against."""
FEWEST_DAYS = 7
"""Days before the last one without which no word is out of the ordinary."""
MOST_BIRDS = 5_000
"""Birds a day that are listened to, those with the lowest hash."""
NAMED = 5
SURELY = 1.25
"""How much farther out than any word of any day before the last a trend must be."""
DIGITS = 9
"""Of a share: sums of floats depend on the order of rows beyond that."""
WORD = r"[\p{L}]{3,}"


@dataclass(frozen=True, slots=True)
class Trend:
    """A word, and its share of the attention: of the last day, and of the days before on average.

    `deviations`: their difference in standard deviations of a share among as many birds.
    """

    word: str
    share_before: float
    share_today: float
    growth: float
    deviations: float


@dataclass(frozen=True, slots=True)
class Trends:
    """The words that grew most, and by how many deviations any word grew at most on one of the `days` before.

    `usual`: None where there are too few days. `birds`: listened to on the last day.
    """

    words: tuple[Trend, ...] = ()
    usual: float | None = None
    days: int = 0
    birds: int = 0

    @property
    def leapt(self) -> tuple[Trend, ...]:
        """The words that grew out of the ordinary, the farthest out first."""
        out = SURELY * (self.usual or 0.0)
        return tuple(word for word in self.words if self.usual is not None and word.deviations > out)

    @property
    def growth(self) -> float | None:
        """Of the word that grew most out of the ordinary, 0 where none did; None where that cannot be said."""
        return None if self.usual is None else max([0.0, *(word.growth for word in self.leapt)])


def find_trends(events: pl.DataFrame, texts: pl.DataFrame, end: datetime) -> Trends:
    """`events`: bird_id, flit_id, occurred_at < `end`; `texts`: flit_id, text.

    On each day every bird counts once, in parts where it turned to several flits, so that a busy few make no trend.
    A word's share is the part of the attention that went to flits that say it. Its growth on a day is that share
    less its mean on the other days, over the standard deviation that the mean share has among that day's birds.
    """
    turned = _attention(events, end)
    birds = turned.group_by("day").agg(birds=pl.col("part").sum())
    days = birds.height
    if not days or days - 1 < FEWEST_DAYS or birds["day"].max() != DAYS - 1:
        return Trends(days=max(0, days - 1))
    touched = texts.join(turned.select("flit_id").unique(), on="flit_id", how="semi")
    words = touched.select(
        "flit_id", word=pl.col("text").str.to_lowercase().str.extract_all(WORD).list.unique()
    )
    said = turned.join(words, on="flit_id").drop("flit_id").explode("word").drop_nulls("word")
    shares = said.group_by("day", "word").agg(part=pl.col("part").sum()).join(birds, on="day")
    shares = shares.with_columns(share=(pl.col("part") / pl.col("birds")).round(DIGITS))
    before = ((pl.col("share").sum().over("word") - pl.col("share")) / (days - 1)).round(DIGITS)
    grown = shares.with_columns(before=before, growth=(pl.col("share") - before).round(DIGITS))
    likely = pl.max_horizontal("before", 1 / pl.col("birds"))
    error = (likely * (1 - pl.min_horizontal(likely, 0.999)) / pl.col("birds")).sqrt()
    grown = grown.with_columns(deviations=(pl.col("growth") / error).round(6))
    today = grown.filter(pl.col("day") == DAYS - 1).sort(["deviations", "word"], descending=[True, False])
    earlier = grown.filter(pl.col("day") < DAYS - 1)["deviations"].max()
    listened = birds.filter(pl.col("day") == DAYS - 1)["birds"].sum()
    return Trends(
        tuple(
            Trend(*row)
            for row in today.head(NAMED).select("word", "before", "share", "growth", "deviations").rows()
        ),
        float(earlier) if isinstance(earlier, float) else 0.0,
        days - 1,
        round(listened),
    )


def _attention(events: pl.DataFrame, end: datetime) -> pl.DataFrame:
    """day (0 … `DAYS` − 1, the last is the day before `end`), flit_id, part: attention, of one bird 1."""
    recent = events.filter(pl.col("occurred_at") >= end - timedelta(days=DAYS), pl.col("occurred_at") < end)
    day = DAYS - 1 - (pl.lit(end - timedelta(microseconds=1)) - pl.col("occurred_at")).dt.total_days()
    turned = recent.select("bird_id", "flit_id", day=day)
    rank = pl.col("bird_id").hash(0).rank("dense").over("day")
    heard = turned.filter(rank <= MOST_BIRDS)
    parts = heard.select("day", "flit_id", part=1 / pl.len().over("day", "bird_id"))
    return parts.group_by("day", "flit_id").agg(pl.col("part").sum())


__all__ = ["DAYS", "FEWEST_DAYS", "Trend", "Trends", "find_trends"]
