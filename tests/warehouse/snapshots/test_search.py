from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from warehouse.snapshots.errors import DamagedSnapshotError
from warehouse.snapshots.search import (
    ApproximateSearch,
    ExactSearch,
    IndexParameters,
    _one_thread,
    write_index,
)

Metric = Literal["cosine", "dot"]
small = st.integers(-3, 3).map(float)


def oracle(
    matrix: np.ndarray, query: np.ndarray, metric: Metric, excluded: int | None
) -> list[tuple[float, int]]:
    """Every row but the excluded one with its score, one at a time, in the promised order."""
    scored = []
    for row, vector in enumerate(matrix.astype(np.float64)):
        score = float(vector @ query)
        if metric == "cosine":
            length = float(np.linalg.norm(vector) * np.linalg.norm(query))
            score = score / length if length else 0.0
        if row != excluded:
            scored.append((-score, row))
    return sorted(scored)


@given(
    matrix=arrays.arrays(np.float32, st.tuples(st.integers(1, 30), st.integers(1, 4)), elements=small),
    metric=st.sampled_from(["cosine", "dot"]),
    k=st.integers(1, 40),
    data=st.data(),
)
@settings(deadline=None)
def test_agrees_with_scoring_one_by_one(
    matrix: np.ndarray, metric: Metric, k: int, data: st.DataObject
) -> None:
    query = data.draw(
        arrays.arrays(np.float64, matrix.shape[1], elements=small).filter(lambda q: bool(q.any()))
    )
    excluded = data.draw(st.none() | st.integers(0, len(matrix) - 1))
    search = ExactSearch(matrix, metric)
    rows, scores = search.best(search.query(query), k, excluded)
    expected = oracle(matrix, query, metric, excluded)[:k]
    np.testing.assert_allclose(scores, [-score for score, _ in expected], atol=1e-12)
    true = {row: -score for score, row in oracle(matrix, query, metric, excluded)}
    assert len(set(rows.tolist())) == len(rows) == len(expected)
    np.testing.assert_allclose(scores, [true[row] for row in rows.tolist()], atol=1e-12)
    assert excluded not in rows.tolist()


def test_equal_vectors_are_ordered_by_row_wherever_they_lie() -> None:
    random = np.random.default_rng(3)
    matrix = random.standard_normal((5003, 37)).astype(np.float32)
    twins = [5, 17, 1024, 2500, 4999, 5002]
    matrix[twins] = matrix[5]
    search = ExactSearch(matrix, "cosine")
    rows, scores = search.best(search.query(matrix[5] + 0.01), 4)
    assert rows.tolist() == twins[:4]
    assert len(set(scores.tolist())) == 1


@pytest.mark.parametrize("metric", ["cosine", "dot"])
def test_what_float32_cannot_tell_apart_is_told_apart(metric: Metric) -> None:
    """Scores closer than a float32 product can be wrong by: the order is still that of float64."""
    random = np.random.default_rng(8)
    matrix = np.tile(random.standard_normal(64), (3000, 1)) + 1e-6 * random.standard_normal((3000, 64))
    search = ExactSearch(matrix.astype(np.float32), metric)
    query = search.query(matrix[0] + 0.1 * random.standard_normal(64))
    rows, scores = search.best(query, 10)
    expected = oracle(search.matrix, query, metric, None)[:10]
    assert rows.tolist() == [row for _, row in expected]
    np.testing.assert_allclose(scores, [-score for score, _ in expected], rtol=1e-13)


def test_a_query_must_fit() -> None:
    search = ExactSearch(np.eye(3, dtype=np.float32), "cosine")
    with pytest.raises(ValueError, match=r"shape \(3,\), found \(2,\)"):
        search.query(np.ones(2))
    with pytest.raises(ValueError, match="found NaN"):
        search.query(np.array([1, np.nan, 0]))
    with pytest.raises(ValueError, match="length 0"):
        search.query(np.zeros(3))
    assert not ExactSearch(search.matrix, "dot").query(np.zeros(3)).any()


def clustered(rows: int, dim: int = 32) -> np.ndarray:
    random = np.random.default_rng(9)
    centres = random.standard_normal((rows // 20, dim))
    matrix = centres[random.integers(0, len(centres), rows)] + 0.5 * random.standard_normal((rows, dim))
    return matrix.astype(np.float32)


@pytest.mark.parametrize("metric", ["cosine", "dot"])
def test_the_index_finds_nearly_all_and_scores_exactly(tmp_path: Path, metric: Metric) -> None:
    exact = ExactSearch(clustered(4000), metric)
    ann = write_index(tmp_path / "index.faiss", exact, IndexParameters(minimum_rows=1000, recall_sample=100))
    search = ApproximateSearch.open(tmp_path / "index.faiss", exact)
    hits = 0
    for row in range(0, 4000, 40):
        query = exact.query(exact.matrix[row])
        truth, _ = exact.best(query, 10, row)
        found, scores = search.best(query, 10, row)
        assert row not in found.tolist()
        np.testing.assert_array_equal(scores, exact.scores(found, query))
        hits += len(set(truth.tolist()) & set(found.tolist()))
    assert hits / 1000 >= 0.95
    assert ann["recall_at_10"] == pytest.approx(hits / 1000, abs=0.05)
    assert ann["kind"] == "IndexHNSWSQ"


def test_measured_recall_falls_with_a_poor_graph(tmp_path: Path) -> None:
    """The figure is measured, not promised: a graph with hardly any links finds less."""
    random = np.random.default_rng(1)
    exact = ExactSearch(random.standard_normal((6000, 64)).astype(np.float32), "cosine")
    poor = IndexParameters(minimum_rows=1, links=2, construction=8, recall_sample=50)
    good = IndexParameters(minimum_rows=1, links=32, construction=128, recall_sample=50)
    recalls = [
        write_index(tmp_path / name, exact, p)["recall_at_10"] for name, p in (("a", poor), ("b", good))
    ]
    assert float(str(recalls[0])) < 0.7 < 0.9 < float(str(recalls[1])) <= 1.0


def test_same_rows_same_index(tmp_path: Path) -> None:
    exact = ExactSearch(clustered(2000), "cosine")
    for name in ("a", "b"):
        write_index(tmp_path / name, exact, IndexParameters(minimum_rows=1, recall_sample=5))
    digests = {hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("a", "b")}
    assert len(digests) == 1


def test_one_thread_builds_and_the_others_come_back() -> None:
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(2)
    with pytest.raises(KeyError), _one_thread(faiss):
        assert faiss.omp_get_max_threads() == 1
        raise KeyError
    assert faiss.omp_get_max_threads() == 2
    faiss.omp_set_num_threads(before)


def test_no_index_below_the_threshold(tmp_path: Path) -> None:
    exact = ExactSearch(clustered(100), "cosine")
    ann = write_index(tmp_path / "index.faiss", exact, IndexParameters(minimum_rows=101))
    assert ann == {"kind": "exact", "minimum_rows": 101, "recall_at_10": 1.0}
    assert not (tmp_path / "index.faiss").exists()


def test_zero_rows_do_not_stop_the_index(tmp_path: Path) -> None:
    matrix = clustered(600)
    matrix[::2] = 0
    ann = write_index(
        tmp_path / "i", ExactSearch(matrix, "cosine"), IndexParameters(minimum_rows=1, recall_sample=600)
    )
    assert ann["recall_sample"] == 300


def test_an_index_of_other_vectors_is_refused(tmp_path: Path) -> None:
    write_index(tmp_path / "i", ExactSearch(clustered(400), "cosine"), IndexParameters(minimum_rows=1))
    with pytest.raises(DamagedSnapshotError, match="expected 200 rows of 32 dimensions, found 400 of 32"):
        ApproximateSearch.open(tmp_path / "i", ExactSearch(clustered(200), "cosine"))
