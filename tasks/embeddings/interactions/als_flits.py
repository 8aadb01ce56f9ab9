"""als_flits: the flits of ALS with what a touch of each adds to a bird, so that any history makes a bird.

Given the flits' factors Y, least squares has x_b = (YᵀC_bY + λ)⁻¹ Σ c_bf y_f (Hu, Koren and Volinsky 2008, equation 4).
With YᵀY in place of YᵀC_bY the inverse is the same for all birds, and a bird is a sum over its history (as in Koren,
"Factorization Meets the Neighborhood", 2008, section 4.1) of vector(f) = (YᵀY + λ)⁻¹ y_f, weighed by whoever makes the
sum, by how recent a touch is above all. Its score of flit g is that sum · output(g), with output(g) = y_g.
"""

from __future__ import annotations

import numpy as np

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.interactions.als import AlsParameters, factorise
from tasks.embeddings.interactions.touches import NO_DIRECTION, TOO_FEW_BIRDS, Touches, damped, some_length
from warehouse.threads import one_thread
from warehouse.vectors import Matrix, Vectors

REASONS = (TOO_FEW_BIRDS, NO_DIRECTION)


def fit(inputs: Inputs, parameters: AlsParameters, report: Report) -> Embedding:
    """Factorise `inputs.interactions` as `als` does. Rows are `trained`; left out: `REASONS`. Memory: that of `als`."""
    touches = Touches.read(inputs.frame("interactions"), parameters.min_birds)
    weights = damped(touches.weights, parameters.weight_power, parameters.popularity_power)
    _, output = factorise(weights, parameters, report)
    vectors = added_by_a_touch(output, parameters.regularization)
    some = some_length(output)
    left_out = {TOO_FEW_BIRDS: touches.rare_flits, NO_DIRECTION: touches.flits[~some]}
    return Embedding.uniform(Vectors(touches.flits[some], vectors[some]), "trained", left_out, output[some])


@one_thread()
def added_by_a_touch(factors: Matrix, regularization: float) -> Matrix:
    """Y (YᵀY + λ)⁻¹ for `factors` Y (flits, d)."""
    exact = factors.astype(np.float64)
    added = np.linalg.solve(exact.T @ exact + regularization * np.eye(exact.shape[1]), exact.T).T
    return np.ascontiguousarray(added, dtype=np.float32)
