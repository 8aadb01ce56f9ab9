"""Exact nearest neighbours, with a total order: by score, and equal scores by row."""

from __future__ import annotations

from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from warehouse.vectors import Matrix

Metric = Literal["cosine", "dot"]
Rows = NDArray[np.int64]
Scores = NDArray[np.float64]

_CHUNK = 8192
_FLOAT32_STEP = float(np.finfo(np.float32).eps)


class Neighbour(NamedTuple):
    """An id and its score: the cosine, or the inner product where the metric is `dot`."""

    id: str
    score: float


class ExactSearch:
    """Searches the rows of a matrix of shape (n, d), float32, without an index.

    The whole matrix is scored in float32; what could be among the best is scored again in float64, row by
    row, so that equal vectors have equal scores wherever they lie. A zero row has the cosine 0 with
    everything.
    """

    def __init__(self, matrix: Matrix, metric: Metric) -> None:
        self.matrix = matrix
        self.metric = metric

    def query(self, vector: NDArray[np.floating]) -> Scores:
        """`vector` as `best` and `rank` take it: float64, of unit length for the cosine.

        ValueError where its shape is not (d,), it is not finite, or has no direction and the metric is the
        cosine.
        """
        query = np.asarray(vector, dtype=np.float64)
        if query.shape != self.matrix.shape[1:]:
            raise ValueError(f"expected a query of shape {self.matrix.shape[1:]}, found {query.shape}")
        if not np.isfinite(query).all():
            raise ValueError("expected a finite query, found NaN or infinity in it")
        if self.metric == "dot":
            return query
        length = float(np.linalg.norm(query))
        if length == 0.0:
            raise ValueError(
                "a query of length 0 has no direction, so that nothing is near it; pass another vector"
            )
        return query / length

    def best(self, query: Scores, k: int, excluded: int | None = None) -> tuple[Rows, Scores]:
        """The k best rows but `excluded`, best first, and their scores; fewer where there are fewer rows."""
        rough = self._rough_scores(query)
        if excluded is not None:
            rough[excluded] = -np.inf
        available = len(rough) - (excluded is not None)
        if k >= available:
            rows = (
                np.flatnonzero(np.arange(len(rough)) != excluded)
                if excluded is not None
                else np.arange(len(rough))
            )
            return self.rank(rows.astype(np.int64), query, k)
        threshold = np.partition(rough, len(rough) - k)[len(rough) - k] - self._slack(query)
        return self.rank(np.flatnonzero(rough >= threshold), query, k)

    def rank(self, rows: Rows, query: Scores, k: int) -> tuple[Rows, Scores]:
        """The k best of `rows` and their scores."""
        scores = self.scores(rows, query)
        order = np.lexsort((rows, -scores))[:k]
        return rows[order], scores[order]

    def scores(self, rows: Rows, query: Scores) -> Scores:
        """The score of each row in float64; what a row scores does not depend on the rows beside it."""
        scores = np.empty(len(rows), dtype=np.float64)
        for start in range(0, len(rows), _CHUNK):
            part = self.matrix[rows[start : start + _CHUNK]].astype(np.float64)
            products = (part * query).sum(axis=1)
            if self.metric == "cosine":
                lengths = np.sqrt((part * part).sum(axis=1))
                products = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
            scores[start : start + _CHUNK] = products
        return scores

    def directions(self) -> Matrix:
        """The matrix as an index sees it: rows of unit length for the cosine (a zero row stays zero)."""
        return self.matrix if self.metric == "dot" else self.matrix * self._scales[:, None]

    def _rough_scores(self, query: Scores) -> Matrix:
        products: Matrix = self.matrix @ query.astype(np.float32)
        return products if self.metric == "dot" else products * self._scales

    def _slack(self, query: Scores) -> float:
        """How far a float32 score may be off: twice the bound of a dot product of d terms."""
        longest = 1.0 if self.metric == "cosine" else self._longest * float(np.linalg.norm(query))
        terms = int(self.matrix.shape[1])
        return 2.0 * (terms + 2) * _FLOAT32_STEP * longest

    @cached_property
    def _lengths(self) -> Matrix:
        lengths: Matrix = np.sqrt(np.einsum("ij,ij->i", self.matrix, self.matrix))
        return lengths

    @cached_property
    def _longest(self) -> float:
        return float(self._lengths.max(initial=0.0))

    @cached_property
    def _scales(self) -> Matrix:
        lengths = self._lengths
        return np.divide(np.float32(1.0), lengths, out=np.zeros_like(lengths), where=lengths > 0)
