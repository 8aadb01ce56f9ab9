"""als: birds and flits in one space, by alternating least squares on what birds are interested in.

Hu, Koren and Volinsky, "Collaborative Filtering for Implicit Feedback Datasets" (2008), section 4: minimise
Σ c_bf (p_bf − x_b · y_f)² + λ (Σ |x_b|² + Σ |y_f|²) over all pairs, touched (p = 1, c = 1 + confidence × weight) or not
(p = 0, c = 1). That touches of popular flits say less about a bird is what `popularity_power` is for.

The logs have no ratings, so the plain factorisation of a table of ratings with gaps has no method here.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field
from scipy.sparse import csr_array, csr_matrix

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.interactions.touches import Touches, damped
from tasks.parameters import Parameters
from warehouse.vectors import Matrix


class AlsParameters(Parameters):
    """Defaults are what is good on short and on long histories; `regularization` is what to search first."""

    dimensions: int = Field(128, ge=1, le=4096, description="Length of a vector.")
    regularization: float = Field(10.0, gt=0, le=1e6, description="λ: how much long vectors cost.")
    confidence: float = Field(
        10.0, gt=0, le=1e6, description="How much more a touch of mean weight counts than none."
    )
    weight_power: float = Field(
        0.0, ge=0, le=1, description="A touch counts ∝ its weight^this: 0 all alike, 1 as decayed."
    )
    popularity_power: float = Field(
        0.5, ge=0, le=1, description="A touch counts ∝ 1 / (birds of the flit)^this: 0 popular ones in full."
    )
    iterations: int = Field(15, ge=1, le=10_000, description="Rounds: all birds, then all flits.")
    min_birds: int = Field(2, ge=1, description="Flits that fewer birds touched get no vector.")
    seed: int = Field(7, ge=0, le=2**32 - 1)
    workers: int = Field(1, ge=1, le=64, description="Threads; any number gives the same bytes.")


def fit(inputs: Inputs, parameters: AlsParameters, report: Report) -> Embedding:
    """Factorise `inputs.interactions`; weights ≤ 0 are no interest. Rows are `trained`; left out: `touches.REASONS`.

    Memory: 60 bytes a pair, and 4 bytes × dimensions a bird and a flit. Time: iterations × dimensions × (pairs +
    dimensions × (birds + flits)).
    """
    touches = Touches.read(inputs.frame("interactions"), parameters.min_birds)
    weights = damped(touches.weights, parameters.weight_power, parameters.popularity_power)
    return touches.joint(*factorise(weights, parameters, report))


def factorise(weights: csr_array, parameters: AlsParameters, report: Report) -> tuple[Matrix, Matrix]:
    """A row for each row of `weights`, and one for each of its columns."""
    if not weights.nnz:
        empty = np.empty((0, parameters.dimensions), dtype=np.float32)
        return empty, empty
    from implicit.cpu.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    total = parameters.iterations
    report(0, total)
    confidences = csr_matrix(weights)
    confidences.data = 1 + parameters.confidence * weights.data
    # The library's own threads share out rows; those of BLAS beside them are 10 times slower, by its own warning.
    with threadpool_limits(limits=1, user_api="blas"):
        model = AlternatingLeastSquares(
            factors=parameters.dimensions,
            regularization=parameters.regularization,
            alpha=1.0,  # the library takes c as it stands
            iterations=total,
            num_threads=parameters.workers,
            random_state=parameters.seed,
        )
        model.fit(
            confidences,
            show_progress=False,
            callback=lambda done, *_: report(done + 1, total),
        )
    return model.user_factors, model.item_factors
