"""Records cut out of a stream of bytes, zero-copy, each with its place in the file; and what can be wrong: with a
line (`LineFault`, it goes to quarantine) or with a file (`Refused`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tasks.ingest.streams import Kind

ReadKind = Kind | Literal["epoch"]

PIECE_BYTES = 16 << 20
BOM = b"\xef\xbb\xbf"
LEAF_RECORDS = 256
FAN_OUT = 16

Offsets = NDArray[np.int64]


class Refused(Exception):  # noqa: N818 - a verdict about a file, not an error of the program
    """The file cannot be taken in; the message is the reason that the ledger shows."""


@dataclass(frozen=True, slots=True)
class LineFault:
    """A line that cannot be accepted. `line_number` from 1; `raw` the bytes as they came, cut to the line limit."""

    line_number: int
    reason: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is read from a file: of its name, or, with dots, of a value inside objects (`actor.id`).

    `kind` epoch: a time as a number. `number_as_text`: whole numbers are as good as texts here; `any_as_text`: true and
    false too.
    """

    name: str
    kind: ReadKind
    number_as_text: bool = False
    any_as_text: bool = False

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(self.name.split("."))


@dataclass(frozen=True)
class Records:
    """Whole records, one after another, in `data`.

    `bounds`: (n + 1,) where each begins, and the end; by default a record is a line.
    `lines`: (n,) the physical line on which each begins, from 1. `sound`: the format's rules hold for all of them as
    far as cutting could see.
    """

    data: bytes
    first_line: int
    given_bounds: Offsets | None = None
    given_lines: Offsets | None = None
    sound: bool = True

    @cached_property
    def bounds(self) -> Offsets:
        if self.given_bounds is not None:
            return self.given_bounds
        ends = np.flatnonzero(self.array == 10) + 1
        last = [] if not self.data or self.data.endswith(b"\n") else [len(self.data)]
        return np.concatenate(([0], ends, last)).astype(np.int64)

    @cached_property
    def lines(self) -> Offsets:
        if self.given_lines is not None:
            return self.given_lines
        return np.arange(self.first_line, self.first_line + len(self), dtype=np.int64)

    @property
    def array(self) -> NDArray[np.uint8]:
        """`data` as numbers."""
        return np.frombuffer(self.data, dtype=np.uint8)

    @property
    def longest(self) -> int:
        """Bytes of the longest record, its line end included."""
        return int(np.diff(self.bounds).max(initial=0))

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def raw(self, index: int) -> bytes:
        """Record `index` without its line end."""
        return self.data[self.bounds[index] : self.bounds[index + 1]].rstrip(b"\r\n")

    def chosen(self, mask: NDArray[np.bool_]) -> Records:
        """The records where `mask` (n,) is true."""
        view, rows = memoryview(self.data), np.flatnonzero(mask)
        first = np.flatnonzero(np.diff(rows, prepend=-2) != 1)  # where each run of neighbours begins
        last = np.append(first[1:], len(rows)) - 1 if len(rows) else first
        starts, ends = self.bounds[:-1][rows[first]].tolist(), self.bounds[1:][rows[last]].tolist()
        data = b"".join([view[start:end] for start, end in zip(starts, ends, strict=True)])
        bounds = np.concatenate(([0], np.cumsum(np.diff(self.bounds)[rows]))).astype(np.int64)
        return Records(data, self.first_line, bounds, self.lines[rows], self.sound)

    def parts(self) -> Iterator[Records]:
        """The same records in up to FAN_OUT pieces."""
        step = -(-len(self) // FAN_OUT)
        for start in range(0, len(self), step):
            bounds = self.bounds[start : start + step + 1]
            data = self.data[bounds[0] : bounds[-1]]
            lines = self.lines[start : start + step]
            yield Records(data, int(lines[0]), bounds - bounds[0], lines, self.sound)


@dataclass(frozen=True, slots=True)
class Parsed:
    """Records as columns, not yet judged by their meaning.

    `table`: the columns asked for, n rows; numbers, times, dates and truth values as such or as texts. `lines`: (n,)
    line numbers. `raw(i)`: the bytes of row i. `faults`: records that are no rows. `unknown`: other fields, and in how
    many records each has a value. `unfit`: column → row → what was found there and cannot be of its kind; null in the
    table. `odd`: what was found in fields that nobody reads (`score: NaN`), and how often.
    """

    table: pa.Table
    lines: Offsets
    raw: Callable[[int], bytes]
    faults: list[LineFault] = field(default_factory=list)
    blank: int = 0
    unknown: dict[str, int] = field(default_factory=dict)
    unfit: dict[str, dict[int, str]] = field(default_factory=dict)
    odd: dict[str, int] = field(default_factory=dict)


def lines_of(
    chunks: Iterable[bytes], max_line_bytes: int, piece_bytes: int = PIECE_BYTES
) -> Iterator[Records]:
    """Pieces of whole lines, about `piece_bytes` each. A longer line is cut to `max_line_bytes` + 1 bytes."""
    held: list[bytes | memoryview] = []
    size, first_line, skipping = 0, 1, False
    for chunk in chunks:
        if skipping:
            end = chunk.find(b"\n")
            skipping = end < 0
            chunk = chunk[end:] if end >= 0 else b""
        cut = chunk.rfind(b"\n") + 1
        size += len(chunk)
        if size < piece_bytes or not cut:
            held.append(chunk)
            if size > piece_bytes + max_line_bytes:  # one line, and no end in sight
                held, skipping = _shortened(held, max_line_bytes)
                size = sum(map(len, held))
            continue
        data = b"".join((*held, memoryview(chunk)[:cut]))
        rest = chunk[cut:]
        skipping = len(rest) > max_line_bytes
        rest = rest[: max_line_bytes + 1]
        held, size = [rest], len(rest)
        records = _records(data, first_line)
        first_line += len(records)
        yield records
    data = b"".join(held)
    if data:
        yield _records(data, first_line)


def _shortened(held: list[bytes | memoryview], max_line_bytes: int) -> tuple[list[bytes | memoryview], bool]:
    """Whole lines, and of the last one what shows that it is too long. Whether the rest of it is to be skipped."""
    data = b"".join(held)
    start = data.rfind(b"\n") + 1
    return [data[: start + max_line_bytes + 1]], len(data) - start > max_line_bytes


def _records(data: bytes, first_line: int) -> Records:
    return Records(data.removeprefix(BOM) if first_line == 1 else data, first_line)


def parse_in_parts(
    records: Records, fast: Callable[[Records], Parsed | None], exact: Callable[[Records], Parsed]
) -> Iterator[Parsed]:
    """Parse by `fast`; where it declines, try smaller parts, and the last few records by `exact`."""
    if not len(records):
        return
    parsed = fast(records)
    if parsed is not None:
        yield parsed
    elif len(records) <= LEAF_RECORDS:
        yield exact(records)
    else:
        for part in records.parts():
            yield from parse_in_parts(part, fast, exact)


def readable(value: pa.Scalar) -> Any:
    """The value as Python's own, to be shown; as a text where Python has none, such as a year beyond 9999."""
    if pa.types.is_timestamp(value.type):
        value = value.cast(
            pa.timestamp(value.type.unit)
        )  # UTC: the name of its zone may be known to nobody here
    try:
        return value.as_py()
    except (OverflowError, ValueError):
        return value.cast(pa.string()).as_py()


def is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def no_nul(value: object) -> bool:
    """Whether a value holds no NUL character, which is no text."""
    if isinstance(value, list):
        return all(map(no_nul, value))
    return not (isinstance(value, str) and "\0" in value)
