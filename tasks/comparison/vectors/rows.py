"""Rows of a matrix: lengths, directions, cosines, common ids. Float64 inside, in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warehouse.vectors import Ids, Matrix, Vectors

BLOCK_ROWS = 8192
"""Rows worked on at a time: 8 MiB of float64 at 128 dimensions."""

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]


def blocks(rows: int) -> Iterator[slice]:
    """Slices of at most `BLOCK_ROWS` that cover `rows`."""
    return (slice(start, min(start + BLOCK_ROWS, rows)) for start in range(0, rows, BLOCK_ROWS))


def lengths(matrix: Matrix) -> Floats:
    """Euclidean length of each row, (n,). Squares of float32 neither overflow nor vanish in float64."""
    result = np.zeros(len(matrix))
    for block in blocks(len(matrix)):
        rows = matrix[block].astype(np.float64)
        result[block] = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return result


def directions(matrix: Matrix, norms: Floats | None = None) -> Matrix:
    """Rows of unit length, (n, d) float32; a zero row stays zero."""
    norms = lengths(matrix) if norms is None else norms
    result = np.zeros(matrix.shape, dtype=np.float32)
    for block in blocks(len(matrix)):
        divisor = np.where(norms[block] > 0, norms[block], 1.0)[:, None]
        result[block] = matrix[block].astype(np.float64) / divisor
    return result


def cosines(old: Matrix, new: Matrix) -> Floats:
    """Cosine of each row of `old` with the same row of `new`, (n,), in [−1, 1].

    Two zero rows have not changed: 1. A zero row against another: 0.
    """
    old_norms, new_norms = lengths(old), lengths(new)
    result = np.zeros(len(old))
    for block in blocks(len(old)):
        result[block] = np.einsum("ij,ij->i", old[block].astype(np.float64), new[block].astype(np.float64))
    scale = old_norms * new_norms
    result = np.divide(result, scale, out=np.zeros_like(result), where=scale > 0)
    result[(old_norms == 0) & (new_norms == 0)] = 1.0
    return np.clip(result, -1.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Common:
    """The ids of both sides: `ids` (n,) in order, and the row of each in `old` and in `new`."""

    ids: Ids
    old_rows: Rows
    new_rows: Rows

    @classmethod
    def of(cls, old: Vectors, new: Vectors) -> Common:
        old_rows = old.rows(new.ids)
        new_rows = np.flatnonzero(old_rows >= 0).astype(np.int64)
        return cls(new.ids[new_rows], old_rows[new_rows], new_rows)

    def __len__(self) -> int:
        return len(self.ids)
