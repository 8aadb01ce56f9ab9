"""Several spaces of one frame as one: a row is the weighted mean of its directions in each.

A mean of coordinates says something only where they mean the same: spaces that are computed from the same one, such
as what birds chose and what they wrote, both in the frame of the flits' texts. Others go side by side
(`concatenation`). Scores are vector · vector: output sides of the parents are not blended.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.derived.several import NO_DIRECTION, NOT_IN_ALL, in_all, parents_of, shares, unit_rows
from tasks.parameters import Parameters
from warehouse.vectors import Vectors

# A mean of unit rows shorter than this is rounding, not a direction.
SMALLEST_DIRECTION = 1e-6


class BlendParameters(Parameters):
    """Spaces of equal dimensions."""

    weights: tuple[Annotated[float, Field(gt=0, le=1e6)], ...] | None = Field(
        None, description="What each space of `from` weighs, in that order; equal if absent."
    )


def fit(inputs: Inputs, parameters: BlendParameters, report: Report) -> Embedding:
    """Unit vectors of the ids that all of `inputs.parents` have; rows are `blended`.

    Left out: `not_in_all_parents`, and `no_direction`, where the directions cancel each other out. ValueError where
    dimensions differ. Memory: 12 bytes × dimensions a row.
    """
    parents = parents_of(inputs)
    dimensions = [space.dim for space in parents]
    if len(set(dimensions)) > 1:
        raise ValueError(
            f"spaces of {dimensions} dimensions cannot be blended; `concatenation` puts them side by side"
        )
    ids, missing = in_all(parents)
    blended = np.zeros((len(ids), dimensions[0]), dtype=np.float32)
    for space, share in zip(parents, shares(parameters.weights, len(parents)), strict=True):
        blended += np.float32(share) * unit_rows(space, ids)
    directed = np.linalg.norm(blended, axis=1) > SMALLEST_DIRECTION
    vectors = Vectors(ids[directed], blended[directed])
    report(1, 1)
    left_out = {NOT_IN_ALL: missing, NO_DIRECTION: ids[~directed]}
    return Embedding.uniform(Vectors(vectors.ids, vectors.normalised()), "blended", left_out)
