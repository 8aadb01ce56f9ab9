"""Random streams by name. None is shared, so any part of the world can be made alone, in any order.

Birds are handled some at a time, in chunks: that bounds memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from tasks.synthetic.parameters import SyntheticParameters

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


class Purpose(IntEnum):
    """What a stream is for: each has draws of its own."""

    WORLD = 0
    BIRDS = 1
    FOLLOWS = 2
    FLITS = 3
    FLIT_DETAILS = 4
    FLIT_TEXTS = 5
    INTERACTIONS = 6
    REPLIES = 7
    SPAM = 8
    ERASURES = 9
    FILES = 10
    RESENT = 11


def stream(seed: int, purpose: Purpose, *key: int) -> np.random.Generator:
    """The generator of (seed, purpose, key). A key holds up to four numbers from 0 on; the rest is zeros."""
    if len(key) > 4:
        raise ValueError(f"a key holds at most 4 numbers, found {len(key)}")
    padded = [*key, *[0] * (4 - len(key))]
    return np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence([seed, purpose, *padded])))


def pick(rng: np.random.Generator, weights: Floats, size: int) -> Integers:
    """(size,) indices drawn in proportion to `weights`."""
    cumulative = np.cumsum(weights)
    drawn = np.searchsorted(cumulative, rng.random(size) * cumulative[-1], side="right")
    return np.asarray(np.minimum(drawn, len(weights) - 1), dtype=np.int64)


def row_of(counts: Integers) -> Integers:
    """The row that each of the repeated items belongs to: counts (2, 0, 1) → (0, 0, 2)."""
    return np.asarray(np.repeat(np.arange(len(counts)), counts), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Birds [start, stop) by their number; `number` counts chunks from 0 on."""

    number: int
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start

    @property
    def rows(self) -> slice:
        """Its rows in the population."""
        return slice(self.start, self.stop)


def chunks_of(parameters: SyntheticParameters, population: int) -> list[Chunk]:
    """The chunks that `population` birds are handled in."""
    size = parameters.birds_per_chunk
    starts = range(0, population, size)
    return [Chunk(number, start, min(start + size, population)) for number, start in enumerate(starts)]
