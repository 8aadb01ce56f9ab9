"""The logs of a day in numbers: what was planted is counted, as known at the day, and nothing beyond it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from tasks.comparison.inputs.day_profile import DayProfile
from tasks.comparison.inputs.volume import History
from warehouse.duckdb.database import Warehouse, WarehouseError
from warehouse.duckdb.log_profile import read_counts, read_day, read_files

DAY, NEXT = date(2026, 3, 10), date(2026, 3, 11)
Line = Callable[..., dict[str, Any]]


@pytest.fixture
def logged(landing: Any, build: Any, interaction: Line, flit: Line) -> Any:
    """Two days of logs, late lines, duplicates and states of flits among them."""
    landing.land(
        "interactions",
        "2026-03-09",
        [interaction("old", "f1", "2026-03-09T10:00"), interaction("ann", "f1", "2026-01-09T10:00")],
    )
    landing.land(
        "interactions",
        "2026-03-10",
        [
            interaction("ann", "f1", "2026-03-10T00:00", surface="feed"),
            interaction("ann", "f2", "2026-03-10T09:59", "view", surface="search"),
            interaction("old", "f1", "2026-03-10T23:59:59.999999", "like"),
            interaction("old", "f1", "2026-03-10T23:59:59.999999", "like") | {"duplicate": True},
            interaction("bob", "f3", "2026-03-09T12:00"),
            interaction("eve", "f3", "2026-03-11T00:00"),
        ],
    )
    landing.land("interactions", "2026-03-11", [interaction("cat", "f1", "2026-03-10T09:00")])
    landing.land(
        "flits",
        "2026-03-10",
        [
            flit("f1", "ann", "2026-03-10T08:00", "four", lang="en"),
            flit("f2", "ann", "2026-03-10T08:00", "sixsix", lang="de"),
            flit("f3", "ann", "2026-03-09T08:00", "of the day before", lang="en"),
        ],
    )
    landing.land("flits", "2026-03-11", [flit("f1", "ann", "2026-03-10T08:00", "eighteen", lang="en")])
    build(landing, NEXT)
    return landing


def profile(landing: Any, day: date, known_as_of: date) -> DayProfile:
    with Warehouse.open(landing.home.warehouse) as warehouse:
        numbers = read_day(warehouse, day, known_as_of, day - timedelta(weeks=4))
        return DayProfile.of(day, numbers)


def test_a_day_is_counted_as_it_was_known(logged: Any) -> None:
    found = profile(logged, DAY, DAY)
    assert (found.events, found.birds, found.flits) == (3, 2, 2)
    assert found.kinds == {"click": 1, "view": 1, "like": 1}
    assert found.surfaces == {"": 1, "feed": 1, "search": 1}
    assert found.sources == {"interactions": 3}
    assert {hour: count for hour, count in enumerate(found.hours) if count} == {0: 1, 9: 1, 23: 1}
    assert found.new_birds == 1  # ann was last seen two months ago
    assert (found.posted, found.languages) == (2, {"en": 0.5, "de": 0.5})
    assert (found.text_length.mean, found.text_length.p50) == (5.0, 5.0)
    assert found.files == {"interactions": 1, "flits": 1}
    assert (found.lines, found.duplicates, found.quarantined, found.refused_files) == (9, 1, 0, 0)
    assert (found.landed, found.late) == (5, 1)


def test_new_birds_are_only_counted_on_request(logged: Any) -> None:
    with Warehouse.open(logged.home.warehouse) as warehouse:
        assert DayProfile.of(DAY, read_day(warehouse, DAY, DAY)).new_birds is None
        a_day_back = read_day(warehouse, DAY, DAY, date(2026, 3, 9))
        long_back = read_day(warehouse, DAY, DAY, date(2026, 1, 1))
    assert DayProfile.of(DAY, a_day_back).new_birds == 1
    assert DayProfile.of(DAY, long_back).new_birds == 0


def test_what_lands_later_is_seen_by_who_knows_more(logged: Any) -> None:
    before, after = profile(logged, DAY, DAY), profile(logged, DAY, NEXT)
    assert (before.events, after.events) == (3, 4)
    assert (before.text_length.mean, after.text_length.mean) == (5.0, 7.0)
    assert after.landed == before.landed  # what landed on a day does not change afterwards


def test_a_day_that_has_not_landed_by_then_is_empty(logged: Any) -> None:
    found = profile(logged, NEXT, DAY)
    assert (found.events, found.landed, found.files) == (1, 0, {})


def test_an_empty_warehouse_has_an_empty_day(landing: Any, build: Any) -> None:
    build(landing, DAY)
    found = profile(landing, DAY, DAY)
    assert (found.events, found.posted, found.hours, found.text_length.mean) == (0, 0, (0,) * 24, None)


def test_quarantine_and_refusals_are_those_of_the_days_files(logged: Any) -> None:
    with Warehouse.open(logged.home.warehouse) as warehouse:
        for day, state, quarantined in (("10", "refused", 0), ("10T05", "loaded", 3), ("11", "loaded", 7)):
            warehouse.execute(
                "INSERT INTO ledger_file VALUES ('follows', ?, 'x', 1, ?, ?, 0, 0, 0, ?, 0, 0, 0, ?, NULL, ?)",
                [f"follows/{day}", f"2026-03-{day}", quarantined, quarantined, state, DAY],
            )
    found = profile(logged, DAY, NEXT)
    assert (found.quarantined, found.refused_files, found.lines) == (3, 1, 12)


def test_days_are_counted_at_the_age_of_the_night(logged: Any) -> None:
    with Warehouse.open(logged.home.warehouse) as warehouse:
        counts = read_counts(warehouse, "acts", NEXT, NEXT, 3)
        assert counts.rows() == [(date(2026, 3, 9), 1, 2), (DAY, 2, 3), (NEXT, 1, 1)]
        assert History.read(NEXT, counts).counts == {date(2026, 3, 9): 1, DAY: 2, NEXT: 1}
        a_day_later = read_counts(warehouse, "acts", DAY, NEXT, 3)
        assert a_day_later.rows() == [(date(2026, 3, 9), 2, 2), (DAY, 3, 3)]
        assert read_counts(warehouse, "acts", DAY, DAY, 1).rows() == [(DAY, 2, 2)]


def test_flits_are_counted_once_whatever_their_states(logged: Any) -> None:
    with Warehouse.open(logged.home.warehouse) as warehouse:
        assert read_counts(warehouse, "flits", NEXT, NEXT, 3).rows() == [
            (date(2026, 3, 9), 0, 1),
            (DAY, 2, 2),
        ]


def test_files_are_counted_by_the_day_they_landed_on(logged: Any) -> None:
    with Warehouse.open(logged.home.warehouse) as warehouse:
        files = read_files(warehouse, NEXT, DAY, 2)
        assert files.drop("lines").rows() == [(DAY, "flits", 1), (DAY, "interactions", 1)]
        ((lines,),) = warehouse.rows("SELECT sum(lines) FROM ledger_file WHERE landed_on = ?", [str(DAY)])
        assert files["lines"].sum() == lines > 2
        assert len(read_files(warehouse, NEXT, NEXT, 3)) == 5


def test_features_that_are_not_built_are_asked_for(landing: Any, flit: Line) -> None:
    landing.land("flits", "2026-03-10", [flit("f1", "ann", "2026-03-10T08:00")])
    with Warehouse.open(landing.home.warehouse) as warehouse, pytest.raises(WarehouseError, match="nightly"):
        read_day(warehouse, DAY, DAY)
