"""JSON lines. Clean pieces go through Arrow's parser at full speed; what it declines is read line by line.

Both ways must agree, so the fast one declines whatever Arrow would take but JSON, or this house, would not:
blank lines, several objects on a line, `NaN`, NUL, deep nesting. Two of these guards also keep Arrow's parser from
crashing: a line `null` and nesting of tens of thousands of levels end the process (pyarrow 25).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.json
from numpy.typing import NDArray

from tasks.ingest.records import BOM, Column, Fault, Parsed, Records, is_utf8, merged, no_nul, parse_in_parts

FAST_LINE_BYTES = 4096  # longer lines gain nothing, and could nest deeply
MAX_NESTING = 64
ARROW: dict[str, pa.DataType] = {
    "text": pa.string(),
    "time": pa.string(),
    "date": pa.string(),
    "integer": pa.int64(),
    "epoch": pa.int64(),
    "boolean": pa.bool_(),
    "texts": pa.list_(pa.string()),
}
_EXPECTED = {
    "text": "a text",
    "time": "a text with an ISO-8601 time",
    "date": "a text with an ISO-8601 date",
    "integer": "a whole number of 64 bits",
    "epoch": "a time as a whole number (sources: time_unit)",
    "boolean": "true or false",
    "texts": "a list of texts",
}
_OPENING, _CLOSING, _LF, _CR = b"{}\n\r"
CR_BETWEEN = re.compile(rb"\}[ \t]*\r[ \t\r]*\{")
"""Objects parted by CR alone, which ends no line here."""
_NOT_A_NUMBER = re.compile(rb"NaN|Inf")
_STRINGS_AND_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*+"|([\[{])|([\]}])', re.DOTALL)


@dataclass(frozen=True)
class JsonLines:
    """A reader of JSON lines that takes `columns` and counts all others."""

    columns: tuple[Column, ...]
    max_line_bytes: int

    def parse(self, records: Records) -> Parsed:
        """All records as fast as they allow: odd ones, known by their ends or length, do not slow the others."""
        schema = self._schema(records)
        parsed = self._fast(records, schema)
        if parsed is not None:
            return parsed
        regular = _regular_lines(records, min(FAST_LINE_BYTES, self.max_line_bytes))
        parts = [self.exact(records.chosen(~regular))]
        parts += parse_in_parts(records.chosen(regular), lambda part: self._fast(part, schema), self.exact)
        return merged(parts)

    def fast(self, records: Records) -> Parsed | None:
        """All records at once, or None where one of them needs a closer look."""
        return self._fast(records, self._schema(records))

    def exact(self, records: Records) -> Parsed:
        """Line by line, with a reason for each that is no row."""
        values: dict[str, list[Any]] = {column.name: [] for column in self.columns}
        lines, raws, faults, blank = [], [], [], 0
        unknown: Counter[str] = Counter()
        for index, line in enumerate(records.lines.tolist()):
            raw = records.raw(index)
            if not raw.strip():
                blank += 1
                continue
            found = self._read(raw)
            if isinstance(found, str):
                faults.append(Fault(line, found, raw[: self.max_line_bytes]))
                continue
            unknown.update(name for name, value in found.items() if name not in values and value is not None)
            reason = self._mistyped(found)
            if reason is not None:
                faults.append(Fault(line, reason, raw[: self.max_line_bytes]))
                continue
            lines.append(line)
            raws.append(raw)
            for column in self.columns:
                values[column.name].append(_plain(found.get(column.name), column))
        arrays = [pa.array(values[column.name], ARROW[column.kind]) for column in self.columns]
        table = pa.table(arrays, names=[column.name for column in self.columns])
        return Parsed(table, np.array(lines, dtype=np.int64), raws.__getitem__, faults, blank, dict(unknown))

    def _fast(self, records: Records, schema: pa.Schema) -> Parsed | None:
        if not _is_regular(records, min(FAST_LINE_BYTES, self.max_line_bytes)):
            return None
        try:
            table = pa.json.read_json(
                pa.BufferReader(records.data),
                read_options=pa.json.ReadOptions(block_size=2 << 20),
                parse_options=pa.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="infer"),
            )
        except pa.ArrowInvalid:
            return None
        if table.num_rows != len(records) or _holds_null_items(table.select(schema.names)):
            return None
        extra = table.column_names[len(schema) :]
        if extra and (
            _NOT_A_NUMBER.search(records.data)
            or any(_depth(table.schema.field(n).type) >= MAX_NESTING for n in extra)
        ):
            return None
        unknown = {name: table.num_rows - table[name].null_count for name in extra}
        counted = {name: count for name, count in unknown.items() if count}
        typed = table.select(schema.names).cast(pa.schema([(c.name, ARROW[c.kind]) for c in self.columns]))
        return Parsed(typed, records.lines, records.raw, unknown=counted)

    def _schema(self, records: Records) -> pa.Schema:
        """Arrow's types. Where a number may stand for a text, the first line decides what to expect."""
        first: Any = {}
        if any(column.number_as_text for column in self.columns) and len(records):
            first = self._read(records.data[: self.max_line_bytes].split(b"\n", 1)[0])
        sample = first if isinstance(first, dict) else {}
        return pa.schema(
            [
                (c.name, pa.int64() if c.number_as_text and _is_whole(sample.get(c.name)) else ARROW[c.kind])
                for c in self.columns
            ]
        )

    def _read(self, raw: bytes) -> dict[str, Any] | str:
        """The object on a line, or the reason why there is none."""
        if len(raw) > self.max_line_bytes:
            return f"oversized: the line has more than ingest.max_line_bytes = {self.max_line_bytes}"
        if b"\0" in raw:
            return f"undecodable: NUL at byte {raw.index(0) + 1}"
        try:
            found = json.loads(raw.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_constant)
        except UnicodeDecodeError as error:
            return f"undecodable: no UTF-8 at byte {error.start + 1}"
        except RecursionError:
            return f"malformed: nested deeper than {MAX_NESTING} levels"
        except ValueError as error:
            return f"malformed: {_why_malformed(raw, error)}"
        if not isinstance(found, dict):
            return f"malformed: expected an object, found {_json_name(found)}"
        if raw.count(b"[") + raw.count(b"{") > MAX_NESTING and _nesting(raw) > MAX_NESTING:
            return f"malformed: nested deeper than {MAX_NESTING} levels"
        if b"\\u" in raw and not _is_text(found):
            return "undecodable: half a surrogate pair"
        return found

    def _mistyped(self, found: dict[str, Any]) -> str | None:
        for column in self.columns:
            value = found.get(column.name)
            if value is None:
                continue
            if not _fits(value, column):
                return f"mistyped: {column.name} is {_json_name(value)}, expected {_EXPECTED[column.kind]}"
            if not no_nul(value):
                return f"undecodable: {column.name} holds a NUL character"
        return None


def _is_regular(records: Records, max_line_bytes: int) -> bool:
    """Whether every line is a regular one, and the records hold nothing else that Arrow takes differently.

    An object cannot go on over the end of a regular line, since `}` and `{` never meet inside one: if Arrow then finds
    as many objects as there are lines, each line is one object.
    """
    data = records.data
    return bool(
        _regular_lines(records, max_line_bytes).all()
        and b"\0" not in data
        and not (b"\\" in data and b"\\u0000" in data)
        and is_utf8(data)
    )


def _regular_lines(records: Records, max_line_bytes: int) -> NDArray[np.bool_]:
    """(n,) which lines begin `{`, end `}` and are no longer than the limit, line end included."""
    array, starts, ends = records.array, records.bounds[:-1], records.bounds[1:] - 1
    ends = ends - (array[ends] == _LF)
    ends = ends - (array[np.maximum(ends, 0)] == _CR)
    short = np.diff(records.bounds) <= max_line_bytes
    regular: NDArray[np.bool_] = (
        short & (array[starts] == _OPENING) & (array[np.maximum(ends, 0)] == _CLOSING)
    )
    return regular


def _holds_null_items(table: pa.Table) -> bool:
    lists = [column for column in table.columns if pa.types.is_list(column.type)]
    return any(chunk.values.null_count for column in lists for chunk in column.chunks)


def _depth(kind: pa.DataType) -> int:
    """Levels of nesting of a type, itself included."""
    depth, level = 0, [kind]
    while level:
        depth += 1
        level = [k.field(i).type for k in level if pa.types.is_nested(k) for i in range(k.num_fields)]
    return depth


def _nesting(raw: bytes) -> int:
    depth = deepest = 0
    for match in _STRINGS_AND_BRACKETS.finditer(raw):
        depth += bool(match[1]) - bool(match[2])
        deepest = max(deepest, depth)
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise ValueError(f"field {twice!r} is given twice")
    return found


def _why_malformed(raw: bytes, error: ValueError) -> str:
    """What a person can look for; the library counts lines within the line, which would contradict our own number."""
    if raw.startswith(BOM):
        return "a byte order mark (BOM) before the object; were files joined?"
    if CR_BETWEEN.search(raw):
        return "several objects, parted by CR alone; write LF or CR LF"
    if isinstance(error, json.JSONDecodeError):
        what = error.msg[:1].lower() + error.msg[1:]
        return f"{what} at character {error.pos + 1}"
    return str(error)


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def _is_text(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _fits(value: object, column: Column) -> bool:
    match column.kind:
        case "integer" | "epoch":
            return _is_whole(value) and -(1 << 63) <= value < 1 << 63  # type: ignore[operator]
        case "boolean":
            return isinstance(value, bool)
        case "texts":
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case _:
            return isinstance(value, str) or (column.number_as_text and _is_whole(value))


def _plain(value: Any, column: Column) -> Any:
    return str(value) if column.number_as_text and _is_whole(value) else value


def _json_name(value: object) -> str:
    names = {
        dict: "an object",
        list: "a list",
        str: "a text",
        bool: "true or false",
        float: "a fraction",
        int: "a number",
    }
    return names.get(type(value), "null")
