"""The largest singular directions of a sparse matrix, by randomised projection.

Halko, Martinsson and Tropp, "Finding Structure with Randomness" (2011), algorithm 4.4 and section 6.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from warehouse.threads import one_thread
from warehouse.vectors import Matrix

# Singular values of float32 that are this much smaller than the largest.
ROUNDING = 1e-5


def factors(matrix: csr_array, dimensions: int, seed: int) -> tuple[Matrix, Matrix]:
    """U (n, dimensions) and the singular values (dimensions,), largest first; zeros where the matrix has no more.

    On one thread, so that equal matrices give equal bytes. Memory: 12 bytes × (dimensions + 10) × (n + columns).
    """
    left = np.zeros((matrix.shape[0], dimensions), dtype=np.float32)
    strengths = np.zeros(dimensions, dtype=np.float32)
    rank = min(dimensions, *matrix.shape)
    if rank == 0 or not matrix.nnz:
        return left, strengths
    from sklearn.utils.extmath import randomized_svd

    with one_thread():
        found, values, _ = randomized_svd(matrix.astype(np.float32), rank, random_state=seed)
    return _padded(found, values, left, strengths)


def centred_factors(matrix: csr_array, dimensions: int, seed: int) -> tuple[Matrix, Matrix]:
    """As `factors`, of the matrix less the mean of its rows: U Σ are the scores of its principal components.

    The mean is taken away from products, not from the matrix, which stays sparse unless it is smaller than
    `dimensions`.
    """
    left = np.zeros((matrix.shape[0], dimensions), dtype=np.float32)
    strengths = np.zeros(dimensions, dtype=np.float32)
    rank = min(dimensions, *matrix.shape)
    if rank == 0 or not matrix.nnz:
        return left, strengths
    from sklearn.decomposition import PCA

    sparse = rank < min(matrix.shape)
    model = PCA(rank, svd_solver="arpack" if sparse else "full", random_state=seed)
    with one_thread():
        scores = model.fit_transform(matrix if sparse else matrix.toarray())
    values = model.singular_values_
    return _padded(scores / np.where(values > 0, values, 1), values, left, strengths)


def _padded(found: Matrix, values: Matrix, left: Matrix, strengths: Matrix) -> tuple[Matrix, Matrix]:
    """Fill in the directions that are more than rounding; what is left of the others is noise of any direction."""
    some = np.flatnonzero(values > ROUNDING * values[0])
    left[:, some], strengths[some] = found[:, some], values[some]
    return left, strengths


def directions(matrix: Matrix, count: int, seed: int) -> Matrix:
    """(≤ count, columns): the right singular vectors of a dense matrix, strongest first, on one thread."""
    rank = min(count, *matrix.shape)
    if rank == 0 or not matrix.any():
        return np.zeros((0, matrix.shape[1]), dtype=np.float32)
    from sklearn.utils.extmath import randomized_svd

    with one_thread():
        _, _, right = randomized_svd(matrix, rank, random_state=seed)
    found: Matrix = right.astype(np.float32)
    return found
