"""What the logs tell of the ids of a space: how often they were met, since when they are known, what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tasks.comparison.inputs.joins import DAYS as JOIN_DAYS
from tasks.comparison.inputs.joins import HISTORY
from tasks.comparison.inputs.new_ids import Meetings
from tasks.comparison.inputs.topics import (
    Topics,
    busiest_ids,
    cluster,
    find_topics,
    name_topics,
    topic_labels,
)
from tasks.comparison.inputs.trends import Trends, find_trends
from tasks.comparison.vectors.paired import Groups, deciles
from tasks.comparison.vectors.rows import Floats
from tasks.embeddings.contract import TEXTS, Entity
from tasks.versions.entities import mentions, sayings
from tasks.versions.plan import Plan
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.features import AsOf, read_flits, read_sequences
from warehouse.home import Home
from warehouse.joint import joint_id
from warehouse.vectors import Ids, Vectors, as_ids

AGES = (
    (timedelta(days=1), "up to 1 day"),
    (timedelta(days=7), "up to 7 days"),
    (timedelta(days=30), "up to 30 days"),
)
OLDER, UNKNOWN = "older", "unknown"
RECENT = timedelta(days=29)
"""Days whose topics are counted: the last one, and four weeks to hold it against."""


@dataclass(frozen=True, slots=True)
class IdProfiles:
    """`events`: id → how many it had in the version's window, `latest`: the last of them. `born`: id → when it was
    posted, or first met.

    `texts`: id → what it says; of a bird what the flits say that it turned to on the last day. `recent`: bird_id,
    flit_id, occurred_at of the last `RECENT`; None where topics are not followed. `trends`: words that grew. `met`: as
    `recent`, of six weeks, posting included; None where vectors are not made of texts alone.
    """

    end: datetime
    events: Mapping[str, int] = field(default_factory=dict)
    latest: Mapping[str, datetime] = field(default_factory=dict)
    born: Mapping[str, datetime] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    recent: pl.DataFrame | None = None
    trends: Trends = field(default_factory=Trends)
    met: pl.DataFrame | None = None

    @classmethod
    def read(cls, home: Home, plan: Plan, events: pl.DataFrame | None = None) -> IdProfiles:
        """`events`: bird_id, flit_id, occurred_at of the plan's window; by default what the warehouse holds."""
        with Warehouse.of(home, read_only=True) as warehouse:
            if events is None:
                events = read_sequences(warehouse, AsOf(plan.day, plan.known_as_of, plan.pipeline.window))
            flits = read_flits(warehouse, AsOf(plan.day, plan.known_as_of))
        return _profiles(plan, events, flits)

    def groups(self, vectors: Vectors) -> dict[str, Ids]:
        """Labels of each row, (n,): its tenth by popularity, and its age."""
        return {
            "popularity": deciles(vectors.ids, self._counts(vectors.ids)),
            "age": as_ids(self._age(id_) for id_ in vectors.ids),
        }

    def topics(self, vectors: Vectors, known: Ids) -> tuple[Groups, Topics]:
        """The grouping `topic` with the label of each row, and the topics; `known`: the predecessor's ids."""
        if not len(vectors):
            return {}, Topics()
        labels = cluster(vectors)
        busiest = busiest_ids(vectors.ids, labels, self._counts(vectors.ids))
        words = name_topics(labels, [self.texts.get(id_) for id_ in vectors.ids], busiest)
        names = topic_labels(words)
        earlier = set(known)
        is_known = np.array([id_ in earlier for id_ in vectors.ids], dtype=np.bool_)
        found = find_topics(labels, words, is_known, self._attention(vectors, labels, len(words)))
        return {"topic": as_ids(names[label] for label in labels.tolist())}, found

    def active_share(self, ids: Ids, since: datetime) -> float | None:
        """The share of `ids` that had an event at or after `since`; None where there are none."""
        return (
            sum(id_ in self.latest and self.latest[id_] >= since for id_ in ids) / len(ids)
            if len(ids)
            else None
        )

    def age_in_days(self, ids: Ids) -> NDArray[np.int64]:
        """Whole days from the birth of each id to the end, (n,): 0 for the last day, −1 where it is not known."""
        ages = [
            (self.end - self.born[id_]).total_seconds() / 86_400 if id_ in self.born else 0.0 for id_ in ids
        ]
        return np.ceil(np.array(ages, dtype=np.float64)).astype(np.int64) - 1

    def born_on_the_last_day(self) -> frozenset[str]:
        return frozenset(id_ for id_, born in self.born.items() if born >= self.end - timedelta(days=1))

    def weights(self, ids: Ids) -> Floats:
        """How much each id counts for the alignment, (n,): the root of its events, those of none as one."""
        return np.sqrt(np.maximum(1.0, self._counts(ids)))

    def meetings(self, ids: Ids) -> Meetings | None:
        """Who met which of `ids`; None where that is not followed."""
        if self.met is None:
            return None
        rows = pl.DataFrame(
            {"flit_id": list(ids), "row": np.arange(len(ids))}, schema_overrides={"flit_id": pl.String}
        )
        days = (pl.lit(self.end) - pl.col("occurred_at") - pl.duration(microseconds=1)).dt.total_days()
        met = self.met.join(rows, on="flit_id").select(
            pl.col("bird_id").rank("dense").cast(pl.Int64), "row", days=days
        )
        return Meetings(*(met[name].to_numpy() for name in ("bird_id", "row", "days")))

    def _age(self, id_: str) -> str:
        born = self.born.get(id_)
        if born is None:
            return UNKNOWN
        age = self.end - born
        return next((name for limit, name in AGES if age <= limit), OLDER)

    def _counts(self, ids: Ids) -> Floats:
        return np.array([self.events.get(id_, 0) for id_ in ids], dtype=np.float64)

    def _attention(self, vectors: Vectors, labels: NDArray[np.int64], topics: int) -> Floats:
        """(days, topics): how many birds turned to each topic on each of the last days, the plan's day last.

        A bird counts once a day, in parts where it turned to several: a few busy ones make no trend.
        """
        if self.recent is None:
            return np.zeros((0, topics))
        topic = pl.DataFrame({"flit_id": list(vectors.ids), "topic": labels})
        age = (pl.lit(self.end) - pl.col("occurred_at")).dt.total_days()
        turned = self.recent.join(topic, on="flit_id").select("bird_id", "topic", day=RECENT.days - 1 - age)
        part = 1 / pl.len().over("day", "bird_id")
        counted = turned.with_columns(part=part).group_by("day", "topic").agg(pl.col("part").sum())
        attention = np.zeros((RECENT.days, topics))
        attention[counted["day"].to_numpy(), counted["topic"].to_numpy()] = (
            counted["part"].to_numpy().round(9)
        )
        return attention


def _profiles(plan: Plan, events: pl.DataFrame, flits: pl.DataFrame) -> IdProfiles:
    entity = plan.pipeline.entity
    said = flits.filter(pl.col("text_hash").is_not_null()).select("flit_id", "text")
    met, latest, first = _met(mentions(entity, events, flits))
    texts = sayings(entity, flits) | _read_today(entity, plan.end, events, said)
    if entity != "flit":
        return IdProfiles(plan.end, met, latest, first if entity == "word" else {}, texts)
    born = {**first, **dict(flits.select("flit_id", "posted_at").iter_rows())}
    recent = events.filter(pl.col("occurred_at") >= plan.end - RECENT)
    trends = find_trends(events, said, plan.end)
    turned = _met_lately(events, flits, plan.end) if plan.pipeline.how.reads <= TEXTS else None
    return IdProfiles(plan.end, met, latest, born, texts, recent, trends, turned)


def _met_lately(events: pl.DataFrame, flits: pl.DataFrame, end: datetime) -> pl.DataFrame:
    posted = flits.select(bird_id="author", flit_id="flit_id", occurred_at="posted_at")
    both = pl.concat([events.select("bird_id", "flit_id", "occurred_at"), posted])
    return both.filter(pl.col("occurred_at") >= end - timedelta(days=JOIN_DAYS + HISTORY + 1))


def _read_today(entity: Entity, end: datetime, events: pl.DataFrame, said: pl.DataFrame) -> dict[str, str]:
    """Of each bird of the last day what the flits say that it turned to."""
    if entity not in ("bird", "joint"):
        return {}
    today = events.filter(pl.col("occurred_at") >= end - timedelta(days=1))
    read = today.join(said, on="flit_id").group_by("bird_id").agg(pl.col("text").str.join(" "))
    return {joint_id("bird", bird) if entity == "joint" else bird: text for bird, text in read.iter_rows()}


def _met(mentioned: pl.DataFrame) -> tuple[dict[str, int], dict[str, datetime], dict[str, datetime]]:
    """Id → events, the last of them, the first of them."""
    when = pl.col("occurred_at")
    met = mentioned.group_by("id").agg(pl.len(), last=when.max(), first=when.min())
    counts, last, first = (dict(met.select("id", name).iter_rows()) for name in ("len", "last", "first"))
    return counts, last, first
