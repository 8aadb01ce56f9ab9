"""Follow and reply edges, and the order of sequences."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from tasks.stages.features import FeatureParameters
from warehouse.duckdb.features import read_follow_edges, read_reply_edges, read_sequences

NIGHT = date(2026, 3, 10)


def follow(event_id: str, occurred_at: str, followee_id: str, action: str = "follow") -> dict[str, Any]:
    moment = datetime.fromisoformat(occurred_at)
    return {
        "event_id": event_id,
        "occurred_at": moment,
        "bird_id": "b",
        "followee_id": followee_id,
        "action": action,
    }


def test_the_last_event_of_a_pair_says_whether_it_follows(
    landing: Any, build: Callable[..., Any], read: Callable[..., Any]
) -> None:
    landing.land(
        "follows",
        "2026-03-08",
        [
            follow("1", "2026-03-08T10:00", "stays"),
            follow("2", "2026-03-08T10:00", "leaves"),
            follow("3", "2026-03-09T10:00", "leaves", "unfollow"),
            follow("4", "2026-03-08T12:00", "same moment", "unfollow"),
            follow("5", "2026-03-08T12:00", "same moment"),
            follow("6", "2026-03-11T00:00", "tomorrow"),
            {**follow("1", "2026-03-08T10:00", "stays"), "duplicate": True},
        ],
    )
    landing.land(
        "follows",
        "2026-03-10",
        [follow("7", "2026-03-07", "stays", "unfollow"), follow("8", "2026-03-10", "late")],
    )
    build(landing, NIGHT)

    def followees(**bounds: Any) -> list[str]:
        return read(read_follow_edges, landing, NIGHT, **bounds)["followee_id"].to_list()

    assert followees() == ["late", "same moment", "stays"]
    assert followees(known_as_of=date(2026, 3, 9)) == ["same moment", "stays"]
    assert followees(until=datetime.fromisoformat("2026-03-09T10:00")) == ["leaves", "same moment", "stays"]
    edges = read(read_follow_edges, landing, NIGHT)
    assert edges.row(2) == ("b", "stays", datetime.fromisoformat("2026-03-08T10:00"))


def test_replies_lead_to_the_author_once_it_is_known(
    landing: Any,
    build: Callable[..., Any],
    read: Callable[..., Any],
    interaction: Callable[..., Any],
    flit: Callable[..., Any],
) -> None:
    landing.land(
        "interactions",
        "2026-03-08",
        [
            interaction("b", "early", "2026-03-08T10:00", "reply"),
            interaction("b", "late", "2026-03-08T11:00", "reply"),
            interaction("b", "never", "2026-03-08T12:00", "reply"),
            interaction("b", "early", "2026-03-08T13:00", "like"),
            {**interaction("b", "early", "2026-03-08T10:00", "reply"), "duplicate": True},
        ],
    )
    landing.land(
        "flits",
        "2026-03-08",
        [
            flit("early", "ada", "2026-03-08"),
            flit("answer", "c", "2026-03-08T09:00", reply_to="early"),
            flit("edited", "c", "2026-03-08T09:30", reply_to="early"),
        ],
    )
    landing.land(
        "flits",
        "2026-03-10",
        [
            flit("late", "bob", "2026-03-08"),
            flit("edited", "c", "2026-03-08T09:30", reply_to="late"),
            flit("answer", "c", "2026-03-08T09:00", "other words"),
        ],
    )
    build(landing, NIGHT)

    def edges(day: int) -> list[tuple[str, str, str]]:
        found = read(read_reply_edges, landing, NIGHT, known_as_of=date(2026, 3, day))
        return found.select("bird_id", "author_id", "flit_id").rows()

    assert edges(8) == [("b", "ada", "early"), ("c", "ada", "early"), ("c", "ada", "early")]
    assert edges(10) == [("b", "ada", "early"), ("b", "bob", "late"), ("c", "bob", "late")]


def test_sequences_hold_deliberate_acts_in_total_order(
    landing: Any, build: Callable[..., Any], read: Callable[..., Any], interaction: Callable[..., Any]
) -> None:
    noon = "2026-03-09T12:00"
    landing.land(
        "interactions",
        "2026-03-09",
        [
            interaction("b", "third", noon, event_id="2"),
            interaction("b", "seen", noon, "view"),
            interaction("b", "hidden", noon, "hide"),
            interaction("B", "other", noon, "like"),
            interaction("b", "tomorrow", "2026-03-11"),
            {**interaction("b", "third", noon, event_id="2"), "duplicate": True},
        ],
    )
    late = interaction("b", "first", "2026-03-01", "share")
    landing.land("interactions", "2026-03-10", [interaction("b", "second", noon, event_id="1"), late])
    build(landing, NIGHT)
    assert read(read_sequences, landing, NIGHT)["flit_id"].to_list() == ["other", "first", "second", "third"]
    until = datetime.fromisoformat(noon)
    assert read(read_sequences, landing, NIGHT, until=until)["flit_id"].to_list() == ["first"]
    build(landing, NIGHT, parameters=FeatureParameters(sequence_kinds=("view", "hide")))
    assert set(read(read_sequences, landing, NIGHT)["flit_id"]) == {"seen", "hidden"}
