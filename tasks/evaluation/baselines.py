"""What a space must beat: rankings that need no embedding, on the same birds and candidates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tasks.evaluation.last_touches import LastTouches, find, spread
from tasks.evaluation.protocol import EvaluationParameters, Scorer, Split
from warehouse.vectors import Ids, Matrix

_ITEMS = 512  # flits whose neighbours are held at a time

Baseline = Callable[[Split, LastTouches, EvaluationParameters], Scorer]


@dataclass(frozen=True, slots=True, eq=False)
class SameForAll:
    """Every bird gets the same scores: `values`, shape (candidates,)."""

    values: Matrix

    def score(self, birds: Ids) -> Matrix:
        return np.broadcast_to(self.values, (len(birds), len(self.values)))


@dataclass(frozen=True, slots=True, eq=False)
class Randomly:
    """A score for each pair that depends on the two ids and the seed only."""

    candidates: NDArray[np.uint64]
    seed: int

    def score(self, birds: Ids) -> Matrix:
        rows = _scramble(_hashed(birds) + np.uint64(self.seed))
        bits = _scramble(rows[:, None] ^ self.candidates)
        return (bits >> np.uint64(40)).astype(np.float32)  # 24 bits are what a float32 holds exactly


@dataclass(frozen=True, slots=True, eq=False)
class ItemKnn:
    """Score of flit i: Σ over the bird's flits j of weight_j · cos(i, j) between columns of the history.

    (Sarwar et al., Item-based collaborative filtering, WWW 2001, with binary touches and all neighbours.) The
    neighbours of the birds' own flits are computed `_ITEMS` flits at a time, never the whole flit × flit
    matrix. `unit`: (birds, flits), columns of length 1. `profiles`: (birds, flits), the weights. `columns`:
    (candidates,) their flit or −1; those without a common bird are not scored.
    """

    birds: Ids
    unit: sparse.csc_array
    profiles: sparse.csr_array
    columns: NDArray[np.int64]

    def score(self, birds: Ids) -> Matrix:
        rows = find(birds, self.birds)
        profiles = sparse.csc_array(self.profiles[np.maximum(rows, 0)] * (rows >= 0)[:, None])
        met = self.columns >= 0
        targets = sparse.csr_array(self.unit[:, self.columns[met]])
        sums = np.zeros((len(birds), targets.shape[1]), dtype=np.float32)
        touched = np.flatnonzero(np.diff(profiles.indptr))
        for start in range(0, len(touched), _ITEMS):
            items = touched[start : start + _ITEMS]
            near = sparse.csr_array(self.unit[:, items].T) @ targets
            sums += (sparse.csr_array(profiles[:, items]) @ near).toarray()
        scores = np.full((len(birds), len(self.columns)), -np.inf, dtype=np.float32)
        scores[:, met] = np.where(sums > 0, sums, -np.inf)
        return scores


def popularity(split: Split, touches: LastTouches, parameters: EvaluationParameters) -> Scorer:
    """By how many birds touched a flit before the cut."""
    return _by_rank(spread(touches.per_flit(), find(split.candidates, touches.flits)))


def recent_popularity(split: Split, touches: LastTouches, parameters: EvaluationParameters) -> Scorer:
    """The same, a bird's touch counting half after each half-life."""
    fading = touches.per_flit(touches.fading(parameters.recent_half_life))
    return _by_rank(spread(fading, find(split.candidates, touches.flits)))


def newest_first(split: Split, touches: LastTouches, parameters: EvaluationParameters) -> Scorer:
    """By posted_at, latest first."""
    return _by_rank(split.posted_at.astype("datetime64[us]").astype(np.int64))


def randomly(split: Split, touches: LastTouches, parameters: EvaluationParameters) -> Scorer:
    """By a hash of bird, flit and seed."""
    return Randomly(_hashed(split.candidates), parameters.seed)


def item_knn(split: Split, touches: LastTouches, parameters: EvaluationParameters) -> Scorer:
    """By cosine to the bird's flits, each counting `item_knn_factor` times the one after it."""
    matrix = touches.matrix()
    length = np.sqrt(touches.per_flit())
    weight = parameters.item_knn_factor ** touches.step.astype(np.float64)
    return ItemKnn(
        birds=touches.birds,
        unit=sparse.csc_array(matrix / length.astype(np.float32)),
        profiles=touches.matrix(weight),
        columns=find(split.candidates, touches.flits),
    )


BASELINES: Mapping[str, Baseline] = {
    "popularity": popularity,
    "recent_popularity": recent_popularity,
    "item_knn": item_knn,
    "newest_first": newest_first,
    "random": randomly,
}


def _by_rank(values: NDArray[np.float64] | NDArray[np.int64]) -> SameForAll:
    """Dense ranks in place of values: float32 would merge times and sums that differ."""
    ranks = np.unique(values, return_inverse=True)[1]
    return SameForAll(ranks.astype(np.float32))


def _hashed(ids: Ids) -> NDArray[np.uint64]:
    """FNV-1a, 64 bits: the same in every process."""
    prime, basis, mask = 0x100000001B3, 0xCBF29CE484222325, 0xFFFFFFFFFFFFFFFF
    values = []
    for name in ids:
        value = basis
        for byte in name.encode():
            value = ((value ^ byte) * prime) & mask
        values.append(value)
    return np.array(values, dtype=np.uint64)


def _scramble(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's finaliser (Steele, Lea, Flood, Fast splittable random generators, OOPSLA 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
