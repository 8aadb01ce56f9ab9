"""Each baseline against its definition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from sklearn.metrics.pairwise import cosine_similarity

import tasks.evaluation.baselines as baselines
from tasks.evaluation import EvaluationParameters, Split
from tasks.evaluation.baselines import BASELINES
from tasks.evaluation.last_touches import LastTouches
from warehouse.vectors import Matrix

MakeSplit = Callable[[int], Split]


def scores(name: str, split: Split, parameters: EvaluationParameters) -> Matrix:
    return BASELINES[name](split, LastTouches.of(split), parameters).score(split.birds)


def dense(split: Split, factor: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(birds of the history, flits of it), binary; and the profile weight of each scored bird's flits."""
    birds = split.history["bird_id"].unique().sort().to_list()
    flits = split.history["flit_id"].unique().sort().to_list()
    touched = np.zeros((len(birds), len(flits)))
    for bird, flit, _ in split.history.iter_rows():
        touched[birds.index(bird), flits.index(flit)] = 1
    weights = np.zeros((len(split.birds), len(flits)))
    for row, bird in enumerate(split.birds):
        last: dict[str, datetime] = {}
        for _, flit, at in split.history.filter(bird_id=bird).sort("occurred_at").iter_rows():
            last[flit] = at
        latest_first = sorted(last, key=lambda flit: (last[flit], flit), reverse=True)
        for step, flit in enumerate(latest_first):
            weights[row, flits.index(flit)] = factor**step
    return touched, weights


@pytest.mark.parametrize("name", BASELINES)
def test_shape_type_and_batches(name: str, random_split: MakeSplit, parameters: EvaluationParameters) -> None:
    split = random_split(0)
    scorer = BASELINES[name](split, LastTouches.of(split), parameters)
    whole = scorer.score(split.birds)
    assert whole.shape == (len(split.birds), len(split.candidates))
    assert whole.dtype == np.float32
    parts = [scorer.score(split.birds[start : start + 7]) for start in range(0, len(split.birds), 7)]
    assert np.concatenate(parts) == pytest.approx(whole)


def test_popularity_orders_by_birds(random_split: MakeSplit, parameters: EvaluationParameters) -> None:
    split = random_split(1)
    birds = dict(split.history.group_by("flit_id").agg(pl.col("bird_id").n_unique()).iter_rows())
    row = scores("popularity", split, parameters)[0]
    for i, first in enumerate(split.candidates):
        for j, second in enumerate(split.candidates):
            assert (row[i] < row[j]) == (birds.get(first, 0) < birds.get(second, 0))


def test_recent_popularity_halves_by_half_life(
    random_split: MakeSplit, parameters: EvaluationParameters
) -> None:
    split = random_split(2)
    short = parameters.model_copy(update={"recent_half_life": timedelta(hours=30)})
    faded: dict[str, float] = dict.fromkeys(split.candidates, 0.0)
    last = split.history.group_by("bird_id", "flit_id").agg(pl.col("occurred_at").max())
    for _, flit, at in last.iter_rows():
        faded[flit] += 0.5 ** ((split.cut - at) / timedelta(hours=30))
    expected = np.array([faded[flit] for flit in split.candidates])
    row = scores("recent_popularity", split, short)[0]
    assert (np.argsort(row, kind="stable") == np.argsort(expected, kind="stable")).all()


def test_newest_first(random_split: MakeSplit, parameters: EvaluationParameters) -> None:
    split = random_split(3)
    row = scores("newest_first", split, parameters)[0]
    assert (np.argsort(-row) == np.argsort(split.posted_at)[::-1]).all()


@pytest.mark.parametrize("factor", [1.0, 0.6])
def test_item_knn_is_the_weighted_sum_of_cosines(
    random_split: MakeSplit, parameters: EvaluationParameters, factor: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baselines, "_ITEMS", 4)
    split = random_split(4)
    touched, weights = dense(split, factor)
    expected = weights @ cosine_similarity(touched.T)
    flits = split.history["flit_id"].unique().sort().to_list()
    found = scores("item_knn", split, parameters.model_copy(update={"item_knn_factor": factor}))
    for column, flit in enumerate(split.candidates):
        if flit in flits:
            assert found[:, column] == pytest.approx(expected[:, flits.index(flit)], abs=1e-5)
        else:
            assert np.isneginf(found[:, column]).all()


def test_random_depends_on_the_pair_and_the_seed_only(
    random_split: MakeSplit, parameters: EvaluationParameters
) -> None:
    split = random_split(5)
    whole = scores("random", split, parameters)
    half = replace(
        split, candidates=split.candidates[::2], posted_at=split.posted_at[::2], warm=split.warm[::2]
    )
    assert (scores("random", half, parameters) == whole[:, ::2]).all()
    other = scores("random", split, parameters.model_copy(update={"seed": 8}))
    assert np.mean(other == whole) < 0.01


def test_random_is_uniform_over_candidates(random_split: MakeSplit, parameters: EvaluationParameters) -> None:
    split = random_split(5)
    row = scores("random", split, parameters) / 2**24
    assert row.mean() == pytest.approx(0.5, abs=0.03)
    assert np.abs(np.corrcoef(row) - np.eye(len(row))).max() < 0.6
