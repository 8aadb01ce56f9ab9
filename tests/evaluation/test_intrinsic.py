"""Tests of a space in itself: planted answers, an independent oracle for ranks, and nothing dropped in silence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import ValidationError
from sklearn.metrics import silhouette_score

from tasks.evaluation import EvaluationParameters, intrinsic
from tasks.evaluation.intrinsic import NEVER, Intrinsic, ranks
from warehouse.similarity import analogy
from warehouse.vectors import Vectors


def asked_of(vectors: Vectors, **declared: Any) -> Intrinsic:
    return intrinsic(vectors, EvaluationParameters.model_validate({"intrinsic": declared}))


@pytest.fixture
def countries() -> Vectors:
    """Capitals are their countries plus one direction; every country has an axis of its own."""
    names = [f"country{n}" for n in range(20)] + [f"capital{n}" for n in range(20)]
    axes = np.vstack([np.eye(20), np.eye(20)])
    lead = np.repeat([[0.0], [1.0]], 20, axis=0)
    return Vectors.of(names, np.hstack([axes, lead]))


def test_planted_analogies_hold_and_query_words_are_no_answers(countries: Vectors) -> None:
    asked = [["country0", "capital0", f"country{n}", f"capital{n}"] for n in range(1, 20)]
    found = asked_of(countries, analogies=asked)
    numbers = found.headline
    assert numbers["intrinsic_analogies_accuracy_at_1"] == 1
    assert numbers["intrinsic_analogies_covered"] == 1
    wrong = asked_of(countries, analogies=[[*question, "country19"] for *question, _ in asked[:-1]]).headline
    assert wrong["intrinsic_analogies_accuracy_at_1"] == 0


def test_analogies_are_those_of_the_toolkit(countries: Vectors) -> None:
    generator = np.random.default_rng(0)
    vectors = Vectors(countries.ids, generator.normal(size=(40, 4)).astype(np.float32))
    asked = [generator.choice(vectors.ids, size=4, replace=False).tolist() for _ in range(30)]
    found = asked_of(vectors, analogies=asked, k=5).tests["analogies"].metrics["accuracy_at_5"].value
    by_hand = [d in [near.id for near in analogy(vectors, a, b, c, k=5)] for a, b, c, d in asked]
    assert found == pytest.approx(np.mean(by_hand))
    assert 0 < found < 1


def test_what_is_unknown_is_counted_as_not_covered(countries: Vectors) -> None:
    found = asked_of(
        countries,
        analogies=[["country0", "capital0", "country1", "capital1"], ["country0", "capital0", "nowhere", "atlantis"]],
        synonyms=[["nowhere", "country1"]],
        clusters=[["country1", "country2", "nowhere"], ["capital1", "atlantis"]],
    )  # fmt: skip
    assert (found.tests["analogies"].asked, found.tests["analogies"].covered) == (2, 1)
    assert found.headline["intrinsic_analogies_covered"] == 0.5
    assert found.headline["intrinsic_synonyms_covered"] == 0
    assert found.headline["intrinsic_synonyms_mrr"] is None
    assert (found.tests["clusters"].asked, found.tests["clusters"].covered) == (5, 0)


def test_synonyms_and_duplicates_by_hand() -> None:
    """On a line of angles: 0, 10, 30 and 80 degrees."""
    angles = np.radians([0, 10, 30, 80])
    vectors = Vectors.of(list("abcd"), np.stack([np.cos(angles), np.sin(angles)], axis=1))
    pair = asked_of(vectors, synonyms=[["a", "c"]], duplicates=[["a", "c"], ["c", "d"]], k=1).tests
    # c is second of a's neighbours; a is second of c's, after b.
    assert pair["synonyms"].metrics["mrr"].value == pytest.approx(1 / 2)
    assert pair["synonyms"].metrics["within_1"].value == 0
    # d is third of c's neighbours, c is first of d's.
    assert pair["duplicates"].metrics["mrr"].value == pytest.approx((1 / 2 + (1 / 3 + 1) / 2) / 2)
    assert pair["duplicates"].metrics["within_1"].value == pytest.approx(1 / 4)


@pytest.mark.parametrize("spread", [0.05, 3.0])
def test_clusters_that_stay_together_and_such_that_do_not(spread: float) -> None:
    generator = np.random.default_rng(0)
    centres = np.repeat(np.eye(3, 8), 10, axis=0)
    names = [f"{group}{n}" for group in "abc" for n in range(10)]
    vectors = Vectors.of(names, centres + spread * generator.normal(size=centres.shape))
    found = asked_of(vectors, clusters=[names[:10], names[10:20], names[20:]]).tests["clusters"].metrics
    labels = [0] * 10 + [1] * 10 + [2] * 10
    assert found["silhouette"].value == pytest.approx(
        silhouette_score(vectors.matrix, labels, metric="cosine"), abs=1e-5
    )
    assert (found["neighbours"].value == 1) == (spread < 1)
    assert found["neighbours"].low <= found["neighbours"].value <= found["neighbours"].high  # type: ignore[operator]


@given(
    arrays(np.float32, (7, 3), elements=st.sampled_from([-1.0, 0.0, 0.5, 1.0])),
    st.integers(0, 6),
    st.integers(0, 6),
)
def test_a_rank_is_the_place_in_the_sorted_list(matrix: Any, query: int, wanted: int) -> None:
    (found,) = ranks(matrix, matrix[[query]], np.array([wanted]), np.array([[query]]))
    scores = matrix @ matrix[query]
    order = sorted((row for row in range(7) if row != query), key=lambda row: (-scores[row], row))
    assert found == (NEVER if wanted == query else order.index(wanted) + 1)


def test_nothing_declared_is_nothing_measured(countries: Vectors) -> None:
    assert asked_of(countries).headline == {}
    assert asked_of(Vectors.empty(3), synonyms=[["a", "b"]]).headline["intrinsic_synonyms_covered"] == 0


def test_numbers_join_the_headline_under_the_same_keys_every_night(countries: Vectors) -> None:
    declared = {
        "synonyms": [["country0", "capital0"]],
        "clusters": [["country1", "capital1"], ["country2", "capital2"]],
    }
    full = asked_of(countries, **declared).added_to({"headline": {"recall_at_10": 0.5}, "task": "none"})
    empty = asked_of(Vectors.empty(3), **declared).added_to(
        {"headline": {"recall_at_10": 0.5}, "task": "none"}
    )
    assert (
        full["headline"].keys()
        == empty["headline"].keys()
        >= {"recall_at_10", "intrinsic_clusters_silhouette"}
    )
    assert full["intrinsic"]["synonyms"]["asked"] == 1


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"synonyms": [["a", "a"]]}, "'a' twice in one pair"),
        ({"clusters": [["a", "b"], ["b", "c"]]}, "'b' twice"),
        ({"clusters": [["a", "b"]]}, "two lists or more, found 1"),
        ({"analogies": [["a", "b", "c"]]}, "Field required"),
        ({"analogies": [["a", "b", "c", "d"], ["a", "b", "c", "b"]]}, "'b' both in the question and as"),
    ],
)
def test_tests_that_ask_nothing_are_refused(declared: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        EvaluationParameters.model_validate({"intrinsic": declared})
