"""The bootstrap against scipy's and against its own theory."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import tasks.evaluation.bootstrap as bootstrap
from tasks.evaluation.bootstrap import interval, resampled_means


def test_the_interval_is_scipys() -> None:
    values = np.random.default_rng(0).exponential(size=80)
    ours = interval(values.mean(), resampled_means(values[:, None], 20_000, 1)[:, 0], 0.9)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, confidence_level=0.9, method="percentile", rng=2
    ).confidence_interval
    assert ours.low == pytest.approx(theirs.low, abs=0.01)
    assert ours.high == pytest.approx(theirs.high, abs=0.01)
    assert ours.value == values.mean()


def test_nine_of_ten_intervals_hold_the_mean() -> None:
    random = np.random.default_rng(3)
    held = 0
    for seed in range(300):
        values = random.normal(size=(60, 1))
        one = interval(values.mean(), resampled_means(values, 400, seed)[:, 0], 0.9)
        assert one.low is not None
        assert one.high is not None
        held += one.low <= 0 <= one.high
    assert 0.83 < held / 300 < 0.95


def test_columns_share_their_draws() -> None:
    random = np.random.default_rng(4)
    hard = random.normal(size=200)
    values = np.column_stack([hard + 0.1, hard])
    draws = resampled_means(values, 500, 5)
    assert (draws[:, 0] - draws[:, 1]) == pytest.approx(np.full(500, 0.1))
    assert draws[:, 0].std() == pytest.approx(hard.std() / np.sqrt(200), rel=0.15)


def test_a_seed_gives_the_same_draws_also_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(6).normal(size=(50, 2))
    whole = resampled_means(values, 101, 7)
    monkeypatch.setattr(bootstrap, "_CELLS", 50 * 10)
    assert resampled_means(values, 101, 7) == pytest.approx(whole)
    assert (resampled_means(values, 101, 8) != whole).any()


def test_no_birds_are_refused() -> None:
    with pytest.raises(ValueError, match="there is no bird to draw"):
        resampled_means(np.empty((0, 2)), 100, 0)
