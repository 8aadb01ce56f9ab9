"""Texts and whole numbers → times, dates and numbers, vectorised; what cannot be one becomes null."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

TIMESTAMP = pa.timestamp("us")
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as in the warehouse
PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_ZONED = pa.timestamp("us", "UTC")
_BLOCK = 1024

Attempt = Callable[[pa.Array], pa.Array]
"""Converts all values or raises ArrowInvalid."""


def parse_times(texts: pa.Array) -> pa.Array:
    """ISO-8601 texts → timestamps in µs; null stays null and what is no time becomes null.

    Without a zone it is UTC; an offset is taken off; a date alone is its midnight; digits beyond µs are cut.
    """
    return convert_or_null(
        texts, TIMESTAMP, [_zoned, _naive, lambda a: _zoned(_cut(a)), lambda a: _naive(_cut(a))]
    )


def parse_dates(texts: pa.Array) -> pa.Array:
    """Texts YYYY-MM-DD → dates; anything else becomes null."""
    return convert_or_null(texts, pa.date32(), [lambda a: pc.cast(a, pa.date32())])


def parse_integers(texts: pa.Array) -> pa.Array:
    """Decimal texts → whole numbers of 64 bits; anything else becomes null."""
    decimal = pc.if_else(pc.match_substring_regex(texts, r"^-?[0-9]+$"), texts, None)
    return convert_or_null(decimal, pa.int64(), [lambda a: pc.cast(a, pa.int64())])


def convert_or_null(values: pa.Array, target: pa.DataType, attempts: Sequence[Attempt]) -> pa.Array:
    """The first attempt that takes all values; where none does, smaller blocks, and at last null for a value.

    What becomes of a value does not depend on its neighbours, if no two attempts disagree about a value.
    """
    for attempt in attempts:
        try:
            return attempt(values)
        except pa.ArrowInvalid:
            continue
    if len(values) <= 1:
        return pa.nulls(len(values), target)
    step = _BLOCK if len(values) > _BLOCK else 1
    parts = [convert_or_null(values.slice(at, step), target, attempts) for at in range(0, len(values), step)]
    return pa.concat_arrays(parts)


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


def _zoned(texts: pa.Array) -> pa.Array:
    return pc.cast(texts, _ZONED).cast(TIMESTAMP)


def _naive(texts: pa.Array) -> pa.Array:
    return pc.cast(texts, TIMESTAMP)


def _cut(texts: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(texts, r"(\.[0-9]{6})[0-9]+", r"\1")
