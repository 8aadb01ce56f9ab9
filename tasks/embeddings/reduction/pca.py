"""Any space in fewer dimensions: the directions in which its rows vary most.

Jolliffe, "Principal Component Analysis" (2nd edition, 2002), sections 2.1 and 3.1; scikit-learn's implementation.
Scores are vector · vector: a parent's output side is not reduced.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.parameters import Parameters
from warehouse.threads import one_thread
from warehouse.vectors import Matrix, Vectors

# A row this much nearer to the mean than rows are on average, or a direction that varies so much less, is rounding.
SMALLEST = 1e-6


class PcaParameters(Parameters):
    """How many directions, and how they weigh."""

    dimensions: int = Field(
        64, ge=1, le=4096, description="Length of a vector; zeros where there are fewer directions."
    )
    whiten: bool = Field(False, description="All directions weigh the same, instead of as they vary.")


def fit(inputs: Inputs, parameters: PcaParameters, report: Report) -> Embedding:
    """Scores of the rows of `inputs.parents`' one space, the mean taken away. Rows are `reduced`.

    Left out: `like_the_mean`, rows without a direction. `measured`: `kept_variance`, the share of the variance that
    the directions hold. Memory: 16 bytes × dimensions of the parent a row, 16 bytes × their square.
    """
    parent = inputs.only_parent()
    scores, kept = _scores(parent.matrix, parameters)
    lengths = np.linalg.norm(scores, axis=1)
    directed = lengths > SMALLEST * max(float(lengths.mean()) if len(lengths) else 0.0, SMALLEST)
    report(1, 1)
    vectors = Vectors(parent.ids[directed], scores[directed])
    left_out = {"like_the_mean": parent.ids[~directed]}
    return Embedding.uniform(vectors, "reduced", left_out, measured={"kept_variance": kept})


def _scores(matrix: Matrix, parameters: PcaParameters) -> tuple[Matrix, float]:
    """(n, dimensions), and the share of the variance that is kept; 0 where there is none."""
    from sklearn.decomposition import PCA

    padded = np.zeros((len(matrix), parameters.dimensions), dtype=np.float32)
    directions = min(parameters.dimensions, matrix.shape[1], max(len(matrix) - 1, 0))
    if directions == 0:
        return padded, 0.0
    reduction = PCA(directions, svd_solver="covariance_eigh")
    with one_thread():
        scores = reduction.fit_transform(matrix.astype(np.float64))
    variances = reduction.explained_variance_
    varied = variances > SMALLEST**2 * max(float(variances.max()), SMALLEST)
    scale = np.sqrt(variances[varied]) if parameters.whiten else 1.0
    padded[:, : int(varied.sum())] = scores[:, varied] / scale
    kept = float(reduction.explained_variance_ratio_.sum())
    return padded, kept if np.isfinite(kept) else 0.0
