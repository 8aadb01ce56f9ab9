"""When a space is stale, and when it is not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from flows.configuration import Alerts, Schedule
from flows.freshness import NIGHT_MAY_TAKE, Arrivals, KnownDays, night_due, stale_because


def day(number: int) -> date:
    return date(2026, 3, number)


TODAY = date(2026, 4, 1)
FRESH = KnownDays([day(1), day(2)], day(2))


@pytest.mark.parametrize(("newest", "stale"), [(2, False), (3, False), (4, True), (9, True)])
def test_a_space_is_stale_when_what_is_current_is_days_behind_the_logs(newest: int, stale: bool) -> None:
    assert bool(stale_because({"flits": FRESH}, 2, Arrivals(day(newest)), None, TODAY)) is stale


def test_the_reason_says_how_far_behind() -> None:
    (reason,) = stale_because({"flits": FRESH}, 2, Arrivals(day(6)), None, TODAY).values()
    assert reason == "what is current is 4 days behind the logs"


@pytest.mark.parametrize(("newest", "stale"), [(1, False), (2, False), (3, True)])
def test_a_space_of_which_nothing_was_ever_current(newest: int, stale: bool) -> None:
    held = {"flits": KnownDays([day(1), day(2)], None)}
    assert bool(stale_because(held, 2, Arrivals(day(newest)), None, TODAY)) is stale


def test_a_space_without_a_version_is_not_stale_by_its_logs() -> None:
    assert (
        stale_because({"flits": KnownDays([], None), "birds": FRESH}, 1, Arrivals(day(2)), None, TODAY) == {}
    )


def test_where_nobody_can_read_the_ledger_the_other_spaces_tell_the_day() -> None:
    behind = {"flits": FRESH, "birds": KnownDays([day(1), day(5)], day(5))}
    assert set(stale_because(behind, 2, Arrivals(None), None, TODAY)) == {"flits"}
    assert stale_because({"flits": KnownDays([], None)}, 2, Arrivals(None), None, TODAY) == {}


def test_a_night_that_is_due_and_not_there_makes_every_space_stale() -> None:
    spaces = {"flits": FRESH, "birds": KnownDays([day(1)], day(1)), "empty": KnownDays([], None)}
    assert stale_because(spaces, 2, Arrivals(day(2)), day(2), TODAY) == {}, (
        "one space has it, so the night ran"
    )
    assert set(stale_because(spaces, 2, Arrivals(day(2)), day(3), TODAY)) == {"flits", "birds", "empty"}
    assert "2026-03-03" in stale_because(spaces, 2, Arrivals(day(2)), day(3), TODAY)["flits"]


def test_a_night_is_due_once_it_could_be_done() -> None:
    schedule, alerts = Schedule(), Alerts()
    since = datetime(2026, 3, 1, 12, tzinfo=UTC)
    late = datetime(2026, 3, 5, 3, tzinfo=UTC) + alerts.start_within + NIGHT_MAY_TAKE
    assert night_due(schedule, alerts, since, late) == day(4)
    assert night_due(schedule, alerts, since, late - timedelta(seconds=1)) == day(3)


def test_no_night_is_due_where_none_was_to_start_since_the_servers_did() -> None:
    schedule, alerts = Schedule(), Alerts()
    since = datetime(2026, 3, 5, 4, tzinfo=UTC)
    assert night_due(schedule, alerts, since, datetime(2026, 3, 6, 2, tzinfo=UTC)) is None
    assert night_due(schedule, alerts, None, datetime(2026, 3, 20, tzinfo=UTC)) is None


@pytest.mark.parametrize(("today", "stale"), [(1, True), (2, True), (3, False)])
def test_a_current_version_of_a_day_that_is_not_over_is_stale(today: int, stale: bool) -> None:
    found = stale_because({"flits": FRESH}, 2, Arrivals(day(2)), None, day(today))
    assert bool(found) is stale
    if stale:
        assert "2026-03-02, a day that is not over" in found["flits"] and "rollback" in found["flits"]


@pytest.mark.parametrize(("silent", "stale"), [(3, False), (4, True)])
def test_nights_without_logs_make_a_space_stale_like_nights_that_are_missing(
    silent: int, stale: bool
) -> None:
    found = stale_because({"flits": FRESH}, 2, Arrivals(day(2), day(silent)), day(silent), TODAY)
    assert bool(found) is stale, "the night ran, so it is not missing"
    if stale:
        assert found["flits"].startswith("no logs: nothing has landed after 2026-03-02")
        assert "2 days behind the last night" in found["flits"]
