"""Days that land together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tasks.synthetic.randomness import Booleans, Integers
from tasks.synthetic.rhythm import DAY_MS


@dataclass(frozen=True, slots=True)
class Span:
    """Days [first, end) of the world; with `and_before`, what happened before the world as well."""

    first: int
    end: int
    and_before: bool = False

    @property
    def days(self) -> range:
        return range(self.first, self.end)

    def holds(self, at_ms: Integers) -> Booleans:
        """(n,) which moments lie in it."""
        return np.asarray(((at_ms >= self.first * DAY_MS) | self.and_before) & (at_ms < self.end * DAY_MS))
