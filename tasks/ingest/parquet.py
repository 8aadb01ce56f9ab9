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

from tasks.ingest.records import Column, LineFault, Parsed, Refused, is_utf8, readable

BATCH_ROWS = 65_536
EXACT_BELOW = float(1 << 53)
"""A floating number is a whole one to the digit only below this."""
_EXPECTED = {
    "text": "text",
    "time": "timestamp or text",
    "date": "date or text",
    "integer": "whole number",
    "epoch": "number or timestamp",
    "boolean": "boolean",
    "texts": "list of texts",
}


@dataclass(frozen=True)
class ParquetRows:
    """A reader of Parquet that takes `columns` and counts the others. A line is a row.

    `required`: columns that must be there. `typed`: columns whose type must do, or the file is refused; where the type
    of another one cannot do, its values are told as unfit.
    """

    columns: tuple[Column, ...]
    required: frozenset[str]
    typed: frozenset[str]
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
        types = self._checked(schema)
        source.seek(0)
        file = pa.parquet.ParquetFile(
            source,
            read_dictionary=[name for name, kind in types.items() if _is_text(kind)],
            buffer_size=1 << 20,
            page_checksum_verification=True,
        )
        if file.metadata.num_rows > self.max_rows:
            raise Refused(f"{file.metadata.num_rows} rows, more than ingest.max_rows = {self.max_rows}")
        self.count(
            sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups))
        )
        present = [column for column in self.columns if column.name in types]
        others = list(_others(schema, types))
        first = 1
        for batch in file.iter_batches(BATCH_ROWS, columns=[column.name for column in present]):
            flat = pa.RecordBatch.from_arrays(
                [_inside(batch, column) for column in present], names=[column.name for column in present]
            )
            for part in self._slices(flat if present else batch):
                yield self._parsed(part, present, first, others)
                first += part.num_rows

    def _checked(self, schema: pa.Schema) -> dict[str, Any]:
        """Column → its type, of those that are there. Refused where one is missing, twice there or of a wrong type."""
        types: dict[str, Any] = {}
        for column in self.columns:
            if schema.names.count(column.name) > 1:
                raise Refused(f"the Parquet schema names {column.name!r} twice")
            found = _type_of(schema, column)
            if found is not None:
                types[column.name] = found
        missing = sorted(self.required - set(types))
        if missing:
            raise Refused(
                f"the Parquet schema lacks {', '.join(missing)}; found {', '.join(schema.names)[:200]}"
            )
        for column in self.columns:
            if column.name in self.typed & types.keys() and not _fits(types[column.name], column):
                found, expected = types[column.name], _EXPECTED[column.kind]
                raise Refused(f"mistyped: column {column.name} is {found}, expected {expected}")
        return types

    def _slices(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """The batch in slices that stay small when spelled out."""
        sizes = _row_bytes(batch)
        self.count(int(sizes.sum()))
        room = max(16 << 20, self.max_line_bytes)
        groups = np.cumsum(np.minimum(sizes, self.max_line_bytes)) // room
        starts = np.flatnonzero(np.diff(groups, prepend=-1))
        for start, end in zip(starts, [*starts[1:], batch.num_rows], strict=True):
            yield batch.slice(int(start), int(end - start))

    def _parsed(self, batch: pa.RecordBatch, columns: list[Column], first: int, others: list[str]) -> Parsed:
        lines = np.arange(first, first + batch.num_rows, dtype=np.int64)
        reasons = self._reasons(batch)
        faults = [
            LineFault(int(lines[row]), reason, _shown(batch.slice(row, 1))[: self.max_line_bytes])
            for row, reason in sorted(reasons.items())
        ]
        if reasons:
            keep = np.ones(batch.num_rows, dtype=bool)
            keep[list(reasons)] = False
            batch, lines = batch.filter(pa.array(keep)), lines[keep]
        arrays, unfit = [], {}
        for column, array in zip(columns, batch.columns, strict=True):
            cells, wrong = _cells(array, column)
            arrays.append(cells)
            if wrong:
                unfit[column.name] = wrong
        table = pa.table(arrays, names=[column.name for column in columns])
        unknown = dict.fromkeys(others, len(lines)) if len(lines) else {}
        kept = batch
        return Parsed(
            table, lines, lambda row: _shown(kept.slice(row, 1)), faults, unknown=unknown, unfit=unfit
        )

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


def _type_of(schema: pa.Schema, column: Column) -> Any:
    """The type of a column, or of a value inside a struct; None where it is not there."""
    if column.name in schema.names:
        return schema.field(column.name).type
    kind: Any = None
    for step in column.path:
        fields = schema if kind is None else kind if pa.types.is_struct(kind) else ()
        kind = next((field.type for field in fields if field.name == step), None)
        if kind is None:
            return None
    return kind


def _inside(batch: pa.RecordBatch, column: Column) -> pa.Array:
    if column.name in batch.schema.names:
        return batch.column(column.name)
    array = batch.column(column.path[0])
    for step in column.path[1:]:
        array = pc.struct_field(array, step)
    return array


def _others(schema: pa.Schema, types: dict[str, Any]) -> Iterator[str]:
    """The columns that nobody asked for; those beside a value inside a struct by their path."""

    def walk(fields: Any, above: str) -> Iterator[str]:
        for field in fields:
            path = f"{above}{field.name}"
            if path in types:
                continue
            if pa.types.is_struct(field.type) and any(name.startswith(f"{path}.") for name in types):
                yield from walk(field.type, f"{path}.")
            else:
                yield path

    return walk(schema, "")


def _cells(array: pa.Array, column: Column) -> tuple[pa.Array, dict[int, str]]:
    """Values of the column's kind, or as texts; and row → what was found where it cannot be one."""
    kind = array.type
    if pa.types.is_null(kind) or not _fits(kind, column):
        wrong = {row: str(kind) for row, there in enumerate(array.is_valid().to_pylist()) if there}
        return pa.nulls(len(array), pa.string()), wrong
    if pa.types.is_dictionary(kind) or _is_text(kind):
        return array.cast(pa.string()), {}
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return array.cast(pa.list_(pa.string())), {}
    if pa.types.is_integer(kind) and column.kind != "text":
        return _as_int64(array), {}
    if pa.types.is_floating(kind):
        texts = _floats_as_texts(array.cast(pa.float64()))
    elif pa.types.is_decimal(kind):
        texts = pc.replace_substring_regex(array.cast(pa.string()), r"\.0+$", "")
    elif column.kind == "text" or column.kind == "boolean":
        texts = array if pa.types.is_boolean(kind) and column.kind == "boolean" else array.cast(pa.string())
    else:
        return array, {}
    if column.kind != "text" or pa.types.is_boolean(kind):
        return texts, {}
    whole = pc.match_substring_regex(texts, "^-?[0-9]+$")
    rows = np.flatnonzero(pc.fill_null(pc.invert(whole), False).to_numpy(zero_copy_only=False)).tolist()
    return pc.if_else(whole, texts, None), {row: f"the fraction {texts[row].as_py()}" for row in rows}


def _as_int64(array: pa.Array) -> pa.Array:
    try:
        return array.cast(pa.int64())
    except pa.ArrowInvalid:  # beyond 63 bits: as texts, so that the row is told and not the file
        return array.cast(pa.string())


def _floats_as_texts(numbers: pa.Array) -> pa.Array:
    """Whole numbers without a point; NaN, which is how pandas writes a missing number, as null."""
    numbers = pc.if_else(pc.is_nan(numbers), None, numbers)
    whole = pc.and_(pc.equal(pc.floor(numbers), numbers), pc.less(pc.abs(numbers), EXACT_BELOW))
    integers = pc.cast(pc.if_else(whole, numbers, None), pa.int64())
    return pc.coalesce(integers.cast(pa.string()), numbers.cast(pa.string()))


def _is_text(kind: Any) -> bool:
    """Text, or bytes, which older writers put texts into."""
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    types = pa.types
    return bool(
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_string_view(kind)
        or types.is_binary(kind)
        or types.is_large_binary(kind)
    )


def _fits(kind: Any, column: Column) -> bool:
    types = pa.types
    number = types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)
    if types.is_null(kind):
        return True
    match column.kind:
        case "time":
            return bool(types.is_timestamp(kind) or types.is_date(kind)) or _is_text(kind)
        case "date":
            return bool(types.is_date(kind) or types.is_timestamp(kind)) or _is_text(kind)
        case "integer":
            return bool(number) or _is_text(kind)
        case "epoch":
            return bool(number or types.is_timestamp(kind)) or _is_text(kind)
        case "boolean":
            return bool(types.is_boolean(kind) or types.is_integer(kind)) or _is_text(kind)
        case "texts":
            return bool(types.is_list(kind) or types.is_large_list(kind)) and _is_text(kind.value_type)
        case _:
            return (
                _is_text(kind)
                or (column.number_as_text and bool(number))
                or (column.any_as_text and bool(types.is_boolean(kind)))
            )
