"""The demo's world rewards learning: neighbours by what birds look at beat what is popular."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tasks.synthetic import SyntheticParameters


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, land: Any) -> Any:
    folder: Path = tmp_path_factory.mktemp("demo")
    return land(SyntheticParameters(), folder)


def test_item_neighbours_beat_popularity_and_recent_popularity(demo: Any) -> None:
    """Flits that a bird has not seen before the last two nights, ranked for it; recall at 10 of those it then sees."""
    events = pl.DataFrame(demo.rows("interactions"), infer_schema_length=None)
    cut = pl.lit(demo.flutter.nights[-2])
    pairs = events.select("bird_id", "flit_id", day=pl.col("occurred_at").dt.date()).unique(
        maintain_order=True
    )
    train, test = pairs.filter(pl.col("day") < cut), pairs.filter(pl.col("day") >= cut)
    flits = {flit: row for row, flit in enumerate(train["flit_id"].unique().sort())}
    birds = {bird: row for row, bird in enumerate(train["bird_id"].unique().sort())}

    def matrix(frame: pl.DataFrame) -> Any:
        known = frame.filter(pl.col("flit_id").is_in(list(flits)) & pl.col("bird_id").is_in(list(birds)))
        seen = np.zeros((len(birds), len(flits)), dtype=np.float32)
        seen[[birds[bird] for bird in known["bird_id"]], [flits[flit] for flit in known["flit_id"]]] = 1
        return seen

    seen, recent = matrix(train), matrix(train.filter(pl.col("day") >= cut - pl.duration(days=3)))
    wanted = matrix(test) * (1 - seen)
    together = seen.T @ seen
    norms = np.sqrt(np.maximum(np.diag(together), 1))
    neighbours = together / norms[:, None] / norms
    np.fill_diagonal(neighbours, 0)

    def recall_at_10(scores: Any) -> float:
        best = np.argsort(-np.where(seen > 0, -np.inf, scores), axis=1, kind="stable")[:, :10]
        hits = np.take_along_axis(wanted, best, axis=1).sum(axis=1)
        asked = wanted.sum(axis=1)
        return float((hits[asked > 0] / np.minimum(asked[asked > 0], 10)).mean())

    by_neighbours = recall_at_10(seen @ neighbours)
    popular = recall_at_10(np.broadcast_to(seen.sum(axis=0), seen.shape))
    recently_popular = recall_at_10(np.broadcast_to(recent.sum(axis=0), seen.shape))
    assert by_neighbours > 1.3 * recently_popular
    assert by_neighbours > 3 * popular
    assert by_neighbours > 0.04


def test_the_demo_is_small(demo: Any) -> None:
    assert sum(file.lines for file in demo.files) < 100_000
    assert len(demo.rows("flits")) < 8_000
