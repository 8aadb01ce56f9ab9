"""What the logs tell of a few ids: what all of it tells, cut down to them, with both clocks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import pytest

from warehouse.duckdb.features import read_flits, read_known_texts, read_sequences, read_sequences_of

FIRST, SECOND = date(2026, 3, 10), date(2026, 3, 11)


@pytest.fixture
def planted(
    landing: Any, build: Callable[..., Any], interaction: Callable[..., Any], flit: Callable[..., Any]
) -> Any:
    """Two nights: f2 says something else on the second, and an event of the first is late."""
    events = [("b1", "f1", 8), ("b2", "f1", 9), ("b1", "f2", 10), ("b3", "f3", 11)]
    acts = [interaction(bird, name, f"{FIRST}T{hour:02}:00") for bird, name, hour in events]
    landing.land("interactions", str(FIRST), acts)
    said = {"f1": "one", "f2": "two", "f3": "@nobody"}
    landing.land(
        "flits", str(FIRST), [flit(name, "b9", f"{FIRST}T01:00", text) for name, text in said.items()]
    )
    build(landing, FIRST)
    landing.land("interactions", str(SECOND), [interaction("b1", "f1", f"{FIRST}T12:00")])
    landing.land("flits", str(SECOND), [flit("f2", "b9", f"{FIRST}T01:00", "two, as it says since")])
    build(landing, SECOND)
    return landing


@pytest.mark.parametrize("known_as_of", [FIRST, SECOND])
@pytest.mark.parametrize(("column", "ids"), [("flit_id", ["f1", "nobody"]), ("bird_id", ["b1", "b3"])])
def test_events_of_some_are_the_events_of_all_but_the_others(
    planted: Any, read: Callable[..., Any], column: str, ids: list[str], known_as_of: date
) -> None:
    everything = read(read_sequences, planted, FIRST, known_as_of)
    found = read(read_sequences_of, planted, FIRST, known_as_of, column=column, ids=ids)
    assert found.equals(everything.filter(pl.col(column).is_in(ids))) and 0 < len(found) < len(everything)


@pytest.mark.parametrize(("known_as_of", "says"), [(FIRST, "two"), (SECOND, "two, as it says since")])
def test_texts_are_those_that_were_known(
    planted: Any, read: Callable[..., Any], known_as_of: date, says: str
) -> None:
    found = read(read_known_texts, planted, FIRST, known_as_of, flit_ids=["f2", "f3", "nobody"])
    assert found == {"f2": says}, "f3 says nothing once it is cleaned"
    everything = read(read_flits, planted, FIRST, known_as_of).filter(pl.col("text_hash").is_not_null())
    assert found.items() <= dict(everything.select("flit_id", "text").iter_rows()).items()
