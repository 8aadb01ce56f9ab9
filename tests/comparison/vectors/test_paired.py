"""Change per id: planted swaps are the outliers, planted growth is the norm change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.comparison.vectors.paired import Changes, Population, Spread, deciles, output_cosines, summarise
from tasks.comparison.vectors.rows import Common, cosines
from warehouse.vectors import Vectors, as_ids


def changes_between(old: Vectors, new: Vectors) -> Changes:
    return Changes.between(old, new, Common.of(old, new))


def retrained(space: Vectors, noise: float = 0.1, seed: int = 1) -> Vectors:
    shift = np.random.default_rng(seed).normal(scale=noise, size=space.matrix.shape)
    return Vectors(space.ids, (space.matrix + shift).astype(np.float32))


@given(st.sets(st.text(max_size=2), max_size=12), st.sets(st.text(max_size=2), max_size=12))
def test_population_agrees_with_sets(old, new):
    a, b = (Vectors.of(ids, np.ones((len(ids), 2))) for ids in (old, new))
    common = Common.of(a, b)
    found = Population.of(a, b, common)
    assert list(common.ids) == sorted(old & new)
    assert list(a.ids[common.old_rows]) == list(b.ids[common.new_rows]) == list(common.ids)
    assert (found.common, found.added, found.vanished) == (len(old & new), len(new - old), len(old - new))
    assert found.row_change == ((len(new) - len(old)) / len(old) if old else None)
    assert found.kept_share == (len(old & new) / len(old) if old else None)


@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.002, 0.005, 0.01, 0.05]))
def test_permuted_ids_are_the_outliers(make_space, seed, share):
    old = make_space(2000, 32, seed)
    new = retrained(old, seed=seed + 1)
    swapped = np.random.default_rng(seed).choice(2000, int(2000 * share), replace=False)
    matrix = new.matrix.copy()
    matrix[swapped] = matrix[np.roll(swapped, 1)]
    changes = changes_between(old, Vectors(old.ids, matrix))
    paired = summarise(changes, np.empty(0), {})
    assert paired.outlier_share == pytest.approx(share)
    assert set(np.flatnonzero(changes.cosine < paired.outlier_below)) == set(swapped)


def test_a_healthy_night_has_no_outliers_and_a_still_one_neither(make_space):
    old = make_space(2000, 32)
    assert summarise(changes_between(old, retrained(old)), np.empty(0), {}).outlier_share == 0
    still = summarise(changes_between(old, old), np.empty(0), {})
    assert (still.outlier_share, still.cosine.minimum) == (0, pytest.approx(1))


def test_a_night_with_a_wide_spread_has_few_outliers(make_space):
    old = make_space(2000, 16)
    changes = changes_between(old, retrained(old, 0.8))
    assert np.quantile(changes.cosine, 0.05) < np.median(changes.cosine) - 0.15
    assert summarise(changes, np.empty(0), {}).outlier_share < 0.005


def test_an_outlier_limit_measured_elsewhere_is_taken(make_space):
    old = make_space(100, 8)
    changes = changes_between(old, retrained(old, 0.5))
    paired = summarise(changes, np.empty(0), {}, outlier_below=0.9)
    assert paired.outlier_below == 0.9
    assert paired.outlier_share == (changes.cosine < 0.9).mean() > 0


def test_cosine_and_norm_change_of_known_vectors():
    old = Vectors.of("abcde", np.array([[1, 0], [1, 0], [0, 2], [0, 0], [0, 0]]))
    new = Vectors.of("abcde", np.array([[2, 0], [0, 1], [0, -1], [0, 0], [1, 1]]))
    changes = changes_between(old, new)
    assert changes.cosine.tolist() == [1, 0, -1, 1, 0]
    np.testing.assert_array_equal(changes.norm_change, [1, 0, -0.5, np.nan, np.nan])
    norm_change = summarise(changes, np.empty(0), {}).norm_change
    assert (norm_change.count, norm_change.mean) == (3, pytest.approx(1 / 6))


@given(st.integers(0, 1000))
def test_cosines_are_within_their_bounds(make_space, seed):
    matrix = make_space(200, 5, seed).matrix
    found = cosines(matrix, matrix)
    assert found.max() <= 1 and cosines(matrix, -matrix).min() >= -1


def test_cosines_near_the_limits_of_float32():
    matrix = np.array([[1e-38, 1e-38], [3e38, 3e38]], dtype=np.float32)
    assert cosines(matrix, matrix).tolist() == pytest.approx([1, 1])


def test_groups_split_the_common_ids_by_label(make_space):
    old = make_space(40, 4, 1)
    new = make_space(60, 4, 2, first=10)
    labels = as_ids("odd" if row % 2 else "even" for row in range(60))
    changes = changes_between(old, new)
    groups = summarise(changes, np.empty(0), {"parity": labels}).groups
    assert [(group.grouping, group.label, group.cosine.count) for group in groups] == [
        ("parity", "even", 15),
        ("parity", "odd", 15),
    ]
    odd = [int(name[1:]) % 2 == 1 for name in changes.common.ids]
    assert groups[1].cosine.mean == pytest.approx(changes.cosine[odd].mean())


def test_the_context_side_is_paired_too(make_space):
    old, new = make_space(30, 4, 1), make_space(30, 4, 2, first=5)
    common = Common.of(old, new)
    assert output_cosines(None, new.matrix, common).size == output_cosines(old.matrix, None, common).size == 0
    expected = cosines(old.matrix[5:], new.matrix[:25])
    np.testing.assert_array_equal(output_cosines(old.matrix, new.matrix, common), expected)


def test_spread_of_known_values():
    spread = Spread.of(np.arange(101.0))
    assert (spread.count, spread.mean, spread.minimum, spread.maximum) == (101, 50, 0, 100)
    assert (spread.p01, spread.p05, spread.p25, spread.p50) == (1, 5, 25, 50)
    assert (spread.p75, spread.p95, spread.p99) == (75, 95, 99)
    assert Spread.of(np.empty(0)) == Spread(0)


def test_no_id_in_common(make_space):
    paired = summarise(changes_between(make_space(5), make_space(5, first=9)), np.empty(0), {})
    assert (paired.cosine, paired.outlier_below, paired.outlier_share) == (Spread(0), None, None)


def test_other_dimensions_are_refused(make_space):
    with pytest.raises(ValueError, match="dimensions 4 and 5"):
        changes_between(make_space(3, 4), make_space(3, 5))


def test_deciles_are_equally_large_and_ordered():
    ids = as_ids(f"f{row:03d}" for row in range(100))
    values = np.random.default_rng(0).permutation(100)
    labels = deciles(ids, values)
    assert all(label == f"d{value // 10 + 1:02d}" for label, value in zip(labels, values, strict=True))
    tied = deciles(ids[::-1], np.zeros(100))
    assert list(tied[::-1]) == [f"d{row // 10 + 1:02d}" for row in range(100)]
    assert len(deciles(as_ids([]), [])) == 0
    with pytest.raises(ValueError, match="values for"):
        deciles(ids, [1, 2])
