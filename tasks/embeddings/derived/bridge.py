"""Flits that nobody has touched, where they would be among those that birds have: what a flit says tells where.

A ridge regression from a space of contents to one of interactions, learnt from the flits that are in both, places the
flits that are in the contents alone (Gantner et al., "Learning Attribute-to-Feature Mappings for Cold-Start
Recommendations", 2010, section 4.3; Hastie et al., "The Elements of Statistical Learning", 2nd edition, section 3.4.1).
A bird that is new to the interactions is served by `recency_weighted_mean` over the bridged space.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.parameters import Parameters
from warehouse.threads import one_thread
from warehouse.vectors import Ids, Matrix, Vectors

REASONS = ("too_few_pairs", "no_direction")
ROWS_AT_A_TIME = 65_536
SMALLEST = 1e-12

Moments = NDArray[np.float64]


class BridgeParameters(Parameters):
    """`from` names the space of interactions first, then that of contents."""

    ridge: float = Field(
        1.0, gt=0, le=1e6, description="Shrinkage, in units of the mean variance of a content dimension."
    )
    min_pairs: int = Field(
        10, ge=1, description="With fewer flits in both spaces nothing is learnt, and no flit is bridged."
    )
    typical_length: bool = Field(
        True,
        description="Give bridged vectors the mean length of trained ones: shrinkage makes them short, and "
        "by inner product no cold flit would ever be first.",
    )


def fit(inputs: Inputs, parameters: BridgeParameters, report: Report) -> Embedding:
    """The rows of the first parent as they are (`trained`), and all flits of the second that it lacks (`bridged`).

    Scores are vector · vector: a parent's output side is not bridged. Left out: `too_few_pairs`, the flits to bridge
    where there are fewer than `min_pairs` to learn from, and `no_direction`, those that the regression puts at zero.
    Memory: 4 bytes × dimensions a row of either space, 8 bytes × the product of both dimensions.
    """
    if len(inputs.parents) != 2:
        raise ValueError(
            f"the method builds on 2 spaces, found {len(inputs.parents)}; name that of interactions, then that "
            "of contents in `from`"
        )
    trained, contents = inputs.parents.values()
    cold = trained.rows(contents.ids) < 0
    placed = _place(trained, contents, contents.matrix[cold], parameters)
    report(1, 1)
    if placed is None:
        return Embedding.uniform(trained, "trained", {"too_few_pairs": contents.ids[cold]})
    directed = placed.any(axis=1)
    ids = contents.ids[cold]
    return _joined(trained, ids[directed], placed[directed], ids[~directed])


def _joined(trained: Vectors, ids: Ids, placed: Matrix, undirected: Ids) -> Embedding:
    everything = np.concatenate([trained.ids, ids])
    order = np.argsort(everything, kind="stable")
    vectors = Vectors(everything[order], np.concatenate([trained.matrix, placed])[order])
    provenance = np.array(["trained"] * len(trained) + ["bridged"] * len(ids), dtype=object)[order]
    return Embedding(vectors, provenance, left_out={"no_direction": undirected} if len(undirected) else {})


@one_thread()
def _place(trained: Vectors, contents: Vectors, cold: Matrix, parameters: BridgeParameters) -> Matrix | None:
    """Where contents, (m, c), would be among interactions, (m, d); None where there is too little to learn from."""
    rows = contents.rows(trained.ids)
    both = rows >= 0
    if both.sum() < parameters.min_pairs:
        return None
    X, Y = contents.matrix[rows[both]], trained.matrix[both]
    at, to = X.mean(axis=0, dtype=np.float64), Y.mean(axis=0, dtype=np.float64)
    map_ = _ridge(X, Y, at, to, parameters.ridge)
    placed: Matrix = ((cold - at.astype(np.float32)) @ map_ + to.astype(np.float32)).astype(np.float32)
    if not parameters.typical_length:
        return placed
    lengths = np.linalg.norm(placed, axis=1, keepdims=True)
    typical = float(np.linalg.norm(Y, axis=1).mean())
    scaled: Matrix = np.divide(placed * typical, lengths, out=np.zeros_like(placed), where=lengths > SMALLEST)
    return scaled


def _ridge(X: Matrix, Y: Matrix, at: Moments, to: Moments, ridge: float) -> Matrix:
    """(XᵀX + n λ I)⁻¹ XᵀY of centred X and Y, added up in float64 `ROWS_AT_A_TIME` at a time; (c, d)."""
    square, cross = np.zeros((X.shape[1], X.shape[1])), np.zeros((X.shape[1], Y.shape[1]))
    for start in range(0, len(X), ROWS_AT_A_TIME):
        x = X[start : start + ROWS_AT_A_TIME] - at
        square += x.T @ x
        cross += x.T @ (Y[start : start + ROWS_AT_A_TIME] - to)
    mean_variance = max(float(np.trace(square)) / len(square), SMALLEST)
    map_ = np.linalg.solve(square + ridge * mean_variance * np.eye(len(square)), cross)
    return map_.astype(np.float32)
