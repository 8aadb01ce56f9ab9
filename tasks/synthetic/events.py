"""Interactions as arrays, and the batches that they come in."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tasks.synthetic.parameters import MOST_CHUNKS, SyntheticParameters
from tasks.synthetic.randomness import Booleans, Chunk, Integers

KINDS = ("view", "click", "like", "reply", "reflit", "share", "hide", "report")
SURFACES = ("feed", "search", "profile", "ad")
VIEW, CLICK, LIKE, REPLY, REFLIT, SHARE, HIDE, REPORT = range(len(KINDS))
FEED, SEARCH, PROFILE, AD = range(len(SURFACES))

LAG_SHARES = (0.6, 0.3, 0.1)
"""Of the late events, arrive one, two and three days after they occurred."""


@dataclass(frozen=True, slots=True, eq=False)
class Interactions:
    """n events of one chunk of birds and one batch (day, lag), ordered by time, then number.

    `number`: unique in the world. `at_ms`: after the start of the world. `bird`: number in the population.
    `flit`: its number. `session`: unique in the world. `dwell_ms`: −1 where nothing was measured.
    """

    number: Integers
    at_ms: Integers
    bird: NDArray[np.int32]
    flit: Integers
    topic: NDArray[np.int8]
    facet: NDArray[np.int8]
    kind: NDArray[np.int8]
    surface: NDArray[np.int8]
    session: Integers
    dwell_ms: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.number)

    def __getitem__(self, rows: slice | Integers | Booleans) -> Self:
        return type(self)(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    @classmethod
    def none(cls) -> Self:
        """No events."""
        wide, narrow = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int8)
        small = np.zeros(0, dtype=np.int32)
        return cls(wide, wide, small, wide, narrow, narrow, narrow, narrow, wide, small)

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """Several batches as one, ordered by time, then number; at least one."""
        columns = {
            field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)
        }
        return cls(**columns)[np.lexsort((columns["number"], columns["at_ms"]))]


@dataclass(frozen=True, slots=True)
class EventBatch:
    """The events of one day and one chunk of birds that arrive `lag` days later."""

    day: int
    chunk: Chunk
    lag: int = 0

    @property
    def first_number(self) -> int:
        """Where the numbers of its events and sessions begin."""
        return ((self.day * MOST_CHUNKS + self.chunk.number) * 4 + self.lag) * 10**8


def share_of(parameters: SyntheticParameters, lag: int) -> float:
    """The share of a day's events that arrives `lag` days later."""
    return 1 - parameters.late_share if lag == 0 else parameters.late_share * LAG_SHARES[lag - 1]
