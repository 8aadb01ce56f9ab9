"""Exact neighbours: two camps never mix, scikit-learn agrees, ties go by id."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from tasks.comparison.vectors.neighbours import Overlap, nearest, neighbour_overlap, sample, shared
from tasks.comparison.vectors.rows import Common, directions
from warehouse.vectors import Vectors, as_ids


def overlap(old: Vectors, new: Vectors, queries: int = 2000) -> Overlap:
    return neighbour_overlap(old, new, Common.of(old, new), queries)


def test_agrees_with_scikit_learn_over_several_blocks(make_space):
    units = directions(make_space(3000, 6).matrix)
    rows, scores = nearest(units, units, np.arange(3000), 10)
    distance, expected = (
        NearestNeighbors(metric="cosine", algorithm="brute").fit(units).kneighbors(n_neighbors=10)
    )
    assert (rows == expected).mean() > 0.999  # scikit-learn leaves ties to chance
    np.testing.assert_allclose(scores, 1 - distance, atol=1e-6)


def test_two_camps_never_mix(make_space):
    noise = make_space(40, 4).matrix * 0.05
    centre = np.where(np.arange(40)[:, None] < 20, [1, 0, 0, 0], [0, 1, 0, 0])
    units = directions((noise + centre).astype(np.float32))
    rows, _ = nearest(units, units, np.arange(40), 19)
    assert ((rows < 20) == (np.arange(40) < 20)[:, None]).all()


@given(st.integers(0, 1000), st.integers(2, 40), st.data())
def test_ties_go_by_row_and_nobody_is_their_own_neighbour(seed, count, data):
    k = data.draw(st.integers(1, count - 1))
    corners = np.eye(3, dtype=np.float32)
    kind = np.random.default_rng(seed).integers(0, 3, count)
    rows, _ = nearest(corners[kind], corners[kind], np.arange(count), k)
    for row in range(count):
        others = [other for other in range(count) if other != row]
        assert list(rows[row]) == sorted(others, key=lambda other: (kind[other] != kind[row], other))[:k]


def test_what_differs_by_rounding_is_a_tie():
    units = np.array(
        [[1, 0], [0.6, 0.8], [np.nextafter(np.float32(0.6), np.float32(1)), 0.8]], dtype=np.float32
    )
    rows, _ = nearest(units[:1], units, np.array([0]), 2)
    assert rows.tolist() == [[1, 2]]


@given(seed=st.integers(0, 1000), dim=st.integers(2, 16))
def test_a_rotation_changes_no_neighbours(make_space, random_turn, seed, dim):
    old = make_space(80, dim, seed)
    new = Vectors(old.ids, (old.matrix @ random_turn(dim, seed)).astype(np.float32))
    found = overlap(old, new)
    assert found.overlap_at_10 == pytest.approx(1, abs=0.01)
    assert found.overlap_at_50 == pytest.approx(1, abs=0.01)


def test_overlap_agrees_with_scikit_learn_and_sets(make_space):
    old, new = make_space(300, 8, 1), make_space(330, 8, 2, first=50)
    common = Common.of(old, new)
    tables = []
    for matrix in (old.matrix[common.old_rows], new.matrix[common.new_rows]):
        search = NearestNeighbors(metric="cosine", algorithm="brute").fit(matrix)
        tables.append(search.kneighbors(n_neighbors=50, return_distance=False))
    found = overlap(old, new)
    assert (found.queries, found.candidates) == (250, 250)
    for k, value in ((10, found.overlap_at_10), (50, found.overlap_at_50)):
        sets = [len(set(a[:k]) & set(b[:k])) / k for a, b in zip(*tables, strict=True)]
        assert value == pytest.approx(np.mean(sets), abs=1e-3)


def test_unrelated_spaces_share_what_chance_shares(make_space):
    found = overlap(make_space(1000, 16, 1), make_space(1000, 16, 2))
    assert found.overlap_at_50 == pytest.approx(50 / 999, abs=0.02)


def test_dimensions_may_differ(make_space):
    old = make_space(100, 4)
    wider = Vectors(old.ids, np.pad(old.matrix, ((0, 0), (0, 3))))
    assert overlap(old, wider).overlap_at_10 == 1


@pytest.mark.parametrize(
    ("rows", "at_10", "at_50"), [(0, 0, 0), (1, 0, 0), (11, 0, 0), (12, 1, 0), (51, 1, 0), (52, 1, 1)]
)
def test_no_number_where_everybody_would_be_a_neighbour(make_space, rows, at_10, at_50):
    space = make_space(rows)
    found = overlap(space, space)
    assert (found.overlap_at_10 is not None, found.overlap_at_50 is not None) == (bool(at_10), bool(at_50))


def test_zero_vectors_are_no_failure():
    zeros = Vectors.of([f"f{row:02d}" for row in range(60)], np.zeros((60, 3)))
    assert overlap(zeros, zeros).overlap_at_50 == 1


def test_the_sample_is_stable_from_night_to_night():
    ids = [f"f{row}" for row in range(2000)]
    tonight = as_ids(sorted(ids))
    tomorrow = as_ids(sorted([*ids[20:], *(f"g{row}" for row in range(20))]))
    a, b = (set(night[sample(night, 200)]) for night in (tonight, tomorrow))
    assert len(a) == len(b) == 200
    assert len(a & b) >= 190
    assert a == set(tonight[::-1][sample(as_ids(tonight[::-1]), 200)])
    assert list(sample(tonight, 5000)) == list(range(2000))


def test_overlap_of_a_sample_estimates_the_whole(make_space):
    old = make_space(1500, 8)
    new = Vectors(old.ids, old.matrix + 0.3 * make_space(1500, 8, 5).matrix)
    assert overlap(old, new, 300).overlap_at_50 == pytest.approx(overlap(old, new).overlap_at_50, abs=0.02)
    assert overlap(old, new, 300).queries == 300


def test_shared_counts_the_first_k():
    before, after = np.array([[1, 2, 3, 4]]), np.array([[2, 9, 1, 8]])
    assert (shared(before, after, 1), shared(before, after, 2), shared(before, after, 4)) == (0, 0.5, 0.5)


@pytest.mark.parametrize("k", [0, 3])
def test_more_neighbours_than_others(make_space, k):
    units = directions(make_space(3).matrix)
    with pytest.raises(ValueError, match=f"{k} neighbours wanted among 2 others"):
        nearest(units, units, np.arange(3), k)
