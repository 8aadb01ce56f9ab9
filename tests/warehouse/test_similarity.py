"""The measures against published numbers, each other and scipy; planted analogies, odd ones, outliers and clusters."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial import distance

from warehouse.similarity import (
    METRICS,
    Metric,
    analogy,
    clusters,
    combine,
    cosine,
    euclidean,
    hamming,
    jaccard,
    manhattan,
    nearest,
    normalised,
    odd_one_out,
    outliers,
)
from warehouse.vectors import Vectors

NUMBERS = arrays(np.float64, 6, elements=st.floats(-100, 100, width=32))


def test_published_cosines() -> None:
    assert cosine([0, 3, 4, 5, 6], [4, 5, 6, 7, 8]) == pytest.approx(0.9544074144996451, abs=1e-15)
    assert cosine([1, 0.6], [0.6, 1]) == pytest.approx(0.882353, abs=5e-7)
    assert cosine([0, 0], [1, 2]) == 0


@given(NUMBERS, NUMBERS)
def test_distances_are_those_of_scipy(one: Any, other: Any) -> None:
    assert euclidean(one, other) == pytest.approx(distance.euclidean(one, other))
    assert manhattan(one, other) == pytest.approx(distance.cityblock(one, other))
    assert manhattan(one, other) >= euclidean(one, other) - 1e-9


@given(NUMBERS, NUMBERS)
def test_of_unit_vectors_the_squared_distance_is_2_less_2_cosines(one: Any, other: Any) -> None:
    a, b = normalised(one), normalised(other)
    if np.linalg.norm(one) > 1e-3 and np.linalg.norm(other) > 1e-3:
        assert euclidean(a, b) ** 2 == pytest.approx(2 - 2 * cosine(one, other), abs=1e-9)


def test_sets_and_sequences() -> None:
    assert jaccard({"if", "bird"}, ["bird", "wing", "bird"]) == pytest.approx(1 / 3)
    assert jaccard([], []) == 1
    assert hamming("karolin", "kathrin") == 3
    assert hamming([1, 0, 1], np.array([1, 1, 0])) == 2
    with pytest.raises(ValueError, match="found 2 and 3"):
        hamming("ab", "abc")


@given(
    arrays(np.float32, (9, 4), elements=st.sampled_from([-2.0, 0.0, 1.0, 3.0])),
    arrays(np.float64, 4, elements=st.sampled_from([-1.0, 0.0, 2.0])),
    st.sampled_from(METRICS),
)
def test_nearest_is_the_sorted_list_of_the_measure(matrix: Any, query: Any, metric: Metric) -> None:
    names = [f"id{n}" for n in range(9)]
    measure = {
        "cosine": cosine,
        "euclidean": euclidean,
        "manhattan": manhattan,
        "jaccard": lambda a, b: jaccard(np.flatnonzero(a), np.flatnonzero(b)),
        "hamming": lambda a, b: hamming(np.asarray(a) != 0, np.asarray(b) != 0),
    }[metric]
    sign = -1 if metric in ("cosine", "jaccard") else 1
    by_hand = [(sign * measure(matrix[n], query), names[n]) for n in range(9) if n != 3]
    found = nearest(Vectors.of(names, matrix), query, 5, metric, excluded=["id3", "nobody"])
    assert "id3" not in [near.id for near in found]
    assert [sign * near.value for near in found] == pytest.approx([value for value, _ in sorted(by_hand)[:5]])


@pytest.fixture
def countries() -> Vectors:
    names = [f"country{n}" for n in range(9)] + [f"capital{n}" for n in range(9)]
    lead = np.repeat([[0.0], [1.0]], 9, axis=0)
    return Vectors.of(names, np.hstack([np.vstack([np.eye(9), np.eye(9)]), lead]))


def test_analogies_leave_the_words_of_the_question_out(countries: Vectors) -> None:
    found = analogy(countries, "country1", "capital1", "country2", k=18)
    assert found[0].id == "capital2"
    assert len(found) == 15 and not {"country1", "capital1", "country2"} & {near.id for near in found}


def test_lengths_do_not_count_in_an_analogy(countries: Vectors) -> None:
    scaled = Vectors(countries.ids, countries.matrix * np.arange(1, 19, dtype=np.float32)[:, None])
    one, other = (combine(of, ["country1"], ["capital1"]) for of in (scaled, countries))
    np.testing.assert_allclose(one, other)
    with pytest.raises(KeyError, match="no vector for 'atlantis'"):
        analogy(countries, "country1", "capital1", "atlantis")


def test_the_odd_one_and_the_one_far_from_everything() -> None:
    generator = np.random.default_rng(0)
    camps = np.repeat(np.eye(2, 8), 20, axis=0) + 0.1 * generator.normal(size=(40, 8))
    alone = -np.ones((1, 8))
    vectors = Vectors.of([f"b{n:02}" for n in range(40)] + ["lone"], np.vstack([camps, alone]))
    assert odd_one_out(vectors, ["b01", "b02", "b25", "b03"]) == "b25"
    assert outliers(vectors, count=1)[0].id == "lone"
    assert outliers(Vectors.of(["only"], np.ones((1, 2)))) == []


def test_planted_clusters_come_back() -> None:
    generator = np.random.default_rng(0)
    sizes = (12, 9, 5)
    matrix = np.repeat(np.eye(3, 6), sizes, axis=0) * generator.uniform(1, 50, size=(26, 1))
    names = [f"{group}{n}" for group, size in zip("abc", sizes, strict=True) for n in range(size)]
    vectors = Vectors.of(names, matrix + 0.05 * generator.normal(size=matrix.shape))
    assert [sorted({name[0] for name in ids}) for ids in clusters(vectors, 3)] == [["a"], ["b"], ["c"]]
    assert clusters(Vectors.empty(3), 2) == []


def test_a_query_of_another_length_is_refused(countries: Vectors) -> None:
    with pytest.raises(ValueError, match=r"expected a query of shape \(10,\), found \(3,\)"):
        nearest(countries, [1, 2, 3])


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda of: nearest(of, of.matrix[0], -1), "k: expected at least 0, found -1"),
        (lambda of: outliers(of, k=-1), "k: expected at least 1, found -1"),
        (lambda of: outliers(of, count=-1), "count: expected at least 0, found -1"),
        (lambda of: clusters(of, -2), "count: expected at least 1, found -2"),
        (lambda of: odd_one_out(of, []), "ids: expected at least 1, found 0"),
    ],
)
def test_counts_that_mean_nothing_are_refused(
    countries: Vectors, ask: Callable[[Vectors], object], said: str
) -> None:
    with pytest.raises(ValueError, match=f"^{said}$"):
        ask(countries)


def test_the_toolkit_loads_nothing_heavy() -> None:
    script = (
        "import sys, warehouse.similarity\n"
        "print([n for n in ('sklearn', 'torch', 'duckdb', 'mlflow') if n in sys.modules])"
    )
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "[]"
