"""What can be seen on a day: the flits of the last weeks, ready to be drawn from by subject or by author."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tasks.synthetic.flits import ROWS_A_DAY, Flits
from tasks.synthetic.parameters import SyntheticParameters
from tasks.synthetic.randomness import Booleans, Floats, Integers
from tasks.synthetic.rhythm import DAY_MS
from tasks.synthetic.subjects import cell_of


def window_days(parameters: SyntheticParameters) -> int:
    """Flits older than this are seen no more: three times their lifetime."""
    return math.ceil(3 * parameters.lifetime_days)


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """Flits grouped and, within a group, ordered by time.

    A flit of age a weighs quality · exp(−a / lifetime). The factor exp(−now / lifetime) is common to all
    flits that are on the shelf at one moment, so that one cumulative sum of quality · exp(posted / lifetime)
    serves every moment.
    """

    keys: Integers
    cumulative: Floats
    rows: NDArray[np.int32]
    span_ms: int

    @classmethod
    def of(cls, groups: Integers, posted_ms: Integers, weights: Floats, span_ms: int) -> Self:
        """`posted_ms` in [0, span_ms)."""
        keys = groups * span_ms + posted_ms
        rows = np.argsort(keys, kind="stable").astype(np.int32)
        return cls(keys[rows], np.concatenate([[0.0], np.cumsum(weights[rows])]), rows, span_ms)

    def draw(self, groups: Integers, since_ms: Integers, until_ms: Integers, fractions: Floats) -> Integers:
        """(n,) rows, one from each group among those posted in [since, until), or −1 where there are none."""
        first = np.searchsorted(self.keys, groups * self.span_ms + since_ms)
        end = np.searchsorted(self.keys, groups * self.span_ms + until_ms)
        low, high = self.cumulative[first], self.cumulative[end]
        place = np.searchsorted(self.cumulative, low + fractions * (high - low), side="right") - 1
        place = np.clip(place, first, np.maximum(end - 1, first))
        found = end > first
        rows = np.full(len(groups), -1, dtype=np.int64)
        rows[found] = self.rows[place[found]]
        return rows


@dataclass(frozen=True, slots=True, eq=False)
class FlitPool:
    """The flits of [origin, last] days, rows in order of day and row of the day."""

    origin: int
    starts: Integers
    author: NDArray[np.int32]
    topic: NDArray[np.int8]
    facet: NDArray[np.int8]
    promoted: Booleans
    by_subject: Shelf
    by_author: Shelf
    window_ms: int

    @classmethod
    def of(cls, parameters: SyntheticParameters, days: list[Flits]) -> Self:
        """Of days in a row, at least one. Spam is never found: its quality is zero."""
        author, topic, facet, quality, posted, promoted = (
            np.concatenate([getattr(flits, name) for flits in days])
            for name in ("author", "topic", "facet", "quality", "posted_ms", "promoted")
        )
        since = posted - days[0].day * DAY_MS
        weights = quality * np.exp(since / (parameters.lifetime_days * DAY_MS))
        span = (len(days) + 1) * DAY_MS
        return cls(
            days[0].day,
            np.cumsum([0, *map(len, days)]),
            author, topic, facet, promoted,
            by_subject=Shelf.of(cell_of(topic, facet), since, weights, span),
            by_author=Shelf.of(author.astype(np.int64), since, weights, span),
            window_ms=window_days(parameters) * DAY_MS,
        )  # fmt: skip

    def number(self, rows: Integers) -> Integers:
        """(n,) the flits' numbers."""
        day = np.searchsorted(self.starts, rows, side="right") - 1
        return np.asarray((self.origin + day) * ROWS_A_DAY + rows - self.starts[day])

    def draw(self, shelf: Shelf, groups: Integers, at_ms: Integers, fractions: Floats) -> Integers:
        """(n,) rows of flits posted before `at_ms` (after the start of the world) and not too old, or −1."""
        until = at_ms - self.origin * DAY_MS
        return shelf.draw(groups, np.maximum(until - self.window_ms, 0), until, fractions)


def pool_days(parameters: SyntheticParameters, day: int) -> range:
    """The days whose flits can be seen on `day`."""
    return range(max(0, day - window_days(parameters)), day + 1)
