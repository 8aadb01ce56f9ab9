"""Relations: each kind of edge once, under joint ids, as known and as long as it stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from warehouse.duckdb.relations import read_advertisers, read_follows, read_relations

NIGHT = date(2026, 3, 10)
AT = datetime(2026, 3, 8, 10)  # noqa: DTZ001 - times are naive UTC


def touch(event_id: str, bird: str, flit: str, kind: str) -> dict[str, Any]:
    return {"event_id": event_id, "occurred_at": AT, "bird_id": bird, "flit_id": flit, "kind": kind}


def flit(flit_id: str, author: str, **fields: Any) -> dict[str, Any]:
    return {"flit_id": flit_id, "bird_id": author, "posted_at": AT, "text": "hello", **fields}


def follow(event_id: str, bird: str, followee: str, at: datetime = AT) -> dict[str, Any]:
    return {
        "event_id": event_id, "occurred_at": at, "bird_id": bird, "followee_id": followee, "action": "follow",
    }  # fmt: skip


def land(landing: Any) -> None:
    """A follows, favourites, reflits, replies to, writes and clicks on an ad; somebody pays for the ad."""
    landing.land(
        "follows", "2026-03-08", [follow("1", "u1", "u2"), follow("2", "u1", "u3", AT - timedelta(400))]
    )
    landing.land(
        "interactions",
        "2026-03-08",
        [
            touch("1", "u1", "t1", "like"), touch("2", "u1", "t2", "reflit"), touch("3", "u1", "t3", "reply"),
            touch("4", "u1", "ad1", "click"), touch("5", "u1", "ad1", "click"), touch("6", "u1", "t9", "view"),
            {**touch("1", "u1", "t1", "like"), "duplicate": True}, touch("7", "u1", "t9", "hide"),
        ],
    )  # fmt: skip
    landing.land("flits", "2026-03-08", [flit("t1", "u2"), flit("ad1", "u9", advertiser_id="nobody yet")])
    landing.land("flits", "2026-03-09", [flit("ad1", "u9", advertiser_id="adv1", text="buy")])


def test_every_edge_is_there_once_with_its_events(
    landing: Any, build: Callable[..., Any], read: Callable[..., Any]
) -> None:
    land(landing)
    build(landing, NIGHT)
    assert read(read_relations, landing, NIGHT).rows() == [
        ("authors", "bird:u2", "flit:t1", 1),
        ("authors", "bird:u9", "flit:ad1", 1),
        ("clicks", "bird:u1", "flit:ad1", 2),
        ("follows", "bird:u1", "bird:u2", 1),
        ("follows", "bird:u1", "bird:u3", 1),
        ("likes", "bird:u1", "flit:t1", 1),
        ("promotes", "advertiser:adv1", "flit:ad1", 1),
        ("reflits", "bird:u1", "flit:t2", 1),
        ("replies", "bird:u1", "flit:t3", 1),
    ]
    assert read(read_advertisers, landing, NIGHT) == ["adv1"]


def test_a_flit_answers_what_its_latest_state_says_and_that_once(
    landing: Any, build: Callable[..., Any], read: Callable[..., Any]
) -> None:
    """x is corrected to answer b instead of a, and lands again in other words; y answers what nobody has seen."""
    landing.land("flits", "2026-03-07", [flit("a", "u1"), flit("b", "u2")])
    landing.land("flits", "2026-03-08", [flit("x", "u3", reply_to="a"), flit("y", "u3", reply_to="nowhere")])
    landing.land("flits", "2026-03-09", [flit("x", "u3", reply_to="b")])
    landing.land("flits", "2026-03-10", [flit("x", "u3", reply_to="b", text="other words")])
    build(landing, NIGHT)

    def replies(day: int) -> list[Any]:
        edges = read(read_relations, landing, NIGHT, known_as_of=date(2026, 3, day))
        return [row[1:] for row in edges.rows() if row[0] == "replies"]

    assert replies(8) == [("bird:u3", "flit:a", 1)]
    assert replies(9) == replies(10) == [("bird:u3", "flit:b", 1)]


def test_a_window_bounds_what_happens_and_not_what_stands(
    landing: Any, build: Callable[..., Any], read: Callable[..., Any]
) -> None:
    land(landing)
    build(landing, NIGHT)
    late = read(read_relations, landing, NIGHT, window=timedelta(days=1))
    assert set(late["relation"]) == {"follows"}
    assert read(read_follows, landing, NIGHT, window=timedelta(days=1)).rows() == [("u1", "u2"), ("u1", "u3")]


def test_what_landed_later_is_not_known(
    landing: Any, build: Callable[..., Any], read: Callable[..., Any]
) -> None:
    land(landing)
    build(landing, NIGHT)
    assert read(read_advertisers, landing, NIGHT, known_as_of=date(2026, 3, 8)) == ["nobody yet"]
