"""What a window is: counts, spread and concentration against independent ways to count, and what may not matter."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.comparison.inputs.churn import Churn, Turnover, WindowIds
from tasks.comparison.inputs.window_profile import DayShape, Unevenness, WindowProfile

END = datetime(2026, 3, 29)  # noqa: DTZ001 - times are naive UTC
WEEK = timedelta(days=7)
SCHEMA = {"bird_id": pl.String, "flit_id": pl.String, "occurred_at": pl.Datetime("us")}
Event = tuple[int, int, int]
EVENTS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5), st.integers(0, 7 * 24 - 1)), max_size=60)


def frame(events: list[Event]) -> pl.DataFrame:
    """Events (bird, flit, hours before the end)."""
    rows = [
        (f"b{bird}", f"f{flit}", END - timedelta(hours=hours) - timedelta(minutes=1))
        for bird, flit, hours in events
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


@given(events=EVENTS)
def test_counts_are_those_of_plain_python(events: list[Event]) -> None:
    profile = WindowProfile.of(frame(events), END, WEEK)
    pairs = {(bird, flit) for bird, flit, _ in events}
    by_day = Counter((END - timedelta(hours=hours, minutes=1)).date().isoformat() for *_, hours in events)
    assert profile.by_day == dict(by_day)
    assert (profile.start, profile.end) == ("2026-03-22", "2026-03-28")
    assert (profile.events, profile.pairs) == (len(events), len(pairs))
    assert (profile.birds, profile.flits) == (len({b for b, _ in pairs}), len({f for _, f in pairs}))
    if events:
        assert profile.density == len(pairs) / (profile.birds * profile.flits)
        degrees = list(Counter(bird for bird, _ in pairs).values())
        assert profile.bird_degree.mean == pytest.approx(np.mean(degrees))
        assert (profile.bird_degree.p50, profile.bird_degree.max) == (np.median(degrees), max(degrees))


@given(events=EVENTS)
def test_days_are_shaped_as_plain_python_says(events: list[Event]) -> None:
    days = {(bird, flit, (END - timedelta(hours=hours, minutes=1)).date()): 0 for bird, flit, hours in events}
    first = {bird: min(day for other, _, day in days if other == bird) for bird, *_ in days}
    expected = []
    for day in sorted({day for *_, day in days}):
        on_day = [
            (bird, flit)
            for bird, flit, hours in events
            if (END - timedelta(hours=hours, minutes=1)).date() == day
        ]
        strange = [(bird, flit) for bird, flit in on_day if first[bird] == day]
        expected.append(
            DayShape(
                day.isoformat(),
                len(on_day),
                len({bird for bird, _ in on_day}),
                len({flit for _, flit in on_day}),
                sum(count for _, count in Counter(bird for bird, _ in on_day).most_common(5)),
                sum(count for _, count in Counter(flit for _, flit in on_day).most_common(5)),
                len(strange),
                sum(count for _, count in Counter(flit for _, flit in strange).most_common(5)),
            )
        )
    assert list(WindowProfile.of(frame(events), END, WEEK).recent) == expected


@given(events=EVENTS, order=st.randoms())
def test_the_order_of_rows_does_not_matter(events: list[Event], order: object) -> None:
    shuffled = events.copy()
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert WindowProfile.of(frame(shuffled), END, WEEK) == WindowProfile.of(frame(events), END, WEEK)


@given(events=EVENTS)
def test_a_profile_survives_a_manifest(events: list[Event]) -> None:
    profile = WindowProfile.of(frame(events), END, WEEK)
    assert WindowProfile.from_json(json.loads(json.dumps(profile.as_json(), allow_nan=False))) == profile


@given(counts=st.lists(st.integers(1, 1000), min_size=1, max_size=40))
def test_gini_is_half_the_relative_mean_difference(counts: list[int]) -> None:
    differences = [abs(one - other) for one, other in itertools.product(counts, repeat=2)]
    found = Unevenness.of(np.array(counts, dtype=np.int64))
    assert found.gini == pytest.approx(np.mean(differences) / (2 * np.mean(counts)), abs=1e-12)
    assert found.first_share == max(counts) / sum(counts)


def test_the_busiest_hundredth_is_one_at_least() -> None:
    few, many = np.array([1, 1, 8]), np.array([1] * 198 + [50, 52])
    assert Unevenness.of(few).top_share == 0.8
    assert Unevenness.of(many).top_share == 102 / 300


def test_a_window_that_begins_at_noon_holds_no_whole_first_day() -> None:
    assert WindowProfile.of(frame([]), END, timedelta(hours=36)).start == "2026-03-28"
    assert WindowProfile.of(frame([]), END).start is None


def test_only_eight_weeks_are_kept_in_shape_but_all_are_counted() -> None:
    profile = WindowProfile.of(frame([(1, 1, 24 * day) for day in range(100)]), END)
    assert len(profile.by_day) == 100
    assert [shape.day for shape in profile.recent] == [
        (date(2026, 3, 28) - timedelta(days=day)).isoformat() for day in reversed(range(56))
    ]
    assert [shape.newcomers for shape in profile.recent] == [0] * 56  # the bird came before the eight weeks


def test_vocabulary_churn() -> None:
    before, after = frame([(1, 1, 5), (2, 1, 6), (3, 2, 7)]), frame([(2, 2, 1), (2, 2, 2), (4, 3, 1)])
    churn = Churn.of(WindowIds.of(before), WindowIds.of(after))
    assert churn.birds == Turnover(3, 2, 1, 2, 1 / 2, 2 / 3)
    assert churn.flits == Turnover(2, 2, 1, 1, 1 / 2, 1 / 2)
    assert Churn.of(WindowIds.of(frame([])), WindowIds.of(frame([]))).birds == Turnover(0, 0, 0, 0)
