"""A day's volume: what is expected of it, how far off it is in the log's own spread, and what a surge is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.comparison.inputs.volume import History, Surge, Volume, expectation

DAY = date(2026, 3, 29)
Log = Callable[..., dict[date, int]]
WEEKDAYS = [1.0, 1.1, 1.1, 1.2, 0.9, 0.4, 0.3]


def days_back(n: int) -> date:
    return DAY - timedelta(days=n)


def log(level: float, days: int = 56, noise: float = 0.1, seed: int = 0) -> dict[date, int]:
    """A healthy log with a week's rhythm: log-normal days, Poisson events."""
    random = np.random.default_rng(seed)
    return {
        day: int(random.poisson(level * WEEKDAYS[day.weekday()] * np.exp(noise * random.normal())))
        for day in map(days_back, range(days))
    }


def deviations(counts: dict[date, int], today: float) -> float:
    found = Volume.of(History.of(DAY, {**counts, DAY: int(counts[DAY] * today)})).deviations
    assert found is not None
    return found


def test_the_same_weekday_is_expected_where_it_is_known() -> None:
    counts = {days_back(n): n for n in range(1, 30)}
    found = expectation(DAY, counts)
    assert found is not None
    assert (found.events, found.basis) == (17.5, "same_weekday")
    assert found.days == tuple(days_back(n) for n in (7, 14, 21, 28))


def test_without_a_same_weekday_it_is_the_median_of_the_days_before() -> None:
    found = expectation(DAY, {days_back(n): n * n for n in range(1, 6)})
    assert found is not None
    assert (found.events, found.basis) == (9.0, "preceding_days")
    assert expectation(DAY, {days_back(1): 5, days_back(2): 5}) is None


@pytest.mark.parametrize("level", [8, 80, 150_000])
def test_a_healthy_log_of_any_size_is_left_in_peace_and_an_empty_day_is_not(level: float) -> None:
    found = [deviations(log(level, seed=seed), 1.0) for seed in range(100)]
    assert np.mean(np.abs(found) > 3.5) <= 0.01
    assert np.std(found) < 1.5
    if level > 8:
        assert all(deviations(log(level, seed=seed), 0.0) < -3.5 for seed in range(20))


@pytest.mark.parametrize("level", [80, 150_000])
def test_a_tenfold_day_is_far_out(level: float) -> None:
    for seed in range(20):
        counts = log(level, seed=seed)
        assert deviations(counts, 10.0) > 3.5
        thursday = days_back(3)
        surge = Surge.of({**counts, thursday: 10 * counts[thursday]}, [DAY, thursday])
        assert surge.times is not None
        assert surge.times > 3.5


def test_a_log_with_wild_days_is_judged_by_its_own_spread() -> None:
    calm = [abs(deviations(log(1000, noise=0.05, seed=seed), 0.5)) for seed in range(20)]
    wild = [abs(deviations(log(1000, noise=0.5, seed=seed), 0.5)) for seed in range(20)]
    assert np.median(calm) > 3.5 > np.median(wild)


def test_a_first_night_is_not_judged() -> None:
    assert Volume.of(History.of(DAY, {})).deviations is None
    assert Volume.of(History.of(DAY, {DAY: 10})).reason == "0 earlier days, 3 needed"
    assert Surge.of({DAY: 1000, days_back(1): 1}, [DAY]) == Surge()


def test_a_day_without_events_within_the_history_counts_as_one() -> None:
    history = History.of(DAY, {days_back(10): 5, DAY: 7})
    assert len(history.counts) == 11
    assert history.counts[days_back(4)] == 0


def test_what_is_older_than_eight_weeks_is_left_out() -> None:
    assert set(History.of(DAY, {date(1956, 1, 1): 3, DAY: 7}).counts) == {DAY}


@given(
    counts=st.dictionaries(st.integers(1, 55).map(days_back), st.integers(0, 500), max_size=56),
    today=st.integers(0, 5000),
)
def test_more_events_never_look_like_fewer(counts: dict[date, int], today: int) -> None:
    one, other = (Volume.of(History.of(DAY, {**counts, DAY: n})) for n in (today, today + 1))
    if one.deviations is not None and other.deviations is not None:
        assert np.isfinite(one.deviations)
        assert one.deviations < other.deviations
    assert one.reason == other.reason


def counted(rows: list[tuple[int, int, int]]) -> pl.DataFrame:
    """(days back, in time, known) as the warehouse counts them."""
    ordered = [(days_back(back), in_time, known) for back, in_time, known in sorted(rows, reverse=True)]
    return pl.DataFrame(
        ordered,
        schema={"occurred_on": pl.Date, "in_time": pl.Int64, "known": pl.Int64},
        orient="row",
    )


def test_earlier_days_count_as_they_were_known_at_the_same_age() -> None:
    history = History.read(DAY, counted([(0, 90, 90), (7, 91, 100), (1, 95, 99)]))
    assert (history.counts[DAY], history.counts[days_back(7)], history.counts[days_back(1)]) == (90, 91, 95)
    assert history.complete


def test_bulk_history_counts_as_it_is_known() -> None:
    history = History.read(DAY, counted([(0, 90, 90), (1, 88, 90), *((n, 0, 100) for n in range(8, 40))]))
    assert history.counts[days_back(14)] == 100
    assert history.complete


def test_a_log_that_lands_after_its_night_is_not_judged_by_it() -> None:
    history = History.read(DAY, counted([(n, 0, 100) for n in range(1, 30)]))
    assert Volume.of(history).reason == "most of a day's events land after its night"
    assert Volume.of(History(DAY, history.counts | {DAY: 0}, complete=True)).deviations is not None


def test_a_night_after_bulk_history_is_judged() -> None:
    found = Volume.of(History.read(DAY, counted([(0, 90, 90), *((n, 0, 100) for n in range(1, 30))])))
    assert found.ratio == 0.9


def test_a_surge_is_judged_only_on_days_that_the_predecessor_did_not_know_so() -> None:
    counts = {days_back(n): 100 for n in range(20)} | {days_back(5): 1000}
    assert Surge.of(counts, [DAY]).times == pytest.approx(100 / (500 + 3 * 500**0.5 + 9))
    found = Surge.of(counts, [DAY, days_back(5)])
    assert (found.day, found.usual) == (days_back(5).isoformat(), 100)
    assert found.times == pytest.approx(1000 / 139)


@pytest.mark.parametrize("level", [80, 150_000])
def test_a_holiday_is_no_surge(level: float) -> None:
    for seed in range(20):
        counts = log(level, seed=seed)
        holiday = Surge.of({**counts, DAY: round(2.5 * counts[DAY])}, [DAY])
        assert holiday.times is not None
        assert holiday.times < 3.5
