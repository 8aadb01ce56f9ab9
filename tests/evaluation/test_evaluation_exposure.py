"""Coverage, Gini and novelty by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.evaluation import Split
from tasks.evaluation.exposure import exposure, gini, self_information
from tasks.evaluation.last_touches import LastTouches
from tasks.evaluation.ranking import NOWHERE


@given(st.lists(st.integers(0, 20), min_size=1, max_size=12).filter(any))
def test_gini_is_half_the_relative_mean_difference(counts: list[int]) -> None:
    values = np.array(counts)
    expected = np.abs(values[:, None] - values).mean() / (2 * values.mean())
    assert gini(values) == pytest.approx(expected)


def test_gini_at_its_ends() -> None:
    assert gini(np.array([3, 3, 3, 3])) == 0
    assert gini(np.array([0, 0, 5, 0])) == pytest.approx(3 / 4)
    with pytest.raises(ValueError, match="none of 2 flits is shown"):
        gini(np.array([0, 0]))


def test_exposure_by_hand() -> None:
    lists = np.array([[0, 1, 2], [0, 3, NOWHERE]])
    surprise = np.array([1.0, 2.0, 3.0, 6.0, 9.0])
    values = exposure(lists, surprise, (1, 3))
    assert values["coverage_at_1"] == pytest.approx(1 / 5)
    assert values["coverage_at_3"] == pytest.approx(4 / 5)
    assert values["novelty_at_1"] == pytest.approx(1.0)
    assert values["novelty_at_3"] == pytest.approx((1 + 2 + 3 + 1 + 6) / 5)
    assert values["gini_at_3"] == pytest.approx(gini(np.array([2, 1, 1, 1, 0])))


def test_nothing_shown_is_no_number() -> None:
    values = exposure(np.full((2, 3), NOWHERE), np.ones(4), (3,))
    assert values == {"coverage_at_3": None, "gini_at_3": None, "novelty_at_3": None}


def test_a_flit_that_all_touch_is_no_surprise(random_split: Callable[[int], Split]) -> None:
    split = random_split(0)
    touches = LastTouches.of(split)
    birds = split.history["bird_id"].n_unique()
    shares = {
        flit: (split.history.filter(flit_id=flit)["bird_id"].n_unique() + 1) / (birds + 1)
        for flit in split.candidates
    }
    expected = [-np.log2(shares[flit]) for flit in split.candidates]
    assert self_information(touches, split.candidates) == pytest.approx(expected)
