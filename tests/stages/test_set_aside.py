"""A night that spam holds back: the nights after it learn without the spammers, until a person decides."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from flows.decisions import Decider, decide_discard, decide_release
from flows.settings import Settings
from tasks.stages.features import features
from tasks.stages.ingest import ingest
from tasks.stages.profile_inputs import measure_inputs
from tasks.stages.set_aside import culprits, set_aside
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.features import AsOf, read_sequences
from warehouse.home import Home

if TYPE_CHECKING:
    from tests.stages.conftest import SmallHome

WEEK, DAY = timedelta(weeks=1), timedelta(days=1)
BOTS = {f"bot{number}" for number in range(5)}


@pytest.fixture
def small(small_home: SmallHome, tmp_path: Path) -> SmallHome:
    """A home of its own with the same two nights."""
    root, landing = tmp_path / "home", tmp_path / "landing"
    with Warehouse.open(small_home.home.warehouse) as warehouse:
        warehouse.execute("CHECKPOINT")
    shutil.copytree(small_home.home.root, root)
    shutil.copytree(small_home.home.landing, landing)
    return replace(small_home, home=Home(root, landing))


def land(small: SmallHome, day: date, spam: int = 0) -> None:
    """What happened a week before, under new names of events, and `spam` events by five bots on three flits."""
    with Warehouse.open(small.home.warehouse) as warehouse:
        rows = warehouse.rows(
            "SELECT event_id, occurred_at, bird_id, flit_id, kind FROM raw_interaction "
            "WHERE occurred_at::DATE = ? AND NOT duplicate ORDER BY event_id",
            [day - WEEK],
        )
    lines = [_line(f"{day} {row[0]}", row[1] + WEEK, *row[2:]) for row in rows]
    flits = sorted({row[3] for row in rows})[:3]
    noon = rows[0][1].replace(hour=12, minute=0, second=0, microsecond=0) + WEEK
    for number in range(spam):
        moment = noon + timedelta(seconds=number)
        lines.append(_line(f"{day} spam {number}", moment, f"bot{number % 5}", flits[number % 3], "like"))
    folder = small.home.landing / "interactions"
    (folder / f"{day}.again.jsonl").write_text("".join(lines), encoding="utf-8")


def _line(event: str, moment: Any, bird: str, flit: str, kind: str) -> str:
    fields = {
        "event_id": event,
        "occurred_at": f"{moment.isoformat()}Z",
        "bird_id": bird,
        "flit_id": flit,
        "kind": kind,
    }
    return json.dumps(fields) + "\n"


def night(small: SmallHome, day: date) -> str:
    configuration = small.configuration
    ingest(small.home, configuration.ingest, configuration.sources, day, day)
    features(small.home, configuration.features, day, day)
    plan = small.plan("items", day)
    version = small.night("items", day)
    assert version == plan.version
    set_aside(small.home, plan)
    return version


def birds(small: SmallHome, day: date) -> set[str]:
    with Warehouse.open(small.home.warehouse) as warehouse:
        return set(read_sequences(warehouse, AsOf(day, day))["bird_id"])


@pytest.fixture
def spammed(small: SmallHome) -> Iterator[tuple[SmallHome, date, str]]:
    """The night of the spam, made and held back."""
    day = small.days[1] + DAY
    land(small, day, spam=300)
    yield small, day, night(small, day)


def test_the_next_night_learns_without_what_the_last_was_held_back_for(
    spammed: tuple[SmallHome, date, str],
) -> None:
    small, day, held = spammed
    manifest = small.manifest("items", held)
    assert manifest.gate.verdict == "block"
    assert {one.key for one, rule in culprits(manifest)} == BOTS
    assert birds(small, day) >= BOTS
    land(small, day + DAY)
    released = small.manifest("items", night(small, day + DAY))
    assert not birds(small, day + DAY) & BOTS
    assert released.gate.verdict != "block"
    (aside, *_) = released.drift["statistics"]["inputs"]["set_aside"]  # type: ignore[index,call-overload]
    assert (aside["version"], aside["since"], aside["events"]) == (held, str(day + DAY), 300)  # type: ignore[index,call-overload]
    assert small.plan("items", day).version == held, (
        "the night that was held back is the same when it is made again"
    )


def test_a_release_counts_the_logs_and_a_discard_keeps_them_out(spammed: tuple[SmallHome, date, str]) -> None:
    small, day, held = spammed
    chosen, ann = Settings(small.home, small.home.root / "none.yaml", None, None), Decider("ann", "a flock")
    without = small.plan("items", day + DAY).night.files
    assert decide_discard(chosen, "items", held, ann, ["hour:2026-03-01T04"]).set_aside == 6
    more = small.plan("items", day + DAY).night.files
    assert decide_release(chosen, "items", held, ann).set_aside == 6
    counted = small.plan("items", day + DAY).night.files
    assert len({without, more, counted}) == 3
    features(small.home, small.configuration.features, day + DAY, day + DAY)
    assert birds(small, day + DAY) >= BOTS


def test_what_is_held_back_for_other_reasons_sets_nothing_aside(small: SmallHome) -> None:
    day = small.days[1]
    manifest = small.manifest("items")
    for rules in (manifest.gate.rules, [_blocked("misplaced")], [_blocked("events_lost")]):
        gate = manifest.gate.model_copy(update={"verdict": "block", "rules": tuple(rules)})
        assert culprits(manifest.model_copy(update={"gate": gate})) == []
    drift, _ = measure_inputs(small.home, small.plan("items", day))
    assert drift.set_aside == () and drift.suspects.busiest == ()


def _blocked(rule: str) -> Any:
    from warehouse.snapshots.manifest import GateRule

    evidence = {"day": "2026-03-06", "culprits": [{"kind": "day", "key": "2026-03-06"}]}
    return GateRule(
        rule=rule, value=9, floor=None, limit=1, level="block", outcome="block", evidence=evidence
    )
