"""What is set aside is left out of every table and count from the night after on, until it is counted in again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from tasks.comparison.inputs.day_profile import DayProfile
from tasks.stages.features import FeatureParameters, stale
from warehouse.duckdb.database import Warehouse, WarehouseError
from warehouse.duckdb.features import AsOf, known_birds, read_birds, read_flits, read_sequences
from warehouse.duckdb.log_profile import read_day
from warehouse.duckdb.set_aside import Aside, Word, decide, in_force, propose, read_left_out

DAY, NEXT, LATER = date(2026, 3, 6), date(2026, 3, 7), date(2026, 3, 8)
AT = datetime(2026, 3, 9)  # noqa: DTZ001 - times are naive UTC
Line = Callable[..., dict[str, Any]]


@pytest.fixture
def logged(landing: Any, interaction: Line, flit: Line) -> Any:
    """Three days; `bot` acts and posts on two of them, the second file of the first day is damaged."""
    old = interaction("bot", "f1", "2026-03-02T10:00")
    landing.land("interactions", "2026-03-02", [old, interaction("ann", "f1", "2026-03-02T10:00")])
    bots = [interaction("bot", f"f{n}", f"2026-03-06T04:{n:02}") for n in range(5)]
    landing.land("interactions", "2026-03-06", [*bots, interaction("ann", "f2", "2026-03-06T09:00")])
    landing.land("interactions", "2026-03-06", [interaction("eve", "f2", "2026-03-06T11:00")])
    landing.land(
        "flits",
        "2026-03-06",
        [flit("spam", "bot", "2026-03-06T05:00"), flit("f9", "ann", "2026-03-06T05:00")],
    )
    landing.land("interactions", "2026-03-07", [interaction("bot", "f1", "2026-03-07T10:00")])
    landing.land("interactions", "2026-03-08", [interaction("ann", "f1", "2026-03-08T10:00")])
    return landing


def set_aside(landing: Any, *named: str, night: date = DAY) -> int:
    with Warehouse.open(landing.home.warehouse) as warehouse:
        return propose(
            warehouse, "items", f"{night}-aaa", night, [(Aside.typed(one, night), "spam") for one in named]
        )


def said(landing: Any, decision: Any, first: date) -> int:
    with Warehouse.open(landing.home.warehouse) as warehouse:
        return decide(warehouse, "items", f"{DAY}-aaa", Word(decision, first, "ann", "because", AT))


def birds_of(landing: Any, build: Any, night: date) -> list[str]:
    """Who acted, up to the night, as its features have it."""
    build(landing, night)
    with Warehouse.open(landing.home.warehouse) as warehouse:
        return read_sequences(warehouse, AsOf(night, night))["bird_id"].to_list()


def test_a_bird_is_left_out_from_its_day_on_and_only_in_later_nights(logged: Any, build: Any) -> None:
    before = birds_of(logged, build, DAY)
    assert before.count("bot") == 6
    assert set_aside(logged, "bird:bot") == 1 and set_aside(logged, "bird:bot") == 0
    assert birds_of(logged, build, DAY) == before, (
        "the night that proposes it is the same when it is made again"
    )
    assert birds_of(logged, build, NEXT).count("bot") == 1, "what it did before stays"
    assert birds_of(logged, build, DAY) == before, "a backfill knows what was known on its day"


def test_nobody_reads_what_is_set_aside(logged: Any, build: Any) -> None:
    set_aside(logged, "bird:bot", "bird:eve")
    build(logged, NEXT)
    with Warehouse.open(logged.home.warehouse) as warehouse:
        as_of = AsOf(NEXT, NEXT)
        assert read_flits(warehouse, as_of)["flit_id"].to_list() == ["f9"]
        assert "eve" not in known_birds(warehouse, as_of) and "ann" in known_birds(warehouse, as_of)
        assert read_birds(warehouse, NEXT)["bird_id"].to_list() == ["ann", "bot"]
        day = DayProfile.of(DAY, read_day(warehouse, DAY, NEXT))
        assert (day.events, day.birds, day.posted) == (1, 1, 1)
        ((weighed,),) = warehouse.rows(
            "SELECT sum(events) FROM core_interaction WHERE occurred_on = '2026-03-06'"
        )
        assert weighed == 1


@pytest.mark.parametrize(
    "named, left",
    [("file:interactions/2026-03-06.0002.jsonl", 9), ("hour:2026-03-06T04", 5), ("day:2026-03-06", 3)],
)
def test_files_hours_and_days_are_left_out(named: str, left: int, logged: Any, build: Any) -> None:
    assert len(birds_of(logged, build, NEXT)) == 10
    set_aside(logged, named)
    assert len(birds_of(logged, build, NEXT)) == left


def test_a_release_counts_in_and_a_discard_keeps_out_and_both_can_be_revoked(logged: Any, build: Any) -> None:
    set_aside(logged, "bird:bot")
    without = birds_of(logged, build, NEXT)
    assert said(logged, "released", LATER) == 1
    assert birds_of(logged, build, NEXT) == without, "a night that is made again knows what it knew"
    assert birds_of(logged, build, LATER).count("bot") == 7
    said(logged, "discarded", LATER)
    assert birds_of(logged, build, LATER).count("bot") == 1
    said(logged, "released", LATER)
    assert birds_of(logged, build, LATER).count("bot") == 7


def test_only_partitions_from_its_day_on_are_computed_again(logged: Any, build: Any) -> None:
    build(logged, NEXT)
    set_aside(logged, "bird:bot")
    due = stale(logged.home, FeatureParameters(), NEXT, NEXT)
    assert due["core_flit_sequence"] == [DAY, NEXT]


def test_what_is_left_out_is_counted(logged: Any) -> None:
    set_aside(logged, "bird:bot", "hour:2026-03-06T04")
    with Warehouse.open(logged.home.warehouse) as warehouse:
        assert in_force(warehouse, DAY) == [] and len(in_force(warehouse, NEXT)) == 2
        (found,) = read_left_out(warehouse, NEXT)
    assert (found.space, found.decision, found.known_from, found.events) == ("items", "proposed", NEXT, 6)
    assert found.things == (("bird", "bot"), ("hour", "2026-03-06T04"))


@pytest.mark.parametrize("text", ["bot", "bird:", "flock:x", "hour:tomorrow", "day:2026-13-01"])
def test_what_cannot_be_left_out_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(WarehouseError, match=r"expected one") as caught:
        Aside.typed(text, DAY)
    assert "\n" not in str(caught.value)
