"""Into the warehouse: files of one stream, with ledger, quarantine and duplicate flags, in one transaction."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import pyarrow as pa

from tasks.ingest.duplicates import Duplicates
from tasks.ingest.faults import Fault
from tasks.ingest.judgement import Judged
from tasks.ingest.landing import LandedFile
from tasks.ingest.ledger import Ledger, Loaded, Refusal
from tasks.ingest.memory import Standing
from tasks.ingest.streams import Stream

FLUSH_ROWS = 4 * 122_880  # row groups of DuckDB
BATCH_ROWS = 1_000_000
BATCH_FILES = 256


@dataclass(slots=True)
class Batch:
    """Files on their way in. Lines are held as Arrow tables and, beyond FLUSH_ROWS, in an open transaction.

    Use it as a context manager: `commit` after each file that fills it and at the end; what is not committed is lost.
    `first_file_id`: the least that a file of this batch may have; file_ids never decrease.
    """

    ledger: Ledger
    stream: Stream
    first_file_id: int
    files: list[Loaded] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    confirmed: list[tuple[LandedFile, Standing]] = field(default_factory=list)
    _tables: list[tuple[int, pa.Table]] = field(default_factory=list)
    _faults: list[tuple[int, pa.Table]] = field(default_factory=list)
    _held: int = 0
    _transaction: ExitStack = field(default_factory=ExitStack)
    _begun: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._transaction.__exit__(kind, error, trace)

    @property
    def is_full(self) -> bool:
        entries = len(self.files) + len(self.refusals) + len(self.confirmed)
        return entries >= BATCH_FILES or sum(loaded.lines for loaded in self.files) >= BATCH_ROWS

    def add(self, file: LandedFile, file_id: int, judged: Judged) -> None:
        """Take lines of a file; they count once the file is in `files`."""
        rows = judged.table.num_rows
        if rows:
            table = judged.table.append_column("landed_day", pa.repeat(pa.scalar(file.landed_on.day), rows))
            table = table.append_column("file_id", pa.repeat(pa.scalar(file_id, pa.int32()), rows))
            self._tables.append((file_id, table))
        if judged.faults:
            self._faults.append((file_id, _fault_table(file_id, judged.faults)))
        self._held += rows + len(judged.faults)
        if self._held >= FLUSH_ROWS:
            self._flush()

    def drop(self, file_id: int) -> None:
        """Take back the lines of a file."""
        self._tables = [entry for entry in self._tables if entry[0] != file_id]
        self._faults = [entry for entry in self._faults if entry[0] != file_id]
        if self._begun:
            for table in (self.stream.table, "staged_fault"):
                self.ledger.warehouse.execute(f"DELETE FROM {table} WHERE file_id = ?", [file_id])

    def commit(self, next_file_id: int) -> None:
        """Everything goes in, or nothing; then the batch is empty, and its files begin with `next_file_id`."""
        if self.files or self.refusals or self.confirmed:
            self._flush()
            self._load()
            for refusal in self.refusals:
                self.ledger.refuse(refusal)
            for file, standing in self.confirmed:
                self.ledger.confirm(file, standing)
        self._transaction.close()
        self._begun = False
        self.files, self.refusals, self.confirmed, self._held = [], [], [], 0
        self.first_file_id = next_file_id

    def _load(self) -> None:
        if not self.files:
            return
        duplicates = Duplicates(self.ledger.warehouse, self.stream, self.first_file_id)
        self._note_replaced()
        duplicates.note_touched()
        for statement in _REPLACE:
            self.ledger.warehouse.execute(statement.format(table=self.stream.table))
        self.ledger.enter(self.files)
        self.ledger.warehouse.execute(_QUARANTINE)
        duplicates.flag()

    def _note_replaced(self) -> None:
        """The table `replaced`: file_id and path of the earlier selves of revisions."""
        ids = [loaded.replaces for loaded in self.files if loaded.replaces is not None]
        self.ledger.warehouse.execute(
            "CREATE OR REPLACE TEMP TABLE replaced AS "
            "SELECT file_id, path FROM landed_file WHERE file_id IN (SELECT unnest(?::INTEGER[]))",
            [ids],
        )

    def _flush(self) -> None:
        """Hand what is held to the warehouse, within the transaction."""
        warehouse = self.ledger.warehouse
        if not self._begun:
            self._transaction.enter_context(warehouse.transaction())
            warehouse.execute(_STAGED_FAULT)
            self._begun = True
        names = ", ".join((*self.stream.names, "landed_day", "file_id", "line_number"))
        if self._tables:
            with warehouse.view_of("arriving", pa.concat_tables([table for _, table in self._tables])):
                warehouse.execute(
                    f"INSERT INTO {self.stream.table} ({names}, duplicate) SELECT {names}, false FROM arriving"
                )
        if self._faults:
            with warehouse.view_of("arriving", pa.concat_tables([table for _, table in self._faults])):
                warehouse.execute("INSERT INTO staged_fault FROM arriving")
        self._tables, self._faults, self._held = [], [], 0


_STAGED_FAULT = """
CREATE OR REPLACE TEMP TABLE staged_fault (file_id INTEGER, line_number BIGINT, reason VARCHAR, raw BLOB)
"""
_REPLACE = (
    "DELETE FROM {table} WHERE file_id IN (SELECT file_id FROM replaced)",
    "DELETE FROM quarantine_line WHERE path IN (SELECT path FROM replaced)",
)
_QUARANTINE = """
INSERT INTO quarantine_line
SELECT path, sha256, line_number, reason, raw
FROM staged_fault JOIN landed_file USING (file_id)
ORDER BY path, line_number
"""


def _fault_table(file_id: int, faults: list[Fault]) -> pa.Table:
    return pa.table(
        {
            "file_id": pa.repeat(pa.scalar(file_id, pa.int32()), len(faults)),
            "line_number": pa.array([fault.line_number for fault in faults], pa.int64()),
            "reason": pa.array([fault.reason for fault in faults], pa.string()),
            "raw": pa.array([fault.raw for fault in faults], pa.binary()),
        }
    )
