"""Texts and numbers → times, dates and whole numbers, vectorised; what cannot be one becomes null."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

TIMESTAMP = pa.timestamp("us")
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as in the warehouse
PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_MICROS = PER_SECOND["us"]
_ZONED = pa.timestamp("us", "UTC")
_DATE = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"[T ]([01][0-9]|2[0-3])(:[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?)?"
_OFFSET = r"(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)"
_AS_EXPORTED = (
    (r"^[ \t]+|[ \t]+$", ""),
    (r"\[[A-Za-z_/+-]+\]$", ""),  # Java's zone name after the offset
    (r"[ ]([+-][0-9]{4}) [A-Z]{3,5}$", r"\1"),  # Go's own text
    (r"[ ]?(UTC|GMT|utc|gmt|z)$", "Z"),  # BigQuery's text; RFC 3339 in lower case
    (r"[ ]([+-][0-9]{2}:?[0-9]{2})$", r"\1"),
    (r"^([0-9]{4})([0-9]{2})([0-9]{2})($|[Tt ])", r"\1-\2-\3\4"),  # ISO 8601 without dashes and colons
    (r"^([0-9-]{10})t", r"\1T"),
    (r"^([0-9-]{10}[T ][0-9]{2})([0-9]{2})([0-9]{2})($|[^0-9:])", r"\1:\2:\3\4"),
    (r"^([0-9-]{10}[T ][0-9]{2})([0-9]{2})($|[^0-9:])", r"\1:\2\3"),
    (r",([0-9]+)", r".\1"),
    (
        r"(:59:)60(\.[0-9]+)?($|[^0-9])",
        r"\159.999999\3",
    ),  # a leap second: the last moment before the next day
)
"""How exporters write times, and the same as `parse_times` reads it; each applies to what the one before left."""
_MIDNIGHT_AFTER = r"^([0-9-]{10}[T ])24(:00(:00(\.0+)?)?)?($|[^0-9:.])"
_MIDNIGHT = r"\100:00:00\5"
_NUMBER = r"^-?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?$"
_EXACT_BELOW = float(1 << 53)


def parse_times(texts: pa.Array) -> pa.Array:
    """ISO-8601 texts, also as common exporters write them → timestamps in µs; null stays null and what is no time
    becomes null.

    Without a zone it is UTC; an offset is taken off; a date alone is its midnight; digits beyond µs are cut; 24:00:00
    is the midnight after; a leap second is the last µs before the next minute.
    """
    try:
        return pc.cast(texts, _ZONED).cast(TIMESTAMP)
    except pa.ArrowInvalid:
        found = _strict(texts)
        odd = pc.and_(pc.is_valid(texts), pc.is_null(found))
        if not pc.any(odd).as_py():
            return found
        return pc.replace_with_mask(found, odd, _as_exported(pc.filter(texts, odd)))


def _strict(texts: pa.Array) -> pa.Array:
    cut = pc.replace_substring_regex(texts, r"(\.[0-9]{6})[0-9]+", r"\1")
    zoned = _cast_or_null(_only(cut, f"{_DATE}{_CLOCK}{_OFFSET}$"), _ZONED).cast(TIMESTAMP)
    naive = _cast_or_null(_only(cut, f"{_DATE}({_CLOCK})?$"), TIMESTAMP)
    return pc.coalesce(zoned, naive)


def _as_exported(texts: pa.Array) -> pa.Array:
    for pattern, plain in _AS_EXPORTED:
        texts = pc.replace_substring_regex(texts, pattern, plain)
    later = pc.match_substring_regex(texts, _MIDNIGHT_AFTER)
    found = _strict(pc.replace_substring_regex(texts, _MIDNIGHT_AFTER, _MIDNIGHT))
    day = pa.scalar(timedelta(days=1), pa.duration("us"))
    return pc.if_else(later, pc.add(found, day), found)


def parse_times_as(texts: pa.Array, pattern: str) -> pa.Array:
    """Texts of a `strptime` pattern → timestamps in µs, UTC; what is none becomes null. Each text is read once."""
    encoded = texts.dictionary_encode()
    read = [_moment(text, pattern) for text in encoded.dictionary.to_pylist()]
    return pc.take(pa.array(read, TIMESTAMP), encoded.indices)


def _moment(text: str, pattern: str) -> datetime | None:
    try:
        moment = datetime.strptime(text.strip(), pattern)  # noqa: DTZ007 - without a zone it is UTC
        return (moment.astimezone(UTC) if moment.tzinfo else moment).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def parse_dates(texts: pa.Array) -> pa.Array:
    """Texts YYYY-MM-DD → dates; anything else becomes null."""
    return within_the_calendar(_cast_or_null(_only(texts, f"{_DATE}$"), pa.date32()))


def within_the_calendar(dates: pa.Array) -> pa.Array:
    """Dates in days; null for what no calendar of Python's holds: those who read them later could not."""
    days = pc.cast(dates, pa.date32(), safe=False)
    first, last = pa.scalar(date.min, pa.date32()), pa.scalar(date.max, pa.date32())
    return pc.if_else(pc.and_(pc.greater_equal(days, first), pc.less_equal(days, last)), days, None)


def parse_integers(texts: pa.Array) -> pa.Array:
    """Decimal texts → whole numbers of 64 bits, `1234.0` among them; anything else becomes null."""
    plain = _cast_or_null(_only(texts, r"^-?[0-9]+$"), pa.int64())
    if plain.null_count == texts.null_count:
        return plain
    numbers = _fractions(texts, plain)
    whole = pc.and_(pc.equal(pc.floor(numbers), numbers), pc.less(pc.abs(numbers), _EXACT_BELOW))
    return pc.coalesce(plain, pc.cast(pc.if_else(whole, numbers, None), pa.int64()))


def _fractions(texts: pa.Array, plain: pa.Array) -> pa.Array:
    """Numbers with a point or an exponent, where `plain` has none yet."""
    rest = pc.if_else(pc.is_null(plain), texts, None)
    rest = _only(rest, r"[.eE]")
    return _cast_or_null(_only(rest, _NUMBER), pa.float64())


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


def parse_epochs(texts: pa.Array, unit: str, bounds: tuple[datetime, datetime]) -> pa.Array:
    """Decimal texts of `unit` since 1970, whole or fractions → timestamps as `from_epoch` makes them; else null."""
    plain = _cast_or_null(_only(texts, r"^-?[0-9]{1,19}$"), pa.int64())
    moments = from_epoch(plain, unit, bounds)
    if plain.null_count == texts.null_count:
        return moments
    seconds = pc.divide(_fractions(texts, plain), float(PER_SECOND[unit]))
    low, high = ((bound - EPOCH).total_seconds() for bound in bounds)
    clipped = pc.min_element_wise(pc.max_element_wise(seconds, low - 1), high + 1)
    micros = pc.cast(
        pc.round(pc.multiply(pc.if_else(pc.is_valid(seconds), clipped, None), float(_MICROS))), pa.int64()
    )
    return pc.coalesce(moments, micros.cast(TIMESTAMP))


def from_epoch(numbers: pa.Array, unit: str, bounds: tuple[datetime, datetime]) -> pa.Array:
    """Whole numbers of `unit` since 1970 → timestamps in µs, rounded down.

    A number beyond `bounds` becomes a time up to 2 s beyond them: far numbers must not overflow.
    """
    scale = PER_SECOND[unit]
    low, high = (int((bound - EPOCH).total_seconds()) for bound in bounds)
    lowest, highest = pa.scalar((low - 1) * scale, pa.int64()), pa.scalar((high + 2) * scale, pa.int64())
    clipped = pc.if_else(pc.less(numbers, lowest), lowest, numbers)
    clipped = pc.if_else(pc.greater(clipped, highest), highest, clipped)
    fine = scale > _MICROS
    micros = pc.divide(clipped, scale // _MICROS) if fine else pc.multiply(clipped, _MICROS // scale)
    return micros.cast(TIMESTAMP)
