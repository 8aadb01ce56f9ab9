"""Nearest neighbours: exact, with a total order (by score, equal scores by row), and by an approximate index.

The index over `vector` is faiss `IndexHNSWSQ` with fp16 storage, built the same way every time. faiss is imported where
it is used, so that reading a snapshot without an index does not need it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from warehouse.snapshots.canonical import JsonObject
from warehouse.snapshots.errors import DamagedSnapshotError
from warehouse.vectors import Matrix

Metric = Literal["cosine", "dot"]
Rows = NDArray[np.int64]
Scores = NDArray[np.float64]

_CHUNK = 8192
_RECALL_AT = 10
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


class IndexParameters(BaseModel):
    """When an index is built, and how.

    HNSW: Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using Hierarchical
    Navigable Small World graphs" (2016), section 4: M links a node, efConstruction candidates while building.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    minimum_rows: int = Field(
        50_000, ge=1, description="Below this many rows exact search is faster: no index."
    )
    links: int = Field(16, ge=2, le=256, description="M: links of a node of the graph.")
    construction: int = Field(128, ge=8, description="efConstruction: candidates looked at while building.")
    recall_sample: int = Field(500, ge=1, description="Queries that recall_at_10 is measured on.")


@dataclass(frozen=True, slots=True)
class ApproximateSearch:
    """An opened index and the exact scores that re-rank what it finds."""

    index: Any
    exact: ExactSearch

    @classmethod
    def open(cls, path: Path, exact: ExactSearch) -> ApproximateSearch:
        """Memory-map the index; DamagedSnapshotError where it does not belong to the matrix."""
        faiss = _faiss()
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        found, expected = (index.ntotal, index.d), exact.matrix.shape
        if found != expected:
            raise DamagedSnapshotError(
                f"{path}: expected {expected[0]} rows of {expected[1]} dimensions, "
                f"found {found[0]} of {found[1]}; restore the version from a backup"
            )
        return cls(index, exact)

    def best(self, query: Scores, k: int, excluded: int | None = None) -> tuple[Rows, Scores]:
        """Probably the k best rows but `excluded`, best first, with exact scores."""
        faiss = _faiss()
        candidates = 4 * (k + 1) + 16
        if candidates * 8 >= self.index.ntotal:
            return self.exact.best(query, k, excluded)
        effort = faiss.SearchParametersHNSW(efSearch=max(128, 2 * candidates))
        _, found = self.index.search(query.astype(np.float32)[None, :], candidates, params=effort)
        rows = found[0].astype(np.int64)
        rows = rows[(rows >= 0) & (rows != (-1 if excluded is None else excluded))]
        return self.exact.rank(rows, query, k)


def write_index(path: Path, exact: ExactSearch, parameters: IndexParameters) -> JsonObject:
    """Build the index into `path`, where there are rows enough; returns the manifest's `ann`."""
    rows = len(exact.matrix)
    if rows < parameters.minimum_rows:
        return {"kind": "exact", "minimum_rows": parameters.minimum_rows, "recall_at_10": 1.0}
    _build(path, exact, parameters)
    recall, sample = _measure_recall(ApproximateSearch.open(path, exact), parameters.recall_sample)
    return {
        "kind": "IndexHNSWSQ",
        "storage": "fp16",
        "links": parameters.links,
        "construction": parameters.construction,
        "minimum_rows": parameters.minimum_rows,
        "recall_at_10": recall,
        "recall_sample": sample,
    }


def _build(path: Path, exact: ExactSearch, parameters: IndexParameters) -> None:
    faiss = _faiss()
    matrix = exact.directions()
    with _one_thread(faiss):
        index = faiss.IndexHNSWSQ(
            matrix.shape[1], faiss.ScalarQuantizer.QT_fp16, parameters.links, faiss.METRIC_INNER_PRODUCT
        )
        index.hnsw.efConstruction = parameters.construction
        index.train(matrix[:1])
        index.add(matrix)
    faiss.write_index(index, str(path))


def _faiss() -> Any:
    import faiss

    return faiss


@contextmanager
def _one_thread(faiss: Any) -> Iterator[None]:
    """More threads insert nodes in an order that differs from run to run, and so do the bytes."""
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def _measure_recall(search: ApproximateSearch, sample: int) -> tuple[float, int]:
    """The share of the true 10 best that the index finds, and how many rows, evenly spread, were asked for.

    A row found counts where its score reaches the true tenth: among equals any is right. Zero rows are no
    queries.
    """
    exact = search.exact
    spread = np.unique(np.linspace(0, len(exact.matrix) - 1, sample).astype(np.int64))
    hits = possible = asked = 0
    for row in spread.tolist():
        if not exact.matrix[row].any():
            continue
        query = exact.query(exact.matrix[row])
        _, truth = exact.best(query, _RECALL_AT, row)
        _, found = search.best(query, _RECALL_AT, row)
        hits += int((found >= truth[-1]).sum())
        possible += len(truth)
        asked += 1
    return (hits / possible if possible else 1.0), asked
