"""Parquet files, read in batches. Text columns are taken as dictionaries first, so that a text of a megabyte that
stands in a million rows is noticed before it is spelled out a million times.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
from numpy.typing import NDArray

from tasks.ingest.records import Column, Fault, Parsed, Refused, is_utf8, readable

BATCH_ROWS = 65_536
_EXPECTED = {
    "text": "text",
    "time": "timestamp or text",
    "date": "date or text",
    "integer": "whole number",
    "epoch": "whole number or timestamp",
    "boolean": "boolean",
    "texts": "list of texts",
}


@dataclass(frozen=True)
class ParquetRows:
    """A reader of Parquet that takes `columns` and counts the others. A line is a row."""

    columns: tuple[Column, ...]
    required: frozenset[str]
    max_line_bytes: int
    max_rows: int
    count: Callable[[int], None]
    """Called with bytes that the file has grown to; raises Refused beyond the limits."""

    def parse(self, source: BinaryIO) -> Iterator[Parsed]:
        """Refused where the file is damaged or has columns of other types."""
        try:
            yield from self._parse(source)
        except (pa.ArrowException, OSError) as error:
            raise Refused(f"damaged: {str(error).splitlines()[0]}") from error

    def _parse(self, source: BinaryIO) -> Iterator[Parsed]:
        schema = pa.parquet.read_schema(source)
        present = [column for column in self.columns if column.name in schema.names]
        self._check(schema)
        texts = [c.name for c in present if _is_text(schema.field(c.name).type)]
        source.seek(0)
        file = pa.parquet.ParquetFile(
            source, read_dictionary=texts, buffer_size=1 << 20, page_checksum_verification=True
        )
        if file.metadata.num_rows > self.max_rows:
            raise Refused(f"{file.metadata.num_rows} rows, more than ingest.max_rows = {self.max_rows}")
        self.count(
            sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups))
        )
        first, others = (
            1,
            [name for name in schema.names if name not in {column.name for column in self.columns}],
        )
        for batch in file.iter_batches(BATCH_ROWS, columns=[column.name for column in present]):
            for part in self._slices(batch):
                yield self._parsed(part, first, others)
                first += part.num_rows

    def _check(self, schema: pa.Schema) -> None:
        missing = sorted(self.required - set(schema.names))
        if missing:
            raise Refused(
                f"the Parquet schema lacks {', '.join(missing)}; found {', '.join(schema.names)[:200]}"
            )
        for column in self.columns:
            if schema.names.count(column.name) > 1:
                raise Refused(f"the Parquet schema names {column.name!r} twice")
            if column.name in schema.names and not _fits(schema.field(column.name).type, column):
                found = schema.field(column.name).type
                raise Refused(f"mistyped: column {column.name} is {found}, expected {_EXPECTED[column.kind]}")

    def _slices(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """The batch in slices that stay small when spelled out."""
        sizes = _row_bytes(batch)
        self.count(int(sizes.sum()))
        room = max(16 << 20, self.max_line_bytes)
        groups = np.cumsum(np.minimum(sizes, self.max_line_bytes)) // room
        starts = np.flatnonzero(np.diff(groups, prepend=-1))
        for start, end in zip(starts, [*starts[1:], batch.num_rows], strict=True):
            yield batch.slice(int(start), int(end - start))

    def _parsed(self, batch: pa.RecordBatch, first: int, others: list[str]) -> Parsed:
        lines = np.arange(first, first + batch.num_rows, dtype=np.int64)
        reasons = self._reasons(batch)
        faults = [
            Fault(int(lines[row]), reason, _shown(batch.slice(row, 1))[: self.max_line_bytes])
            for row, reason in sorted(reasons.items())
        ]
        if reasons:
            keep = np.ones(batch.num_rows, dtype=bool)
            keep[list(reasons)] = False
            batch, lines = batch.filter(pa.array(keep)), lines[keep]
        table = pa.table([_spelled_out(column) for column in batch.columns], names=batch.schema.names)
        unknown = dict.fromkeys(others, len(lines)) if len(lines) else {}
        return Parsed(table, lines, lambda row: _shown(table.slice(row, 1)), faults, unknown=unknown)

    def _reasons(self, batch: pa.RecordBatch) -> dict[int, str]:
        """Row → why it cannot be a line."""
        sizes = _row_bytes(batch)
        found = {
            int(row): f"oversized: the row has {sizes[row]} bytes, at most {self.max_line_bytes}"
            for row in np.flatnonzero(sizes > self.max_line_bytes)
        }
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if pa.types.is_dictionary(column.type):
                wrong = [_undecodable(value) for value in column.dictionary.cast(pa.binary()).to_pylist()]
                if any(wrong):
                    for row, place in enumerate(column.indices.to_pylist()):
                        if place is not None and wrong[place]:
                            found.setdefault(row, f"undecodable: {name} holds {wrong[place]}")
        return found


def _undecodable(value: bytes | None) -> str | None:
    if value is None or (b"\0" not in value and is_utf8(value)):
        return None
    return "a NUL character" if b"\0" in value else "bytes that are no UTF-8"


def _shown(rows: pa.RecordBatch | pa.Table) -> bytes:
    """One row as JSON; bytes that are no text as Latin-1."""
    cells = {}
    for name, column in zip(rows.schema.names, rows.columns, strict=True):
        kind = column.type
        texts = pa.types.is_dictionary(kind) or _is_text(kind)
        value = column.cast(pa.binary())[0].as_py() if texts else readable(column[0])
        cells[name] = (
            value.decode("utf-8" if is_utf8(value) else "latin-1") if isinstance(value, bytes) else value
        )
    return json.dumps(cells, ensure_ascii=False, default=str).encode("utf-8")


def _row_bytes(batch: pa.RecordBatch) -> NDArray[np.int64]:
    """(n,) bytes of each row's texts, from the dictionaries."""
    total = np.zeros(batch.num_rows, dtype=np.int64)
    for column in batch.columns:
        if pa.types.is_dictionary(column.type):
            lengths = pc.take(pc.binary_length(column.dictionary), column.indices)
            total += pc.fill_null(lengths, 0).to_numpy(zero_copy_only=False).astype(np.int64)
    return total


def _spelled_out(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type) or _is_text(column.type):
        return column.cast(pa.string())
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return column.cast(pa.list_(pa.string()))
    return column.cast(pa.int64()) if pa.types.is_integer(column.type) else column


def _is_text(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _fits(kind: Any, column: Column) -> bool:
    types = pa.types
    if types.is_null(kind):
        return True
    match column.kind:
        case "time":
            return bool(types.is_timestamp(kind)) or _is_text(kind)
        case "date":
            return bool(types.is_date(kind)) or _is_text(kind)
        case "integer":
            return bool(types.is_integer(kind))
        case "epoch":
            return bool(types.is_integer(kind) or types.is_timestamp(kind))
        case "boolean":
            return bool(types.is_boolean(kind))
        case "texts":
            return bool(types.is_list(kind) or types.is_large_list(kind)) and _is_text(kind.value_type)
        case _:
            return _is_text(kind) or (column.number_as_text and bool(types.is_integer(kind)))
