"""The ids that changed most, with the company they kept and the company they keep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tasks.comparison.vectors.neighbours import nearest
from tasks.comparison.vectors.paired import Changes
from tasks.comparison.vectors.rows import Rows, directions
from warehouse.vectors import Vectors

STILL = 1e-6
"""A difference below this is rounding: who moved by less is no mover, who differ by less are tied."""


@dataclass(frozen=True, slots=True)
class NearId:
    """`score` is the cosine."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Mover:
    """`change` is 1 − aligned cosine. Neighbours are among all ids of their version, nearest first."""

    id: str
    change: float
    old_neighbours: tuple[NearId, ...]
    new_neighbours: tuple[NearId, ...]


def find_movers(
    old: Vectors, new: Vectors, changes: Changes, count: int, neighbours: int
) -> tuple[Mover, ...]:
    """The `count` ids with the largest change, ties by id, most changed first."""
    by_change = np.argsort(np.round(changes.cosine / STILL), kind="stable")[:count]
    moved = by_change[1 - changes.cosine[by_change] > STILL]
    common = changes.common
    before = _company(old, common.old_rows[moved], neighbours)
    after = _company(new, common.new_rows[moved], neighbours)
    return tuple(
        Mover(str(common.ids[row]), float(1 - changes.cosine[row]), *company)
        for row, *company in zip(moved, before, after, strict=True)
    )


def _company(vectors: Vectors, rows: Rows, k: int) -> list[tuple[NearId, ...]]:
    k = min(k, len(vectors) - 1)
    if k <= 0 or not len(rows):
        return [()] * len(rows)
    units = directions(vectors.matrix)
    found, scores = nearest(units[rows], units, rows, k)
    return [
        tuple(NearId(str(vectors.ids[row]), float(score)) for row, score in zip(*pair, strict=True))
        for pair in zip(found, scores, strict=True)
    ]
