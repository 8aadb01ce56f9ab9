"""What became of each day: done, held, decided by a person, missing, or deleted by retention."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flows.days import DayState, day_table, missing_nights
from warehouse.duckdb.database import Warehouse
from warehouse.snapshots import Decision, Keep

if TYPE_CHECKING:
    from tests.flows.conftest import Planted


def table(planted: Planted, first: int, last: int, *spaces: str) -> list[DayState]:
    return day_table(planted.home, spaces or ("flits",), planted.day(first), planted.day(last))


def decide(planted: Planted, kind: str, version: str) -> Decision:
    return Decision(decision=kind, version=version, who="ada", when=planted.moment(20), why="a test")  # type: ignore[arg-type]


def test_a_fresh_home_has_nothing_and_misses_nothing(planted: Planted) -> None:
    states = table(planted, 1, 2, "flits", "birds")
    assert [(state.day, state.space) for state in states] == [
        (planted.day(1), "flits"), (planted.day(1), "birds"), (planted.day(2), "flits"), (planted.day(2), "birds"),
    ]  # fmt: skip
    assert {state.state for state in states} == {"missing"}
    assert {state.logs_landed for state in states} == {None}
    assert missing_nights(planted.home, ["flits", "birds"], planted.day(30), 7) == []


def test_each_day_is_what_its_version_is(planted: Planted) -> None:
    done = planted.version("flits", 1)
    held = planted.version("flits", 2, "block")
    discarded = planted.version("flits", 4, "block")
    planted.store.decide("flits", decide(planted, "discard", discarded))
    warned = planted.version("flits", 5, "warn")
    planted.land(1, 2, 3)
    found = [
        (state.state, state.version, state.verdict, state.current, state.logs_landed)
        for state in table(planted, 1, 6)
    ]
    assert found == [
        ("done", done, "pass", False, True),
        ("held", held, "block", False, True),
        ("missing", None, None, False, True),
        ("discarded", discarded, "block", False, False),
        ("done", warned, "warn", True, False),
        ("missing", None, None, False, False),
    ]


def test_a_document_of_a_day_holds_nothing_but_plain_values(planted: Planted) -> None:
    version = planted.version("flits", 1)
    (state,) = table(planted, 1, 1)
    assert state.document() == {
        "day": "2026-03-01", "space": "flits", "state": "done", "version": version, "verdict": "pass",
        "current": True, "logs_landed": None,
    }  # fmt: skip


def test_what_a_rollback_takes_back_is_withdrawn(planted: Planted) -> None:
    first = planted.version("flits", 1)
    planted.version("flits", 2)
    planted.store.point("flits", first, planted.moment(3), decide(planted, "rollback", first))
    assert [(state.state, state.current) for state in table(planted, 1, 2)] == [
        ("done", True),
        ("withdrawn", False),
    ]


def test_of_several_versions_of_a_day_the_one_that_counts_speaks(planted: Planted) -> None:
    released = planted.version("flits", 1, salt="one")
    planted.version("flits", 1, "block", salt="two", created_at=planted.moment(5))
    (state,) = table(planted, 1, 1)
    assert (state.state, state.version, state.current) == ("done", released, True)

    newer = planted.version("birds", 1, "block", salt="b", created_at=planted.moment(4))
    planted.version("birds", 1, "block", salt="a", created_at=planted.moment(3))
    (state,) = table(planted, 1, 1, "birds")
    assert (state.state, state.version) == ("held", newer)


def test_what_is_current_speaks_for_its_day_also_where_another_was_made_later(planted: Planted) -> None:
    planted.version("flits", 1, salt="one", created_at=planted.moment(5))
    current = planted.version("flits", 1, salt="two", created_at=planted.moment(4))
    (state,) = table(planted, 1, 1)
    assert (state.version, state.current) == (current, True)


def test_a_refused_file_has_not_landed(planted: Planted) -> None:
    planted.land(1, state="refused")
    (state,) = table(planted, 1, 1)
    assert state.logs_landed is False


def test_a_warehouse_in_use_leaves_open_whether_logs_landed(planted: Planted) -> None:
    planted.version("flits", 1)
    planted.land(1)
    with Warehouse.open(planted.home.warehouse):
        (state,) = table(planted, 1, 1)
    assert (state.state, state.logs_landed) == ("done", None)


def test_the_nights_that_are_missing_are_those_after_the_first_that_any_space_lacks(planted: Planted) -> None:
    for number in (2, 3, 6):
        planted.version("flits", number)
    planted.version("birds", 5)
    spaces = ["flits", "birds", "none_yet"]
    assert missing_nights(planted.home, spaces, planted.day(8), 30) == [planted.day(n) for n in (4, 5, 6, 7)]
    assert missing_nights(planted.home, spaces, planted.day(8), 2) == [planted.day(n) for n in (6, 7)]
    assert missing_nights(planted.home, spaces, planted.day(8), 0) == []
    assert missing_nights(planted.home, ["flits"], planted.day(5), 30) == [planted.day(4)]
    assert missing_nights(planted.home, ["flits"], planted.day(2), 30) == []


def test_held_and_withdrawn_nights_are_not_missing(planted: Planted) -> None:
    planted.version("flits", 1)
    planted.version("flits", 2, "block")
    assert missing_nights(planted.home, ["flits"], planted.day(3), 30) == []


def test_a_day_on_which_nothing_landed_is_not_missing(planted: Planted) -> None:
    """Nor one on which a file landed of which no line counts, until a sound one lands under that day."""
    planted.version("flits", 1)
    planted.land(1, 3)
    planted.land(4, state="refused")
    assert missing_nights(planted.home, ["flits"], planted.day(6), 30) == [planted.day(3), planted.day(5)], (
        "nobody has looked yet whether something landed on the 5th"
    )
    assert [state.state for state in table(planted, 1, 4)] == ["done", "no_logs", "missing", "no_logs"]
    planted.land(2)
    assert missing_nights(planted.home, ["flits"], planted.day(6), 30) == [
        planted.day(2), planted.day(3), planted.day(5),
    ]  # fmt: skip


@pytest.mark.parametrize("decided", [False, True])
def test_what_retention_has_deleted_is_not_missing(planted: Planted, decided: bool) -> None:
    """With a decision the oldest version stays for ever, far from the others; without one all old ones are gone."""
    first = planted.version("flits", 1)
    if decided:
        planted.store.decide("flits", decide(planted, "release", first))
    for number in (2, 3, 4, 6, 7):
        planted.version("flits", number)
    planted.store.prune("flits", Keep(current=2, daily=0))
    states = {state.day.day: state.state for state in table(planted, 1, 8)}
    assert [states[number] for number in range(2, 9)] == [
        "dropped", "dropped", "dropped", "missing", "done", "done", "missing"
    ]  # fmt: skip
    assert states[1] == ("done" if decided else "dropped")
    missing = [5] if decided else []
    assert missing_nights(planted.home, ["flits"], planted.day(8), 30) == [planted.day(n) for n in missing]
