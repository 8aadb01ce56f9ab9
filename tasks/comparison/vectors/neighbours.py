"""Exact nearest neighbours in bounded memory, and how many two versions share (no rotation needed)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.comparison.vectors.rows import Common, Rows, directions
from warehouse.vectors import Ids, Matrix, Vectors

AT = (10, 50)
BLOCK_CELLS = 4_000_000
"""Similarities held at a time: some 80 MB with what is made of them."""

STEPS = 1 << 20
"""Cosines count in steps of 2⁻²⁰, about a float32 product's error: what is nearer than that is a tie."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Mean share of the k nearest common ids, by cosine, that both versions agree on.

    Over `queries` of the `candidates` common ids. None where there are not more than k others: all would be
    near.
    """

    queries: int = 0
    candidates: int = 0
    overlap_at_10: float | None = None
    overlap_at_50: float | None = None


def neighbour_overlap(old: Vectors, new: Vectors, common: Common, queries: int = 2000) -> Overlap:
    """Overlap@10 and @50 among the common ids, asked from a sample of them. Dimensions may differ."""
    asked = sample(common.ids, queries)
    depth = min(max(AT), len(common) - 1)
    if depth <= 0:
        return Overlap(len(asked), len(common))
    before = _neighbours_of(old.matrix[common.old_rows], asked, depth)
    after = _neighbours_of(new.matrix[common.new_rows], asked, depth)
    at = {f"overlap_at_{k}": shared(before, after, k) if len(common) - 1 > k else None for k in AT}
    return Overlap(len(asked), len(common), **at)


def _neighbours_of(matrix: Matrix, asked: Rows, depth: int) -> Rows:
    units = directions(matrix)
    return nearest(units[asked], units, asked, depth)[0]


def shared(before: Rows, after: Rows, k: int) -> float:
    """Mean overlap of the first k of two (queries, ≥ k) tables of neighbours, each row without repetition."""
    hits = sum(
        len(np.intersect1d(a, b, assume_unique=True))
        for a, b in zip(before[:, :k], after[:, :k], strict=True)
    )
    return hits / (k * len(before))


def sample(ids: Ids, count: int) -> Rows:
    """Rows of the `count` ids with the smallest hash, in order: mostly the same ids every night."""
    keys = [
        (hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest(), row)
        for row, name in enumerate(ids)
    ]
    return np.array(sorted(row for _, row in sorted(keys)[:count]), dtype=np.int64)


def nearest(queries: Matrix, units: Matrix, own_rows: Rows, k: int) -> tuple[Rows, NDArray[np.float32]]:
    """Rows (q, k) and cosines (q, k) of the nearest `units` to each query, without its own row; ties by row.

    `queries` (q, d) and `units` (n, d) have rows of unit length; `own_rows` (q,); 0 < k < n, else ValueError.
    """
    if not 0 < k < len(units):
        raise ValueError(f"{k} neighbours wanted among {len(units) - 1} others")
    rows = np.empty((len(queries), k), dtype=np.int64)
    scores = np.empty((len(queries), k), dtype=np.float32)
    for block in _query_blocks(len(queries), len(units)):
        similarity = queries[block] @ units.T
        rows[block] = _top(similarity, own_rows[block], k)
        scores[block] = np.take_along_axis(similarity, rows[block], axis=1)
    return rows, scores


def _query_blocks(queries: int, candidates: int) -> Iterator[slice]:
    size = max(1, BLOCK_CELLS // candidates)
    return (slice(start, min(start + size, queries)) for start in range(0, queries, size))


def _top(similarity: NDArray[np.float32], own_rows: Rows, k: int) -> Rows:
    steps = np.rint(similarity * np.float32(STEPS)).astype(np.int32)
    steps[np.arange(len(steps)), own_rows] = -2 * STEPS
    least = np.partition(steps, steps.shape[1] - k, axis=1)[:, -k]
    rows = np.empty((len(steps), k), dtype=np.int64)
    for query, row in enumerate(steps):
        near = np.flatnonzero(row >= least[query])  # k rows, and more where the last place is tied
        rows[query] = near[np.argsort(-row[near], kind="stable")[:k]]
    return rows
