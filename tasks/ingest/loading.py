"""Into the warehouse: a batch of files goes in with its ledger, quarantine and duplicate flags in one transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

from tasks.ingest.duplicates import Duplicates
from tasks.ingest.faults import Fault
from tasks.ingest.judgement import Judged
from tasks.ingest.landing import LandedFile
from tasks.ingest.streams import Stream
from warehouse.database import Warehouse

FLUSH_ROWS = 122_880  # a row group of DuckDB
BATCH_ROWS = 1_000_000
BATCH_FILES = 256


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file whose lines are staged. `accepted` still counts duplicates; `revision`: an earlier self stands."""

    file: LandedFile
    file_id: int
    sha256: str
    accepted: int
    quarantined: int
    blank: int
    unknown: dict[str, int]
    revision: bool

    @property
    def lines(self) -> int:
        return self.accepted + self.quarantined + self.blank


@dataclass(slots=True)
class Staging:
    """Lines on their way into the table of one stream: held as Arrow, spilled to temporary tables of DuckDB."""

    warehouse: Warehouse
    stream: Stream
    loaded_for: date
    files: list[Loaded] = field(default_factory=list)
    _tables: list[pa.Table] = field(default_factory=list)
    _faults: list[pa.Table] = field(default_factory=list)
    _held: int = 0
    _rows: int = 0

    def __post_init__(self) -> None:
        self._empty()

    @property
    def is_full(self) -> bool:
        return self._rows >= BATCH_ROWS or len(self.files) >= BATCH_FILES

    def add(self, file: LandedFile, file_id: int, judged: Judged) -> None:
        """Stage lines of a file; they count only once the file is `kept`."""
        rows = judged.table.num_rows
        if rows:
            table = judged.table.append_column("landed_day", pa.repeat(pa.scalar(file.landed_on.day), rows))
            self._tables.append(
                table.append_column("file_id", pa.repeat(pa.scalar(file_id, pa.int32()), rows))
            )
        if judged.faults:
            self._faults.append(_fault_table(file, file_id, judged.faults))
        self._held += rows + len(judged.faults)
        self._rows += rows
        if self._held >= FLUSH_ROWS:
            self._flush()

    def keep(self, loaded: Loaded) -> None:
        """All lines of the file are staged, and it may go in."""
        self.files.append(loaded)

    def drop(self, file_id: int) -> None:
        """Take back what was staged of a refused file."""
        self._flush()
        self.warehouse.execute("DELETE FROM staged WHERE file_id = ?", [file_id])
        self.warehouse.execute("DELETE FROM staged_fault WHERE file_id = ?", [file_id])

    def commit(self) -> None:
        """Everything staged goes in, or nothing."""
        if not self.files:
            return
        self._flush()
        duplicates = Duplicates(self.warehouse, self.stream)
        with self.warehouse.view_of("loaded", self._ledger()), self.warehouse.transaction():
            duplicates.note_touched()
            self._replace_earlier_selves()
            for statement in _LOAD:
                self.warehouse.execute(statement.format(table=self.stream.table))
            duplicates.flag()
        self._empty()

    def _empty(self) -> None:
        self.warehouse.execute(f"CREATE OR REPLACE TEMP TABLE staged AS FROM {self.stream.table} LIMIT 0")
        self.warehouse.execute(
            "CREATE OR REPLACE TEMP TABLE staged_fault AS SELECT *, 0::INTEGER AS file_id FROM quarantine_line LIMIT 0"
        )
        self.files, self._tables, self._faults, self._held, self._rows = [], [], [], 0, 0

    def _flush(self) -> None:
        names = ", ".join((*self.stream.names, "landed_day", "file_id", "line_number"))
        if self._tables:
            with self.warehouse.view_of("arriving", pa.concat_tables(self._tables)):
                self.warehouse.execute(
                    f"INSERT INTO staged ({names}, duplicate) SELECT {names}, false FROM arriving"
                )
        if self._faults:
            with self.warehouse.view_of("arriving", pa.concat_tables(self._faults)):
                self.warehouse.execute(
                    "INSERT INTO staged_fault BY NAME SELECT *, NULL AS sha256 FROM arriving"
                )
        self._tables, self._faults, self._held = [], [], 0

    def _replace_earlier_selves(self) -> None:
        revised = [loaded.file_id for loaded in self.files if loaded.revision]
        if revised:
            self.warehouse.execute(
                f"DELETE FROM {self.stream.table} WHERE file_id IN (SELECT unnest(?))", [revised]
            )
            paths = [loaded.file.path for loaded in self.files if loaded.revision]
            self.warehouse.execute("DELETE FROM quarantine_line WHERE path IN (SELECT unnest(?))", [paths])

    def _ledger(self) -> pa.Table:
        return pa.Table.from_pylist(
            [_ledger_row(loaded, self.loaded_for) for loaded in self.files], _LEDGER_SCHEMA
        )


_LEDGER_SCHEMA = pa.schema(
    [
        ("file_id", pa.int32()),
        ("stream", pa.string()),
        ("path", pa.string()),
        ("sha256", pa.string()),
        ("bytes", pa.int64()),
        ("landed_on", pa.string()),
        ("landed_day", pa.date32()),
        ("lines", pa.int64()),
        ("accepted", pa.int64()),
        ("quarantined", pa.int64()),
        ("blank", pa.int64()),
        ("modified_ns", pa.int64()),
        ("changed_ns", pa.int64()),
        ("unknown_fields", pa.string()),
        ("loaded_for", pa.date32()),
    ]
)

SUPERSEDE = """
UPDATE ledger_file SET
    state = 'superseded',
    reason = concat_ws('; ', ledger_file.reason, 'replaced by sha256 ' || loaded.sha256)
FROM loaded
WHERE ledger_file.path = loaded.path AND ledger_file.sha256 <> loaded.sha256 AND ledger_file.state <> 'superseded'
"""

_LOAD = (
    "INSERT INTO {table} FROM staged",
    """
    INSERT INTO quarantine_line
    SELECT path, loaded.sha256, line_number, reason, raw
    FROM staged_fault JOIN loaded USING (path)
    ORDER BY path, line_number
    """,
    SUPERSEDE,
    """
    INSERT INTO ledger_file BY NAME
    SELECT stream, path, sha256, bytes, landed_on, lines, accepted, 0 AS duplicates, quarantined, blank,
        'loaded' AS state, NULL AS reason, loaded_for
    FROM loaded
    ON CONFLICT (path, sha256) DO UPDATE SET
        stream = excluded.stream, bytes = excluded.bytes, landed_on = excluded.landed_on, lines = excluded.lines,
        accepted = excluded.accepted, duplicates = excluded.duplicates, quarantined = excluded.quarantined,
        blank = excluded.blank, state = excluded.state, reason = excluded.reason, loaded_for = excluded.loaded_for
    """,
    """
    UPDATE landed_file SET
        sha256 = loaded.sha256, landed_day = loaded.landed_day, modified_ns = loaded.modified_ns,
        changed_ns = loaded.changed_ns, unknown_fields = loaded.unknown_fields
    FROM loaded
    WHERE landed_file.file_id = loaded.file_id
    """,
    """
    INSERT INTO landed_file
    SELECT file_id, path, sha256, landed_day, modified_ns, changed_ns, unknown_fields
    FROM loaded
    WHERE file_id NOT IN (SELECT file_id FROM landed_file)
    """,
)


def _ledger_row(loaded: Loaded, loaded_for: date) -> dict[str, object]:
    file = loaded.file
    return {
        "file_id": loaded.file_id,
        "stream": file.log.stream.name,
        "path": file.path,
        "sha256": loaded.sha256,
        "bytes": file.stamp.bytes,
        "landed_on": str(file.landed_on),
        "landed_day": file.landed_on.day,
        "lines": loaded.lines,
        "accepted": loaded.accepted,
        "quarantined": loaded.quarantined,
        "blank": loaded.blank,
        "modified_ns": file.stamp.modified_ns,
        "changed_ns": file.stamp.changed_ns,
        "unknown_fields": json.dumps(loaded.unknown, sort_keys=True, ensure_ascii=False),
        "loaded_for": loaded_for,
    }


def _fault_table(file: LandedFile, file_id: int, faults: list[Fault]) -> pa.Table:
    return pa.table(
        {
            "path": pa.repeat(pa.scalar(file.path), len(faults)),
            "line_number": pa.array([fault.line_number for fault in faults], pa.int64()),
            "reason": pa.array([fault.reason for fault in faults], pa.string()),
            "raw": pa.array([fault.raw for fault in faults], pa.binary()),
            "file_id": pa.repeat(pa.scalar(file_id, pa.int32()), len(faults)),
        }
    )
