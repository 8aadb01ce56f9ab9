"""Visits, against a naive split in Python."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tasks.stages.features import FeatureParameters
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.features import read_visits

NIGHT = date(2026, 3, 10)
MIDNIGHT = datetime.fromisoformat("2026-03-10")
Event = tuple[str, datetime, str]


def visits_of(landing: Any, day: date = NIGHT) -> pl.DataFrame:
    with Warehouse.open(landing.home.warehouse) as warehouse:
        return read_visits(warehouse, day)


def split_naively(events: list[Event], gap: timedelta) -> list[tuple[Any, ...]]:
    """Rows of core_visit, day apart, of the visits that end on NIGHT, looking back over one day."""
    start, end = MIDNIGHT - timedelta(days=1), MIDNIGHT + timedelta(days=1)
    rows = []
    for bird in sorted({bird for bird, _, _ in events}):
        own = sorted((at, number, flit) for number, (who, at, flit) in enumerate(events) if who == bird)
        visits: list[list[tuple[datetime, int, str]]] = []
        for act in own:
            if not start <= act[0] < end:
                continue
            if visits and act[0] - visits[-1][-1][0] <= gap:
                visits[-1].append(act)
            else:
                visits.append([act])
        ended = [visit for visit in visits if visit[-1][0] >= MIDNIGHT]
        for count, visit in enumerate(ended, start=1):
            last = visit[-1][0]
            flits = [flit for _, _, flit in visit]
            rows.append((bird, count, visit[0][0], last, len(visit), flits, last + gap >= end))
    return rows


moments = st.one_of(
    st.integers(-3 * 24 * 60, 2 * 24 * 60).map(lambda minutes: MIDNIGHT + timedelta(minutes=minutes)),
    st.sampled_from([0, 1, 1799, 1800, 1801, 86399, -1, -1800, -1801, -86400]).map(
        lambda seconds: MIDNIGHT + timedelta(seconds=seconds)
    ),
)
events_of_birds = st.lists(
    st.tuples(st.sampled_from(["012", "13"]), moments, st.sampled_from("xyz")), max_size=25
)


@settings(max_examples=40, deadline=None)
@given(events=events_of_birds, gap_minutes=st.sampled_from([1, 30, 240, 1440]))
def test_visits_are_those_of_a_naive_split(
    shared_landing: Any, build: Callable[..., Any], events: list[Event], gap_minutes: int
) -> None:
    shared_landing.clear()
    gap = timedelta(minutes=gap_minutes)
    lines = [
        {"event_id": f"{number:03}", "bird_id": bird, "occurred_at": at, "flit_id": flit, "kind": "view"}
        for number, (bird, at, flit) in enumerate(events)
    ]
    shared_landing.land("interactions", "2026-03-10", lines)
    build(shared_landing, NIGHT, parameters=FeatureParameters(session_gap=gap))
    assert visits_of(shared_landing).rows() == split_naively(events, gap)


def test_a_visit_over_midnight_is_one_and_belongs_to_the_day_it_ends_on(
    landing: Any, build: Callable[..., Any], interaction: Callable[..., Any]
) -> None:
    landing.land("interactions", "2026-03-09", [interaction("b", "f1", "2026-03-09T23:50")])
    landing.land("interactions", "2026-03-10", [interaction("b", "f2", "2026-03-10T00:10")])
    build(landing, date(2026, 3, 9))
    build(landing, NIGHT)
    evening, whole = visits_of(landing, date(2026, 3, 9)).row(0), visits_of(landing).row(0)
    assert evening[-3:] == (1, ["f1"], True)
    assert whole[-3:] == (2, ["f1", "f2"], False)
    # Nights that tell of one visit agree on where it began: (bird_id, started_at) names it.
    assert evening[2] == whole[2] == datetime.fromisoformat("2026-03-09T23:50")


def test_a_pause_as_long_as_the_gap_does_not_end_a_visit(
    landing: Any, build: Callable[..., Any], interaction: Callable[..., Any]
) -> None:
    moments = ["2026-03-10T10:00", "2026-03-10T10:30", "2026-03-10T11:00:00.000001"]
    landing.land("interactions", "2026-03-10", [interaction("b", "f", moment) for moment in moments])
    build(landing, NIGHT)
    assert visits_of(landing)["events"].to_list() == [2, 1]


def test_only_what_is_known_and_not_repeated_counts(
    landing: Any, build: Callable[..., Any], interaction: Callable[..., Any]
) -> None:
    first, late = interaction("b", "f1", "2026-03-10T12:00"), interaction("b", "f2", "2026-03-10T12:05")
    landing.land("interactions", "2026-03-10", [first, {**first, "duplicate": True}])
    landing.land("interactions", "2026-03-11", [late, interaction("b", "f9", "2026-03-11T00:00")])
    build(landing, NIGHT)
    assert visits_of(landing)["flits"].to_list() == [["f1"]]
    build(landing, NIGHT, known_as_of=date(2026, 3, 11))
    assert visits_of(landing)["flits"].to_list() == [["f1", "f2"]]


def test_a_gap_longer_than_the_look_back_is_refused() -> None:
    assert FeatureParameters.model_validate({"session_gap": "1d"}).session_gap == timedelta(days=1)
    with pytest.raises(ValidationError, match="session_gap"):
        FeatureParameters.model_validate({"session_gap": "25h"})


def test_no_visit_is_a_partition_too(landing: Any, build: Callable[..., Any]) -> None:
    build(landing, NIGHT)
    assert visits_of(landing).is_empty()
