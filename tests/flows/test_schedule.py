"""The arithmetic of the schedule, and that it reads an expression as Prefect does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.schedule import (
    DayNotOverError,
    checked_cron,
    checked_timezone,
    last_due,
    night_of,
    require_over,
)

TODAY = date(2026, 3, 5)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def at(hour: int, minute: int = 0, day: int = 10) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "timezone", "expected"),
    [
        ("0 3 * * *", "UTC", at(3)),
        ("0 12 * * *", "UTC", NOON),
        ("1 12 * * *", "UTC", at(12, 1, day=9)),
        ("0 3 * * *", "Europe/Berlin", at(2)),
        ("0 3 * * *", "Asia/Tokyo", at(18, day=9)),
        ("30 */6 * * *", "UTC", at(6, 30)),
        ("0 3 * * MON", "UTC", at(3, day=9)),
    ],
)
def test_the_last_time_that_was_due(cron: str, timezone: str, expected: datetime) -> None:
    assert last_due(cron, timezone, NOON) == expected


@pytest.mark.parametrize("moment", [timedelta(microseconds=-1), timedelta(seconds=-1), timedelta(minutes=-1)])
def test_a_moment_before_its_time_a_night_is_not_due(moment: timedelta) -> None:
    assert last_due("0 12 * * *", "UTC", NOON + moment) == at(12, day=9)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 (hypothesis adds it)
    st.sampled_from(["0 3 * * *", "30 2 * * *", "15 4 1,15 * *", "0 3 * * MON-FRI", "*/20 1-3 * * *"]),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
)
def test_no_due_time_lies_between_the_last_one_and_now(now: datetime, cron: str, timezone: str) -> None:
    """Prefect's own reader of cron expressions, going forward from the last due time, must come out after `now`."""
    from prefect._vendor.croniter import croniter

    due = last_due(cron, timezone, now)
    assert due <= now
    minute_before = (due - timedelta(minutes=1)).astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
    iterator = croniter(cron, minute_before)
    assert due.astimezone(ZoneInfo(timezone)).replace(tzinfo=None) == iterator.get_next(
        datetime
    ) or _is_shifted(due, timezone)
    assert iterator.get_next(datetime) > now.astimezone(ZoneInfo(timezone)).replace(
        tzinfo=None
    ) or _is_shifted(due, timezone)


def _is_shifted(due: datetime, timezone: str) -> bool:
    """Whether clocks are changed within a day of `due`: there the two may differ by the hour that is changed."""
    zone = ZoneInfo(timezone)
    around = (due + timedelta(days=days) for days in (-1, 1, 4))
    return len({moment.astimezone(zone).utcoffset() for moment in around}) > 1


def test_a_night_is_of_the_day_that_was_over_when_it_was_to_start() -> None:
    assert night_of(at(3)) == date(2026, 3, 9)
    assert night_of(at(0)) == date(2026, 3, 9)
    assert night_of(datetime(2026, 3, 10, 3, tzinfo=ZoneInfo("Asia/Tokyo"))) == date(2026, 3, 8)


@pytest.mark.parametrize("cron", ["0 3 * * *", "*/5 1-4 * * MON-FRI", "0 0 1 JAN,jul *", "59 23 31 12 7"])
def test_what_is_a_cron_expression(cron: str) -> None:
    from prefect._vendor.croniter import croniter

    assert checked_cron(cron) == cron
    assert croniter.is_valid(cron), "Prefect could not run this schedule"


@pytest.mark.parametrize(
    ("cron", "told"),
    [
        ("", "five fields"),
        ("0 3 * *", "found 4"),
        ("0 0 3 * * *", "found 6"),
        ("0 25 * * *", "Bad hour"),
        ("60 3 * * *", "Bad minute"),
        ("0 0 31 2 *", "a time that comes"),
        ("0 3 * * 5L", "'L'"),
        ("0 3 * * FUN", "'FUN'"),
        ("0 3 ? * *", "found '?'"),
        ("0 3 * * MONTUE", "Bad day-of-week"),
    ],
)
def test_what_is_no_cron_expression_is_told(cron: str, told: str) -> None:
    with pytest.raises(ValueError, match="expected") as refused:
        checked_cron(cron)
    assert told in str(refused.value)


def test_time_zones() -> None:
    assert checked_timezone("Europe/Berlin") == "Europe/Berlin"
    for name in ("Europe/Brlin", "", "../UTC", "Europe", "CEST"):
        with pytest.raises(ValueError, match="expected a time zone such as UTC"):
            checked_timezone(name)


def test_a_night_is_run_once_its_day_is_over() -> None:
    require_over(TODAY - timedelta(days=1), TODAY, TODAY)
    require_over(date(1999, 1, 1), None, TODAY)
    for day in (TODAY, date(9999, 12, 31)):
        with pytest.raises(
            DayNotOverError, match=r"is not over.*the newest night that can be run is 2026-03-04"
        ):
            require_over(day, None, TODAY)


def test_nothing_is_known_of_a_day_to_come() -> None:
    with pytest.raises(DayNotOverError, match="known as of 2026-03-06"):
        require_over(date(2026, 3, 1), TODAY + timedelta(days=1), TODAY)
