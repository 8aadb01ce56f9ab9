"""Histograms and their divergences, against sums by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.comparison.distributions.divergences import (
    Divergence,
    Projections,
    divergence,
    histograms,
    projections,
    smoothed,
)

values = st.lists(st.floats(-5, 5), min_size=1, max_size=40).map(np.array)


def by_hand(p: list[float], q: list[float]) -> Divergence:
    middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]

    def bits(x: list[float]) -> float:
        return sum(a * math.log2(a / m) for a, m in zip(x, middle, strict=True))

    return Divergence(
        psi=sum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True)),
        kullback_leibler=sum(b * math.log(b / a) for a, b in zip(p, q, strict=True)),
        jensen_shannon=(bits(p) + bits(q)) / 2,
    )


def test_known_histograms():
    old, new = np.arange(8.0), np.array([0.0, 1, 2, 3, 4, 5, 6, 7, 7.5, 7.6, 7.7, 7.8])
    counts = histograms(old, new, 4)
    edges = np.quantile(np.concatenate([old, new]), [0.25, 0.5, 0.75], method="inverted_cdf")
    below = [[int((side <= edge).sum()) for edge in edges] + [len(side)] for side in (old, new)]
    assert [list(side) for side in counts] == [np.diff([0, *side]).tolist() for side in below]


@given(values, values, st.integers(2, 12))
def test_they_agree_with_sums_by_hand_and_keep_their_ranges(old, new, bins):
    a, b = histograms(old, new, bins)
    assert (a.sum(), b.sum()) == (len(old), len(new))
    expected = by_hand(smoothed(a).tolist(), smoothed(b).tolist())
    found = divergence(old, new, bins)
    assert found.psi == pytest.approx(expected.psi, abs=1e-9) and found.psi >= 0
    assert found.kullback_leibler == pytest.approx(expected.kullback_leibler, abs=1e-9)
    assert found.jensen_shannon == pytest.approx(expected.jensen_shannon, abs=1e-9)
    assert -1e-12 <= found.jensen_shannon <= 1 and found.kullback_leibler >= -1e-12


@given(values, st.integers(2, 12))
def test_the_same_values_do_not_diverge(sample, bins):
    found = divergence(sample, np.random.default_rng(0).permutation(sample), bins)
    assert (found.psi, found.kullback_leibler, found.jensen_shannon) == pytest.approx((0, 0, 0), abs=1e-12)


@given(values, values, st.floats(-3, 3))
def test_a_move_of_both_by_whole_steps_changes_nothing(old, new, by):
    move = round(by, 6)
    old, new = np.round(old, 4), np.round(new, 4)
    assert divergence(old + move, new + move, 5) == divergence(old, new, 5)


@pytest.mark.parametrize("moved", [-5.0, 5.0])
@pytest.mark.parametrize("share", [0.05, 1.0])
def test_a_constant_that_moves_is_seen_on_either_side(moved, share):
    old = np.zeros(1000)
    new = np.zeros(1000)
    new[: int(1000 * share)] = moved
    assert divergence(old, new, 10).psi > share / 4
    assert divergence(old, old, 10).psi == 0


def test_rounding_is_no_divergence():
    random = np.random.default_rng(0)
    found = divergence(1 + 1e-8 * random.random(500), 1 - 1e-8 * random.random(500), 10)
    assert found.psi == 0


def test_a_planted_shift_of_a_normal_distribution():
    random = np.random.default_rng(0)
    old, new = random.normal(size=50_000), random.normal(loc=0.5, size=50_000)
    # of the densities: (0.5)² for the symmetric divergence, half of it for one direction; bins lose a little
    found = divergence(old, new, 50)
    assert 0.22 < found.psi < 0.26
    assert 0.11 < found.kullback_leibler < 0.13


def test_no_rows_have_no_divergence():
    nothing = np.empty(0)
    assert divergence(nothing, np.ones(3), 10) == divergence(np.ones(3), nothing, 10) == Divergence()
    assert projections(np.empty((0, 3)), np.ones((2, 3)), 2, 10) == Projections()
    assert projections(np.ones((2, 3)), np.ones((2, 3)), 0, 10) == Projections()
    assert projections(np.ones((2, 0)), np.ones((2, 0)), 4, 10) == Projections()


def test_projections_name_the_mean_and_the_largest():
    random = np.random.default_rng(0)
    old, new = random.normal(size=(2, 800, 3))
    new[:, 1] += 1
    each = [divergence(old[:, axis], new[:, axis], 10) for axis in range(3)]
    found = projections(old, new, 8, 10)
    assert found.axes == 3
    assert found.largest.psi == each[1].psi == max(one.psi for one in each)
    assert found.mean.jensen_shannon == pytest.approx(np.mean([one.jensen_shannon for one in each]))
    assert projections(old, new, 1, 10).largest == each[0]
