"""Where on a map an id lies: the first two principal components of a sample of a space."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from warehouse.vectors import Ids, Vectors

POINTS = 3_000
Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """A plane through a space. `shares`: the part of the variance that each of its two axes holds."""

    centre: NDArray[np.float64]
    axes: NDArray[np.float64]
    shares: tuple[float, float]

    @classmethod
    def of(cls, matrix: NDArray[np.floating[Any]]) -> Projection:
        """Fit to `matrix`, shape (n, d).

        An axis points to where its largest loading is positive, so that a map does not flip overnight.
        """
        dimensions = matrix.shape[1]
        if len(matrix) < 2 or not np.ptp(matrix, axis=0).any():
            return cls(np.zeros(dimensions), np.zeros((2, dimensions)), (0.0, 0.0))
        pca = PCA(n_components=min(2, *matrix.shape), svd_solver="full").fit(matrix.astype(np.float64))
        largest = np.abs(pca.components_).argmax(axis=1)
        signs = np.sign(pca.components_[np.arange(len(largest)), largest])
        axes = np.zeros((2, dimensions))
        axes[: len(largest)] = pca.components_ * signs[:, None]
        shares = [*pca.explained_variance_ratio_, 0.0]
        return cls(pca.mean_, axes, (float(shares[0]), float(shares[1])))

    def __call__(self, matrix: NDArray[np.floating[Any]]) -> Points:
        """The places of the rows of `matrix`, shape (n, 2)."""
        return np.asarray((matrix.astype(np.float64) - self.centre) @ self.axes.T)


def sample_rows(ids: Ids, size: int = POINTS) -> NDArray[np.int64]:
    """The rows of the `size` ids with the smallest BLAKE2 hashes, ascending."""
    if len(ids) <= size:
        return np.arange(len(ids))
    hashes = [hashlib.blake2b(id_.encode(), digest_size=8).digest() for id_ in ids]
    order = sorted(range(len(ids)), key=lambda row: (hashes[row], row))
    return np.sort(np.array(order[:size], dtype=np.int64))


def directions(vectors: Vectors, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """The unit vectors of some rows; a zero vector stays one."""
    chosen = vectors.matrix[rows]
    norms = np.linalg.norm(chosen, axis=1, keepdims=True)
    units: NDArray[np.float32] = np.divide(chosen, norms, out=np.zeros_like(chosen), where=norms > 0)
    return units
