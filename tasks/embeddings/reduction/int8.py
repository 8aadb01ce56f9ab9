"""Any space on a grid of 255 steps a dimension: what is lost when vectors are kept in one byte a number.

Jégou et al., "Product Quantization for Nearest Neighbor Search" (2011), section II.A, with a scalar quantiser for each
dimension. Published vectors are float32 by contract: here, of values that one byte and the dimension's step make again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.parameters import Parameters
from warehouse.vectors import Matrix, Vectors

Rows = NDArray[np.int64]

LARGEST = 127
"""Steps on either side of zero: −128 is not used, so that a vector's opposite is on the grid too."""
NEIGHBOURS = 10
QUERIES_AT_A_TIME = 64


class Int8Parameters(Parameters):
    """How the loss is measured."""

    sample: int = Field(
        500,
        ge=1,
        le=100_000,
        description="Rows, evenly spread, whose neighbours are held against the parent's.",
    )


def fit(inputs: Inputs, parameters: Int8Parameters, report: Report) -> Embedding:
    """The rows of `inputs.parents`' one space, each number the nearest step of its dimension. Rows are `quantised`.

    A parent's output side is kept, on a grid of its own. Left out: `rounded_to_zero`, rows shorter than half a step
    everywhere. `measured`: `cosine_to_parent`, the mean; `neighbour_overlap_at_10`, the share of the parent's 10
    nearest by cosine that are kept. Memory: 8 bytes × dimensions a row and side, and 12 bytes × `QUERIES_AT_A_TIME` a
    row.
    """
    parent = inputs.only_parent()
    output = next(iter(inputs.outputs.values()), None)
    quantised = on_grid(parent.matrix)
    directed = quantised.any(axis=1)
    vectors = Vectors(parent.ids[directed], quantised[directed])
    before = Vectors(vectors.ids, parent.matrix[directed])
    measured = _loss(before.normalised(), vectors.normalised(), parameters.sample)
    report(1, 1)
    left_out = {"rounded_to_zero": parent.ids[~directed]}
    quantised_output = None if output is None else on_grid(output)[directed]
    return Embedding.uniform(vectors, "quantised", left_out, quantised_output, measured)


def on_grid(matrix: Matrix) -> Matrix:
    """Every number at the nearest of 255 even steps from −m to m, m the largest size in its dimension."""
    steps = np.abs(matrix).max(axis=0, initial=0) / LARGEST
    levels = np.divide(matrix, steps, out=np.zeros_like(matrix), where=steps > 0)
    grid: Matrix = np.rint(levels).astype(np.int8) * steps
    return grid.astype(np.float32)


def _loss(before: Matrix, after: Matrix, sample: int) -> dict[str, float]:
    """Of unit rows; of none nothing is lost."""
    if not len(before):
        return {"cosine_to_parent": 1.0, "neighbour_overlap_at_10": 1.0}
    spread = np.unique(np.linspace(0, len(before) - 1, sample).astype(np.int64))
    near, now = (_nearest(unit, spread) for unit in (before, after))
    overlaps = [len(np.intersect1d(a, b)) / max(len(a), 1) for a, b in zip(near, now, strict=True)]
    return {
        "cosine_to_parent": float(np.einsum("ij,ij->i", before, after, dtype=np.float64).mean()),
        "neighbour_overlap_at_10": float(np.mean(overlaps)) if near.shape[1] else 1.0,
    }


def _nearest(unit: Matrix, rows: Rows) -> Rows:
    """The `NEIGHBOURS` rows of the largest cosine to each of `rows`, or as many as there are, itself left out."""
    count = min(NEIGHBOURS, len(unit) - 1)
    nearest = np.empty((len(rows), count), dtype=np.int64)
    for start in range(0, len(rows), QUERIES_AT_A_TIME):
        asked = rows[start : start + QUERIES_AT_A_TIME]
        scores = unit[asked] @ unit.T
        scores[np.arange(len(asked)), asked] = -np.inf
        nearest[start : start + len(asked)] = np.argpartition(-scores, max(count - 1, 0), axis=1)[:, :count]
    return nearest
