"""Full rankings, cut at the deepest k, and what they are worth for each bird. Batched: memory is bounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from tasks.evaluation.protocol import Scorer, Split
from warehouse.vectors import Matrix

METRICS = ("recall", "full_recall", "ndcg", "mrr", "hit_rate")
SEGMENTS = ("all", "warm", "cold")
NOWHERE = -1
_CELLS = 8_000_000  # scores held at a time: 32 MB of float32


def top_lists(split: Split, scorer: Scorer, depth: int) -> NDArray[np.int64]:
    """Shape (birds, depth): the columns of the best candidates, best first, `NOWHERE` past the last.

    The order is total: by score, then by id. Excluded pairs and scores of −inf are never listed.
    """
    excluded = _matrix(split, split.excluded)
    lists = np.full((len(split.birds), depth), NOWHERE, dtype=np.int64)
    for rows in batches(len(split.birds), len(split.candidates)):
        scores = np.array(scorer.score(split.birds[rows]), dtype=np.float32)
        _require_scores(scores, (rows.stop - rows.start, len(split.candidates)))
        hidden = excluded[rows].tocoo()
        scores[hidden.coords] = -np.inf
        lists[rows] = top_columns(scores, depth)
    return lists


def top_columns(scores: Matrix, depth: int) -> NDArray[np.int64]:
    """Shape (rows, depth): columns by falling score, then by column; `NOWHERE` for −inf and past the end."""
    rows, width = scores.shape
    lists = np.full((rows, depth), NOWHERE, dtype=np.int64)
    depth = min(depth, width)
    if depth == 0 or rows == 0:
        return lists
    last = np.partition(scores, width - depth, axis=1)[:, width - depth, None]
    above = scores > last
    level = scores == last
    room = depth - above.sum(axis=1, keepdims=True)
    crowded = np.flatnonzero(level.sum(axis=1, keepdims=True) > room)
    level[crowded] &= np.cumsum(level[crowded], axis=1, dtype=np.int32) <= room[crowded]
    columns = np.nonzero(above | level)[1].reshape(rows, depth)
    values = np.take_along_axis(scores, columns, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    ranked = np.take_along_axis(columns, order, axis=1)
    lists[:, :depth] = np.where(np.isneginf(np.take_along_axis(values, order, axis=1)), NOWHERE, ranked)
    return lists


@dataclass(frozen=True, slots=True, eq=False)
class BirdMetrics:
    """The metrics of each bird that has something to find in a segment of the truth.

    `birds`: (n,) rows of the split. `names`: (m,), such as recall_at_10. `values`: (n, m).
    """

    birds: NDArray[np.int64]
    names: tuple[str, ...]
    values: NDArray[np.float64]


def bird_metrics(split: Split, lists: NDArray[np.int64], depths: tuple[int, ...]) -> dict[str, BirdMetrics]:
    """The metrics at each depth for all truth, for warm truth, and for cold truth.

    The ranking is the same for the three; only what counts as found differs. With hits h_1 … h_k ∈ {0, 1} and
    n flits to find: recall = Σh / min(k, n), which reaches 1 at every k (Liang et al., Variational
    Autoencoders for Collaborative Filtering, WWW 2018, section 4.2); full_recall = Σh / n; ndcg = Σ
    h_i/log₂(i+1) / Σ_{i ≤ min(k, n)} 1/log₂(i+1) (Järvelin and Kekäläinen, TOIS 2002, binary gains); mrr = 1
    / place of the first hit within k, else 0; hit_rate = 1 where there is a hit.
    """
    found = _found(split, lists)
    warm_column = np.append(split.warm, False)[lists]  # NOWHERE is −1: the appended False
    warm_truth = split.warm[split.truth["column"].to_numpy()]
    row = split.truth["row"].to_numpy()
    birds = len(split.birds)
    segments = {
        "all": (found, np.bincount(row, minlength=birds)),
        "warm": (found & warm_column, np.bincount(row[warm_truth], minlength=birds)),
        "cold": (found & ~warm_column, np.bincount(row[~warm_truth], minlength=birds)),
    }
    return {name: _metrics(hits, wanted, depths) for name, (hits, wanted) in segments.items()}


def batches(rows: int, width: int) -> Iterator[slice]:
    """Slices of `rows` such that a batch has at most some millions of cells."""
    size = max(1, _CELLS // max(1, width))
    for start in range(0, rows, size):
        yield slice(start, min(start + size, rows))


def _found(split: Split, lists: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Shape of `lists`: whether the listed candidate is among what the bird touches."""
    width = len(split.candidates)
    wanted = split.truth["row"].to_numpy() * width + split.truth["column"].to_numpy()
    keys = np.arange(len(lists))[:, None] * width + lists
    return np.asarray(np.isin(keys, wanted) & (lists != NOWHERE), dtype=np.bool_)


def _metrics(hits: NDArray[np.bool_], wanted: NDArray[np.int64], depths: tuple[int, ...]) -> BirdMetrics:
    birds = np.flatnonzero(wanted)
    hits, wanted = hits[birds], wanted[birds]
    discount = 1 / np.log2(np.arange(2, hits.shape[1] + 2))
    ideal = np.concatenate([[0.0], np.cumsum(discount)])
    columns: list[NDArray[np.float64]] = []
    for k in depths:
        within, reach = hits[:, :k], np.minimum(k, wanted)
        any_hit = np.asarray(within.any(axis=1))
        columns += [
            within.sum(axis=1) / reach,
            within.sum(axis=1) / wanted,
            np.asarray(within @ discount[:k] / ideal[reach]),
            any_hit / (1 + within.argmax(axis=1)),
            any_hit.astype(np.float64),
        ]
    names = tuple(f"{metric}_at_{k}" for k in depths for metric in METRICS)
    return BirdMetrics(birds, names, np.column_stack(columns))


def _matrix(split: Split, places: pl.DataFrame) -> sparse.csr_array:
    shape = (len(split.birds), len(split.candidates))
    at = (places["row"].to_numpy(), places["column"].to_numpy())
    return sparse.csr_array((np.ones(len(places), dtype=bool), at), shape=shape)


def _require_scores(scores: Matrix, shape: tuple[int, int]) -> None:
    if scores.shape != shape:
        raise ValueError(f"a scorer must return shape {shape} (birds, candidates), found {scores.shape}")
    if (unknown := int(np.isnan(scores).sum())) > 0:
        raise ValueError(f"{unknown} of {scores.size} scores are NaN; what cannot be scored must get −inf")
