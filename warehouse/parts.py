"""`Parts`: several vectors an entity, each with its weight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warehouse.vectors import Ids, Matrix, Vectors, as_ids

SMALLEST_MEAN = 1e-6
"""A mean shorter than this part of the longest of its vectors is rounding, not a direction."""


TYPES = ["int32", "float32", "float32"]


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Row i of `matrix` is part `part[i]` of `ids[i]`, and counts `weight[i]` among the parts of that id.

    `ids` (m,), `part` (m,), int32, from 0; (id, part) ascend, each once. `weight` (m,), float32, above 0 and finite.
    `matrix` (m, d), float32, finite. ValueError where any of this does not hold.
    """

    ids: Ids
    part: NDArray[np.int32]
    weight: Matrix
    matrix: Matrix

    def __post_init__(self) -> None:
        if self.matrix.ndim != 2 or not (
            self.ids.shape == self.part.shape == self.weight.shape == self.matrix.shape[:1]
        ):
            raise ValueError(
                f"{self.ids.shape} ids, {self.part.shape} parts, {self.weight.shape} weights "
                f"do not fit a matrix of shape {self.matrix.shape}"
            )
        if [str(array.dtype) for array in (self.part, self.weight, self.matrix)] != TYPES:
            raise ValueError(
                "parts must be int32, weights and vectors float32, "
                f"found {self.part.dtype}, {self.weight.dtype} and {self.matrix.dtype}"
            )
        self._check_order()
        if not (np.isfinite(self.weight) & (self.weight > 0)).all():
            raise ValueError("weights of parts must be finite and above 0")
        if not np.isfinite(self.matrix).all():
            raise ValueError("vectors of parts hold NaN or infinity")
        if (self.part < 0).any():
            raise ValueError(f"parts are numbered from 0, found {int(self.part.min())}")

    def _check_order(self) -> None:
        above, same = self.ids[1:] > self.ids[:-1], self.ids[1:] == self.ids[:-1]
        disordered = np.flatnonzero(~(above | (same & (self.part[1:] > self.part[:-1]))))
        if disordered.size:
            row = int(disordered[0])
            raise ValueError(
                f"(id, part) must be sorted and unique: row {row} is {self.ids[row]!r} {self.part[row]}, "
                f"row {row + 1} {self.ids[row + 1]!r} {self.part[row + 1]}"
            )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def dim(self) -> int:
        return int(self.matrix.shape[1])

    @property
    def starts(self) -> NDArray[np.int64]:
        """The first row of each id, (n,)."""
        return np.flatnonzero(
            np.concatenate([np.ones(min(len(self), 1), bool), self.ids[1:] != self.ids[:-1]])
        )

    def of(self, wanted: str) -> Parts:
        """The parts of one id; none where it is unknown."""
        first, end = (int(np.searchsorted(self.ids, as_ids([wanted]), side)[0]) for side in ("left", "right"))
        rows = slice(first, end)
        return Parts(self.ids[rows], self.part[rows], self.weight[rows], self.matrix[rows])

    def heaviest(self) -> NDArray[np.int64]:
        """The row of each id's heaviest part, (n,), of equal ones the first."""
        rows = self.starts
        for behind, has in self._followers():
            later = np.minimum(self.starts + behind, len(self) - 1)
            rows = np.where(has & (self.weight[later] > self.weight[rows]), later, rows)
        return rows

    def summary(self) -> Vectors:
        """One row an id: the weighted mean of its parts, or its heaviest part where they cancel each other out.

        Comparisons, gate and report look at this one row. Memory: 8 bytes × dimensions an id.
        """
        starts, heaviest = self.starts, self.matrix[self.heaviest()]
        total = np.add.reduceat(self.weight, starts) if len(self) else self.weight
        mean = self.matrix[starts] * (self.weight[starts] / total)[:, None]
        for behind, has in self._followers():
            rows = starts[has] + behind
            mean[has] += self.matrix[rows] * (self.weight[rows] / total[has])[:, None]
        cancelled = np.linalg.norm(mean, axis=1) <= SMALLEST_MEAN * np.linalg.norm(heaviest, axis=1)
        mean[cancelled] = heaviest[cancelled]
        return Vectors(self.ids[starts], mean.astype(np.float32, copy=False))

    @property
    def most(self) -> int:
        """How many parts an id has at the most."""
        return int(self._counts().max(initial=0))

    def _counts(self) -> NDArray[np.int64]:
        return np.diff(np.append(self.starts, len(self)))

    def _followers(self) -> list[tuple[int, NDArray[np.bool_]]]:
        """(k, which ids have a k-th part after their first), until none has."""
        counts = self._counts()
        return [(behind, counts > behind) for behind in range(1, self.most)]
