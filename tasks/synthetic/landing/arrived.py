"""Rows that arrive together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from tasks.synthetic.randomness import Booleans, Integers


@dataclass(frozen=True, slots=True, eq=False)
class Arrived:
    """Rows of one stream as the contract names them, times as naive UTC.

    `at_ms`: (n,) when each happened, after the start of the world. `resent`: (n,) copies of rows that landed
    on an earlier day.
    """

    frame: pl.DataFrame
    at_ms: Integers
    resent: Booleans

    def __len__(self) -> int:
        return len(self.at_ms)

    @classmethod
    def of(cls, frame: pl.DataFrame, at_ms: Integers) -> Self:
        """Rows that land for the first time."""
        return cls(frame, at_ms, np.zeros(len(at_ms), dtype=np.bool_))

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """At least one part; rows in order of time, then of parts."""
        at_ms = np.concatenate([part.at_ms for part in parts])
        frame = pl.concat([part.frame for part in parts], how="vertical")
        whole = cls(frame, at_ms, np.concatenate([part.resent for part in parts]))
        return whole.rows(np.argsort(at_ms, kind="stable"))

    def rows(self, wanted: Integers) -> Self:
        """The rows at the places `wanted`, in that order."""
        return type(self)(self.frame[wanted], self.at_ms[wanted], self.resent[wanted])


def nothing(size: int, dtype: pl.DataType | type[pl.DataType] = pl.String) -> pl.Series:
    """(size,) missing values."""
    return pl.repeat(None, size, dtype=dtype, eager=True)
