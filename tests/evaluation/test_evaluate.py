"""Evaluations as a whole, on planted truth and on nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from tasks.evaluation import EvaluationParameters, Split, bird_scorer, evaluate, nothing_to_score, split
from tasks.evaluation.baselines import popularity
from tasks.evaluation.last_touches import LastTouches
from warehouse.vectors import Vectors

CAMPS = ("left", "right")


@pytest.fixture
def camps(events: Any, flits: Any, until: datetime, parameters: EvaluationParameters) -> Split:
    """Two camps of 20 birds that touch flits of their own camp only; half of what they find is posted after the cut."""
    random = np.random.default_rng(11)
    log, posts = [], []
    for camp in CAMPS:
        posts += [(f"{camp}-old{i:02}", None, -30.0) for i in range(20)]
        posts += [(f"{camp}-young{i:02}", None, -5.0) for i in range(20)]
        for bird in range(20):
            old = random.permutation(20)
            log += [(f"{camp}-b{bird:02}", f"{camp}-old{i:02}", -25.0) for i in old[:6]]
            log += [(f"{camp}-b{bird:02}", f"{camp}-old{i:02}", -2.0) for i in old[6:8]]
            log += [(f"{camp}-b{bird:02}", f"{camp}-young{i:02}", -1.0) for i in random.permutation(20)[:2]]
    return split(events(log), flits(posts), until, parameters)


def by_camp(of: Split) -> Any:
    def vectors(ids: Any) -> Vectors:
        return Vectors.of(ids, np.array([[name.startswith(camp) for name in ids] for camp in CAMPS]).T)

    return bird_scorer(of, vectors(of.birds), vectors(of.candidates))


def shape(value: object) -> object:
    """The keys, without the values."""
    return {key: shape(inner) for key, inner in value.items()} if isinstance(value, Mapping) else None


def test_a_space_that_knows_the_camps_beats_what_does_not(
    camps: Split, parameters: EvaluationParameters
) -> None:
    result = evaluate(camps, by_camp(camps), parameters)
    over = result.differences["popularity"]["all"]["recall_at_7"]
    assert over.low is not None
    assert over.low > 0
    assert result.counts.birds_scored == 40
    assert (result.counts.truth_warm, result.counts.truth_cold) == (80, 80)
    assert result.baselines["item_knn"].metrics["cold"]["recall_at_7"].value == 0
    assert result.model.metrics["warm"]["recall_at_7"].value > 0  # type: ignore[operator]


def test_popularity_is_not_better_than_itself(camps: Split, parameters: EvaluationParameters) -> None:
    result = evaluate(camps, popularity(camps, LastTouches.of(camps), parameters), parameters)
    for of_segment in result.differences["popularity"].values():
        assert {(one.value, one.low, one.high) for one in of_segment.values()} == {(0.0, 0.0, 0.0)}
    assert result.model == result.baselines["popularity"]


def test_differences_are_paired(camps: Split, parameters: EvaluationParameters) -> None:
    result = evaluate(camps, by_camp(camps), parameters)
    for name, baseline in result.baselines.items():
        one = result.differences[name]["all"]["ndcg_at_7"]
        mine, theirs = result.model.metrics["all"]["ndcg_at_7"], baseline.metrics["all"]["ndcg_at_7"]
        assert one.value == pytest.approx(mine.value - theirs.value)  # type: ignore[operator]
        assert one.low <= one.value <= one.high  # type: ignore[operator]


def test_a_predecessor_is_held_against_popularity_on_the_same_birds(
    camps: Split, parameters: EvaluationParameters
) -> None:
    """As if it were the version itself: the same difference, and the same interval."""
    knows, other = by_camp(camps), popularity(camps, LastTouches.of(camps), parameters)
    alone, paired = evaluate(camps, knows, parameters), evaluate(camps, other, parameters, knows)
    assert paired.predecessor_over_popularity == alone.differences["popularity"]
    name = "recall_at_3_over_popularity"
    assert paired.headline[f"predecessor_{name}_low"] == alone.headline[f"{name}_low"] is not None
    assert alone.headline[f"predecessor_{name}"] is None


def test_the_best_baseline_has_the_highest_recall(camps: Split, parameters: EvaluationParameters) -> None:
    result = evaluate(camps, by_camp(camps), parameters)
    recall = {name: of.metrics["all"]["recall_at_3"].value for name, of in result.baselines.items()}
    assert result.best_baseline is not None
    assert recall[result.best_baseline] == max(recall.values())  # type: ignore[type-var]
    assert result.headline["best_baseline_recall_at_3"] == max(recall.values())  # type: ignore[type-var]


def test_an_evaluation_is_the_same_twice(camps: Split, parameters: EvaluationParameters) -> None:
    first, second = (evaluate(camps, by_camp(camps), parameters).as_json() for _ in range(2))
    assert json.dumps(first, allow_nan=False) == json.dumps(second, allow_nan=False)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"task": "none"}, "task is none"),
        ({"min_history": 7}, "no bird with 7 earlier flits touches another in"),
        ({"candidates": {"posted_within": "1m"}}, "no candidate flit is known before 2026-03-01T00:00:00"),
    ],
)
def test_nothing_to_score_says_why_and_keeps_every_key(
    events: Any,
    flits: Any,
    until: datetime,
    camps: Split,
    change: dict[str, object],
    reason: str,
) -> None:
    parameters = EvaluationParameters.model_validate({"k": [3, 7], "min_history": 2, "resamples": 200})
    changed = EvaluationParameters.model_validate(parameters.model_dump(mode="json") | change)
    log = events([("b", "f1", -30), ("b", "f2", -20), ("b", "f3", -1)])
    empty = split(log, flits([]), until, changed)
    result = evaluate(empty, by_camp(empty), changed)
    full = evaluate(camps, by_camp(camps), parameters).as_json()
    assert result.reason is not None
    assert reason in result.reason
    written = result.as_json()
    written["parameters"], full["parameters"] = None, None
    assert shape(written) == shape(full)
    assert result.headline["recall_at_3"] is None
    json.dumps(written, allow_nan=False)


def test_truth_beyond_the_candidates_is_a_reason(
    events: Any, flits: Any, until: datetime, parameters: EvaluationParameters
) -> None:
    fresh = EvaluationParameters.model_validate(
        parameters.model_dump(mode="json") | {"candidates": {"posted_within": "2d"}}
    )
    log = [("b", "f1", -30), ("b", "f2", -20), ("a", "f3", -10), ("b", "f3", -1), ("c", "f4", -1)]
    result = evaluate(made := split(events(log), flits([]), until, fresh), by_camp(made), fresh)
    assert (
        result.reason
        == "none of the 1 flits touched in [2026-02-22T00:00:00, 2026-03-01T00:00:00) is a candidate"
    )
    assert result.counts.birds == 1
    assert result.counts.birds_scored == 0


def test_without_a_split_there_is_a_report_too(parameters: EvaluationParameters) -> None:
    written = nothing_to_score(parameters, "the space has no rows").as_json()
    assert written["reason"] == "the space has no rows"
    assert set(written["counts"].values()) == {0}
    assert all(value in (None, 0) for value in written["headline"].values())
