"""The linear-time discrepancy against the full kernel, and the test's level and power."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from tasks.comparison.distributions.kernel_test import (
    Discrepancy,
    discrepancy,
    fourier_features,
    median_distance,
)
from tasks.comparison.distributions.parameters import DistributionParameters
from tasks.comparison.distributions.pool import Pool
from warehouse.vectors import Vectors

QUICK = DistributionParameters(frequencies=32, permutations=99)


def unbiased(kernel: np.ndarray, m: int) -> float:
    """Gretton et al. 2012, equation 3, pair by pair."""
    n = len(kernel) - m
    xx = sum(kernel[i, j] for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    yy = sum(kernel[i, j] for i in range(m, m + n) for j in range(m, m + n) if i != j) / (n * (n - 1))
    return float(xx + yy - 2 * kernel[:m, m:].mean())


@pytest.mark.parametrize("shift", [0.0, 0.5, 2.0])
def test_it_is_near_the_one_of_the_full_kernel(make_space, shift):
    old, new = make_space(60, 6, 1), make_space(45, 6, 2, first=60)
    pool = Pool.of(old, Vectors(new.ids, new.matrix + np.float32(shift)), 100)
    sigma = median_distance(pool)
    kernel = np.exp(-cdist(pool.together(), pool.together(), "sqeuclidean") / (2 * sigma**2))
    found = discrepancy(pool, DistributionParameters(frequencies=20_000, permutations=9))
    assert found.bandwidth == sigma
    assert found.mmd_squared == pytest.approx(unbiased(kernel, 60), abs=0.01)


@given(seed=st.integers(0, 1000), m=st.integers(2, 12), n=st.integers(2, 12))
def test_it_is_exactly_the_one_of_its_features_kernel(make_space, seed, m, n):
    pool = Pool.of(make_space(m, 3, seed), make_space(n, 3, seed + 1, first=m), 100)
    random = np.random.default_rng(QUICK.seed)
    features = fourier_features(pool.together(), median_distance(pool), QUICK.frequencies, random)
    kernel = features.astype(np.float64) @ features.T
    np.testing.assert_allclose(np.diag(kernel), 1, atol=1e-6)
    found = discrepancy(pool, QUICK)
    assert found.mmd_squared == pytest.approx(unbiased(kernel, m), abs=1e-5)
    assert found.mmd_squared <= 2
    assert 1 / 100 <= found.p_value <= 1


def test_the_p_value_keeps_its_level_where_nothing_changed(make_space):
    found = [
        discrepancy(Pool.of(make_space(60, 4, seed), make_space(60, 4, seed + 999, first=60), 100), QUICK)
        for seed in range(200)
    ]
    p = np.array([one.p_value for one in found])
    assert 0.4 < p.mean() < 0.6
    assert (p <= 0.05).mean() <= 0.10
    assert abs(np.mean([one.mmd_squared for one in found])) < 0.002


def test_ids_of_both_versions_make_it_careful(make_space):
    old = make_space(200, 4)
    nights = [old.matrix + 0.3 * make_space(200, 4, seed).matrix for seed in (1, 2)]
    first, second = (Vectors(old.ids, night.astype(np.float32)) for night in nights)
    assert discrepancy(Pool.of(first, second, 200), QUICK).p_value > 0.5


@pytest.mark.parametrize("change", ["a tenth moved", "wider"])
def test_a_planted_change_has_a_small_p_value(make_space, change):
    old, new = make_space(400, 8, 1), make_space(400, 8, 2)
    matrix = new.matrix.copy()
    if change == "wider":
        matrix *= 1.5
    else:
        matrix[:40] += 3
    found = discrepancy(Pool.of(old, Vectors(new.ids, matrix), 400), QUICK)
    assert found.p_value == 1 / 100
    assert found.mmd_squared > 0.003


def test_all_in_one_point(make_space):
    space = make_space(5, 3)
    point = Vectors(space.ids, np.full_like(space.matrix, 0.3))
    found = discrepancy(Pool.of(point, point, 100), QUICK)
    assert (found.mmd_squared, found.p_value, found.bandwidth) == (pytest.approx(0, abs=1e-6), 1, 1)


def test_one_row_is_no_sample(make_space):
    assert discrepancy(Pool.of(make_space(1), make_space(9), 100), QUICK) == Discrepancy()
    assert discrepancy(Pool.of(make_space(9), make_space(0), 100), QUICK) == Discrepancy()
