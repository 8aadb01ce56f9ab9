"""What a candidate is held against: the scored, released versions of four weeks."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from flows.configuration import Configuration
from tasks.versions.plan import Night, Plan
from tasks.versions.references import scored_before
from warehouse.home import Home
from warehouse.snapshots import Content, Gate, Manifest, PublishParameters, Score, SnapshotStore
from warehouse.vectors import Vectors

DAY = date(2026, 3, 20)


def evaluation(day: date, recall: float, k: int = 10) -> dict[str, object]:
    name = f"recall_at_{k}"
    numbers = {name: recall, f"{name}_low": recall - 0.01, f"{name}_high": recall + 0.01, "birds_scored": 90}
    cut = datetime.combine(day, datetime.min.time()) - timedelta(days=6)
    return {"reason": None, "cut": cut.isoformat(), "parameters": {"k": [k]}, "headline": numbers}


def publish(home: Home, day: date, recall: float, verdict: str = "pass", k: int = 10) -> None:
    fingerprint = hashlib.sha256(f"{day} {k}".encode()).hexdigest()
    manifest = Manifest.model_validate(
        {
            "space": "items", "version": f"{day}-{fingerprint[:12]}", "fingerprint": fingerprint,
            "space_id": "planted", "parent_version": None, "day": day, "known_as_of": day, "entity": "flit",
            "dim": 2, "metric": "cosine", "normalised": False, "score": Score(), "rows": 1, "coverage": {},
            "inputs": {}, "parameters": {}, "code_sha": "c0de", "lock_sha": "10c4", "seed": 7, "drift": {},
            "evaluation": evaluation(day, recall, k), "gate": Gate(verdict=verdict),
            "created_at": datetime(2026, 3, 21),  # noqa: DTZ001 - times are naive UTC
        }
    )  # fmt: skip
    content = Content(Vectors.of(["f1"], np.ones((1, 2))))
    SnapshotStore(home.snapshots).write(content, manifest, PublishParameters().index)


def test_released_versions_of_four_weeks_that_are_scored_alike_count(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path / "landing")
    for back, recall in ((40, 0.9), (20, 0.07), (3, 0.08), (0, 0.9)):
        publish(home, DAY - timedelta(days=back), recall)
    publish(home, DAY - timedelta(days=2), 0.9, "block")
    publish(home, DAY - timedelta(days=1), 0.9, k=50)
    pipeline = Configuration.model_validate(
        {"pipelines": {"items": {"entity": "flit", "method": "item2vec", "window": "28d"}}}
    ).pipelines["items"]
    found = scored_before(home, Plan("items", pipeline, Night(DAY, DAY, "f" * 64, 0, "p" * 64), {}, None))
    assert [(str(one.day), str(one.cut), one.recall.mean) for one in found] == [
        ("2026-02-28", "2026-02-22", 0.07),
        ("2026-03-17", "2026-03-11", 0.08),
    ]
    assert found[0].recall.low == 0.07 - 0.01 and found[0].recall.birds == 90
