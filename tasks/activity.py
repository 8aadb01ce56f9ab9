"""What the logs tell of the ids of a space: how often they were met, since when they are known, what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from tasks.comparison.paired import Groups, deciles
from tasks.comparison.topics import (
    Activity,
    Topic,
    busiest_ids,
    cluster,
    find_topics,
    name_topics,
    topic_labels,
)
from tasks.plan import Plan
from warehouse.database import Warehouse
from warehouse.features import AsOf, read_flits, read_sequences
from warehouse.home import Home
from warehouse.snapshots import SnapshotStore
from warehouse.vectors import Ids, Vectors, as_ids

AGES = (
    (timedelta(days=1), "up to 1 day"),
    (timedelta(days=7), "up to 7 days"),
    (timedelta(days=30), "up to 30 days"),
)
OLDER, UNKNOWN = "older", "unknown"


@dataclass(frozen=True, slots=True)
class Told:
    """`window`, `today`, `before`: id → events of the version's window, of its last day, of its predecessor's window.

    `born`: id → when it was posted or first met; `texts`: id → what it says, of a bird what the flits of its last
    day say.
    """

    end: datetime
    window: Mapping[str, int] = field(default_factory=dict)
    today: Mapping[str, int] = field(default_factory=dict)
    before: Mapping[str, int] = field(default_factory=dict)
    born: Mapping[str, datetime] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, home: Home, plan: Plan, events: pl.DataFrame | None = None) -> Told:
        """`events`: bird_id, flit_id, occurred_at of the plan's window; by default what the warehouse holds."""
        known = AsOf(plan.day, plan.known_as_of, plan.pipeline.window)
        with Warehouse.open(home.warehouse) as warehouse:
            events = read_sequences(warehouse, known) if events is None else events
            before = _before(warehouse, home, plan)
            flits = read_flits(warehouse, AsOf(plan.day, plan.known_as_of))
        column = f"{plan.pipeline.entity}_id"
        today = events.filter(pl.col("occurred_at") >= plan.end - timedelta(days=1))
        said = flits.filter(pl.col("text_hash").is_not_null()).select("flit_id", "text")
        of_flits = plan.pipeline.entity == "flit"
        return cls(
            plan.end,
            _counts(events, column),
            _counts(today, column),
            {} if before is None else _counts(before, column),
            _born(events, flits, column, of_flits),
            dict(said.iter_rows()) if of_flits else _read_by(today, said),
        )

    def groups(self, vectors: Vectors) -> dict[str, Ids]:
        """Labels of each row, (n,): its tenth by popularity, and its age."""
        met = [self.window.get(id_, 0) for id_ in vectors.ids]
        return {
            "popularity": deciles(vectors.ids, met),
            "age": as_ids(self._age(id_) for id_ in vectors.ids),
        }

    def topics(self, vectors: Vectors, known: Ids) -> tuple[Groups, tuple[Topic, ...]]:
        """The grouping `topic` with the label of each row, and the topics; `known`: the predecessor's ids."""
        if not len(vectors):
            return {}, ()
        labels = cluster(vectors)
        activity = Activity(self._numbers(vectors.ids, self.today), self._numbers(vectors.ids, self.before))
        busiest = busiest_ids(vectors.ids, labels, activity)
        _, dense = np.unique(labels, return_inverse=True)
        words = name_topics(dense, [self.texts.get(id_) for id_ in vectors.ids], busiest)
        names = topic_labels(dense, words)
        by_name = {str(names[row]): words[dense[row]] for row in range(len(names))}
        earlier = set(known)
        is_known = np.array([id_ in earlier for id_ in vectors.ids], dtype=np.bool_)
        return {"topic": names}, find_topics(names, by_name, activity, is_known)

    def weights(self, ids: Ids) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """How much each id counts for the alignment, (n,): the root of its events, those of none as one."""
        return np.sqrt(np.maximum(1.0, self._numbers(ids, self.window)))

    def _age(self, id_: str) -> str:
        born = self.born.get(id_)
        if born is None:
            return UNKNOWN
        age = self.end - born
        return next((name for limit, name in AGES if age <= limit), OLDER)

    def _numbers(
        self, ids: Sequence[str] | Ids, counts: Mapping[str, int]
    ) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.array([counts.get(id_, 0) for id_ in ids], dtype=np.float64)


def _before(warehouse: Warehouse, home: Home, plan: Plan) -> pl.DataFrame | None:
    if plan.predecessor is None:
        return None
    manifest = SnapshotStore(home.snapshots).manifest(plan.space, plan.predecessor)
    return read_sequences(warehouse, AsOf(manifest.day, manifest.known_as_of, plan.pipeline.window))


def _counts(events: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(events.group_by(column).len().iter_rows())


def _born(events: pl.DataFrame, flits: pl.DataFrame, column: str, of_flits: bool) -> dict[str, datetime]:
    met = dict(events.group_by(column).agg(pl.col("occurred_at").min()).iter_rows())
    return {**met, **dict(flits.select("flit_id", "posted_at").iter_rows())} if of_flits else met


def _read_by(events: pl.DataFrame, said: pl.DataFrame) -> dict[str, str]:
    """What the flits say that each bird touched, as one text."""
    joined = events.join(said, on="flit_id").group_by("bird_id").agg(pl.col("text").str.join(" "))
    return dict(joined.iter_rows())
