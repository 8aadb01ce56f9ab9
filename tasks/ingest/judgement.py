"""The meaning of a line: its fields as the stream wants them, or the reason why it cannot be accepted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks.ingest.conversion import (
    TIMESTAMP,
    from_epoch,
    parse_dates,
    parse_integers,
    parse_times,
    within_the_calendar,
)
from tasks.ingest.landing import LandedOn
from tasks.ingest.parameters import IngestParameters, Log
from tasks.ingest.records import Column, Fault, Parsed, readable
from tasks.ingest.streams import Field

ARROW: dict[str, pa.DataType] = {
    "text": pa.string(),
    "time": TIMESTAMP,
    "date": pa.date32(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "texts": pa.list_(pa.string()),
}
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_EXPECTED = {
    "text": "a text",
    "time": "an ISO-8601 time in UTC",
    "date": "a date YYYY-MM-DD",
    "integer": "a whole number of 64 bits",
    "boolean": "true or false",
    "texts": "a list of texts",
}
Mask = NDArray[np.bool_]
Problem = tuple[Mask, Callable[[int], str]]
"""Which rows have it, and what to say about one."""


@dataclass(frozen=True, slots=True)
class Window:
    """When lines of a file may have happened; both ends are allowed."""

    earliest: datetime
    latest: datetime

    @classmethod
    def of(cls, landed_on: LandedOn, limits: IngestParameters) -> Window:
        return cls(datetime.combine(limits.earliest, time()), landed_on.end + limits.ahead)


@dataclass(frozen=True, slots=True)
class Judged:
    """`table`: the stream's fields, then `line_number`; one row for each line that can be accepted."""

    table: pa.Table
    faults: list[Fault]

    @property
    def bytes(self) -> int:
        return int(self.table.nbytes) + sum(len(fault.raw) for fault in self.faults)


def columns_of(log: Log) -> tuple[Column, ...]:
    """What must be read from files of `log`."""
    columns: dict[str, Column] = {}
    for field, name in log.read_fields:
        epoch = field.kind == "time" and log.source.time_unit != "iso"
        foreign = field.kind == "text" and not field.choices and bool(log.source.columns)
        columns[name] = Column(name, "epoch" if epoch else field.kind, number_as_text=foreign)
    for name in log.source.event_id_from:
        columns.setdefault(name, Column(name, "text", number_as_text=True))
    return tuple(columns.values())


def required_columns(log: Log) -> frozenset[str]:
    """Columns without which no line of `log` can be accepted."""
    return frozenset(name for field, name in log.read_fields if field.required) | set(
        log.source.event_id_from
    )


def judge(parsed: Parsed, log: Log, window: Window, max_line_bytes: int) -> Judged:
    """Convert and check every row of `parsed`; the first fault in the order of the stream's fields is its reason."""
    source = parsed.table.combine_chunks()
    problems: list[Problem] = []
    arrays: dict[str, pa.Array] = {}
    for field in log.stream.fields:
        arrays[field.name], found = _field(field, log, source, window)
        problems += found
    if log.stream.any_of:
        problems.append(_none_of(log.stream.any_of, arrays))
    table = pa.table(arrays).append_column("line_number", pa.array(parsed.lines))
    bad = np.zeros(table.num_rows, dtype=bool)
    for mask, _ in problems:
        bad |= mask
    if not bad.any():
        return Judged(table, parsed.faults)
    faults = [*parsed.faults]
    for row in np.flatnonzero(bad).tolist():
        reason = next(say(row) for mask, say in problems if mask[row])
        faults.append(Fault(int(parsed.lines[row]), reason, parsed.raw(row)[:max_line_bytes]))
    faults.sort(key=lambda fault: fault.line_number)
    return Judged(table.filter(pa.array(~bad)), faults)


def _field(field: Field, log: Log, source: pa.Table, window: Window) -> tuple[pa.Array, list[Problem]]:
    rows = source.num_rows
    if field.name in log.source.constants:
        return pa.repeat(pa.scalar(log.source.constants[field.name], ARROW[field.kind]), rows), []
    if field.name == "event_id" and log.source.event_id_from:
        return _derived_id(log.source.event_id_from, source)
    column = log.column(field.name)
    if column is None or column not in source.column_names:
        array = pa.nulls(rows, ARROW[field.kind])
        return array, [_missing(field, array)] if field.required else []
    given = source[column].combine_chunks()
    array = _without_empty(_converted(field, given, log.source.time_unit, window), field)
    problems = []
    if field.kind != "text" or array.type != given.type:
        problems.append(_mistyped(field, given, array))
    if field.required:
        problems.append(_missing(field, array))
    if field.choices:
        problems.append(_unlisted(field, array))
    if field.kind == "time":
        problems += _untimely(field, given, array, window)
    if field.kind == "texts":
        problems.append(_null_items(field, array))
    return array, problems


def _converted(field: Field, given: pa.Array, unit: str, window: Window) -> pa.Array:
    """The values as the field's type; null where they cannot be."""
    if pa.types.is_null(given.type):
        return pa.nulls(len(given), ARROW[field.kind])
    is_text = pa.types.is_string(given.type)
    match field.kind:
        case "time":
            return _times(given, unit, window)
        case "date":
            return parse_dates(_filled(given)) if is_text else within_the_calendar(given)
        case "integer":
            return parse_integers(_filled(given)) if is_text else given.cast(pa.int64())
        case "boolean" if is_text:
            return pa.array([_TRUTH.get((text or "").lower()) for text in given.to_pylist()], pa.bool_())
        case "texts" if is_text:
            return pa.array([_texts_of(text) for text in given.to_pylist()], ARROW["texts"])
        case _:
            return given.cast(ARROW[field.kind])


def _times(given: pa.Array, unit: str, window: Window) -> pa.Array:
    bounds = (window.earliest, window.latest)
    if pa.types.is_timestamp(given.type):
        return from_epoch(given.cast(pa.timestamp(given.type.unit)).cast(pa.int64()), given.type.unit, bounds)
    if pa.types.is_string(given.type):
        texts = _filled(given)
        return parse_times(texts) if unit == "iso" else from_epoch(parse_integers(texts), unit, bounds)
    return from_epoch(given.cast(pa.int64()), unit, bounds)


def _filled(texts: pa.Array) -> pa.Array:
    """Empty texts as nulls."""
    if len(texts) and pc.min(pc.binary_length(texts)).as_py() == 0:
        return pc.if_else(pc.equal(pc.binary_length(texts), 0), None, texts)
    return texts


def _without_empty(array: pa.Array, field: Field) -> pa.Array:
    return _filled(array) if field.kind == "text" and not field.may_be_empty else array


def _texts_of(cell: str | None) -> list[str] | None:
    """A CSV cell as a list: a JSON list of texts, or words between spaces. A broken list becomes [None], a fault."""
    if not cell:
        return None
    if not cell.startswith("["):
        return cell.split()
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        return [None]  # type: ignore[list-item]
    return [item if isinstance(item, str) else None for item in found]  # type: ignore[misc]


def _derived_id(columns: tuple[str, ...], source: pa.Table) -> tuple[pa.Array, list[Problem]]:
    """The columns joined by colons; colons and backslashes inside are escaped, so that no two rows join alike."""
    parts, problems = [], []
    for name in columns:
        part = _filled(source[name].combine_chunks().cast(pa.string()))
        problems.append(_missing(Field(f"{name}, part of event_id,"), part))
        escaped = pc.match_substring_regex(part, r"[:\\]")
        parts.append(
            pc.replace_substring_regex(part, r"([:\\])", r"\\\1") if pc.any(escaped).as_py() else part
        )
    return pc.binary_join_element_wise(*parts, ":"), problems


def _is_null(array: pa.Array) -> Mask:
    if not array.null_count:
        return np.zeros(len(array), dtype=bool)
    return _mask(pc.is_null(array))


def _mask(array: pa.Array) -> Mask:
    mask: Mask = pc.fill_null(array, False).to_numpy(zero_copy_only=False)
    return mask


def _missing(field: Field, array: pa.Array) -> Problem:
    return _is_null(array), lambda _: f"incomplete: {field.name} is missing"


def _mistyped(field: Field, given: pa.Array, array: pa.Array) -> Problem:
    """Rows that had a value and lost it in conversion."""
    mask = _is_null(array) & ~_is_null(given)
    if mask.any() and pa.types.is_string(given.type):
        mask &= _mask(pc.greater(pc.binary_length(given), 0))
    return (
        mask,
        lambda row: f"mistyped: {field.name} is {_quoted(given[row])}, expected {_EXPECTED[field.kind]}",
    )


def _unlisted(field: Field, array: pa.Array) -> Problem:
    listed = pc.is_in(array, value_set=pa.array(field.choices), skip_nulls=False)
    mask = ~_mask(listed) & ~_is_null(array)
    return (
        mask,
        lambda row: f"unlisted: {field.name} is {_quoted(array[row])}, expected {', '.join(field.choices)}",
    )


def _null_items(field: Field, array: pa.Array) -> Problem:
    mask = np.zeros(len(array), dtype=bool)
    if array.flatten().null_count:
        mask[:] = [items is not None and None in items for items in array.to_pylist()]
    return mask, lambda _: f"mistyped: {field.name} holds an item that is no text"


def _untimely(field: Field, given: pa.Array, array: pa.Array, window: Window) -> list[Problem]:
    early = _mask(pc.less(array, pa.scalar(window.earliest, TIMESTAMP)))
    late = _mask(pc.greater(array, pa.scalar(window.latest, TIMESTAMP)))

    def before(row: int) -> str:
        return (
            f"untimely: {field.name} {_told(given[row])} is before {_iso(window.earliest)} (ingest.earliest)"
        )

    def after(row: int) -> str:
        return (
            f"untimely: {field.name} {_told(given[row])} is after {_iso(window.latest)}, the end of landing and "
            "ingest.ahead"
        )

    return [(early, before), (late, after)]


def _none_of(names: tuple[str, ...], arrays: dict[str, pa.Array]) -> Problem:
    mask = np.logical_and.reduce([_is_null(arrays[name]) for name in names])
    return mask, lambda _: f"incomplete: {' and '.join(names)} are missing"


def _quoted(value: Any) -> str:
    text = repr(readable(value))
    return text if len(text) <= 80 else f"{text[:79]}…"


def _told(value: Any) -> str:
    """A time as it was given."""
    plain = readable(value)
    if isinstance(plain, datetime | date):
        return _iso(plain)
    return str(plain)


def _iso(moment: date) -> str:
    return f"{moment.isoformat()}Z"
