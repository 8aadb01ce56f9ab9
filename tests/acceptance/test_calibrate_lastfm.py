"""Last.fm by RecBole's protocol: figures to reach, by what was chosen on validation.

Measured over splits 0 to 3, NDCG@10 / Recall@10 at 64 dimensions: `als` .1981/.2145 on validation, .2183/.2239 on test;
`als_follows` .1985/.2143 and .2192/.2235; popularity and item-kNN as in published tables.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tasks.calibration.protocols.protocol import Metrics
from tasks.calibration.protocols.ratings import RatingSet, read
from tasks.embeddings.contract import silent
from tasks.embeddings.registry import METHODS

pytestmark = pytest.mark.acceptance

CHOSEN = {"dimensions": 64, "regularization": 20, "confidence": 4, "popularity_power": 0.35}
SPLITS = range(3)


@pytest.fixture(scope="module")
def lastfm(real_data: Path) -> list[RatingSet]:
    folder = real_data / "lastfm"
    return [read(folder / "user_artists.tsv.gz", folder / "user_friends.tsv.gz", seed) for seed in SPLITS]


def reached(public: RatingSet, name: str, **parameters: Any) -> Metrics:
    task, method = public.task("test"), METHODS[name]
    return task.measure(method, method.fit(task.inputs, method.parameters(**parameters), silent))


def mean(sets: list[RatingSet], of: Callable[[RatingSet], Metrics]) -> tuple[float, float]:
    """NDCG@10 and Recall@10, over the splits."""
    found = [of(one) for one in sets]
    ndcg, recall = (
        np.mean([one[f"{name}_at_10"].value for one in found]) for name in ("ndcg", "full_recall")
    )
    return float(ndcg), float(recall)


def test_baselines_are_those_of_published_tables(lastfm: list[RatingSet]) -> None:
    popularity = mean(lastfm, lambda one: one.task("test").baselines["popularity"]())
    item_knn = mean(lastfm, lambda one: one.task("test").baselines["item_knn"]())
    assert popularity == pytest.approx((0.060, 0.069), abs=0.006)
    assert item_knn == pytest.approx((0.182, 0.185), abs=0.006)


def test_als_is_above_lightgcn(lastfm: list[RatingSet]) -> None:
    ndcg, recall = mean(lastfm, lambda one: reached(one, "als", **CHOSEN))
    assert ndcg > 0.1972 + 0.010 and recall > 0.2064 + 0.008


def test_als_with_follows_is_above_mhcn_and_sept(lastfm: list[RatingSet]) -> None:
    ndcg, recall = mean(lastfm, lambda one: reached(one, "als_follows", **CHOSEN))
    assert ndcg > 0.2068 and recall > 0.2127


def test_decomposed_counts_are_above_item_knn(lastfm: list[RatingSet]) -> None:
    """`pmi_svd` of all pairs of a user's items: .2001/.2020 over four splits."""
    everything = {"dimensions": 64, "context": 50, "distance_decay": 1.0}
    ndcg, recall = mean(lastfm, lambda one: reached(one, "pmi_svd", **everything))
    assert ndcg > 0.185 and recall > 0.188
