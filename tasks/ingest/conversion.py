"""Texts and whole numbers → times, dates and numbers, vectorised; what cannot be one becomes null."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc

TIMESTAMP = pa.timestamp("us")
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as in the warehouse
PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_ZONED = pa.timestamp("us", "UTC")
_DATE = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"[T ]([01][0-9]|2[0-3])(:[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?)?"
_OFFSET = r"(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)"


def parse_times(texts: pa.Array) -> pa.Array:
    """ISO-8601 texts → timestamps in µs; null stays null and what is no time becomes null.

    Without a zone it is UTC; an offset is taken off; a date alone is its midnight; digits beyond µs are cut.
    """
    try:
        return pc.cast(texts, _ZONED).cast(TIMESTAMP)
    except pa.ArrowInvalid:
        cut = pc.replace_substring_regex(texts, r"(\.[0-9]{6})[0-9]+", r"\1")
        zoned = _cast_or_null(_only(cut, f"{_DATE}{_CLOCK}{_OFFSET}$"), _ZONED).cast(TIMESTAMP)
        naive = _cast_or_null(_only(cut, f"{_DATE}({_CLOCK})?$"), TIMESTAMP)
        return pc.coalesce(zoned, naive)


def parse_dates(texts: pa.Array) -> pa.Array:
    """Texts YYYY-MM-DD → dates; anything else becomes null."""
    return within_the_calendar(_cast_or_null(_only(texts, f"{_DATE}$"), pa.date32()))


def within_the_calendar(dates: pa.Array) -> pa.Array:
    """Dates in days; null for what no calendar of Python's holds: those who read them later could not."""
    days = pc.cast(dates, pa.date32(), safe=False)
    first, last = pa.scalar(date.min, pa.date32()), pa.scalar(date.max, pa.date32())
    return pc.if_else(pc.and_(pc.greater_equal(days, first), pc.less_equal(days, last)), days, None)


def parse_integers(texts: pa.Array) -> pa.Array:
    """Decimal texts → whole numbers of 64 bits; anything else becomes null."""
    return _cast_or_null(_only(texts, r"^-?[0-9]+$"), pa.int64())


def _only(texts: pa.Array, shape: str) -> pa.Array:
    """Texts of that shape, null for all others."""
    return pc.if_else(pc.match_substring_regex(texts, shape), texts, None)


def _cast_or_null(texts: pa.Array, target: pa.DataType) -> pa.Array:
    """Texts of the right shape as `target`; null for what still is none (30 February), found by halving."""
    try:
        return pc.cast(texts, target)
    except pa.ArrowInvalid:
        if len(texts) <= 1:
            return pa.nulls(len(texts), target)
        half = len(texts) // 2
        return pa.concat_arrays([_cast_or_null(part, target) for part in (texts[:half], texts[half:])])


def from_epoch(numbers: pa.Array, unit: str, bounds: tuple[datetime, datetime]) -> pa.Array:
    """Whole numbers of `unit` since 1970 → timestamps in µs, rounded down.

    A number beyond `bounds` becomes a time up to 2 s beyond them: far numbers must not overflow.
    """
    scale = PER_SECOND[unit]
    low, high = (int((bound - EPOCH).total_seconds()) for bound in bounds)
    lowest, highest = pa.scalar((low - 1) * scale, pa.int64()), pa.scalar((high + 2) * scale, pa.int64())
    clipped = pc.if_else(pc.less(numbers, lowest), lowest, numbers)
    clipped = pc.if_else(pc.greater(clipped, highest), highest, clipped)
    if scale > PER_SECOND["us"]:
        micros = pc.divide(clipped, scale // PER_SECOND["us"])
    else:
        micros = pc.multiply(clipped, PER_SECOND["us"] // scale)
    return micros.cast(TIMESTAMP)
