"""How alike vectors are, for consumers and people: measures, neighbours, analogies, outliers, clusters.

Exact, on numpy alone, in float64. For nearest neighbours in large spaces use `Snapshot.nearest`, which has an index.
Unit vectors make all of cosine, inner product and Euclidean distance rank alike, since ‖a − b‖² = 2 − 2 cos(a, b); but
a vector's length tells how much is known of an id, so keep raw vectors and normalise late.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from warehouse.threads import one_thread
from warehouse.vectors import Matrix, Vectors

Metric = Literal["cosine", "euclidean", "manhattan", "jaccard", "hamming"]
METRICS: tuple[Metric, ...] = get_args(Metric)
Scores = NDArray[np.float64]

_ROWS = 8192
_CELLS = 8_000_000  # scores held at a time: 64 MB


class Near(NamedTuple):
    """An id and how near it is by the metric: cosine and Jaccard are higher, distances lower, for the nearer one."""

    id: str
    value: float


def cosine(one: NDArray[Any] | Sequence[float], other: NDArray[Any] | Sequence[float]) -> float:
    """Cosine of the angle, in [−1, 1]; 0 where one has no length."""
    return float(_cosines(_row(one), _vector(other))[0])


def euclidean(one: NDArray[Any] | Sequence[float], other: NDArray[Any] | Sequence[float]) -> float:
    """The straight distance, ≥ 0."""
    return float(_euclidean(_row(one), _vector(other))[0])


def manhattan(one: NDArray[Any] | Sequence[float], other: NDArray[Any] | Sequence[float]) -> float:
    """The distance along the axes, ≥ 0."""
    return float(_manhattan(_row(one), _vector(other))[0])


def jaccard(one: Collection[Any], other: Collection[Any]) -> float:
    """Of what is in either set the share that is in both, in [0, 1]; 1 for two empty sets."""
    together = set(one) | set(other)
    return len(set(one) & set(other)) / len(together) if together else 1.0


def hamming(one: Sequence[Any] | NDArray[Any], other: Sequence[Any] | NDArray[Any]) -> int:
    """At how many places two equally long sequences differ; ValueError where they are not.

    `nearest` compares which numbers are not 0, as for bags of words: `hamming(one != 0, other != 0)`.
    """
    if len(one) != len(other):
        raise ValueError(f"expected sequences of one length, found {len(one)} and {len(other)}")
    return sum(bool(left != right) for left, right in zip(one, other, strict=True))


def normalised(matrix: NDArray[Any]) -> Scores:
    """Rows at unit length; a zero row stays zero."""
    rows = np.asarray(matrix, dtype=np.float64)
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    unit: Scores = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return unit


def nearest(
    vectors: Vectors,
    query: NDArray[Any] | Sequence[float],
    k: int = 10,
    metric: Metric = "cosine",
    excluded: Collection[str] = (),
) -> list[Near]:
    """The k ≥ 0 nearest to a vector, best first, equal ones by id. Jaccard and Hamming compare what is not 0 alone."""
    _require_at_least(0, k=k)
    asked = _vector(query)
    if asked.shape != (vectors.dim,):
        raise ValueError(f"expected a query of shape ({vectors.dim},), found {asked.shape}")
    parts = [
        _MEASURES[metric](_rows(vectors.matrix, start), asked) for start in range(0, len(vectors), _ROWS)
    ]
    values = np.concatenate([np.empty(0), *parts])
    badness = -values if metric in ("cosine", "jaccard") else values.copy()
    unwanted = vectors.rows(excluded)
    badness[unwanted[unwanted >= 0]] = np.inf
    order = np.argsort(badness, kind="stable")[:k]
    return [Near(vectors.ids[row], float(values[row])) for row in order if badness[row] < np.inf]


def combine(vectors: Vectors, plus: Sequence[str], minus: Sequence[str] = ()) -> Scores:
    """(d,): the sum of the unit vectors of `plus` less those of `minus`. KeyError for an id without a vector."""
    added, taken = (normalised(vectors.matrix[rows_of(vectors, ids)]).sum(axis=0) for ids in (plus, minus))
    total: Scores = added - taken
    return total


def fourth(a: NDArray[Any], b: NDArray[Any], c: NDArray[Any]) -> NDArray[Any]:
    """Where the answer of "a is to b as c is to …" should be, for unit vectors (…, d): b − a + c.

    Mikolov, Yih and Zweig, "Linguistic Regularities in Continuous Space Word Representations" (2013), section 4.
    """
    aim: NDArray[Any] = b - a + c
    return aim


def analogy(vectors: Vectors, a: str, b: str, c: str, k: int = 10) -> list[Near]:
    """What is to c as b is to a: nearest to `fourth` by cosine, a, b and c themselves being no answers."""
    unit = normalised(vectors.matrix[rows_of(vectors, (a, b, c))])
    return nearest(vectors, fourth(*unit), k, excluded=(a, b, c))


def odd_one_out(vectors: Vectors, ids: Sequence[str]) -> str:
    """Which of some ids (one or more) points least where they point together; the first of equal ones."""
    _require_at_least(1, ids=len(ids))
    unit = normalised(vectors.matrix[rows_of(vectors, ids)])
    return ids[int(np.argmin(unit @ unit.mean(axis=0)))]


def outliers(vectors: Vectors, count: int = 10, k: int = 10) -> list[Near]:
    """The ids that are far from everything, farthest first: the cosine to their k-th nearest neighbour is lowest.

    Ramaswamy, Rastogi and Shim, "Efficient Algorithms for Mining Outliers from Large Data Sets" (2000), section 2. Time
    follows the square of the rows; memory: the vectors twice more, and 64 MB.
    """
    _require_at_least(0, count=count)
    _require_at_least(1, k=k)
    unit = normalised(vectors.matrix)
    depth = min(k, len(vectors) - 1)
    if depth < 1:
        return []
    nearness = np.empty(len(vectors))
    at_a_time = max(1, _CELLS // len(vectors))
    for start in range(0, len(vectors), at_a_time):
        scores = unit[start : start + at_a_time] @ unit.T
        scores[np.arange(len(scores)), np.arange(start, start + len(scores))] = -np.inf
        nearness[start : start + at_a_time] = np.partition(scores, -depth, axis=1)[:, -depth]
    order = np.argsort(nearness, kind="stable")[:count]
    return [Near(vectors.ids[row], float(nearness[row])) for row in order]


def clusters(vectors: Vectors, count: int, seed: int = 7) -> list[list[str]]:
    """The ids in `count` groups by direction (k-means on unit vectors), larger groups first.

    Dhillon and Modha, "Concept Decompositions for Large Sparse Text Data" (2001), but for means that are not
    normalised in between. Needs scikit-learn.
    """
    _require_at_least(1, count=count)
    from sklearn.cluster import KMeans

    groups = min(count, len(vectors))
    if groups == 0:
        return []
    with one_thread():
        labels = KMeans(groups, n_init=4, random_state=seed).fit_predict(normalised(vectors.matrix))
    members = [vectors.ids[labels == label].tolist() for label in range(groups)]
    return sorted((ids for ids in members if ids), key=lambda ids: (-len(ids), ids))


def _require_at_least(least: int, **counts: int) -> None:
    for name, count in counts.items():
        if count < least:
            raise ValueError(f"{name}: expected at least {least}, found {count}")


def rows_of(vectors: Vectors, ids: Sequence[str]) -> NDArray[np.int64]:
    """The row of each id; KeyError names the first that has none."""
    rows = vectors.rows(ids)
    if (rows < 0).any():
        raise KeyError(f"no vector for {ids[int(np.flatnonzero(rows < 0)[0])]!r}")
    return rows


def _row(vector: NDArray[Any] | Sequence[float]) -> Scores:
    return _vector(vector)[None, :]


def _vector(vector: NDArray[Any] | Sequence[float]) -> Scores:
    return np.asarray(vector, dtype=np.float64)


def _rows(matrix: Matrix, start: int) -> Scores:
    return matrix[start : start + _ROWS].astype(np.float64)


def _cosines(rows: Scores, query: Scores) -> Scores:
    scale = np.linalg.norm(rows, axis=1) * np.linalg.norm(query)
    # Row by row, so that equal vectors have equal scores wherever they lie.
    return _divided((rows * query).sum(axis=1), scale, 0.0)


def _euclidean(rows: Scores, query: Scores) -> Scores:
    distances: Scores = np.linalg.norm(rows - query, axis=1)
    return distances


def _manhattan(rows: Scores, query: Scores) -> Scores:
    distances: Scores = np.abs(rows - query).sum(axis=1)
    return distances


def _jaccards(rows: Scores, query: Scores) -> Scores:
    either = ((rows != 0) | (query != 0)).sum(axis=1)
    both = ((rows != 0) & (query != 0)).sum(axis=1)
    return _divided(both, either, 1.0)


def _hammings(rows: Scores, query: Scores) -> Scores:
    differ: Scores = ((rows != 0) != (query != 0)).sum(axis=1).astype(np.float64)
    return differ


def _divided(above: NDArray[Any], below: NDArray[Any], otherwise: float) -> Scores:
    divided: Scores = np.divide(above, below, out=np.full(len(below), otherwise), where=below > 0)
    return divided


_MEASURES: dict[Metric, Callable[[Scores, Scores], Scores]] = {
    "cosine": _cosines,
    "euclidean": _euclidean,
    "manhattan": _manhattan,
    "jaccard": _jaccards,
    "hamming": _hammings,
}
