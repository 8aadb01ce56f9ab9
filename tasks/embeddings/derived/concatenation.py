"""Several spaces side by side: the cosine of two rows is the weighted mean of their cosines in each.

Scores are vector · vector: output sides of the parents are not put together.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.derived.several import NO_DIRECTION, NOT_IN_ALL, in_all, parents_of, shares, unit_rows
from tasks.parameters import Parameters
from warehouse.vectors import Vectors


class ConcatenationParameters(Parameters):
    """Spaces of any dimensions and frames."""

    weights: tuple[Annotated[float, Field(gt=0, le=1e6)], ...] | None = Field(
        None, description="What the cosine in each space of `from` weighs, in that order; equal if absent."
    )


def fit(inputs: Inputs, parameters: ConcatenationParameters, report: Report) -> Embedding:
    """Unit vectors of the ids that all of `inputs.parents` have, each space at the root of its share.

    Rows are `concatenated`. Left out: `not_in_all_parents`, and `no_direction`, where no space gives a row any length.
    Memory: 12 bytes × dimensions of all spaces a row.
    """
    parents = parents_of(inputs)
    ids, missing = in_all(parents)
    blocks = [
        np.float32(np.sqrt(share)) * unit_rows(space, ids)
        for space, share in zip(parents, shares(parameters.weights, len(parents)), strict=True)
    ]
    matrix = np.hstack(blocks)
    directed = matrix.any(axis=1)
    report(1, 1)
    left_out = {NOT_IN_ALL: missing, NO_DIRECTION: ids[~directed]}
    return Embedding.uniform(Vectors(ids[directed], matrix[directed]), "concatenated", left_out)
