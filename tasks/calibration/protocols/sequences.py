"""Leave-last-out on a file of item sequences: which item does a user come to next?

The split of Kang and McAuley, "Self-Attentive Sequential Recommendation" (ICDM 2018), section IV-A, with the full
ranking that Krichene and Rendle, "On Sampled Metrics for Item Recommendation" (KDD 2020), ask for. A user's last item
is the test part, the last but one the validation part; each part learns from what precedes it. A user with fewer than
three items is learnt from whole and not scored; nor is one whose item to find was touched before, since only unseen
items are ranked. Users are birds, items are flits.

Equal scores are ordered by id; metrics named `…_ties_won` count the item to find before all that score the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tasks.calibration.protocols.protocol import Metrics, Part, Task, shown_name
from tasks.calibration.protocols.ranked import means, ranked
from tasks.calibration.protocols.sequence_file import read_lines
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
from warehouse.vectors import Ids, Matrix

FEWEST_TO_SCORE = 3
"""Items of a user: one to learn from, one to choose on, one to test on."""
MEASURED = ("hit_rate", "ndcg", "mrr")
"""With one item to find, recall is the hit rate."""
WON_AT = 10
PROFILE = ProfileParameters(factor=0.5)
"""What was best for item2vec on Beauty's validation part, of .4 to 1: the next item is close to the last."""
PARAMETERS = EvaluationParameters(k=(5, 10, 20))
BASELINES: dict[str, tuple[Baseline, EvaluationParameters]] = {
    "popularity": (popularity, PARAMETERS),
    "item_knn": (item_knn, PARAMETERS),
    "item_knn_without_recency": (item_knn, PARAMETERS.model_copy(update={"item_knn_factor": 1.0})),
}


@dataclass(frozen=True, slots=True, eq=False)
class SequenceSet:
    """A file of sequences as a public set; intervals are percentile bootstraps over the scored users.

    `steps`: bird_id, flit_id, before (0 for the last item of a line, 1 for the one before it, …), length (items on
    the line), ordered by bird, then as on the line. `profile`: how a bird is made of its history where a space has
    vectors of flits only; a step back is a second.
    """

    name: str
    steps: pl.DataFrame
    profile: ProfileParameters
    headline: str = "ndcg_at_10"
    baselines: tuple[str, ...] = tuple(BASELINES)

    def task(self, on: Part) -> Task:
        split = self.split(on)
        touches = split.history.group_by("bird_id", "flit_id").agg(weight=pl.len().cast(pl.Float64))
        inputs = Inputs(sequences=split.history, interactions=touches.sort("bird_id", "flit_id"))
        baselines = {name: partial(_baseline, split, *chosen) for name, chosen in BASELINES.items()}
        return Task(inputs, partial(_measure, split, self.profile), baselines)

    def split(self, on: Part) -> Split:
        """One item to find for each scored bird, all items of the file as candidates; ValueError without a bird."""
        held_out = pl.when(pl.col("length") >= FEWEST_TO_SCORE).then(0 if on == "test" else 1).otherwise(-1)
        steps = self.steps.with_columns(back=pl.col("before").cast(pl.Int64) - held_out)
        history = as_events(steps.filter(pl.col("back") > 0), pl.col("back"))
        seen = history.select("bird_id", "flit_id").unique()
        wanted = steps.filter(pl.col("back") == 0).select("bird_id", "flit_id")
        truth = wanted.join(seen, on=["bird_id", "flit_id"], how="anti")
        if truth.is_empty():
            raise ValueError(
                f"{self.name}: nobody has an unseen item to find in the {on} part; "
                f"found {len(wanted)} users, all of whom had it before"
            )
        counts = SplitCounts(len(wanted), len(truth), len(wanted), len(truth))
        return timeless_split(history, truth, seen, steps["flit_id"], counts)


@dataclass(frozen=True, slots=True, eq=False)
class TiesWon:
    """`scorer`, with the item to find put before all items of the same score: some published tables count so.

    It flatters rankings with many equal scores, popularity above all. `wanted`: (scored birds,) columns.
    """

    scorer: Scorer
    birds: Ids
    wanted: NDArray[np.int64]

    def score(self, birds: Ids) -> Matrix:
        scores = np.array(self.scorer.score(birds), dtype=np.float32)
        rows, columns = np.arange(len(birds)), self.wanted[np.searchsorted(self.birds, birds)]
        own = scores[rows, columns]
        scores[rows, columns] = np.where(np.isneginf(own), own, np.nextafter(own, np.float32(np.inf)))
        return scores


def read(path: Path | str, profile: ProfileParameters | Mapping[str, Any] | None = None) -> SequenceSet:
    """The file at `path`, plain or `.gz`; ValueError in one line where it is malformed or has nobody to score.

    `profile` may be given as `pipelines.yaml` writes it, over `PROFILE`. Memory: about 200 bytes an item.
    """
    path = Path(path)
    users = read_lines(path)
    lengths = [len(items) for items in users.values()]
    if max(lengths) < FEWEST_TO_SCORE:
        raise ValueError(
            f"{path}: expected a user with at least {FEWEST_TO_SCORE} items, found at most {max(lengths)}"
        )
    lines = pl.DataFrame(
        {"bird_id": list(users), "flit_id": list(users.values()), "length": lengths},
        schema={"bird_id": pl.String, "flit_id": pl.List(pl.String), "length": pl.Int64},
    )
    steps = lines.sort("bird_id").explode("flit_id")
    before = pl.col("length") - 1 - pl.int_range(pl.len()).over("bird_id")
    return SequenceSet(
        name=shown_name(path),
        steps=steps.with_columns(before=before),
        profile=_profile(profile),
    )


def _profile(given: ProfileParameters | Mapping[str, Any] | None) -> ProfileParameters:
    if isinstance(given, ProfileParameters):
        return given
    return ProfileParameters.model_validate({**PROFILE.model_dump(), **(given or {})})


def _measure(split: Split, profile: ProfileParameters, method: Method, embedding: Embedding) -> Metrics:
    """A joint space by bird · flit, a space of flits by the birds' profiles; on the output side where there is one."""
    sides = SpaceVectors(embedding.vectors, embedding.output, embedding.parts)
    parameters = PARAMETERS.model_copy(update={"profile": profile})
    return _metrics(split, space_scorer(split, method.entity, sides, parameters))


def _baseline(split: Split, baseline: Baseline, parameters: EvaluationParameters) -> Metrics:
    return _metrics(split, baseline(split, LastTouches.of(split), parameters))


def _metrics(split: Split, scorer: Scorer) -> Metrics:
    wanted = split.truth["column"].to_numpy()  # one a bird, in the order of birds
    ordered = ranked(split, scorer, PARAMETERS.k)["all"]
    won = ranked(split, TiesWon(scorer, split.birds, wanted), (WON_AT,))["all"]
    names = [*ordered.names, *(f"{name}_ties_won" for name in won.names)]
    return means(names, np.hstack([ordered.values, won.values]), MEASURED, PARAMETERS)
