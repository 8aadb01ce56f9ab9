"""Checks: none offends where the night ran as it should, and each is seen to offend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from warehouse.duckdb.checks import run_checks
from warehouse.duckdb.database import SQL, Warehouse

NIGHT = date(2026, 3, 3)
SABOTAGE = {
    "core_flit_sequence_backed": "INSERT INTO core_flit_sequence VALUES ('2026-03-03', 'b', '2026-03-03', 'e', 'f')",
    "core_flit_text_hash": "UPDATE core_flit_text SET text = 'x'",
    "core_key_unique": "INSERT INTO core_flit_text FROM core_flit_text",
    "core_partition_recorded": "UPDATE feature_partition SET rows = 7 WHERE table_name = 'core_follow_edge'",
    "core_visit_apart": "UPDATE core_visit SET ended_at = '2026-03-04'",
    "ledger_counts": "UPDATE raw_interaction SET duplicate = true",
    "ledger_adds_up": "UPDATE ledger_file SET conflicts = 1 WHERE stream = 'interactions'",
    "raw_line_in_ledger": "UPDATE ledger_file SET state = 'refused' WHERE stream = 'flits'",
}


@pytest.fixture
def warehouse(
    landing: Any, build: Callable[..., Any], interaction: Callable[..., Any], flit: Callable[..., Any]
) -> Iterator[Warehouse]:
    line = interaction("b", "f", "2026-03-03T12:00", "reply")
    landing.land("interactions", "2026-03-03", [line, {**line, "duplicate": True}])
    landing.land("flits", "2026-03-03", [flit("f", "a", "2026-03-03"), flit("g", "a", "2026-03-03", "@f")])
    event = {"event_id": "e", "occurred_at": line["occurred_at"], "action": "follow"}
    follow = {**event, "bird_id": "b", "followee_id": "a"}
    landing.land("follows", "2026-03-03", [follow, {**follow, "duplicate": True}])
    build(landing, NIGHT)
    with Warehouse.open(landing.home.warehouse) as opened:
        yield opened


def test_a_sound_warehouse_offends_no_check(warehouse: Warehouse) -> None:
    offenders = run_checks(warehouse)
    assert offenders.keys() == {file.stem for file in (SQL / "checks").glob("*.sql")}
    assert {name: rows.rows() for name, rows in offenders.items() if not rows.is_empty()} == {}


@pytest.mark.parametrize("name", sorted(SABOTAGE))
def test_a_broken_rule_is_seen(warehouse: Warehouse, name: str) -> None:
    warehouse.execute(SABOTAGE[name])
    assert not run_checks(warehouse)[name].is_empty()


def test_an_offender_is_named(warehouse: Warehouse) -> None:
    warehouse.execute(SABOTAGE["core_flit_sequence_backed"])
    offenders = run_checks(warehouse)
    assert offenders["core_flit_sequence_backed"].rows() == [(NIGHT, "e")]
    assert offenders["core_partition_recorded"].rows() == [("core_flit_sequence", NIGHT, 2, 1)]
