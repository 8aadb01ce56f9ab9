"""The approximate index over `vector`: faiss `IndexHNSWSQ` with fp16 storage, built the same way every time.

faiss is imported where it is used, so that reading a snapshot without an index does not need it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from warehouse.snapshots.canonical import JsonObject
from warehouse.snapshots.errors import DamagedSnapshotError
from warehouse.snapshots.search import ExactSearch, Rows, Scores

_RECALL_AT = 10


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
