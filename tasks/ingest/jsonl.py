"""JSON lines. Clean pieces go through Arrow's parser at full speed; what it declines is read line by line.

Both ways must agree, so the fast one declines whatever Arrow would take but JSON, or this house, would not:
blank lines, several objects on a line, `NaN`, NUL, deep nesting. Two of these guards also keep Arrow's parser from
crashing: a line `null` and nesting of tens of thousands of levels end the process (pyarrow 25).
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from types import NoneType
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json
from numpy.typing import NDArray

from tasks.ingest.records import (
    BOM,
    LEAF_RECORDS,
    Column,
    LineFault,
    Parsed,
    Records,
    is_utf8,
    no_nul,
    parse_in_parts,
)

FAST_LINE_BYTES = 4096  # longer lines gain nothing, and could nest deeply
MAX_NESTING = 64
SAMPLED_LINES = 32
EXACT_BELOW = 1 << 53
"""A number with a point is as exact as it is written only below this."""
ARROW: dict[str, pa.DataType] = {
    "text": pa.string(),
    "time": pa.string(),
    "date": pa.string(),
    "integer": pa.int64(),
    "epoch": pa.int64(),
    "boolean": pa.bool_(),
    "texts": pa.list_(pa.string()),
}
_TYPES: dict[pa.DataType, tuple[type, ...]] = {
    pa.string(): (str, NoneType),
    pa.int64(): (int, NoneType),
    pa.float64(): (float, int, NoneType),
    pa.bool_(): (bool, NoneType),
    pa.list_(pa.string()): (list, NoneType),
}
"""What Arrow takes for a type, as Python reads it from JSON."""
_OPENING, _CLOSING, _LF, _CR = b"{}\n\r"
CR_BETWEEN = re.compile(rb"\}[ \t]*\r[ \t\r]*\{")
"""Objects parted by CR alone, which ends no line here."""
_NOT_A_NUMBER = re.compile(rb"NaN|Inf")
_ODD = (b"NaN", b"Inf", b"\0", b"\\u0000")
"""Lines that hold these are read with care: Arrow takes them otherwise than JSON means them."""
_STRINGS_AND_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*+"|([\[{])|([\]}])', re.DOTALL)


class _Twice(dict[str, Any]):
    """An object that gives fields twice: `same` with equal values, `differing` with others."""

    same: frozenset[str]
    differing: frozenset[str]


@dataclass(frozen=True)
class JsonLines:
    """A reader of JSON lines that takes `columns` and counts all others.

    `few`: so many records are read line by line as soon as one of them needs a closer look.
    """

    columns: tuple[Column, ...]
    max_line_bytes: int
    few: int = LEAF_RECORDS

    def parse(self, records: Records) -> Iterator[Parsed]:
        """All records, in parts, as fast as they allow: a line that needs a closer look does not slow the others."""
        schema = self._schema(records)
        whole = self._fast(records, schema)
        if whole is not None:
            yield whole
            return
        if len(records) <= self.few:
            yield self.exact(records)
            return
        plain = self._plain(records, schema)
        if not plain.all():
            yield self.exact(records.chosen(~plain))
        yield from parse_in_parts(records.chosen(plain), lambda part: self._fast(part, schema), self.exact)

    def fast(self, records: Records) -> Parsed | None:
        """All records at once, or None where one of them needs a closer look."""
        return self._fast(records, self._schema(records))

    def exact(self, records: Records) -> Parsed:
        """Line by line, with a reason for each that is no row."""
        values: dict[str, list[Any]] = {column.name: [] for column in self.columns}
        unfit: dict[str, dict[int, str]] = {}
        lines: list[int] = []
        raws: list[bytes] = []
        faults: list[LineFault] = []
        blank = 0
        unknown: Counter[str] = Counter()
        odd: Counter[str] = Counter()
        for index, line in enumerate(records.lines.tolist()):
            raw = records.raw(index)
            if not raw.strip():
                blank += 1
                continue
            found = self._read(raw)
            if isinstance(found, str):
                faults.append(LineFault(line, found, raw[: self.max_line_bytes]))
                continue
            unknown.update(self._others(found))
            odd.update(self._oddities(found, raw))
            cells = [_cell(_value(found, column), column) for column in self.columns]
            reason = _undecodable(self.columns, cells) or self._doubled(found)
            if reason is not None:
                faults.append(LineFault(line, reason, raw[: self.max_line_bytes]))
                continue
            for column, cell in zip(self.columns, cells, strict=True):
                if isinstance(cell, _Unfit):
                    unfit.setdefault(column.name, {})[len(lines)] = cell.found
                values[column.name].append(None if isinstance(cell, _Unfit) else cell)
            lines.append(line)
            raws.append(raw)
        arrays = [_array(values[column.name], column) for column in self.columns]
        table = pa.table(arrays, names=[column.name for column in self.columns])
        numbers = np.array(lines, dtype=np.int64)
        return Parsed(table, numbers, raws.__getitem__, faults, blank, dict(unknown), unfit, dict(odd))

    def _fast(self, records: Records, schema: pa.Schema) -> Parsed | None:
        if not len(records):
            return Parsed(self._empty(), records.lines, records.raw)
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
        if table.num_rows != len(records):
            return None
        extra = table.column_names[len(schema) :]
        dubious = bool(extra) or any(
            pa.types.is_nested(kind) or pa.types.is_floating(kind) for kind in schema.types
        )
        if dubious and (
            _NOT_A_NUMBER.search(records.data)
            or any(_depth(kind) >= MAX_NESTING for kind in table.schema.types)
            or any(name == column.path[0] or name == column.name for name in extra for column in self.columns)
        ):
            return None
        arrays = [_arrow_cells(_arrow_value(table, column, schema), column) for column in self.columns]
        if any(array is None for array in arrays):
            return None
        typed = pa.table(arrays, names=[column.name for column in self.columns])
        return Parsed(typed, records.lines, records.raw, unknown=self._arrow_others(table, schema))

    def _empty(self) -> pa.Table:
        return pa.table(
            [pa.array([], ARROW[column.kind]) for column in self.columns],
            names=[c.name for c in self.columns],
        )

    def _schema(self, records: Records) -> pa.Schema:
        """Arrow's types: those of the columns' kinds, unless most of the first lines have another that will do."""
        sample = [
            found
            for index in range(min(SAMPLED_LINES, len(records)))
            if isinstance(found := self._read(records.raw(index)), dict)
        ]
        tree: dict[str, Any] = {}
        for column in self.columns:
            flat = len(column.path) == 1 or any(column.name in found for found in sample)
            kinds = Counter(
                _arrow_type(column, value) for found in sample if (value := _value(found, column)) is not None
            )
            usual = kinds.most_common(1)[0][0] if kinds else ARROW[column.kind]
            branch = tree
            for step in () if flat else column.path[:-1]:
                branch = branch.setdefault(step, {})
                if not isinstance(branch, dict):
                    return pa.schema([(c.name, ARROW[c.kind]) for c in self.columns])
            branch[column.name if flat else column.path[-1]] = usual
        return pa.schema([(name, _struct(kind)) for name, kind in tree.items()])

    def _plain(self, records: Records, schema: pa.Schema) -> NDArray[np.bool_]:
        """(n,) which lines hold one object, no field twice, and values of the types that Arrow is told to expect.

        A guess at what Arrow takes, by a parser that is as fast and tells of each line: what it lets pass Arrow may
        still decline.
        """
        plain = _regular_lines(records, min(FAST_LINE_BYTES, self.max_line_bytes))
        odd = [at for what in _ODD for at in _places(records.data, what)]
        plain[np.searchsorted(records.bounds, odd, side="right") - 1] = False
        columns = [(column, _expected(column, schema)) for column in self.columns]
        flat = [column.name for column, _ in columns if column.name in schema.names]
        nested = [column for column, _ in columns if column.name not in schema.names]
        wanted = [types for _, types in sorted(columns, key=lambda of: of[0].name not in schema.names)]
        known: dict[tuple[type, ...], bool] = {}  # lines of a log have few shapes
        read = {*schema.names}
        others: dict[str, type] = {}
        data, bounds = records.data, records.bounds.tolist()
        for index in np.flatnonzero(plain).tolist():
            raw = data[bounds[index] : bounds[index + 1]]
            try:
                found = orjson.loads(raw)
            except orjson.JSONDecodeError:
                plain[index] = False
                continue
            if len(found) != raw.count(b'":') and not _names_fit(found, raw):
                plain[index] = False
                continue
            shape = (*map(type, map(found.get, flat)), *(type(_value(found, column)) for column in nested))
            fits = known.get(shape)
            if fits is None:
                fits = all(kind in types for kind, types in zip(shape, wanted, strict=True))
                known[shape] = fits
            plain[index] = fits and (found.keys() <= read or _agrees(found, read, others))
        return plain

    def _read(self, raw: bytes) -> dict[str, Any] | str:
        """The object on a line, or the reason why there is none."""
        if len(raw) > self.max_line_bytes:
            return f"oversized: the line has more than ingest.max_line_bytes = {self.max_line_bytes}"
        if b"\0" in raw:
            return f"undecodable: NUL at byte {raw.index(0) + 1}"
        try:
            found = json.loads(raw.decode("utf-8"), object_pairs_hook=_object)
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

    def _others(self, found: dict[str, Any]) -> Iterator[str]:
        """Fields with a value that nobody asked for; those beside a value inside objects by their path."""
        yield from (".".join(path) for path, _ in self._unread(found))

    def _unread(self, found: dict[str, Any]) -> list[tuple[tuple[str, ...], Any]]:
        """Path → value of the fields that are not read and have a value."""
        flat = {column.name for column in self.columns if len(column.path) == 1 or column.name in found}
        nested = [column.path for column in self.columns if column.name not in flat]
        unread: list[tuple[tuple[str, ...], Any]] = []

        def walk(node: dict[str, Any], above: tuple[str, ...]) -> None:
            for name, value in node.items():
                path = (*above, name)
                if value is None or (not above and name in flat) or path in nested:
                    continue
                if any(other[: len(path)] == path for other in nested):
                    if isinstance(value, dict):
                        walk(value, path)
                    continue
                unread.append((path, value))

        walk(found, ())
        return unread

    def _oddities(self, found: dict[str, Any], raw: bytes) -> Iterator[str]:
        """What is no JSON by the letter, in fields that nobody reads or without consequence."""
        if _NOT_A_NUMBER.search(raw):
            yield from (
                f"{'.'.join(path)}: NaN" for path, value in self._unread(found) if _holds_no_number(value)
            )
        if isinstance(found, _Twice):
            read = {column.path[0] for column in self.columns} | {column.name for column in self.columns}
            yield from (f"{name}: given twice" for name in found.same | (found.differing - read))

    def _doubled(self, found: dict[str, Any]) -> str | None:
        """Why a field that is read has no one value."""
        for column in self.columns:
            node: Any = found
            for step in (column.name,) if column.name in found else column.path:
                if isinstance(node, _Twice) and step in node.differing:
                    return f"malformed: field {step!r} is given twice, with other values"
                node = node.get(step) if isinstance(node, dict) else None
        return None

    def _arrow_others(self, table: pa.Table, schema: pa.Schema) -> dict[str, int]:
        """As `_others`, of a table as Arrow reads it."""
        counts: dict[str, int] = {}

        def walk(array: Any, kind: Any, name: str, read: Any) -> None:
            if read is None:
                counts[name] = len(array) - array.null_count
            elif pa.types.is_struct(read):
                known = {field.name: field.type for field in read}
                for field in kind:
                    walk(
                        pc.struct_field(array, field.name),
                        field.type,
                        f"{name}.{field.name}",
                        known.get(field.name),
                    )

        for name in table.column_names:
            read = schema.field(name).type if name in schema.names else None
            walk(table[name], table[name].type, name, read)
        return {name: count for name, count in counts.items() if count}


@dataclass(frozen=True, slots=True)
class _Unfit:
    """A value that cannot be of its column's kind."""

    found: str


def _value(found: dict[str, Any], column: Column) -> Any:
    """What the line has for `column`: of a field with exactly its name, else inside objects."""
    if column.name in found:
        return found[column.name]
    node: Any = found
    for step in column.path:
        if node is None:
            return None
        if not isinstance(node, dict):
            return _Unfit(f"inside {_json_name(node)}")
        node = node.get(step)
    return node


def _cell(value: Any, column: Column) -> Any:
    """The value as the reader hands it on: of its kind, as a text, or `_Unfit`."""
    if value is None or isinstance(value, _Unfit):
        return value
    if column.kind == "texts":
        fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return value if fits else _Unfit(_json_name(value))
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        if column.kind == "boolean":
            return value
        return str(value).lower() if column.any_as_text else _Unfit(_json_name(value))
    if isinstance(value, float) and not math.isfinite(value):
        return _Unfit(str(value))
    if not isinstance(value, int | float):
        return _Unfit(_json_name(value))
    if column.kind == "text":
        if not (column.number_as_text or column.any_as_text):
            return _Unfit(_json_name(value))
        if isinstance(value, float):
            exact = value.is_integer() and abs(value) < EXACT_BELOW
            return str(int(value)) if exact else _Unfit(_json_name(value))
        return str(value)
    return value


def _array(cells: list[Any], column: Column) -> pa.Array:
    """As the kind's own type where all cells are, else as texts."""
    kind = ARROW[column.kind]
    if kind == pa.int64():
        natural = all(cell is None or (type(cell) is int and -(1 << 63) <= cell < 1 << 63) for cell in cells)
    elif kind == pa.bool_():
        natural = all(cell is None or type(cell) is bool for cell in cells)
    elif kind == pa.string():
        natural = all(cell is None or type(cell) is str for cell in cells)
    else:
        natural = True
    if natural:
        return pa.array(cells, kind)
    return pa.array([None if cell is None else _as_text(cell) for cell in cells], pa.string())


def _as_text(cell: Any) -> str:
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def _arrow_type(column: Column, value: Any) -> pa.DataType:
    """The type to expect of a column with such a value."""
    natural = ARROW[column.kind]
    if column.kind == "texts" or isinstance(_cell(value, column), _Unfit):
        return natural
    if isinstance(value, bool):
        return pa.bool_()
    if isinstance(value, int):
        return pa.int64()
    if isinstance(value, float):
        return natural if column.kind == "text" else pa.float64()
    return pa.string() if isinstance(value, str) else natural


def _struct(kind: Any) -> pa.DataType:
    return (
        pa.struct([(name, _struct(inner)) for name, inner in kind.items()])
        if isinstance(kind, dict)
        else kind
    )


def _arrow_value(table: pa.Table, column: Column, schema: pa.Schema) -> pa.Array:
    if column.name in schema.names:
        return table[column.name].combine_chunks()
    array = table[column.path[0]]
    for step in column.path[1:]:
        array = pc.struct_field(array, step)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _arrow_cells(array: pa.Array, column: Column) -> pa.Array | None:
    """As `_array` would hand on the same values; None where only a closer look can tell."""
    natural = ARROW[column.kind]
    if array.type == natural:
        return None if pa.types.is_list(natural) and array.values.null_count else array
    if pa.types.is_floating(array.type):
        largest = pc.max(pc.abs(array)).as_py()
        if largest is not None and not largest < EXACT_BELOW:
            return None
    return array.cast(pa.string())


def _expected(column: Column, schema: pa.Schema) -> tuple[type, ...]:
    """What a line's value of the column may be for Arrow."""
    steps = (column.name,) if column.name in schema.names else column.path
    kind: Any = schema.field(steps[0]).type
    for step in steps[1:]:
        kind = kind.field(step).type
    return _TYPES[kind]


def _agrees(found: dict[str, Any], read: set[str], others: dict[str, type]) -> bool:
    """Whether fields that nobody reads have values of the kind that `others` notes of the lines before."""
    for name in found.keys() - read:
        kind = type(found[name])
        kind = float if kind is int else kind
        if kind is not NoneType and others.setdefault(name, kind) is not kind:
            return False
    return True


def _places(data: bytes, what: bytes) -> Iterator[int]:
    """Where in `data` it begins."""
    at = data.find(what)
    while at >= 0:
        yield at
        at = data.find(what, at + 1)


def _names_fit(found: Any, raw: bytes) -> bool:
    """Whether a line names as many fields as its value has: else one may be given twice."""
    return _names(found) == raw.count(b'":') + raw.count(b'" :')


def _names(found: Any) -> int:
    """How many names of fields a value has, those inside it included."""
    if isinstance(found, dict):
        return len(found) + sum(map(_names, found.values()))
    return sum(map(_names, found)) if isinstance(found, list) else 0


def _is_regular(records: Records, max_line_bytes: int) -> bool:
    """Whether every line is a regular one, and the records hold nothing else that Arrow takes differently.

    An object cannot go on over the end of a regular line, since `}` and `{` never meet inside one: if Arrow then finds
    as many objects as there are lines, each line is one object.
    """
    return bool(_regular_lines(records, max_line_bytes).all()) and _is_sound(records.data)


def _is_sound(data: bytes) -> bool:
    return b"\0" not in data and not (b"\\" in data and b"\\u0000" in data) and is_utf8(data)


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
    if len(found) == len(pairs):
        return found
    twice = _Twice(found)
    names = {name for name, count in Counter(name for name, _ in pairs).items() if count > 1}
    twice.differing = frozenset(name for name, value in pairs if name in names and value != found[name])
    twice.same = frozenset(names - twice.differing)
    return twice


def _why_malformed(raw: bytes, error: ValueError) -> str:
    """What a person can look for; the library counts lines within the line, which would contradict our own number."""
    if raw.startswith(BOM):
        return "a byte order mark (BOM) before the object; were files joined?"
    if CR_BETWEEN.search(raw):
        return "several objects, parted by CR alone; write LF or CR LF"
    if isinstance(error, json.JSONDecodeError):
        what = error.msg[:1].lower() + error.msg[1:]
        return f"{what.removesuffix(' at')} at character {error.pos + 1}"
    return str(error)


def _holds_no_number(value: Any) -> bool:
    if isinstance(value, float):
        return not math.isfinite(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_holds_no_number, inner))


def _undecodable(columns: tuple[Column, ...], cells: list[Any]) -> str | None:
    for column, cell in zip(columns, cells, strict=True):
        if not no_nul(cell):
            return f"undecodable: {column.name} holds a NUL character"
    return None


def _is_text(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _json_name(value: object) -> str:
    names = {
        dict: "an object",
        _Twice: "an object",
        list: "a list",
        str: "a text",
        bool: "true or false",
        float: "a fraction",
        int: "a number",
    }
    return names.get(type(value), "null")
