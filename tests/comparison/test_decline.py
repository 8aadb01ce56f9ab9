"""Recall that falls night by night, each within its interval of the one before, and recall that only varies."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

from tasks.comparison.statistics import Decline, Quality, Scored

FIRST = date(2026, 3, 1)


def nights(recalls: list[float], half_width: float, hold_out_days: int = 7) -> list[Scored]:
    return [
        Scored(
            FIRST + timedelta(days=place),
            FIRST + timedelta(days=place + 1 - hold_out_days),
            Quality(100, recall, recall - half_width, recall + half_width),
        )
        for place, recall in enumerate(recalls)
    ]


def judged(scored: list[Scored]) -> Decline:
    return Decline.of(scored[-1], scored[:-1])


def test_a_slow_decline_stands_out_though_no_step_does() -> None:
    scored = nights([0.084, 0.075, 0.075, 0.061, 0.058, 0.044, 0.030], 0.0145)
    assert all(
        after.recall.high >= before.recall.mean  # type: ignore[operator]
        for before, after in pairwise(scored)
    )
    found = judged(scored)
    assert found.deviations is not None and found.deviations > 3.5
    assert found.best == pytest.approx(0.078) and found.best_day == "2026-03-03"


@pytest.mark.parametrize("overlap", [1, 7])
@pytest.mark.parametrize("share", [0.1, 0.2, 0.3])
def test_recall_that_varies_from_day_to_day_is_hardly_ever_a_decline(overlap: int, share: float) -> None:
    """Each number is a mean over `overlap` days, hard or easy ones, as evaluations of successive nights are."""
    random, alarms, judgements = np.random.default_rng(5), 0, 300
    for _ in range(judgements):
        days = random.normal(size=28 + overlap - 1)
        means = np.convolve(days, np.ones(overlap) / np.sqrt(overlap), "valid")
        recalls = [max(0.0, 0.08 * (1 + share * mean)) for mean in means]
        found = judged(nights(recalls, 0.08 * share * 1.96, overlap))
        assert found.deviations is not None
        alarms += found.deviations > 3.5
    assert alarms <= judgements // 100


def test_a_loss_below_a_third_is_no_decline_however_sure() -> None:
    assert (judged(nights([0.09] * 10 + [0.061], 0.0)).deviations or 0) < 3.5
    assert (judged(nights([0.09] * 10 + [0.05], 0.0)).deviations or 0) > 3.5


def test_only_the_fortnight_is_held_against_it() -> None:
    assert judged(nights([0.3] * 5 + [0.08] * 15, 0.01)).best == pytest.approx(0.08)


def test_too_few_scored_versions_are_not_judged() -> None:
    found = judged(nights([0.08] * 5, 0.01))
    assert found.deviations is None and found.versions == 4 and "5 needed" in found.note
    unscored = Scored(FIRST + timedelta(days=9), FIRST, Quality(note="task is none"))
    assert Decline.of(unscored, nights([0.08] * 9, 0.01)).note == "task is none"
