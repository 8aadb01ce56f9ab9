"""`Vectors`: ids and a matrix, the common currency of every stage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.object_]
Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """Row i of `matrix` belongs to `ids[i]`.

    `ids` has shape (n,), strings in code point order, each once; `matrix` has shape (n, d), float32, finite.
    ValueError where any of this does not hold. Build from unordered rows with `Vectors.of`.
    """

    ids: Ids
    matrix: Matrix

    def __post_init__(self) -> None:
        if self.matrix.ndim != 2 or self.ids.shape != self.matrix.shape[:1]:
            raise ValueError(f"{self.ids.shape} ids do not fit a matrix of shape {self.matrix.shape}")
        if self.matrix.dtype != np.float32:
            raise ValueError(f"vectors must be float32, found {self.matrix.dtype}")
        disordered = np.flatnonzero(self.ids[1:] <= self.ids[:-1])
        if disordered.size:
            row = int(disordered[0])
            raise ValueError(
                f"ids must be sorted and unique: row {row} is {self.ids[row]!r}, row {row + 1} {self.ids[row + 1]!r}"
            )
        unfinished = np.flatnonzero(~np.isfinite(self.matrix).all(axis=1))
        if unfinished.size:
            first = self.ids[unfinished[0]]
            raise ValueError(
                f"{unfinished.size} of {len(self)} vectors hold NaN or infinity, the first is {first!r}"
            )

    @classmethod
    def of(cls, ids: Iterable[str], matrix: NDArray[Any]) -> Vectors:
        """Sort rows by id; ValueError where an id occurs twice."""
        array = as_ids(ids)
        order = np.argsort(array, kind="stable")
        return cls(array[order], np.ascontiguousarray(matrix[order], dtype=np.float32))

    @classmethod
    def empty(cls, dim: int) -> Vectors:
        return cls(as_ids([]), np.empty((0, dim), dtype=np.float32))

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def dim(self) -> int:
        return int(self.matrix.shape[1])

    def rows(self, ids: Iterable[str]) -> NDArray[np.int64]:
        """The row of each id, −1 where it is unknown."""
        wanted = as_ids(ids)
        if not len(self):
            return np.full(len(wanted), -1, dtype=np.int64)
        found = np.minimum(np.searchsorted(self.ids, wanted), len(self) - 1)
        return np.where(self.ids[found] == wanted, found, -1).astype(np.int64)

    def normalised(self) -> Matrix:
        """The matrix with rows of unit length; a zero row stays zero."""
        norms = np.linalg.norm(self.matrix, axis=1, keepdims=True)
        unit: Matrix = np.divide(self.matrix, norms, out=np.zeros_like(self.matrix), where=norms > 0)
        return unit


def as_ids(ids: Iterable[str]) -> Ids:
    """An object array of strings, whatever the strings contain."""
    values = list(ids)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
