"""Each user's items split at random 8:1:1: which items does a user have that were kept back?

The protocol of RecBole's table for Last.fm (RecBole-GNN, results/social: "ratio-based 8:1:1, full sort", no filter, 64
dimensions), as its defaults have it: the rows of each user in random order, validation and test a tenth each, rounded
down, but 1 row of users with 3 to 9 rows (with 2, test only; with 1, none). Both parts learn from the eight tenths
alone. All items of the file are ranked but those of the user that were learnt from; on the test part those of the
validation part are not ranked either. Recall is over all items to find: `full_recall`. Friends count both ways.
What these choices weigh on Last.fm's test part, for ALS of NDCG@10 .218: learning from nine tenths would add .007,
ranking the validation part's items too would take .024.

Users are birds, items are flits, friends are follows. There are no times: `sequences` are in the random order of the
split. A set is one split; which, says `seed`. Intervals are percentile bootstraps over the users of that split.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from tasks.calibration.protocols.protocol import Metrics, Part, Task, shown_name
from tasks.calibration.protocols.ranked import means, ranked
from tasks.calibration.protocols.rating_file import read_friends, read_ratings
from tasks.calibration.protocols.timeless import as_events, timeless_split
from tasks.embeddings.contract import Embedding, Inputs, Method
from tasks.evaluation import (
    EvaluationParameters,
    ProfileParameters,
    Scorer,
    SpaceVectors,
    Split,
    space_scorer,
)
from tasks.evaluation.baselines import Baseline, item_knn, popularity
from tasks.evaluation.last_touches import LastTouches
from tasks.evaluation.protocol import SplitCounts
from warehouse.joint import joint_id

SHARE = 0.1
"""Of a user's rows, in the validation part and in the test part."""
MEASURED = ("ndcg", "full_recall", "recall", "mrr", "hit_rate")
# Nothing is later than anything: all that a user has counts the same.
PARAMETERS = EvaluationParameters(
    k=(10, 20), min_history=1, item_knn_factor=1.0, profile=ProfileParameters(factor=1.0)
)
BASELINES: dict[str, Baseline] = {"popularity": popularity, "item_knn": item_knn}
LEARN, VALIDATION, TEST = range(3)


@dataclass(frozen=True, slots=True, eq=False)
class RatingSet:
    """Ratings as a public set.

    `ratings`: bird_id, flit_id, weight, place (of the user's rows in random order, from 0), part (0 to learn from, 1
    validation, 2 test), ordered by both ids. `follows`: bird_id, followee_id, or None where friends are not known.
    """

    name: str
    ratings: pl.DataFrame
    follows: pl.DataFrame | None
    headline: str = "ndcg_at_10"
    baselines: tuple[str, ...] = tuple(BASELINES)

    def task(self, on: Part) -> Task:
        split = self.split(on)
        baselines = {name: partial(_baseline, split, of) for name, of in BASELINES.items()}
        return Task(self._inputs(split.history), partial(_measure, split), baselines)

    def split(self, on: Part) -> Split:
        """The users with a row in the part, and all items of the file."""
        learnt = self.ratings.filter(pl.col("part") == LEARN)
        wanted = self.ratings.filter(pl.col("part") == (VALIDATION if on == "validation" else TEST))
        hidden = self.ratings.filter(pl.col("part") < (VALIDATION if on == "validation" else TEST))
        users = wanted["bird_id"].n_unique()
        counts = SplitCounts(users, users, len(wanted), len(wanted))
        return timeless_split(_history(learnt), wanted, hidden, self.ratings["flit_id"], counts)

    def _inputs(self, history: pl.DataFrame) -> Inputs:
        learnt = self.ratings.filter(pl.col("part") == LEARN)
        edges = [
            learnt.select(
                relation=pl.lit("likes"),
                source=pl.lit(joint_id("bird", "")) + pl.col("bird_id"),
                target=pl.lit(joint_id("flit", "")) + pl.col("flit_id"),
            )
        ]
        if self.follows is not None:
            edges.append(
                self.follows.select(
                    relation=pl.lit("follows"),
                    source=pl.lit(joint_id("bird", "")) + pl.col("bird_id"),
                    target=pl.lit(joint_id("bird", "")) + pl.col("followee_id"),
                )
            )
        relations = pl.concat(edges).with_columns(events=pl.lit(1, pl.Int64))
        return Inputs(
            sequences=history,
            interactions=learnt.select("bird_id", "flit_id", "weight"),
            follows=self.follows,
            relations=relations.sort("relation", "source", "target"),
        )


def read(path: Path | str, friends: Path | str | None = None, seed: int = 0) -> RatingSet:
    """The files at `path` and `friends`, plain or `.gz`, split by `seed`.

    ValueError in one line where a file is malformed, or nobody has three items. Memory: about 500 bytes a row.
    """
    path = Path(path)
    ratings = read_ratings(path)
    follows = None if friends is None else read_friends(Path(friends), ratings["bird_id"].unique())
    parted = _parted(ratings, seed)
    if not (parted["part"] == VALIDATION).any():
        raise ValueError(
            f"{path}: expected a user with at least 3 items, found none; nothing is to choose on"
        )
    name = shown_name(path)
    return RatingSet(name if seed == 0 else f"{name}, split {seed}", parted, follows)


def _parted(ratings: pl.DataFrame, seed: int) -> pl.DataFrame:
    """With `place` and `part`: a user's last places are the test part, those before the validation part."""
    keys = pl.Series("key", np.random.default_rng(seed).permutation(len(ratings)))
    rows, user = pl.len().over("bird_id"), "bird_id"
    tenth = (rows * SHARE).floor().cast(pl.Int64)
    test = pl.when(rows.is_between(2, 9)).then(1).otherwise(tenth)
    validation = pl.when(rows.is_between(3, 9)).then(1).otherwise(tenth)
    place = pl.col("key").rank("ordinal").over(user).cast(pl.Int64) - 1
    left = rows.cast(pl.Int64) - place  # 1 for the last place
    part = pl.when(left <= test).then(TEST).when(left <= test + validation).then(VALIDATION).otherwise(LEARN)
    return ratings.with_columns(keys).with_columns(place=place, part=part).drop("key")


def _history(learnt: pl.DataFrame) -> pl.DataFrame:
    """The rows in their random order as events before the cut, the last of each user a step before it."""
    back = pl.len().over("bird_id").cast(pl.Int64) - pl.col("place")
    return as_events(learnt.sort("bird_id", "place"), back)


def _measure(split: Split, method: Method, embedding: Embedding) -> Metrics:
    sides = SpaceVectors(embedding.vectors, embedding.output, embedding.parts)
    return _metrics(split, space_scorer(split, method.entity, sides, PARAMETERS))


def _baseline(split: Split, baseline: Baseline) -> Metrics:
    return _metrics(split, baseline(split, LastTouches.of(split), PARAMETERS))


def _metrics(split: Split, scorer: Scorer) -> Metrics:
    found = ranked(split, scorer, PARAMETERS.k)["all"]
    return means(found.names, found.values, MEASURED, PARAMETERS)
