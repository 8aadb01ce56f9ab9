"""The bird table, against the rows that a survey of embeddings prints, planted as logs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.features import AsOf, known_birds, known_flits, read_birds

NIGHT = date(2026, 3, 31)
END = datetime.fromisoformat("2026-04-01")
MONTH_AGO = END - timedelta(days=30)
TABLE = [("012", 2, "US", 5), ("013", 0, "UK", 4), ("056", 57, "NZ", 70), ("612", 0, "UK", 120)]


def birds_of(landing: Any) -> pl.DataFrame:
    with Warehouse.open(landing.home.warehouse) as warehouse:
        return read_birds(warehouse, NIGHT)


def bird(bird_id: str, geo: str | None, joined_at: str = "2026-01-01T13:00") -> dict[str, Any]:
    return {"bird_id": bird_id, "joined_at": datetime.fromisoformat(joined_at), "geo": geo}


def plant(landing: Any, interaction: Callable[..., Any], flit: Callable[..., Any]) -> None:
    """Land logs that make TABLE, among lines that must not count."""
    acts, flits = [], []
    for name, posts, _, likes in TABLE:
        for number in range(posts):
            flits.append(flit(f"{name}-{number}", name, str(MONTH_AGO + number * timedelta(hours=12))))
        for number in range(likes):
            acts.append(interaction(name, f"f{number}", MONTH_AGO + number * timedelta(hours=5), "like"))
        flits.append(flit(f"{name}-old", name, str(MONTH_AGO - timedelta(microseconds=1))))
        flits.append(flit(f"{name}-tomorrow", name, str(END)))
        acts.append(interaction(name, "f1", MONTH_AGO - timedelta(microseconds=1), "like"))
        acts.append(interaction(name, "f1", END, "like"))
        acts.append({**interaction(name, "f0", MONTH_AGO, "like"), "duplicate": True})
        acts.append(interaction(name, "f0", END - timedelta(days=1), "reflit"))
    landing.land("birds", "2026-03-01", [bird(name, "elsewhere") for name, *_ in TABLE])
    landing.land("birds", "2026-03-31", [bird(name, geo) for name, _, geo, _ in TABLE])
    landing.land("interactions", "2026-03-31", acts)
    landing.land("flits", "2026-03-31", flits)
    landing.land("interactions", "2026-04-01", [interaction("012", "landed late", "2026-03-31", "like")])


def test_the_printed_rows(
    landing: Any, build: Callable[..., Any], interaction: Callable[..., Any], flit: Callable[..., Any]
) -> None:
    plant(landing, interaction, flit)
    build(landing, NIGHT)
    assert birds_of(landing).select("bird_id", "bird_posts", "bird_geo", "bird_likes").rows() == TABLE


def test_the_other_columns(
    landing: Any, build: Callable[..., Any], interaction: Callable[..., Any], flit: Callable[..., Any]
) -> None:
    weeks_ago = END - timedelta(days=28)
    landing.land(
        "birds", "2026-03-31", [bird("b", None, "2026-03-30T23:59:59"), bird("later", "US", "2026-04-01")]
    )
    landing.land(
        "flits",
        "2026-03-31",
        [
            flit("f1", "b", str(weeks_ago)),
            flit("f2", "b", str(weeks_ago - timedelta(microseconds=1))),
            flit("f3", "b", "2026-03-29T23:59"),
            flit("f4", "author", "2010-01-01"),
        ],
    )
    landing.land(
        "interactions",
        "2026-03-31",
        [
            interaction("b", "f4", weeks_ago, "click"),
            interaction("b", "f4", "2026-03-31", "click"),
            interaction("b", "f5", weeks_ago - timedelta(microseconds=1), "click"),
            interaction("b", "f6", "2026-03-31", "hide"),
        ],
    )
    build(landing, NIGHT)
    own = birds_of(landing).row(by_predicate=pl.col("bird_id") == "b", named=True)
    assert own == {
        "bird_id": "b",
        "bird_posts": 3,
        "bird_clicks": 2,
        "bird_geo": None,
        "bird_likes": 0,
        "days_since_post": 2,
        "posts_4w": 2,
        "interactions_4w": 3,
        "account_age_days": 1,
    }
    author = birds_of(landing).row(by_predicate=pl.col("bird_id") == "author", named=True)
    assert author["days_since_post"] == (NIGHT - date(2010, 1, 1)).days
    assert (author["account_age_days"], author["bird_geo"], author["interactions_4w"]) == (None, None, 0)


def test_every_stream_makes_birds_and_flits_known(
    landing: Any,
    build: Callable[..., Any],
    read: Callable[..., Any],
    interaction: Callable[..., Any],
    flit: Callable[..., Any],
) -> None:
    event = {"event_id": "e", "occurred_at": datetime.fromisoformat("2026-03-30"), "action": "unfollow"}
    landing.land("birds", "2026-03-31", [bird("joined", "US"), bird("joins tomorrow", "US", "2026-04-01")])
    landing.land("follows", "2026-03-31", [{**event, "bird_id": "follower", "followee_id": "followee"}])
    landing.land("flits", "2026-03-31", [flit("posted", "author", "2026-03-30", reply_to="only named")])
    acts = [interaction("012", "touched", "2026-03-30", "view"), interaction("soon", "soon", "2026-04-01")]
    landing.land("interactions", "2026-03-31", acts)
    landing.land("interactions", "2026-04-01", [interaction("late", "late", "2026-03-30")])
    build(landing, NIGHT)
    birds = ["012", "author", "followee", "follower", "joined"]
    assert read(known_birds, landing, NIGHT).tolist() == birds
    assert birds_of(landing)["bird_id"].to_list() == birds
    assert read(known_flits, landing, NIGHT).tolist() == ["posted", "touched"]
    build(landing, NIGHT, known_as_of=date(2026, 4, 1))
    assert "late" in read(known_birds, landing, NIGHT, known_as_of=date(2026, 4, 1))
    with Warehouse.open(landing.home.warehouse) as warehouse:
        earlier = AsOf(NIGHT, NIGHT, until=datetime.fromisoformat("2026-03-30"))
        assert known_birds(warehouse, earlier).tolist() == ["joined"]
        assert known_flits(warehouse, earlier).tolist() == []
