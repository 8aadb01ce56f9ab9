"""Ids as landing files show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tasks.synthetic.flits import ROWS_A_DAY
from tasks.synthetic.randomness import Integers

Numbers = NDArray[np.signedinteger[Any]]
_FLIT_DIGITS = 3 + len(str(ROWS_A_DAY)) - 1
_EVENT_DIGITS = 15
_MOST_DIGITS = 18
"""That an int64 holds for certain."""


def numbered(prefix: str, numbers: Numbers, digits: int) -> pl.Series:
    """`prefix` and each number, filled up with zeros; a longer number is a ValueError, never a wrong name."""
    if digits > _MOST_DIGITS or (len(numbers) and int(numbers.max()) >= 10**digits):
        raise ValueError(f"ids of {digits} digits cannot hold {int(numbers.max())}")
    return prefix + pl.Series(numbers.astype(np.int64) + 10**digits).cast(pl.String).str.slice(1)


def bird_ids(numbers: Numbers, population: int) -> pl.Series:
    """b0012: as many digits as the largest number of the population needs, at least four."""
    return numbered("b", numbers, max(4, len(str(population - 1))))


def flit_ids(numbers: Integers) -> pl.Series:
    """f0210000042: the 42nd of day 21."""
    return numbered("f", numbers, _FLIT_DIGITS)


def reply_ids(event_numbers: Integers) -> pl.Series:
    """A reply is a flit that bears the number of the event it came with."""
    return numbered("r", event_numbers, _EVENT_DIGITS)


def event_ids(numbers: Integers) -> pl.Series:
    return numbered("e", numbers, _EVENT_DIGITS)


def session_ids(numbers: Integers) -> pl.Series:
    return numbered("s", numbers, _EVENT_DIGITS)


def moments(start: datetime, at_ms: Integers) -> pl.Series:
    """Times in naive UTC, from milliseconds after `start`, the start of the world."""
    return pl.Series([start], dtype=pl.Datetime("us")) + pl.Series(at_ms).cast(pl.Duration("ms"))


def chosen(values: Sequence[str], numbers: Numbers) -> pl.Series:
    """The value of each number."""
    return pl.Series(list(values), dtype=pl.String).gather(pl.Series(numbers.astype(np.int64)))
