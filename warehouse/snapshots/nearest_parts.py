"""Nearest neighbours where ids have several vectors: an id is as near as the nearest of its parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from warehouse.snapshots.search import Neighbour
from warehouse.snapshots.view import View

Query = str | NDArray[np.floating] | Sequence[float]


def nearest_parts(view: View, query: Query, k: int, *, exact: bool) -> list[Neighbour]:
    """The k ids nearest to a vector, or to any part of an id but itself, best first, equal scores by id.

    Asked for are as many parts as k ids, and the one that is left out, may have.
    """
    assert view.parts is not None
    ids = view.parts.ids
    best = view.search.best if exact or view.index is None else view.index.best
    enough = (k + 1) * view.parts.most
    queries = view.parts.of(_known(view, query)).matrix if isinstance(query, str) else [np.asarray(query)]
    nearest: dict[str, float] = {}
    for vector in queries:
        rows, scores = best(view.search.query(vector), enough)
        for row, score in zip(rows, scores, strict=True):
            if not (isinstance(query, str) and ids[row] == query):
                nearest[ids[row]] = max(float(score), nearest.get(ids[row], -np.inf))
    ranked = sorted(nearest.items(), key=lambda found: (-found[1], found[0]))
    return [Neighbour(id_, score) for id_, score in ranked[:k]]


def _known(view: View, wanted: str) -> str:
    """The id itself; KeyError, with where to look, for an unknown one."""
    view.row(wanted)
    return wanted
