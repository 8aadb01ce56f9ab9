"""What a night says about a version that a person has decided on."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from flows.night import NightResult, Outcome, outcome_of
from warehouse.home import Home
from warehouse.snapshots import Content, Decision, Gate, IndexParameters, Manifest, Score, SnapshotStore
from warehouse.vectors import Vectors, as_ids

DAY = date(2026, 3, 4)
MOMENT = datetime(2026, 3, 5, 3, tzinfo=UTC)


def blocked(store: SnapshotStore) -> Any:
    """Publish a version that the gate holds back; what a plan would say about it."""
    fingerprint = hashlib.sha256(b"held").hexdigest()
    vectors = Vectors(as_ids(["f1", "f2"]), np.eye(2, dtype=np.float32))
    manifest = Manifest(
        space="flits", version=f"{DAY}-{fingerprint[:12]}", fingerprint=fingerprint, space_id="one",
        parent_version=None, day=DAY, known_as_of=DAY, entity="flit", dim=2, metric="cosine", normalised=True,
        score=Score(), rows=2, coverage={}, inputs={}, parameters={}, code_sha="c", lock_sha="l", seed=None,
        gate=Gate(verdict="block"), created_at=MOMENT,
    )  # fmt: skip
    store.write(Content(vectors), manifest, IndexParameters())
    return SimpleNamespace(space="flits", version=manifest.version)


def night_of(outcome: Outcome) -> NightResult:
    return NightResult(DAY, DAY, {}, {"flits": outcome}, 0.0)


def test_a_blocked_version_is_held_until_a_person_releases_it(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path / "landing")
    store = SnapshotStore(home.snapshots)
    plan = blocked(store)

    before = outcome_of(home, plan, reused=False, seconds=1.0)
    assert (before.verdict, before.held, before.current) == ("block", True, False)
    assert night_of(before).held_back == ["flits"]

    store.point("flits", plan.version, MOMENT, Decision(decision="release", version=plan.version, who="ada",
                                                        when=MOMENT, why="meant"))  # fmt: skip
    after = outcome_of(home, plan, reused=True, seconds=0.0)
    assert (after.verdict, after.held, after.current) == ("block", False, True)
    assert night_of(after).held_back == []
