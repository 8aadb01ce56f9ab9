"""Judged lines on their way into the warehouse, as streams of Arrow batches, made ahead while the warehouse writes."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Full, Queue
from threading import Event, Thread
from typing import IO, TypeVar

import pyarrow as pa

from tasks.ingest.judgement import ARROW, JudgedLines
from tasks.ingest.landing import LandedFile
from tasks.ingest.streams import Stream

T = TypeVar("T")
_POLL_S = 0.05
ROW_GROUP = 122_880
"""Rows of a row group of DuckDB: batches of this size are compressed once and written at once."""

FAULT_SCHEMA = pa.schema(
    [("file_id", pa.int32()), ("line_number", pa.int64()), ("reason", pa.string()), ("raw", pa.binary())]
)


def line_schema(stream: Stream) -> pa.Schema:
    """The columns of accepted lines: the stream's fields, and where each line stands."""
    places = [("line_number", pa.int64()), ("landed_day", pa.date32()), ("file_id", pa.int32())]
    return pa.schema([(f.name, ARROW[f.kind]) for f in stream.fields] + places)


def placed(judged: JudgedLines, file: LandedFile, file_id: int) -> pa.Table:
    """The accepted lines of a part of a file, with their place."""
    rows = judged.table.num_rows
    table = judged.table.append_column("landed_day", pa.repeat(pa.scalar(file.landed_on.day), rows))
    return table.append_column("file_id", pa.repeat(pa.scalar(file_id, pa.int32()), rows))


def fault_table(judged: JudgedLines, file_id: int) -> pa.Table:
    """The faulty lines of a part of a file."""
    faults = judged.faults
    columns = {
        "file_id": [file_id] * len(faults),
        "line_number": [fault.line_number for fault in faults],
        "reason": [fault.reason for fault in faults],
        "raw": [fault.raw for fault in faults],
    }
    return pa.table(columns, schema=FAULT_SCHEMA)


def in_row_groups(tables: Iterable[pa.Table]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of ROW_GROUP rows, the last one shorter."""
    held: list[pa.Table] = []
    rows = 0
    for table in tables:
        held.append(table)
        rows += table.num_rows
        if rows >= ROW_GROUP:
            whole = pa.concat_tables(held)
            end = rows - rows % ROW_GROUP
            for start in range(0, end, ROW_GROUP):
                yield from whole.slice(start, ROW_GROUP).combine_chunks().to_batches()
            held, rows = [whole.slice(end)], rows - end
    if rows:
        yield from pa.concat_tables(held).combine_chunks().to_batches()


@dataclass(slots=True)
class FaultSpool:
    """Faulty lines, kept in a temporary file in `folder`: a bad file may have more of them than fit in memory."""

    folder: Path
    _file: IO[bytes] = field(init=False)
    _writer: pa.ipc.RecordBatchStreamWriter = field(init=False)

    def __post_init__(self) -> None:
        self._file = tempfile.TemporaryFile(dir=self.folder)  # noqa: SIM115 - gone with the spool
        self._writer = pa.ipc.new_stream(self._file, FAULT_SCHEMA)

    def add(self, faults: pa.Table) -> None:
        self._writer.write_table(faults)

    def reader(self) -> pa.RecordBatchReader:
        """All that was added; nothing can be added after."""
        self._writer.close()
        self._file.seek(0)
        return pa.ipc.open_stream(self._file)


def ahead(items: Iterator[T], depth: int = 2) -> Generator[T, None, None]:
    """The same items in the same order, up to `depth` of them made before they are asked for.

    An exception comes out where its item would have. A consumer that stops early stops the thread.
    """
    queue: Queue[tuple[str, T | BaseException | None]] = Queue(depth)
    stopped = Event()

    def put(entry: tuple[str, T | BaseException | None]) -> None:
        while not stopped.is_set():
            try:
                queue.put(entry, timeout=_POLL_S)
            except Full:
                continue
            return

    def work() -> None:
        try:
            for item in items:
                put(("item", item))
                if stopped.is_set():
                    return
            put(("end", None))
        except BaseException as error:  # noqa: BLE001 - handed to the consumer, who raises it
            put(("error", error))

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            kind, content = queue.get()
            if kind == "end":
                return
            if kind == "error":
                assert isinstance(content, BaseException)
                raise content
            yield content  # type: ignore[misc]
    finally:
        stopped.set()
        thread.join()
