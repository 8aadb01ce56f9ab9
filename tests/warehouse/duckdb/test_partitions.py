"""Only what is stale is computed, and what was known on a night stays as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.stages.features import FeatureParameters, builds, features, stale
from warehouse.duckdb.checks import run_checks
from warehouse.duckdb.database import Warehouse, WarehouseError
from warehouse.duckdb.features import (
    AsOf,
    known_birds,
    known_flits,
    loaded_files,
    read_birds,
    read_flits,
    read_follow_edges,
    read_interactions,
    read_reply_edges,
    read_sequences,
    read_visits,
)
from warehouse.duckdb.partitions import overwrite_partitions, stale_partitions

PARAMETERS = FeatureParameters()
NIGHT = date(2026, 3, 3)


def march(day: int) -> date:
    return date(2026, 3, day)


def computed(
    landing: Any, day: date, parameters: FeatureParameters = PARAMETERS, known: date | None = None
) -> dict[str, int]:
    """Partitions computed, tables with none left out."""
    report = features(landing.home, parameters, day, known or day)
    return {table: count.partitions for table, count in report.tables.items() if count.partitions}


@pytest.fixture
def three_days(landing: Any, interaction: Callable[..., Any], flit: Callable[..., Any]) -> Any:
    """Interactions and flits landed on 1, 2 and 3 March, in this order in `landing.paths`."""
    for day in (1, 2, 3):
        landing.land(
            "interactions", f"2026-03-0{day}", [interaction("b", f"f{day}", f"2026-03-0{day}T12:00", "reply")]
        )
        landing.land("flits", f"2026-03-0{day}", [flit(f"f{day}", "a", f"2026-03-0{day}")])
    return landing


def test_a_night_computes_what_landed_and_then_nothing(three_days: Any) -> None:
    assert computed(three_days, march(2)) == {
        "core_interaction": 2,
        "core_flit_sequence": 2,
        "core_flit_text": 2,
        "core_reply_edge": 2,
        "core_visit": 1,
        "core_bird": 1,
    }
    assert computed(three_days, march(2)) == {}
    assert set(computed(three_days, march(3)).values()) == {1}
    assert computed(three_days, march(3)) == {}
    assert stale(three_days.home, PARAMETERS, march(3), march(3)) == {
        build.table.name: [] for build in builds(PARAMETERS)
    }


def test_only_tables_that_read_a_changed_parameter_or_stream_are_computed(
    three_days: Any, flit: Callable[..., Any]
) -> None:
    computed(three_days, NIGHT)
    changed = FeatureParameters(session_gap=timedelta(minutes=10))
    assert computed(three_days, NIGHT, changed) == {"core_visit": 1}
    changed = changed.model_copy(update={"half_life": timedelta(days=7)})
    assert computed(three_days, NIGHT, changed) == {"core_interaction": 3}
    changed = changed.model_copy(update={"sequence_kinds": ("reply",)})
    assert computed(three_days, NIGHT, changed) == {"core_flit_sequence": 3}
    three_days.land("flits", "2026-03-03T05", [flit("g", "a", "2026-03-03")])
    assert computed(three_days, NIGHT, changed) == {"core_flit_text": 1, "core_reply_edge": 1, "core_bird": 1}


def test_changed_sql_is_computed_anew(three_days: Any) -> None:
    computed(three_days, NIGHT)
    with Warehouse.open(three_days.home.warehouse) as warehouse:
        for build in builds(PARAMETERS):
            edited = replace(build, query=build.query + "-- edited")
            assert stale_partitions(warehouse, build, NIGHT, NIGHT) == {}
            partitions = {"core_visit": 1, "core_bird": 1, "core_follow_edge": 0}.get(build.table.name, 3)
            assert len(stale_partitions(warehouse, edited, NIGHT, NIGHT)) == partitions


def test_a_revision_makes_its_day_and_later_ones_stale(
    three_days: Any, interaction: Callable[..., Any]
) -> None:
    computed(three_days, NIGHT)
    three_days.revise(three_days.paths[2], [interaction("b", "other", "2026-03-02T12:00", "reply")])
    due = stale(three_days.home, PARAMETERS, NIGHT, NIGHT)
    assert due["core_flit_sequence"] == [march(2), march(3)]
    assert due["core_flit_text"] == []
    computed(three_days, NIGHT)
    with Warehouse.open(three_days.home.warehouse) as warehouse:
        assert read_sequences(warehouse, AsOf(NIGHT, NIGHT))["flit_id"].to_list() == ["f1", "other", "f3"]
        assert all(offenders.is_empty() for offenders in run_checks(warehouse).values())


def test_a_day_whose_files_are_gone_becomes_empty(three_days: Any) -> None:
    computed(three_days, NIGHT)
    three_days.withdraw(three_days.paths[0])
    assert stale(three_days.home, PARAMETERS, NIGHT, NIGHT)["core_flit_sequence"] == [
        march(1),
        march(2),
        march(3),
    ]
    computed(three_days, NIGHT)
    assert computed(three_days, NIGHT) == {}
    with Warehouse.open(three_days.home.warehouse) as warehouse:
        assert read_sequences(warehouse, AsOf(NIGHT, NIGHT))["flit_id"].to_list() == ["f2", "f3"]
        recorded = warehouse.rows(
            "SELECT day, rows FROM feature_partition WHERE table_name = 'core_flit_sequence' ORDER BY 1"
        )
    assert recorded == [(march(1), 0), (march(2), 1), (march(3), 1)]


def test_an_empty_day_is_recorded(landing: Any) -> None:
    landing.land("interactions", "2026-03-03", [])
    assert computed(landing, NIGHT)["core_interaction"] == 1
    assert computed(landing, NIGHT) == {}


def test_a_failing_query_leaves_the_partition_as_it_was(three_days: Any) -> None:
    computed(three_days, NIGHT)
    sequences = builds(PARAMETERS)[1]
    broken = replace(
        sequences, query=f"SELECT * REPLACE (error('broken') AS flit_id) FROM ({sequences.query})"
    )
    with Warehouse.open(three_days.home.warehouse) as warehouse:
        before = (
            warehouse.rows("FROM core_flit_sequence ORDER BY ALL"),
            warehouse.rows("FROM feature_partition ORDER BY ALL"),
        )
        due = stale_partitions(warehouse, broken, NIGHT, NIGHT)
        with pytest.raises(duckdb.InvalidInputException, match="broken"), warehouse.transaction():
            overwrite_partitions(warehouse, broken, NIGHT, due)
        after = (
            warehouse.rows("FROM core_flit_sequence ORDER BY ALL"),
            warehouse.rows("FROM feature_partition ORDER BY ALL"),
        )
    assert before == after
    assert len(before[0]) == 3


def test_reading_what_is_not_built_is_refused(three_days: Any) -> None:
    computed(three_days, march(2))
    with Warehouse.open(three_days.home.warehouse) as warehouse:
        assert len(read_sequences(warehouse, AsOf(NIGHT, march(2)))) == 2
        message = "core_flit_sequence lacks 1 of 3 partitions up to 2026-03-03, the first is 2026-03-03; run"
        with pytest.raises(WarehouseError, match=message):
            read_sequences(warehouse, AsOf(NIGHT, NIGHT))
        with pytest.raises(WarehouseError, match="core_bird lacks 1 of 1 partitions"):
            read_birds(warehouse, NIGHT)


def test_loaded_files_are_those_known(three_days: Any) -> None:
    three_days.withdraw(three_days.paths[0])
    with Warehouse.open(three_days.home.warehouse) as warehouse:
        known = loaded_files(warehouse, march(2))
        flits = loaded_files(warehouse, march(3), ["flits"])
    assert [(stream, path) for stream, path, _ in known] == [
        ("flits", "flits/2026-03-01.0001.jsonl"),
        ("flits", "flits/2026-03-02.0003.jsonl"),
        ("interactions", "interactions/2026-03-02.0002.jsonl"),
    ]
    assert [path for _, path, _ in flits] == three_days.paths[1::2]
    assert all(len(sha256) == 64 for *_, sha256 in known)


acts = st.tuples(
    st.sampled_from(["012", "12", "ü"]),
    st.sampled_from("fgh"),
    st.sampled_from(["view", "click", "reply", "hide"]),
    st.integers(-60, 100),
    st.integers(1, 4),
)


def all_that_is_read(landing: Any, night: date) -> list[pl.DataFrame | list[str]]:
    as_of = AsOf(night, night)
    readers = (read_sequences, read_flits, read_follow_edges, read_reply_edges)
    with Warehouse.open(landing.home.warehouse) as warehouse:
        frames = [reader(warehouse, as_of) for reader in readers]
        nightly = [read_visits(warehouse, night), read_birds(warehouse, night)]
        weights = read_interactions(warehouse, as_of, PARAMETERS.half_life)
        known = [known_birds(warehouse, as_of).tolist(), known_flits(warehouse, as_of).tolist()]
    return [*frames, *nightly, weights, *known]


def same(left: pl.DataFrame | list[str], right: pl.DataFrame | list[str]) -> bool:
    return left.equals(right) if isinstance(left, pl.DataFrame) else left == right


@settings(max_examples=15, deadline=None)
@given(events=st.lists(acts, min_size=1, max_size=20))
def test_a_night_recomputed_later_reads_as_it_did(
    shared_landing: Any,
    interaction: Callable[..., Any],
    flit: Callable[..., Any],
    events: list[tuple[Any, ...]],
) -> None:
    """What lands later changes later nights only, be tables kept or made anew from all that landed."""
    shared_landing.clear()
    then = {}
    for night in range(1, 5):
        landed = [event for event in events if event[-1] == night]
        moments = [datetime.fromisoformat("2026-03-02") + timedelta(hours=event[3]) for event in landed]
        lines = [
            interaction(bird, name, moment, kind, event_id=f"{night}-{number}")
            for number, ((bird, name, kind, *_), moment) in enumerate(zip(landed, moments, strict=True))
        ]
        shared_landing.land("interactions", f"2026-03-0{night}", lines)
        states = {name: str(moment) for (_, name, *_), moment in zip(landed, moments, strict=True)}
        texts = [flit(name, "author", posted_at, f"of {night}") for name, posted_at in states.items()]
        shared_landing.land("flits", f"2026-03-0{night}", texts)
        computed(shared_landing, march(night))
        then[night] = all_that_is_read(shared_landing, march(night))
    with Warehouse.open(shared_landing.home.warehouse) as warehouse:
        for build in builds(PARAMETERS):
            warehouse.execute(f"DELETE FROM {build.table.name}")
        warehouse.execute("DELETE FROM feature_partition")
    for night in (4, 2, 1, 3):
        computed(shared_landing, march(night))
        assert all(map(same, all_that_is_read(shared_landing, march(night)), then[night]))


def test_a_late_event_changes_the_next_night_only(three_days: Any, interaction: Callable[..., Any]) -> None:
    computed(three_days, NIGHT)
    before = all_that_is_read(three_days, NIGHT)
    three_days.land("interactions", "2026-03-04", [interaction("b", "f9", "2026-03-02T12:05")])
    computed(three_days, march(4))
    assert all(map(same, all_that_is_read(three_days, NIGHT), before))
    with Warehouse.open(three_days.home.warehouse) as warehouse:
        assert read_sequences(warehouse, AsOf(march(4), march(4)))["flit_id"].to_list() == [
            "f1",
            "f2",
            "f9",
            "f3",
        ]
    assert computed(three_days, NIGHT, known=march(4)) == {"core_visit": 1, "core_bird": 1}
