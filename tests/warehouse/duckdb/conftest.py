"""A warehouse into which tests land lines by hand, as ingest would leave them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tasks.stages.features import FeatureParameters, FeatureReport, features
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.features import AsOf
from warehouse.home import Home

TABLES = {
    "interactions": "raw_interaction",
    "flits": "raw_flit",
    "birds": "raw_bird",
    "follows": "raw_follow",
}


@dataclass
class Landing:
    """Files planted in the warehouse of `home`; a line is a dict, `duplicate` true where it repeats one."""

    home: Home
    paths: list[str] = field(default_factory=list)

    def land(
        self, stream: str, landed_on: str, lines: Sequence[dict[str, Any]], folder: str | None = None
    ) -> str:
        """Land a file in the folder, by default the stream's; returns its path."""
        path = f"{folder or stream}/{landed_on}.{len(self.paths):04}.jsonl"
        self.paths.append(path)
        with Warehouse.open(self.home.warehouse) as warehouse, warehouse.transaction():
            self._load(warehouse, stream, path, lines)
        return path

    def revise(self, path: str, lines: Sequence[dict[str, Any]]) -> None:
        """Replace what the file at `path` brought in."""
        stream = path.split("/")[0]
        with Warehouse.open(self.home.warehouse) as warehouse, warehouse.transaction():
            self._unload(warehouse, path)
            self._load(warehouse, stream, path, lines)

    def withdraw(self, path: str) -> None:
        with Warehouse.open(self.home.warehouse) as warehouse, warehouse.transaction():
            self._unload(warehouse, path)

    def clear(self) -> None:
        """Forget all that landed and all that was computed."""
        with Warehouse.open(self.home.warehouse) as warehouse, warehouse.transaction():
            tables = warehouse.rows(
                "SELECT table_name FROM duckdb_tables() WHERE table_name <> 'schema_version'"
            )
            for (table,) in tables:
                warehouse.execute(f"DELETE FROM {table}")
        self.paths.clear()

    def _load(self, warehouse: Warehouse, stream: str, path: str, lines: Sequence[dict[str, Any]]) -> None:
        landed_on = path.split("/")[1].split(".")[0]
        landed_day = date.fromisoformat(landed_on[:10])
        sha256 = hashlib.sha256(repr(lines).encode()).hexdigest()
        duplicates = sum(bool(line.get("duplicate")) for line in lines)
        accepted = len(lines) - duplicates
        warehouse.execute(
            "INSERT INTO ledger_file VALUES (?, ?, ?, 1, ?, ?, ?, ?, 0, 0, 0, 0, 0, 'loaded', NULL, ?)",
            [stream, path, sha256, landed_on, len(lines), accepted, duplicates, landed_day],
        )
        file_id = warehouse.rows("SELECT coalesce(max(file_id), 0) + 1 FROM landed_file")[0][0]
        warehouse.execute(
            "INSERT INTO landed_file VALUES (?, ?, ?, ?, 0, 0, '{}', '{}', NULL)",
            [file_id, path, sha256, landed_day],
        )
        if lines:
            origin = {"landed_day": landed_day, "file_id": file_id}
            rows = [{"duplicate": False, **line, **origin} for line in lines]
            frame = pl.DataFrame(rows, infer_schema_length=None).with_row_index("line_number", offset=1)
            with warehouse.view_of("landed_line", frame):
                warehouse.execute(f"INSERT INTO {TABLES[stream]} BY NAME SELECT * FROM landed_line")

    def _unload(self, warehouse: Warehouse, path: str) -> None:
        file_id = warehouse.rows("SELECT file_id FROM landed_file WHERE path = ?", [path])[0][0]
        for table in TABLES.values():
            warehouse.execute(f"DELETE FROM {table} WHERE file_id = ?", [file_id])
        warehouse.execute("DELETE FROM landed_file WHERE path = ?", [path])
        warehouse.execute("UPDATE ledger_file SET state = 'superseded' WHERE path = ?", [path])


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(Home(tmp_path / "home", tmp_path / "landing"))


@pytest.fixture(scope="module")
def shared_landing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Landing]:
    """One warehouse, held open, for the many examples of a property; each example begins with `clear()`."""
    root = tmp_path_factory.mktemp("shared")
    shared = Landing(Home(root / "home", root / "landing"))
    with Warehouse.open(shared.home.warehouse):
        yield shared


@pytest.fixture(scope="session")
def build() -> Callable[..., FeatureReport]:
    """Run the features stage for a night, known on the night itself unless told otherwise."""

    def run(
        landing: Landing,
        day: date,
        known_as_of: date | None = None,
        parameters: FeatureParameters | None = None,
    ) -> FeatureReport:
        return features(landing.home, parameters or FeatureParameters(), day, known_as_of or day)

    return run


@pytest.fixture(scope="session")
def read() -> Callable[..., Any]:
    """Call a reader on the landing's warehouse, as of a night known on itself unless told otherwise."""

    def run(
        reader: Callable[..., Any],
        landing: Landing,
        day: date,
        known_as_of: date | None = None,
        **options: Any,
    ) -> Any:
        bounds = {key: options.pop(key) for key in ("window", "until") if key in options}
        with Warehouse.open(landing.home.warehouse) as warehouse:
            return reader(warehouse, AsOf(day, known_as_of or day, **bounds), **options)

    return run


@pytest.fixture(scope="session")
def interaction() -> Callable[..., dict[str, Any]]:
    """A line of interactions; its event_id is made of its fields unless given."""

    def make(
        bird_id: str, flit_id: str, occurred_at: datetime | str, kind: str = "click", **fields: Any
    ) -> dict[str, Any]:
        moment = datetime.fromisoformat(occurred_at) if isinstance(occurred_at, str) else occurred_at
        event = {"bird_id": bird_id, "flit_id": flit_id, "occurred_at": moment, "kind": kind}
        return {"event_id": f"{bird_id}-{flit_id}-{moment}-{kind}", **event, **fields}

    return make


@pytest.fixture(scope="session")
def flit() -> Callable[..., dict[str, Any]]:
    """A line of flits."""

    def make(
        flit_id: str, bird_id: str, posted_at: str, text: str = "a text", **fields: Any
    ) -> dict[str, Any]:
        moment = datetime.fromisoformat(posted_at)
        return {"flit_id": flit_id, "bird_id": bird_id, "posted_at": moment, "text": text, **fields}

    return make
