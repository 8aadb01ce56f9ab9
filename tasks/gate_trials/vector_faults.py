"""Faults of what was trained: of an embedding before it is aligned, and of a version that no `Vectors` would hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tasks.comparison.compare_versions import Version
from tasks.embeddings.contract import Embedding
from warehouse.vectors import Matrix, Vectors


def permute_ids(embedding: Embedding, share: float, seed: int = 0, at_least: int = 2) -> Embedding:
    """With the vectors of a `share` of the ids, `at_least` so many, handed on in a ring. ValueError below two ids."""
    rows = len(embedding.vectors)
    if rows < 2:
        raise ValueError(f"ids can be mixed up where there are two, found {rows}")
    count = min(rows, max(at_least, round(share * rows)))
    ring = np.random.default_rng(seed).choice(rows, count, replace=False)
    source = np.arange(rows)
    source[ring] = np.roll(ring, 1)
    return _with(embedding, embedding.vectors.matrix[source], _taken(embedding.output, source))


def zero_dimensions(embedding: Embedding, share: float, seed: int = 0) -> Embedding:
    """With a `share` of the dimensions, one at least, at zero, in both sides."""
    dim = embedding.vectors.dim
    zeroed = np.random.default_rng(seed).choice(dim, min(dim, max(1, round(share * dim))), replace=False)
    kept = np.ones(dim, dtype=np.float32)
    kept[zeroed] = 0
    output = None if embedding.output is None else embedding.output * kept
    return _with(embedding, embedding.vectors.matrix * kept, output)


def rotate(embedding: Embedding, seed: int = 0) -> Embedding:
    """In other axes, drawn at random: angles, lengths and scores stay. No fault where versions are aligned."""
    drawn = np.random.default_rng(seed).normal(size=(embedding.vectors.dim,) * 2)
    turn = np.linalg.qr(drawn)[0]
    output = None if embedding.output is None else _turned(embedding.output, turn)
    return _with(embedding, _turned(embedding.vectors.matrix, turn), output)


def duplicate_id(version: Version, seed: int = 0) -> Version:
    """With one row under the id of the row before it. ValueError below two rows."""
    if len(version.ids) < 2:
        raise ValueError(f"an id can be repeated where there are two, found {len(version.ids)}")
    row = int(np.random.default_rng(seed).integers(1, len(version.ids)))
    ids = version.ids.copy()
    ids[row] = ids[row - 1]
    return replace(version, ids=ids)


def non_finite(version: Version, seed: int = 0) -> Version:
    """With one number that is none. ValueError without rows."""
    if not len(version.ids):
        raise ValueError("a number can be broken where there is one, found no rows")
    generator = np.random.default_rng(seed)
    matrix = version.matrix.copy()
    matrix[generator.integers(matrix.shape[0]), generator.integers(matrix.shape[1])] = np.nan
    return replace(version, matrix=matrix)


def _with(embedding: Embedding, matrix: Matrix, output: Matrix | None) -> Embedding:
    return replace(embedding, vectors=Vectors(embedding.vectors.ids, matrix), output=output)


def _taken(matrix: Matrix | None, rows: NDArray[np.int64]) -> Matrix | None:
    return None if matrix is None else matrix[rows]


def _turned(matrix: Matrix, turn: NDArray[np.float64]) -> Matrix:
    turned: Matrix = (matrix.astype(np.float64) @ turn).astype(np.float32)
    return turned
