"""Turnover counts what came and what aged out, and never what was lost."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.comparison.inputs.turnover import turnover
from tasks.comparison.inputs.window_profile import WindowProfile

START = datetime.fromisoformat("2026-03-01")


def profile(counts: list[int], end: int, window: int | None) -> WindowProfile:
    """The window before midnight of day `end`; `counts`: events of day 0, 1, …"""
    rows = [
        (f"b{event}", f"f{event}", START + timedelta(days=day, hours=1))
        for day, count in enumerate(counts[:end])
        for event in range(count)
        if window is None or day >= end - window
    ]
    schema = {"bird_id": pl.String, "flit_id": pl.String, "occurred_at": pl.Datetime("us")}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return WindowProfile.of(
        frame, START + timedelta(days=end), None if window is None else timedelta(days=window)
    )


def test_a_day_came_and_a_day_aged_out():
    counts = [10, 20, 30, 40]
    assert turnover(profile(counts, 4, 3), profile(counts, 3, 3)) == pytest.approx((40 + 10) / 100)
    assert turnover(profile(counts, 4, None), profile(counts, 3, None)) == pytest.approx(40 / 100)


def test_what_was_lost_is_no_turnover():
    before, damaged = profile([10, 20, 30], 3, 3), profile([10, 5, 30, 40], 4, 3)
    assert turnover(damaged, before) == pytest.approx((40 + 10) / (10 + 20 + 30 + 40))


@given(st.lists(st.integers(0, 5), min_size=2, max_size=6))
def test_it_is_a_share_and_nothing_where_nothing_changed(counts):
    window = profile(counts, len(counts), None)
    assert turnover(window, window) == (0 if sum(counts) else None)
    value = turnover(window, profile(counts, len(counts) - 1, None))
    assert value is None or 0 <= value <= 1
