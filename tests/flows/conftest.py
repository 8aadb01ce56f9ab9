"""Homes with planted versions and ledgers, and one real Prefect server for all tests of the session."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from warehouse.database import Warehouse
from warehouse.home import Home
from warehouse.snapshots import Content, Gate, IndexParameters, Manifest, Score, SnapshotStore
from warehouse.vectors import Vectors, as_ids

FIRST = date(2026, 3, 1)


@dataclass(frozen=True, slots=True)
class Planted:
    """A home whose versions and ledger are put there by hand; days are counted from the 1st of March 2026, as 1."""

    home: Home
    landed: list[int] = field(default_factory=list)

    @property
    def store(self) -> SnapshotStore:
        return SnapshotStore(self.home.snapshots)

    @staticmethod
    def day(number: int) -> date:
        return FIRST + timedelta(days=number - 1)

    @staticmethod
    def moment(number: int, hour: int = 3) -> datetime:
        """An hour of the morning after the day: when its night runs."""
        return datetime(2026, 3, 1, hour, tzinfo=UTC) + timedelta(days=number)

    def version(self, space: str, number: int, verdict: str = "pass", **changes: Any) -> str:
        """Write a version of a day and, where the gate lets it pass, point to it; returns its name.

        Its parent is the newest released version of an earlier day.
        """
        salt = changes.pop("salt", "")
        fingerprint = hashlib.sha256(f"{space} {number} {salt}".encode()).hexdigest()
        day = self.day(number)
        values: dict[str, Any] = {
            "space": space, "version": f"{day}-{fingerprint[:12]}", "fingerprint": fingerprint, "space_id": "one",
            "parent_version": self.store.released(space, before=day), "day": day, "known_as_of": day, "entity": "flit",
            "dim": 2, "metric": "cosine", "normalised": True, "score": Score(), "rows": 2, "coverage": {}, "inputs": {},
            "parameters": {}, "code_sha": "c", "lock_sha": "l", "seed": None, "gate": Gate(verdict=verdict),
            "created_at": self.moment(number),
        } | changes  # fmt: skip
        content = Content(Vectors(as_ids(["f1", "f2"]), np.eye(2, dtype=np.float32)))
        manifest = self.store.write(content, Manifest(**values), IndexParameters())
        current = self.store.current(space)
        if verdict != "block" and (current is None or self.store.manifest(space, current.version).day <= day):
            self.store.point(space, manifest.version, manifest.created_at)
        return manifest.version

    def land(self, *numbers: int, state: str = "loaded") -> None:
        """Write into the ledger that a file landed on each of these days."""
        with Warehouse.open(self.home.warehouse) as warehouse, warehouse.transaction():
            for number in numbers:
                day = self.day(number).isoformat()
                warehouse.rows(
                    "INSERT INTO ledger_file VALUES ('interactions', ?, ?, 9, ?, 3, 1, 1, 1, 0, ?, NULL, ?)",
                    [
                        f"interactions/{day}.jsonl",
                        hashlib.sha256(day.encode()).hexdigest(),
                        f"{day}T04",
                        state,
                        day,
                    ],
                )


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    root = tmp_path / "home"
    root.mkdir()
    return Planted(Home(root, tmp_path / "landing"))
