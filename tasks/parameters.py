"""What every parameter model of `pipelines.yaml` shares: frozen, unknown keys refused, durations as text."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
)

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = r"^([1-9][0-9]*)([smhd])$"
LONGEST = timedelta(days=36_500)
"""A century: every day of a log less a duration is a day of the calendar."""


def parse_duration(value: object) -> timedelta:
    """`30m` → 30 minutes; units s, m, h, d. ValueError for anything else, and for what is longer than `LONGEST`."""
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(_DURATION, value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"expected a duration such as 30m, 12h or 28d, found {value!r}")
    seconds = int(match[1]) * _UNITS[match[2]]
    if seconds > LONGEST.total_seconds():
        raise ValueError(f"expected a duration of at most {format_duration(LONGEST)}, found {value!r}")
    return timedelta(seconds=seconds)


def format_duration(value: timedelta) -> str:
    """The shortest text that `parse_duration` reads back."""
    seconds = int(value.total_seconds())
    unit = next(unit for unit in ("d", "h", "m", "s") if seconds % _UNITS[unit] == 0)
    return f"{seconds // _UNITS[unit]}{unit}"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _DURATION, "examples": ["30m", "12h", "28d"]}),
]


class Parameters(BaseModel):
    """Base of every parameter model."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


def one_line(error: ValidationError) -> str:
    """The first fault: its key, what is expected there and what was found."""
    fault = error.errors()[0]
    place = ".".join(map(str, fault["loc"]))
    said = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        said = "no such key"
    elif said.startswith("Input should be "):
        said = f"expected {said.removeprefix('Input should be ')}, found {fault['input']!r:.60}"
    return f"{place}: {said}" if place else said
