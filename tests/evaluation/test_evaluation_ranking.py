"""Rankings and their metrics against naive Python and scikit-learn."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import ndcg_score

import tasks.evaluation.ranking as ranking
from tasks.evaluation import Split
from tasks.evaluation.ranking import NOWHERE, bird_metrics, top_columns, top_lists
from warehouse.vectors import Matrix

MakeSplit = Callable[[int], Split]
COARSE = st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 1.0])


def naive_list(scores: Matrix, depth: int) -> list[int]:
    kept = [column for column in range(len(scores)) if scores[column] > -np.inf]
    best = sorted(kept, key=lambda column: (-scores[column], column))[:depth]
    return best + [NOWHERE] * (depth - len(best))


def naive_metrics(listed: list[int], wanted: set[int], k: int) -> dict[str, float]:
    hits = [1 if column in wanted else 0 for column in listed[:k]]
    gain = sum(hit / math.log2(place + 2) for place, hit in enumerate(hits))
    ideal = sum(1 / math.log2(place + 2) for place in range(min(k, len(wanted))))
    return {
        f"recall_at_{k}": sum(hits) / min(k, len(wanted)),
        f"full_recall_at_{k}": sum(hits) / len(wanted),
        f"ndcg_at_{k}": gain / ideal,
        f"mrr_at_{k}": 1 / (hits.index(1) + 1) if any(hits) else 0.0,
        f"hit_rate_at_{k}": float(any(hits)),
    }


def scores_for(split: Split, seed: int, levels: int) -> Matrix:
    random = np.random.default_rng(seed)
    table = random.integers(levels, size=(len(split.birds), len(split.candidates))).astype(np.float32)
    table[random.random(table.shape) < 0.2] = -np.inf
    return table


@settings(max_examples=150, deadline=None)
@given(
    scores=arrays(np.float32, st.tuples(st.integers(1, 5), st.integers(0, 12)), elements=COARSE),
    depth=st.integers(1, 15),
)
def test_the_order_is_total_whatever_the_ties(scores: Matrix, depth: int) -> None:
    assert top_columns(scores, depth).tolist() == [naive_list(row, depth) for row in scores]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("levels", [2, 10_000])
def test_metrics_agree_with_naive_ones(random_split: MakeSplit, fixed: Any, seed: int, levels: int) -> None:
    split = random_split(seed)
    table = scores_for(split, seed, levels)
    lists = top_lists(split, fixed(split.birds, table), 7)
    measured = bird_metrics(split, lists, (3, 7))
    hidden, truth = [set[int]() for _ in split.birds], [set[int]() for _ in split.birds]
    for row, column in split.excluded.iter_rows():
        hidden[row].add(column)
    for row, column in split.truth.iter_rows():
        truth[row].add(column)
    assert sum(map(len, truth)) > 50
    for segment, chosen in (("all", split.warm | True), ("warm", split.warm), ("cold", ~split.warm)):
        expected = {}
        for row in range(len(split.birds)):
            allowed = np.where(
                np.isin(np.arange(len(split.candidates)), list(hidden[row])), -np.inf, table[row]
            )
            wanted = {column for column in truth[row] if chosen[column]}
            if wanted:
                listed = naive_list(allowed, 7)
                expected[row] = naive_metrics(listed, wanted, 3) | naive_metrics(listed, wanted, 7)
        assert measured[segment].birds.tolist() == list(expected)
        for values, of in zip(measured[segment].values, expected.values(), strict=True):
            assert dict(zip(measured[segment].names, values, strict=True)) == pytest.approx(of)
    assert len(measured["cold"].birds) > 0


def test_ndcg_is_scikit_learns(random_split: MakeSplit, fixed: Any) -> None:
    split = replace(random_split(1), excluded=random_split(1).excluded.clear())
    table = np.random.default_rng(5).permutation(len(split.birds) * len(split.candidates))
    table = table.reshape(len(split.birds), -1).astype(np.float32)
    measured = bird_metrics(split, top_lists(split, fixed(split.birds, table), 7), (3, 7))["all"]
    relevant = np.zeros(table.shape)
    relevant[split.truth["row"].to_numpy(), split.truth["column"].to_numpy()] = 1
    for k in (3, 7):
        oracle = ndcg_score(relevant[measured.birds], table[measured.birds], k=k)
        assert measured.values[:, measured.names.index(f"ndcg_at_{k}")].mean() == pytest.approx(oracle)


def test_a_perfect_ranking_reaches_one_at_every_depth(random_split: MakeSplit, fixed: Any) -> None:
    split = random_split(2)
    table = np.zeros((len(split.birds), len(split.candidates)), dtype=np.float32)
    table[split.truth["row"].to_numpy(), split.truth["column"].to_numpy()] = 1
    measured = bird_metrics(split, top_lists(split, fixed(split.birds, table), 7), (3, 7))["all"]
    values = dict(zip(measured.names, measured.values.mean(axis=0), strict=True))
    assert values.pop("full_recall_at_3") < 1
    assert values.pop("full_recall_at_7") <= 1
    assert values == pytest.approx(dict.fromkeys(values, 1.0))


def test_batches_do_not_show(random_split: MakeSplit, fixed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    split = random_split(3)
    scorer = fixed(split.birds, scores_for(split, 3, 4))
    whole = top_lists(split, scorer, 5)
    monkeypatch.setattr(ranking, "_CELLS", 3 * len(split.candidates))
    assert (top_lists(split, scorer, 5) == whole).all()


def test_the_scorer_keeps_its_scores(random_split: MakeSplit, fixed: Any) -> None:
    split = random_split(3)
    table = scores_for(split, 3, 4)
    before = table.copy()
    top_lists(split, fixed(split.birds, table), 5)
    assert (table == before).all()


def test_nan_and_a_wrong_shape_are_refused(random_split: MakeSplit, fixed: Any) -> None:
    split = random_split(0)
    table = scores_for(split, 0, 4)
    with pytest.raises(ValueError, match=r"must return shape \(\d+, \d+\) \(birds, candidates\), found"):
        top_lists(split, fixed(split.birds, table[:, 1:]), 5)
    table[1, 2] = np.nan
    with pytest.raises(ValueError, match=r"1 of \d+ scores are NaN"):
        top_lists(split, fixed(split.birds, table), 5)
