"""Does each vector still belong to its id? Ids that were mixed up move few vectors, and each of them far.

A retrained id lands near its own old place, an id of a changed taste somewhere else. One that was swapped lands
where another id was, and that one is gone from there too: healthy nights do not know this picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tasks.comparison.vectors.paired import OUTLIER_DISTANCE, Changes
from tasks.comparison.vectors.rows import Floats, Rows, blocks, directions
from warehouse.vectors import Matrix, Vectors

SAME = 1e-6
"""Cosines within this of 1 are the same vector, but for rounding."""

SUSPECT_DISTANCE = 0.03
"""How far below the floor's first percentile an id is looked at."""

MARGIN = 0.05
"""How much nearer the old place of another id must be than the own one."""

MOST = 5_000
"""Ids looked at, the farthest ones: where there are more, the space as a whole has moved, not single ids."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Of the common ids: how many are far from where they were, sit in another's place, did not move at all.

    `displaced`: cosine below the limit of an outlier. `misplaced`: nearest to the old place of another id that
    is nearer to a third one's, as near as only an id itself should be. `identical_share`: vectors that are the
    same, as a share of the common ids, None where there are none; likewise `misplaced_share`.
    """

    displaced: int = 0
    misplaced: int = 0
    misplaced_share: float | None = None
    identical_share: float | None = None

    @classmethod
    def of(cls, old: Vectors, new: Vectors, changes: Changes, outlier_below: Floats) -> Identity:
        """`outlier_below`: the limit of each common id, (n,), `OUTLIER_DISTANCE` below where retraining leaves it."""
        count = len(changes.cosine)
        if not count:
            return cls()
        suspects = np.flatnonzero(changes.cosine < outlier_below + OUTLIER_DISTANCE - SUSPECT_DISTANCE)
        farthest = np.sort(suspects[np.argsort(changes.cosine[suspects], kind="stable")][:MOST])
        misplaced = _in_anothers_place(old, new, changes, farthest, outlier_below)
        return cls(
            displaced=int((changes.cosine < outlier_below).sum()),
            misplaced=misplaced,
            misplaced_share=misplaced / count,
            identical_share=float((changes.cosine >= 1 - SAME).mean()),
        )


def _in_anothers_place(
    old: Vectors, new: Vectors, changes: Changes, suspects: Rows, outlier_below: Floats
) -> int:
    """How many of `suspects` (rows of the common ids, ascending) are."""
    if len(suspects) < 2:
        return 0
    common = changes.common
    places = directions(old.matrix[common.old_rows])
    nearest, cosine = _nearest(directions(new.matrix[common.new_rows[suspects]]), places)
    at = np.full(len(common), -1, dtype=np.int64)
    at[suspects] = nearest
    host_left = (at[nearest] >= 0) & (at[nearest] != nearest)
    own_is_farther = cosine >= changes.cosine[suspects] + MARGIN
    return int(
        ((nearest != suspects) & host_left & own_is_farther & (cosine >= outlier_below[nearest])).sum()
    )


def _nearest(queries: Matrix, places: Matrix) -> tuple[Rows, Floats]:
    """The nearest of `places` (n, d) to each of `queries` (q, d), unit rows, and its cosine; ties to the first."""
    best, score = np.zeros(len(queries), dtype=np.int64), np.full(len(queries), -2.0)
    for block in blocks(len(places)):
        similar = queries @ places[block].T
        rows = similar.argmax(axis=1)
        cosine = similar[np.arange(len(rows)), rows].astype(np.float64)
        better = cosine > score
        best, score = np.where(better, rows + block.start, best), np.where(better, cosine, score)
    return best, score
