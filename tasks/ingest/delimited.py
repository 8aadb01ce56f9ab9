"""Comma-separated values by RFC 4180, with a header; a record may span lines where a quoted cell does.

Lines are accounted for by record. A record that breaks the rules of quoting, or is longer than a line may be, ends at
its first line end, and reading goes on after it: one stray quote costs a line and not the rest of the file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv

from tasks.ingest.records import (
    BOM,
    Column,
    LineFault,
    Offsets,
    Parsed,
    Records,
    Refused,
    is_utf8,
    parse_in_parts,
)

_CELL = rb'(?:"(?:[^"]|"")*+"|[^",\n]*+)'
_RECORD = re.compile(rb"%s(?:,%s)*+(?:\r?\n|\Z)" % (_CELL, _CELL))
_CELLS = re.compile(rb'(?:\A|,)(?:"((?:[^"]|"")*+)"|([^",]*+))', re.DOTALL)
_SOUND_CELLS = re.compile(rb"(?:%s,)*+" % _CELL)
_DIGIT = re.compile(r"[0-9]")
_COMMA, _LF, _CR, _QUOTE = b',\n\r"'


@dataclass(frozen=True)
class Delimited:
    """A reader of CSV that takes `columns`, all as text, an empty cell as an empty one, and counts the others.

    `header`: the file's own columns. `time`: the one that says when it happened.
    """

    columns: tuple[Column, ...]
    header: tuple[str, ...]
    max_line_bytes: int
    time: str = ""

    def parse(self, records: Records) -> Iterator[Parsed]:
        """All records as fast as they allow, in parts."""
        return parse_in_parts(self._apart(records), self.fast, self.exact)

    def fast(self, records: Records) -> Parsed | None:
        """All records at once, or None where one of them needs a closer look."""
        data = records.data
        plain = records.sound and b"\0" not in data and data.count(b"\r") == data.count(b"\r\n")
        if b"\n" + BOM in data or data.startswith(BOM):
            return None
        if not (plain and records.longest <= self.max_line_bytes and is_utf8(data)):
            return None
        names = [column.name for column in self.columns]
        try:
            table = pa.csv.read_csv(
                pa.BufferReader(data),
                read_options=pa.csv.ReadOptions(column_names=self.header, block_size=len(data) + 1),
                parse_options=pa.csv.ParseOptions(newlines_in_values=b'"' in data),
                convert_options=pa.csv.ConvertOptions(
                    column_types={name: pa.string() for name in self.header},
                    include_columns=names,
                    strings_can_be_null=False,
                ),
            )
        except pa.ArrowInvalid:
            return None
        if table.num_rows != len(records):
            return None
        return Parsed(table, records.lines, records.raw, unknown=self._unknown(table.num_rows))

    def exact(self, records: Records) -> Parsed:
        """Record by record, with a reason for each that is no row."""
        rows: list[list[str]] = []
        lines, raws, faults, blank = [], [], [], 0
        for index, line in enumerate(records.lines.tolist()):
            raw = records.raw(index)
            if not raw.strip():
                blank += 1
                continue
            cells = self._read(raw)
            if isinstance(cells, str):
                faults.append(LineFault(line, cells, raw[: self.max_line_bytes]))
                continue
            rows.append(cells)
            lines.append(line)
            raws.append(raw)
        places = [self.header.index(column.name) for column in self.columns]
        arrays = [pa.array([row[place] for row in rows], pa.string()) for place in places]
        table = pa.table(arrays, names=[column.name for column in self.columns])
        unknown = self._unknown(len(rows))
        return Parsed(table, np.array(lines, dtype=np.int64), raws.__getitem__, faults, blank, unknown)

    def _unknown(self, rows: int) -> dict[str, int]:
        """A column that nobody asked for occurs in every record."""
        wanted = {column.name for column in self.columns}
        return {name: rows for name in self.header if name not in wanted} if rows else {}

    def _read(self, raw: bytes) -> list[str] | str:
        if len(raw) > self.max_line_bytes:
            return f"oversized: the record has more than ingest.max_line_bytes = {self.max_line_bytes}"
        if b"\0" in raw:
            return f"undecodable: NUL at byte {raw.index(0) + 1}"
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError as error:
            return f"undecodable: no UTF-8 at byte {error.start + 1}"
        if raw.startswith(BOM):
            return "malformed: a byte order mark (BOM) before the first cell; were files joined?"
        if _RECORD.fullmatch(raw) is None:
            return f"malformed: {self._why_broken(raw)}"
        cells = cells_of(raw)
        if len(cells) != len(self.header):
            several = "; CR alone ends its lines, write LF or CR LF" if b"\r" in raw else ""
            return f"malformed: {len(cells)} cells, expected {len(self.header)}{several}"
        return cells

    def _why_broken(self, raw: bytes) -> str:
        """In which cell the quotes of a record break the rules, and how."""
        sound = _SOUND_CELLS.match(raw)
        start = sound.end() if sound else 0
        number = len(cells_of(raw[:start])) if start else 1
        name = f" ({self.header[number - 1]})" if number <= len(self.header) else ""
        if raw[start : start + 1] == b'"':
            return f"the quote that opens cell {number}{name} does not close at a comma or at the end of the line"
        return f"a quote stands inside cell {number}{name}, which does not begin with one"

    def _apart(self, records: Records) -> Records:
        """The records, those that swallowed others cut at their line ends: a quote that was left open in one row and
        closed by the next stray one is sound by the rules, and takes all rows between with it.
        """
        if b'"' not in records.data or self.time not in self.header:
            return records
        view = memoryview(records.data)
        swallowing = [
            index
            for index in np.flatnonzero(np.diff(records.lines, append=records.lines[-1]) != 1).tolist()
            if self._swallows(bytes(view[records.bounds[index] : records.bounds[index + 1]]))
        ]
        bounds, lines, kept = [np.zeros(1, dtype=np.int64)], list[Offsets](), 0
        for index in swallowing:
            start, end = records.bounds[index], records.bounds[index + 1]
            first_end = records.data.index(b"\n", start) + 1
            rest = records.data[first_end:end]
            inner, _ = _cut_by_hand(rest, int(records.lines[index]) + 1, self.max_line_bytes, final=True)
            bounds += [records.bounds[kept + 1 : index + 1], first_end + inner.bounds]
            lines += [records.lines[kept : index + 1], inner.lines]
            kept = index + 1
        if not swallowing:
            return records
        bounds.append(records.bounds[kept + 1 :])
        lines.append(records.lines[kept:])
        return Records(
            records.data, records.first_line, np.concatenate(bounds), np.concatenate(lines), sound=False
        )

    def _swallows(self, raw: bytes) -> bool:
        """Whether a line inside a cell is a whole record: as many cells, and a time written as the record's own."""
        place = self.header.index(self.time)
        if len(raw) > self.max_line_bytes or not is_utf8(raw) or _RECORD.fullmatch(raw) is None:
            return False
        cells = cells_of(raw)
        shape = _DIGIT.sub("0", cells[place]) if len(cells) == len(self.header) else ""
        inside = [
            line for cell in cells for line in cell.split("\n")[1:] if line.count(",") >= len(cells) - 1
        ]
        for line in map(str.encode, inside if shape else ()):
            inner = cells_of(line) if _RECORD.fullmatch(line) else []
            if len(inner) == len(cells) and _DIGIT.sub("0", inner[place]) == shape:
                return True
        return False


def cells_of(record: bytes) -> list[str]:
    """The cells of a sound record. UnicodeDecodeError where it is no UTF-8."""
    cells = []
    for match in _CELLS.finditer(record):
        quoted, plain = match[1], match[2]
        cells.append((plain if quoted is None else quoted.replace(b'""', b'"')).decode("utf-8"))
    return cells


def read_header(records: Records, required: frozenset[str], max_line_bytes: int) -> tuple[str, ...]:
    """The names in the first record. Refused where they cannot be names, or a required one is missing."""
    raw = records.raw(0)
    if len(raw) > max_line_bytes:
        raise Refused(f"the CSV header has more than ingest.max_line_bytes = {max_line_bytes}")
    try:
        names = tuple(cell.strip() for cell in cells_of(raw)) if _RECORD.fullmatch(raw) else ()
    except UnicodeDecodeError as error:
        raise Refused("not what its name says: the CSV header is no UTF-8") from error
    missing = sorted(required - set(names))
    if not names or missing:
        raise Refused(
            f"the CSV header lacks {', '.join(missing) or 'names'}; found {', '.join(names)[:200]!r}"
        )
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise Refused(f"the CSV header names {twice[0]!r} twice")
    return names


def without_header(records: Records) -> Records:
    """The records after the first."""
    start = int(records.bounds[1])
    lines = records.lines[1:]
    first = int(lines[0]) if len(lines) else records.first_line
    return Records(records.data[start:], first, records.bounds[1:] - start, lines, records.sound)


def csv_records(pieces: Iterable[Records], max_line_bytes: int) -> Iterator[Records]:
    """Pieces of lines → pieces of whole records."""
    held, first_line = b"", 1
    for piece in pieces:
        data = held + piece.data
        records, taken = _cut(data, first_line if held else piece.first_line, max_line_bytes, final=False)
        held, first_line = data[taken:], records.first_line + data.count(b"\n", 0, taken)
        if len(records):
            yield records
    if held:
        yield _cut(held, first_line, max_line_bytes, final=True)[0]


def _cut(data: bytes, first_line: int, max_line_bytes: int, *, final: bool) -> tuple[Records, int]:
    """The whole records at the beginning of `data`, which begins with one, and how many bytes they take."""
    if b'"' not in data:
        return Records(data, first_line), len(data)
    array = np.frombuffer(data, dtype=np.uint8)
    quotes = np.flatnonzero(array == _QUOTE)
    ends = np.flatnonzero(array == _LF) + 1
    if not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    closed = np.flatnonzero(np.searchsorted(quotes, ends) % 2 == 0)
    taken = int(ends[closed[-1]]) if len(closed) else 0
    sound = _is_sound(array, quotes[: np.searchsorted(quotes, taken)])
    if not sound or (taken < len(data) and (final or len(data) - taken > max_line_bytes)):
        return _cut_by_hand(data, first_line, max_line_bytes, final=final)
    bounds = np.concatenate(([0], ends[closed])).astype(np.int64)
    lines = first_line + np.concatenate(([0], closed[:-1] + 1)).astype(np.int64)
    return Records(data[:taken], first_line, bounds, lines[: len(closed)]), taken


def _is_sound(array: np.ndarray[tuple[int], np.dtype[np.uint8]], quotes: Offsets) -> bool:
    """Whether quotes open after a comma or line end, close before one, and are doubled inside a cell."""
    opening, closing = quotes[0::2], quotes[1::2]
    before = array[np.maximum(opening - 1, 0)]
    after = np.append(array, _LF)[closing + 1] if len(closing) else array[:0]
    doubled = np.zeros(len(opening), dtype=bool)
    doubled[1:] = opening[1:] == closing[: len(opening) - 1] + 1
    opens = (opening == 0) | np.isin(before, (_COMMA, _LF)) | doubled
    closes = np.isin(after, (_COMMA, _LF, _CR)) | np.append(doubled[1:], False)[: len(closing)]
    return bool(opens.all() and closes.all())


def _cut_by_hand(data: bytes, first_line: int, max_line_bytes: int, *, final: bool) -> tuple[Records, int]:
    """As `_cut`, for data that break the rules somewhere."""
    bounds, lines, position, line = [0], [], 0, first_line
    while position < len(data):
        match = _RECORD.match(data, position, position + max_line_bytes + 2)
        whole = match is not None and (data[match.end() - 1] == _LF or match.end() == len(data))
        if not whole:
            if not final and len(data) - position <= max_line_bytes:
                break
            end = data.find(b"\n", position) + 1 or len(data)
        else:
            assert match is not None
            end = match.end()
        lines.append(line)
        line += data.count(b"\n", position, end)
        bounds.append(end)
        position = end
    array = np.array(bounds, dtype=np.int64)
    return Records(data[:position], first_line, array, np.array(lines, dtype=np.int64), sound=False), position
