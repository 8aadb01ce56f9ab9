"""The meaning of a line: its fields as the stream wants them, or the reason why it cannot be accepted."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks.ingest.conversion import (
    EPOCH,
    PER_SECOND,
    TIMESTAMP,
    from_epoch,
    parse_dates,
    parse_epochs,
    parse_integers,
    parse_times,
    parse_times_as,
    within_the_calendar,
)
from tasks.ingest.landing import LandedOn
from tasks.ingest.parameters import OTHERS, IngestParameters, Log
from tasks.ingest.records import Column, LineFault, Parsed, readable
from tasks.ingest.streams import Field, Stream

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
    "time": "an ISO-8601 time in UTC such as 2026-03-04T08:15:00Z",
    "date": "a date YYYY-MM-DD",
    "integer": "a whole number of 64 bits",
    "boolean": "true or false",
    "texts": "a list of texts",
}
Mask = NDArray[np.bool_]
Problem = tuple[Mask, Callable[[int], str]]
"""Which rows have it, and what to say about one."""
_UNIT_NAMES = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
_WHOLE_WITH_POINT = r"^(-?[0-9]+)\.0*$"


@dataclass(frozen=True, slots=True)
class Window:
    """When lines of a file may have happened; both ends are allowed."""

    earliest: datetime
    latest: datetime

    @classmethod
    def of(cls, landed_on: LandedOn, limits: IngestParameters) -> Window:
        return cls(datetime.combine(limits.earliest, time()), landed_on.end + limits.ahead)


@dataclass(frozen=True, slots=True)
class JudgedLines:
    """`table`: the stream's fields, then `line_number`; one row for each line that can be accepted.

    `left_out`: rows that the source itself leaves out. `lost`: optional fields whose value could not be taken
    (`dwell_ms: mistyped`), and of how many accepted lines.
    """

    table: pa.Table
    faults: list[LineFault]
    left_out: int = 0
    lost: dict[str, int] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        return int(self.table.nbytes) + sum(len(fault.raw) for fault in self.faults)


@dataclass(frozen=True, slots=True)
class _Read:
    """A field of all rows: its values, what is wrong with which rows, and which the source leaves out."""

    array: pa.Array
    problems: list[Problem] = field(default_factory=list)
    mistyped: Mask | None = None
    left_out: Mask | None = None


def columns_of(log: Log) -> tuple[Column, ...]:
    """What must be read from files of `log`."""
    source = log.source
    columns: dict[str, Column] = {}
    for of, name in log.read_fields:
        epoch = of.kind == "time" and source.time_unit != "iso"
        foreign = of.kind == "text" and not of.choices and bool(source.columns)
        mapped = of.name in source.values
        kind = "text" if mapped else "epoch" if epoch else of.kind
        columns[name] = Column(name, kind, foreign or mapped or of.name in source.number_ids, mapped)
    for name in source.event_id_from:
        columns.setdefault(name, Column(name, "text", number_as_text=True))
    return tuple(columns.values())


def required_columns(log: Log) -> frozenset[str]:
    """Columns without which no line of `log` can be accepted; of a strict source, those that must have their type."""
    return frozenset(name for of, name in log.read_fields if of.required) | set(log.source.event_id_from)


def judge(parsed: Parsed, log: Log, window: Window, max_line_bytes: int) -> JudgedLines:
    """Convert and check every row of `parsed`; the first fault in the order of the stream's fields is its reason."""
    source = parsed.table.combine_chunks()
    rows = source.num_rows
    read = {of.name: _field(of, log, source, parsed.unfit, window) for of in log.stream.fields}
    arrays = {name: found.array for name, found in read.items()}
    problems = [problem for found in read.values() for problem in found.problems]
    if log.stream.any_of:
        problems.append(_none_of(log.stream, arrays))
    table = pa.table(arrays).append_column("line_number", pa.array(parsed.lines))
    left_out, bad = np.zeros(rows, dtype=bool), np.zeros(rows, dtype=bool)
    for found in read.values():
        if found.left_out is not None:
            left_out |= found.left_out
    for mask, _ in problems:
        bad |= mask
    bad &= ~left_out
    lost = {
        f"{name}: mistyped": count
        for name, found in read.items()
        if found.mistyped is not None and (count := int((found.mistyped & ~bad & ~left_out).sum()))
    }
    if not bad.any() and not left_out.any():
        return JudgedLines(table, parsed.faults, 0, lost)
    faults = [*parsed.faults]
    for row in np.flatnonzero(bad).tolist():
        reason = next(say(row) for mask, say in problems if mask[row])
        faults.append(LineFault(int(parsed.lines[row]), reason, parsed.raw(row)[:max_line_bytes]))
    faults.sort(key=lambda fault: fault.line_number)
    return JudgedLines(table.filter(pa.array(~bad & ~left_out)), faults, int(left_out.sum()), lost)


def _field(
    of: Field, log: Log, source: pa.Table, unfit: Mapping[str, Mapping[int, str]], window: Window
) -> _Read:
    rows = source.num_rows
    if of.name in log.source.constants:
        return _Read(pa.repeat(pa.scalar(log.source.constants[of.name], ARROW[of.kind]), rows))
    if of.name == "event_id" and log.source.event_id_from:
        return _derived_id(log.source.event_id_from, source, unfit)
    column = log.column(of.name)
    if column is None or column not in source.column_names:
        array = pa.nulls(rows, ARROW[of.kind])
        return _Read(array, _naming(column, of, [_missing(of.name, array)]) if of.required else [])
    given, left_out = source[column].combine_chunks(), None
    if of.name in log.source.values:
        given, left_out = _mapped(given, log.source.values[of.name])
    if of.name in log.source.number_ids:
        given = pc.replace_substring_regex(given.cast(pa.string()), _WHOLE_WITH_POINT, r"\1")
    array = _without_empty(_converted(of, given, log, window), of)
    wrong = unfit.get(column, {})
    mistyped, say = _mistyped(of, given, array, log.source.time_unit, window, wrong)
    if of.kind == "texts":
        broken = _null_items(array)
        array, mistyped = pc.if_else(pa.array(broken), None, array), mistyped | broken
    costs_the_line = of.required or log.source.strict
    problems: list[Problem] = [(mistyped, say)] if costs_the_line else []
    if of.required:
        problems.append(_missing(of.name, array))
    if of.choices:
        problems.append(_unlisted(of, array))
    if of.kind == "time":
        problems += _untimely(of.name, given, array, log.source.time_unit, window)
    return _Read(array, _naming(column, of, problems), None if costs_the_line else mistyped, left_out)


def _naming(column: str | None, of: Field, problems: list[Problem]) -> list[Problem]:
    """The problems, said with the log's own name for the field where it has another."""
    if column in (None, of.name):
        return problems

    def named(say: Callable[[int], str]) -> Callable[[int], str]:
        return lambda row: f"{say(row)}; the log's column is {column!r}"

    return [(mask, named(say)) for mask, say in problems]


def _mapped(given: pa.Array, values: Mapping[str, Any]) -> tuple[pa.Array, Mask]:
    """The log's values as the source says they are ours, as texts; and the rows that it leaves out."""
    texts = given.cast(pa.string())
    named = [key for key in values if key != OTHERS]
    ours = [None if values[key] is None else _plain_text(values[key]) for key in named]
    places = pc.index_in(texts, value_set=pa.array(named, pa.string()))
    known, found = pc.is_valid(places), pc.take(pa.array(ours, pa.string()), places)
    other, drop_others = texts, False
    if OTHERS in values:
        drop_others = values[OTHERS] is None
        other = pc.if_else(pc.is_valid(texts), None if drop_others else _plain_text(values[OTHERS]), None)
    mapped = pc.if_else(known, found, other).cast(pa.string())
    dropped = _mask(pc.and_(known, pc.is_null(found)))
    if drop_others:
        dropped |= _mask(pc.and_(pc.is_valid(texts), pc.invert(known)))
    return mapped, dropped


def _plain_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _converted(of: Field, given: pa.Array, log: Log, window: Window) -> pa.Array:
    """The values as the field's type; null where they cannot be."""
    if pa.types.is_null(given.type):
        return pa.nulls(len(given), ARROW[of.kind])
    is_text = pa.types.is_string(given.type)
    match of.kind:
        case "time":
            return _times(given, log, window)
        case "date":
            return parse_dates(_filled(given)) if is_text else within_the_calendar(given)
        case "integer":
            return parse_integers(_filled(given)) if is_text else given.cast(pa.int64())
        case "boolean" if is_text or pa.types.is_integer(given.type):
            texts = given.cast(pa.string()).to_pylist()
            return pa.array([_TRUTH.get((text or "").lower()) for text in texts], pa.bool_())
        case "texts" if is_text:
            return pa.array([_texts_of(text) for text in given.to_pylist()], ARROW["texts"])
        case _:
            return given.cast(ARROW[of.kind])


def _times(given: pa.Array, log: Log, window: Window) -> pa.Array:
    bounds, unit = (window.earliest, window.latest), log.source.time_unit
    if pa.types.is_timestamp(given.type):
        return from_epoch(given.cast(pa.timestamp(given.type.unit)).cast(pa.int64()), given.type.unit, bounds)
    if pa.types.is_date(given.type):
        return from_epoch(given.cast(pa.timestamp("s")).cast(pa.int64()), "s", bounds)
    if unit == "iso":
        texts = _filled(given.cast(pa.string()))
        pattern = log.source.time_format
        return parse_times(texts) if pattern is None else parse_times_as(texts, pattern)
    if pa.types.is_string(given.type):
        return parse_epochs(_filled(given), unit, bounds)
    return from_epoch(given.cast(pa.int64()), unit, bounds)


def _filled(texts: pa.Array) -> pa.Array:
    """Empty texts as nulls."""
    if len(texts) and pc.min(pc.binary_length(texts)).as_py() == 0:
        return pc.if_else(pc.equal(pc.binary_length(texts), 0), None, texts)
    return texts


def _without_empty(array: pa.Array, of: Field) -> pa.Array:
    return _filled(array) if of.kind == "text" and not of.may_be_empty else array


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


def _derived_id(columns: tuple[str, ...], source: pa.Table, unfit: Mapping[str, Mapping[int, str]]) -> _Read:
    """The columns joined by colons; colons and backslashes inside are escaped, so that no two rows join alike."""
    parts, problems = [], list[Problem]()
    for name in columns:
        part = _filled(source[name].combine_chunks().cast(pa.string()))
        wrong, label = unfit.get(name, {}), f"{name}, part of event_id,"
        problems.append(_misfit(label, wrong, len(part), "a text or a whole number"))
        problems.append(_missing(label, part))
        escaped = pc.match_substring_regex(part, r"[:\\]")
        parts.append(
            pc.replace_substring_regex(part, r"([:\\])", r"\\\1") if pc.any(escaped).as_py() else part
        )
    return _Read(pc.binary_join_element_wise(*parts, ":"), problems)


def _is_null(array: pa.Array) -> Mask:
    if not array.null_count:
        return np.zeros(len(array), dtype=bool)
    return _mask(pc.is_null(array))


def _mask(array: pa.Array) -> Mask:
    mask: Mask = np.array(pc.fill_null(array, False).to_numpy(zero_copy_only=False))
    return mask


def _missing(name: str, array: pa.Array) -> Problem:
    return _is_null(array), lambda _: f"incomplete: {name} is missing"


def _misfit(name: str, wrong: Mapping[int, str], rows: int, expected: str) -> Problem:
    mask = np.zeros(rows, dtype=bool)
    mask[list(wrong)] = True
    return mask, lambda row: f"mistyped: {name} is {wrong[row]}, expected {expected}"


def _mistyped(
    of: Field,
    given: pa.Array,
    array: pa.Array,
    unit: str,
    window: Window,
    wrong: Mapping[int, str],
) -> Problem:
    """Rows that had a value and lost it in conversion, or whose value the reader could not hand over (`wrong`)."""
    mask = _is_null(array) & ~_is_null(given)
    if mask.any() and pa.types.is_string(given.type):
        mask &= _mask(pc.greater(pc.binary_length(given), 0))
    expected = _EXPECTED[of.kind]
    if of.kind == "time" and unit != "iso":
        expected = f"a number of {_UNIT_NAMES[unit]} since 1970"
    mask[list(wrong)] = True

    def say(row: int) -> str:
        if row in wrong:
            return f"mistyped: {of.name} is {wrong[row]}, expected {expected}"
        hint = _unit_hint(given[row], unit, window) if of.kind == "time" else ""
        return f"mistyped: {of.name} is {_quoted(given[row])}, expected {expected}{hint}"

    return mask, say


def _unlisted(of: Field, array: pa.Array) -> Problem:
    listed = pc.is_in(array, value_set=pa.array(of.choices), skip_nulls=False)
    mask = ~_mask(listed) & ~_is_null(array)
    return (
        mask,
        lambda row: f"unlisted: {of.name} is {_quoted(array[row])}, expected {', '.join(of.choices)}",
    )


def _null_items(array: pa.Array) -> Mask:
    """Which lists hold an item that is no text."""
    mask = np.zeros(len(array), dtype=bool)
    if array.flatten().null_count:
        mask[:] = [items is not None and None in items for items in array.to_pylist()]
    return mask


def _untimely(name: str, given: pa.Array, array: pa.Array, unit: str, window: Window) -> list[Problem]:
    early = _mask(pc.less(array, pa.scalar(window.earliest, TIMESTAMP)))
    late = _mask(pc.greater(array, pa.scalar(window.latest, TIMESTAMP)))

    def before(row: int) -> str:
        return (
            f"untimely: {name} {_shown(given[row])} is before {_iso(window.earliest)} (ingest.earliest)"
            f"{_unit_hint(given[row], unit, window)}"
        )

    def after(row: int) -> str:
        return (
            f"untimely: {name} {_shown(given[row])} is after {_iso(window.latest)}, the end of landing and "
            f"ingest.ahead{_unit_hint(given[row], unit, window)}"
        )

    return [(early, before), (late, after)]


def _unit_hint(value: Any, unit: str, window: Window) -> str:
    """Which other unit would give a time that may be, for a person who may have mistaken it."""
    plain = readable(value)
    if isinstance(plain, datetime | date):
        return ""
    try:
        number = float(plain)
    except ValueError:
        readable_as_iso = unit != "iso" and pc.is_valid(parse_times(pa.array([str(plain)])))[0].as_py()
        return "; is time_unit: iso meant?" if readable_as_iso else ""
    for other, scale in PER_SECOND.items():
        seconds = number / scale
        if other == unit or not abs(seconds) < (window.latest - EPOCH).total_seconds():
            continue
        moment = EPOCH + timedelta(seconds=seconds)
        if window.earliest <= moment <= window.latest:
            return f"; as {_UNIT_NAMES[other]} this is {moment.date()}; is time_unit: {other} meant?"
    return ""


def _none_of(stream: Stream, arrays: dict[str, pa.Array]) -> Problem:
    mask = np.logical_and.reduce([_is_null(arrays[name]) for name in stream.any_of])
    return mask, lambda _: f"incomplete: {' and '.join(stream.any_of)} are missing"


def _quoted(value: Any) -> str:
    text = repr(readable(value))
    return text if len(text) <= 80 else f"{text[:79]}…"


def _shown(value: Any) -> str:
    """A time as it was given."""
    plain = readable(value)
    if isinstance(plain, datetime | date):
        return _iso(plain)
    return str(plain)


def _iso(moment: date) -> str:
    return f"{moment.isoformat()}Z"
