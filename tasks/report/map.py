"""Both versions of a space on one plane: t-SNE of a sample of their ids, fitted on old and new rows together.

scikit-learn's, since it is there already: a joint fit of 800 rows takes a second on one core. umap-learn brings a
compiler (numba, llvmlite) and openTSNE a second implementation of the same, for samples too small to need either.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.report.facts import Arrow, MapFact
from warehouse.threads import one_thread
from warehouse.vectors import Ids, Vectors

SAMPLE, STRANGERS = 360, 60
"""Ids of both versions, and of either alone."""
ENOUGH = 12
"""Fewer ids make no map."""
SIDE = 1000
PERPLEXITY, ITERATIONS, SEED = 30, 500, 7

Rows = NDArray[np.int64]
Places = NDArray[np.int64]


def draw_points(new: Vectors, old: Vectors | None, movers: Sequence[str]) -> MapFact | None:
    """Where a sample of the ids lies, movers among it; None where there are too few.

    `old`: the predecessor in the same coordinates, None where there is none. The sample is of the smallest hashes: the
    same ids every night. On one thread: sums of several threads end in other bits, and t-SNE makes much of little.
    """
    sample = _Sample.of(new, old, movers)
    if len(sample) < ENOUGH:
        return None
    places = _project(sample.rows(new, old))
    ends = np.cumsum([len(sample.stays), len(sample.was), len(sample.comes)])
    after, before, came, went = np.split(places, ends)
    if old is None:
        return MapFact(len(sample), sample.known, stayed=_pairs(came))
    number = {id_: at for at, id_ in enumerate(new.ids[sample.stays])}
    arrows = tuple(
        Arrow(at, id_, _pair(before[number[id_]]), _pair(after[number[id_]]))
        for at, id_ in enumerate(movers, start=1)
        if id_ in number
    )
    return MapFact(
        len(sample), sample.known, _pairs(before), _pairs(after), _pairs(came), _pairs(went), arrows
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """Rows of the new version that stay and that come, of the old that go; `was`: old rows of those that stay.

    `known`: ids of either version, of which this is a sample.
    """

    stays: Rows
    was: Rows
    comes: Rows
    goes: Rows
    known: int

    @classmethod
    def of(cls, new: Vectors, old: Vectors | None, movers: Sequence[str]) -> _Sample:
        none = np.empty(0, dtype=np.int64)
        if old is None:
            return cls(none, none, _smallest(new.ids, np.arange(len(new)), SAMPLE), none, len(new))
        was = old.rows(new.ids)
        both, comes = np.flatnonzero(was >= 0), np.flatnonzero(was < 0)
        goes = np.flatnonzero(new.rows(old.ids) < 0)
        moved = new.rows(list(movers))
        moved = moved[(moved >= 0) & (was[moved] >= 0)]
        stays = np.union1d(_smallest(new.ids, both, SAMPLE), moved).astype(np.int64)
        return cls(
            stays,
            was[stays],
            _smallest(new.ids, comes, STRANGERS),
            _smallest(old.ids, goes, STRANGERS),
            len(new) + len(goes),
        )

    def __len__(self) -> int:
        return len(self.stays) + len(self.comes) + len(self.goes)

    def rows(self, new: Vectors, old: Vectors | None) -> NDArray[np.float64]:
        """Unit vectors: those that stay as they are and as they were, those that came, those that went."""
        parts = [new.matrix[self.stays], new.matrix[self.comes]]
        if old is not None:
            parts = [parts[0], old.matrix[self.was], parts[1], old.matrix[self.goes]]
        matrix = np.concatenate(parts).astype(np.float64)
        lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
        return np.asarray(np.divide(matrix, lengths, out=np.zeros_like(matrix), where=lengths > 0))


def _smallest(ids: Ids, rows: Rows, size: int) -> Rows:
    """The rows of the `size` ids with the smallest BLAKE2 hashes, ascending."""
    hashes = [
        hashlib.blake2b(ids[row].encode(errors="surrogatepass"), digest_size=8).digest() for row in rows
    ]
    order = sorted(range(len(rows)), key=lambda at: (hashes[at], at))
    return np.sort(np.asarray(rows)[order[:size]]).astype(np.int64)


def _project(matrix: NDArray[np.float64]) -> Places:
    """Places in thousandths of a square, (n, 2)."""
    if not np.ptp(matrix, axis=0).any():
        return np.full((len(matrix), 2), SIDE // 2)
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    with one_thread():
        flat = PCA(min(50, *matrix.shape), svd_solver="full").fit_transform(matrix)
        start = np.zeros((len(flat), 2))
        start[:, : min(2, flat.shape[1])] = flat[:, :2]
        start *= 1e-4 / max(float(start[:, 0].std()), 1e-12)
        embedding = TSNE(
            init=start.astype(np.float32), perplexity=min(PERPLEXITY, (len(flat) - 1) / 3), max_iter=ITERATIONS,
            random_state=SEED, n_jobs=1,
        ).fit_transform(flat)  # fmt: skip
    low, high = embedding.min(axis=0), embedding.max(axis=0)
    scaled = (embedding - (low + high) / 2) / max(float((high - low).max()), 1e-12)
    return np.asarray(np.rint(SIDE / 2 + scaled * (SIDE - 80)), dtype=np.int64)


def _pair(place: Places) -> tuple[int, int]:
    return int(place[0]), int(place[1])


def _pairs(places: Places) -> tuple[tuple[int, int], ...]:
    return tuple(_pair(place) for place in places)
