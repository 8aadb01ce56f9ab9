"""Into the warehouse: files of one stream, with ledger, quarantine and duplicate flags, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from tasks.ingest.arrivals import FAULT_SCHEMA, FaultSpool, fault_table, in_row_groups, line_schema, placed
from tasks.ingest.judgement import JudgedLines
from tasks.ingest.landing import LandedFile
from tasks.ingest.ledger import Ledger, Loaded, LoadedFile, Refusal
from tasks.ingest.streams import Stream
from warehouse.duckdb.database import Warehouse

BATCH_BYTES = 64 << 20
BATCH_FILES = 256


@dataclass(slots=True)
class LineBatch:
    """Small files are gathered and go in together; a large one goes in by itself, streamed.

    What is not committed is lost. `scratch`: a folder for temporary files.
    """

    ledger: Ledger
    stream: Stream
    scratch: Path
    files: list[Loaded] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    confirmed: list[tuple[LandedFile, LoadedFile]] = field(default_factory=list)
    _lines: list[pa.Table] = field(default_factory=list)
    _faults: list[pa.Table] = field(default_factory=list)
    _bytes: int = 0

    @property
    def is_full(self) -> bool:
        entries = len(self.files) + len(self.refusals) + len(self.confirmed)
        return entries >= BATCH_FILES or self._bytes >= BATCH_BYTES

    def add(self, loaded: Loaded, parts: Iterable[JudgedLines]) -> None:
        """A small file, read to its end."""
        self.files.append(loaded)
        for judged in parts:
            if judged.table.num_rows:
                self._lines.append(placed(judged, loaded.file, loaded.file_id))
            if judged.faults:
                self._faults.append(fault_table(judged, loaded.file_id))
            self._bytes += judged.bytes

    def commit(self) -> None:
        """What was gathered goes in, or nothing of it; then the batch is empty."""
        if self.files or self.refusals or self.confirmed:
            with self.ledger.warehouse.transaction():
                if self.files:
                    self._insert(self._lines)
                    faults = pa.Table.from_batches(
                        [b for t in self._faults for b in t.to_batches()], FAULT_SCHEMA
                    )
                    self._load(faults)
                for refusal in self.refusals:
                    self.ledger.refuse(refusal)
                for file, standing in self.confirmed:
                    self.ledger.confirm(file, standing)
        self.files, self.refusals, self.confirmed = [], [], []
        self._lines, self._faults, self._bytes = [], [], 0

    def commit_large(
        self, place: tuple[LandedFile, int], parts: Iterator[JudgedLines], end: Callable[[], Loaded]
    ) -> None:
        """One file, while it is being read; `place`: the file and its file_id; `end` tells what it held.

        What `parts` or `end` raise comes out, and nothing of the file stays.
        """
        self.commit()
        spool = FaultSpool(self.scratch)

        def lines() -> Iterator[pa.Table]:
            for judged in parts:
                if judged.faults:
                    spool.add(fault_table(judged, place[1]))
                yield placed(judged, *place)

        with self.ledger.warehouse.transaction():
            self._insert(lines())
            self.files = [end()]
            self._load(spool.reader())
        self.files = []

    def _insert(self, tables: Iterable[pa.Table]) -> None:
        """Add lines to the stream's table. What `tables` raises comes out as it was, not as DuckDB tells it."""
        raised: list[BaseException] = []

        def batches() -> Iterator[pa.RecordBatch]:
            try:
                yield from in_row_groups(tables)
            except BaseException as error:
                raised.append(error)
                raise

        schema = line_schema(self.stream)
        names = ", ".join(schema.names)
        try:
            with self.ledger.warehouse.view_of(
                "arriving", pa.RecordBatchReader.from_batches(schema, batches())
            ):
                self.ledger.warehouse.execute(
                    f"INSERT INTO {self.stream.table} ({names}, duplicate) SELECT {names}, false FROM arriving"
                )
        except duckdb.Error as error:
            if raised:
                raise raised[0] from error
            raise

    def _load(self, faults: pa.Table | pa.RecordBatchReader) -> None:
        """All that follows from lines that stand in the table."""
        warehouse = self.ledger.warehouse
        first = min(loaded.file_id for loaded in self.files)
        duplicates = Duplicates(warehouse, self.stream, first)
        replaced = [loaded.replaces for loaded in self.files if loaded.replaces is not None]
        warehouse.execute(_REPLACED, [replaced])
        duplicates.note_touched()
        for statement in _REPLACE if replaced else ():
            warehouse.execute(statement.format(table=self.stream.table))
        self.ledger.enter(self.files)
        with warehouse.view_of("faulty", faults):
            warehouse.execute(_QUARANTINE)
        duplicates.flag()


_REPLACED = """
CREATE OR REPLACE TEMP TABLE replaced AS
SELECT file_id, path FROM landed_file WHERE file_id IN (SELECT unnest(?::INTEGER[]))
"""
_REPLACE = (
    "DELETE FROM {table} WHERE file_id IN (SELECT file_id FROM replaced)",
    "DELETE FROM quarantine_line WHERE path IN (SELECT path FROM replaced)",
)
_QUARANTINE = """
INSERT INTO quarantine_line
SELECT path, sha256, line_number, reason, raw
FROM faulty JOIN landed_file USING (file_id)
ORDER BY path, line_number
"""

_TWICE = """
CREATE OR REPLACE TEMP TABLE touched AS
SELECT {key} AS key FROM {table} WHERE file_id >= {first} GROUP BY key HAVING count(*) > 1
"""
_KNOWN = """
INSERT INTO touched
SELECT DISTINCT {key} FROM {table}
WHERE file_id < {first} AND {key} IN (SELECT {key} FROM {table} WHERE file_id >= {first})
"""
_TAKEN_AWAY = (
    "INSERT INTO touched SELECT DISTINCT {key} FROM {table} WHERE file_id IN (SELECT file_id FROM replaced)"
)

_FLIPPED = """
CREATE OR REPLACE TEMP TABLE flipped AS
WITH standing AS (
    SELECT line.rowid AS row_id, line.*, ledger_file.landed_on, landed_file.path
    FROM {table} AS line
    JOIN landed_file USING (file_id)
    JOIN ledger_file USING (path, sha256)
    WHERE {key} IN (SELECT key FROM touched)
),
judged AS (
    SELECT row_id, file_id, duplicate, conflict, {repeats} AS repeats, {differs} AS differs
    FROM standing
    WINDOW earlier AS (PARTITION BY {key} ORDER BY landed_on, path, line_number)
)
SELECT * FROM judged WHERE repeats <> duplicate OR differs <> conflict
"""
_FLAG = """
UPDATE {table} SET duplicate = repeats, conflict = differs FROM flipped WHERE {table}.rowid = flipped.row_id
"""
_COUNT = """
UPDATE ledger_file SET
    accepted = accepted - more, duplicates = duplicates + more - more_differ, conflicts = conflicts + more_differ
FROM (
    SELECT
        path,
        sha256,
        sum(repeats::INTEGER - duplicate::INTEGER)::BIGINT AS more,
        sum(differs::INTEGER - conflict::INTEGER)::BIGINT AS more_differ
    FROM flipped JOIN landed_file USING (file_id)
    GROUP BY path, sha256
) AS change
WHERE ledger_file.path = change.path AND ledger_file.sha256 = change.sha256
"""


@dataclass(frozen=True, slots=True)
class Duplicates:
    """The flags of one stream's table: `duplicate`, and `conflict` where a duplicate by its key has other content.

    `first_file_id`: files from this one on belong to the batch. Expects a table `replaced` with the file_ids of the
    earlier selves of its revisions.
    """

    warehouse: Warehouse
    stream: Stream
    first_file_id: int

    def note_touched(self) -> None:
        """While the batch's lines and the earlier selves both stand: find the keys whose flags may change."""
        self._run(_TWICE)
        if self.warehouse.rows(
            f"SELECT 1 FROM {self.stream.table} WHERE file_id < {self.first_file_id} LIMIT 1"
        ):
            self._run(_KNOWN)
            self._run(_TAKEN_AWAY)

    def flag(self) -> None:
        """Once the earlier selves are gone: set the flags of these keys, and the counts of the files they are in."""
        if self.warehouse.rows("SELECT 1 FROM touched LIMIT 1"):
            for statement in (_FLIPPED, _FLAG, _COUNT):
                self._run(statement)

    def _run(self, statement: str) -> None:
        names = {
            "table": self.stream.table,
            "key": self._key,
            "first": self.first_file_id,
            "repeats": self._repeats,
            "differs": self._differs,
        }
        self.warehouse.execute(statement.format(**names))

    @property
    def _key(self) -> str:
        """A struct where several fields identify a line: nulls in structs are equal."""
        return self.stream.key[0] if len(self.stream.key) == 1 else _struct(self.stream.key)

    @property
    def _repeats(self) -> str:
        if not self.stream.states:
            return "row_number() OVER earlier > 1"
        state = _struct(self.stream.names)
        return f"row_number() OVER earlier > 1 AND {state} IS NOT DISTINCT FROM lag({state}) OVER earlier"

    @property
    def _differs(self) -> str:
        """Of an event: whether the line says something else than the first with its key. A later state may differ."""
        if self.stream.states or set(self.stream.key) == set(self.stream.names):
            return "false"
        content = _struct(self.stream.names)
        return f"{content} IS DISTINCT FROM first_value({content}) OVER earlier"


def _struct(names: tuple[str, ...]) -> str:
    return "{" + ", ".join(f"'{name}': {name}" for name in names) + "}"
