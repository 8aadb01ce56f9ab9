"""Two versions as two samples of one space: the ground on which their distributions are compared.

Who is who does not count here, so the statistics see no swap of ids; `paired` does.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.comparison.vectors.neighbours import sample
from tasks.comparison.vectors.rows import Floats
from warehouse.vectors import Ids, Vectors


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Some rows of one version: `ids` (n,) in order; `points` (n, d) and `norms` (n,), float64, in the pool's unit."""

    ids: Ids
    points: Floats
    norms: Floats

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Samples of two versions, in the principal axes of both together, widest axis first.

    Origin: the mean of all rows. Unit: the root mean square length of all rows, 1 where all are zero. These axes
    turn with the vectors, so that what is computed in them does not depend on a rotation common to both.
    """

    old: Sample
    new: Sample

    @classmethod
    def of(cls, old: Vectors, new: Vectors, rows: int) -> Pool:
        """The same at most `rows` ids of either version, as far as they are in it. ValueError for other dimensions."""
        if old.dim != new.dim:
            raise ValueError(f"dimensions {old.dim} and {new.dim} have no common axes")
        taken = [sample(side.ids, rows) for side in (old, new)]
        chosen = [
            side.matrix[which].astype(np.float64) for side, which in zip((old, new), taken, strict=True)
        ]
        together = np.concatenate(chosen)
        unit = float(np.sqrt(np.square(together).sum(axis=1).mean())) if len(together) else 0.0
        together /= unit or 1.0
        norms = np.linalg.norm(together, axis=1)
        points = _in_principal_axes(together)
        first = slice(None, len(taken[0])), slice(len(taken[0]), None)
        sides = (
            Sample(side.ids[which], points[part], norms[part])
            for side, which, part in zip((old, new), taken, first, strict=True)
        )
        return cls(*sides)

    def together(self) -> Floats:
        """(m + n, d): the old points, then the new ones."""
        return np.concatenate([self.old.points, self.new.points])


def _in_principal_axes(rows: Floats) -> Floats:
    """`rows` about their mean, (n, d), along the eigenvectors of their covariance (Pearson 1901).

    An eigenvector's sign is free: here the third moment along it is not negative.
    """
    if not len(rows):
        return rows
    centred = rows - rows.mean(axis=0)
    axes = np.linalg.eigh(centred.T @ centred)[1][:, ::-1]
    points: Floats = centred @ axes
    points *= np.where(np.einsum("ij,ij,ij->j", points, points, points) < 0, -1.0, 1.0)
    return points


def folds_of(ids: Ids, folds: int) -> NDArray[np.int64]:
    """The fold of each id, (n,), 0 to `folds` − 1, read off the id alone: the same in every version."""
    return np.array(
        [
            int.from_bytes(
                hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8, person=b"fold").digest()
            )
            % folds
            for name in ids
        ],
        dtype=np.int64,
    )
