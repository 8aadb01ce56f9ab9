"""What methods share that put several spaces together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tasks.embeddings.contract import Inputs
from warehouse.vectors import Ids, Matrix, Vectors

NOT_IN_ALL, NO_DIRECTION = "not_in_all_parents", "no_direction"
REASONS = (NOT_IN_ALL, NO_DIRECTION)


def parents_of(inputs: Inputs) -> list[Vectors]:
    """The spaces named in `from`; ValueError where there are fewer than 2."""
    if len(inputs.parents) < 2:
        raise ValueError(
            f"the method builds on at least 2 spaces, found {len(inputs.parents)}; name them in `from`"
        )
    return list(inputs.parents.values())


def shares(weights: Sequence[float] | None, parents: int) -> list[float]:
    """What each space weighs, in all 1; equally where nothing is said. ValueError where the numbers differ."""
    if weights is None:
        return [1 / parents] * parents
    if len(weights) != parents:
        raise ValueError(
            f"expected a weight for each of the {parents} spaces in `from`, found {len(weights)}"
        )
    return [weight / sum(weights) for weight in weights]


def in_all(parents: list[Vectors]) -> tuple[Ids, Ids]:
    """The ids that every space has, and the others, both sorted."""
    everything = np.unique(np.concatenate([space.ids for space in parents]))
    has = np.all([space.rows(everything) >= 0 for space in parents], axis=0)
    return everything[has], everything[~has]


def unit_rows(space: Vectors, ids: Ids) -> Matrix:
    """The rows of ids that the space has, of unit length."""
    rows: Matrix = space.normalised()[space.rows(ids)]
    return rows
