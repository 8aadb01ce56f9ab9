"""Shared by the tests of ingest: a home, a landing folder to put files in, and the tables as plain values."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import zstandard

from tasks.ingest.ingest_report import LINE_COUNTS, IngestReport, Pending
from tasks.ingest.parameters import IngestParameters, Source
from tasks.ingest.streams import STREAMS
from tasks.stages.ingest import ingest, pending, silent
from warehouse.duckdb.checks import COMPUTED, run_checks
from warehouse.duckdb.database import Warehouse
from warehouse.home import Home

DAY = date(2024, 3, 10)
Line = Mapping[str, Any] | bytes | str


def packed(content: bytes, name: str) -> bytes:
    """`content` as the ending of `name` says."""
    if name.endswith(".gz"):
        return gzip.compress(content, mtime=0)
    return (
        zstandard.ZstdCompressor(write_checksum=True).compress(content) if name.endswith(".zst") else content
    )


def json_lines(lines: Iterable[Line]) -> bytes:
    """Each line as it is, or as JSON, ended."""
    encoded = [
        line if isinstance(line, bytes) else (line if isinstance(line, str) else json.dumps(line)).encode()
        for line in lines
    ]
    return b"".join(line + b"\n" for line in encoded)


@dataclass
class Flutter:
    """A home under test, with a landing folder beside it."""

    home: Home
    parameters: IngestParameters = field(default_factory=IngestParameters)
    sources: dict[str, Source] = field(default_factory=lambda: {name: Source() for name in STREAMS})

    def interaction(self, number: int = 1, **changes: Any) -> dict[str, Any]:
        """A good line; a change to ... takes the field away."""
        line = {
            "event_id": f"e{number}",
            "occurred_at": f"2024-02-28T12:00:{number % 60:02d}.000Z",
            "bird_id": "012",
            "flit_id": f"f{number}",
            "kind": "click",
        }
        return {key: value for key, value in {**line, **changes}.items() if value is not ...}

    def land(self, path: str, lines: Iterable[Line]) -> Path:
        """Put JSON lines at `path` (`interactions/2024-03-09.jsonl`), packed as its name says."""
        return self.land_bytes(path, packed(json_lines(lines), path))

    def land_bytes(self, path: str, content: bytes) -> Path:
        place = self.home.landing / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        return place

    def ingest(
        self, day: date = DAY, known_as_of: date | None = None, report: Callable[[int, int], None] = silent
    ) -> IngestReport:
        return ingest(self.home, self.parameters, self.sources, day, known_as_of or day, report)

    def pending(self, known_as_of: date = DAY) -> Pending:
        return pending(self.home, self.sources, known_as_of)

    def with_limits(self, **limits: Any) -> Flutter:
        self.parameters = IngestParameters.model_validate(limits)
        return self

    def rows(self, query: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        with Warehouse.open(self.home.warehouse, read_only=True) as warehouse:
            return warehouse.rows(query, parameters)

    def ledger(self, path: str | None = None) -> list[dict[str, Any]]:
        """Ledger rows, those of `path` if given, loaded ones first."""
        names = f"path state {' '.join(LINE_COUNTS)} reason sha256 bytes landed_on loaded_for stream"
        query = f"SELECT {names.replace(' ', ', ')} FROM ledger_file ORDER BY path, state, sha256"
        rows = [dict(zip(names.split(), row, strict=True)) for row in self.rows(query)]
        return [row for row in rows if path in (None, row["path"])]

    def quarantine(self) -> list[tuple[str, int, str, bytes]]:
        return self.rows(
            "SELECT path, line_number, reason, raw FROM quarantine_line ORDER BY path, line_number"
        )

    def offenders(self) -> dict[str, list[tuple[Any, ...]]]:
        """Rows that break a check of the raw tables or the ledger."""
        with Warehouse.open(self.home.warehouse, read_only=True) as warehouse:
            found = run_checks(warehouse)
        of_lines = {name: rows.rows() for name, rows in found.items() if not name.startswith(COMPUTED)}
        assert len(of_lines) == 4
        return {name: rows for name, rows in of_lines.items() if rows}

    def content(self) -> dict[str, list[tuple[Any, ...]]]:
        """All tables, free of the short names that files were given in the order of loading."""
        queries = {
            "quarantine_line": "FROM quarantine_line ORDER BY ALL",
            "ledger_file": """
                SELECT * EXCLUDE (reason, loaded_for) FROM ledger_file WHERE state <> 'superseded' ORDER BY ALL
            """,
            "landed_file": "SELECT path, sha256, landed_day, unknown_fields FROM landed_file ORDER BY ALL",
        }
        for stream in STREAMS.values():
            queries[stream.table] = f"""
                SELECT path, line.* EXCLUDE (file_id) FROM {stream.table} AS line LEFT JOIN landed_file USING (file_id)
                ORDER BY path, line_number
            """
        with Warehouse.open(self.home.warehouse, read_only=True) as warehouse:
            return {table: warehouse.rows(query) for table, query in queries.items()}


@pytest.fixture
def flutter(tmp_path: Path) -> Flutter:
    return Flutter(Home(tmp_path / "home", tmp_path / "landing"))


@pytest.fixture
def pack() -> Callable[[bytes, str], bytes]:
    """Packs content as the ending of a name says."""
    return packed


@pytest.fixture(scope="session")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse file with the schema in it: a copy is quicker than a new one."""
    path = tmp_path_factory.mktemp("empty") / "warehouse.duckdb"
    with Warehouse.open(path):
        return path


@pytest.fixture
def new_flutter(tmp_path_factory: pytest.TempPathFactory, empty_warehouse: Path) -> Callable[[], Flutter]:
    """A maker of fresh homes, for properties that need one an example."""

    def make() -> Flutter:
        folder = tmp_path_factory.mktemp("flutter")
        (folder / "home").mkdir()
        shutil.copy(empty_warehouse, folder / "home" / "warehouse.duckdb")
        return Flutter(Home(folder / "home", folder / "landing"))

    return make


@pytest.fixture
def run_python() -> Callable[[str, str], subprocess.CompletedProcess[str]]:
    """Run a program text with one argument in a process of its own."""

    def run(program: str, argument: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", program, argument],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run
