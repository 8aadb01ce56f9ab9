"""bpr: birds and flits in one space, such that a bird's flits score above those it never touched.

Rendle et al., "BPR: Bayesian Personalized Ranking from Implicit Feedback" (2009), section 4.3: matrix factorisation by
stochastic gradients on ln σ(x_b · y_f − x_b · y_g), f touched by b, g not. Counter-examples are drawn as popular as
they are among touches. The last number of a vector is 1 for birds and the flit's own inclination for flits.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field
from scipy.sparse import csr_matrix

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.interactions.touches import NO_COUNTER_EXAMPLE, Touches
from tasks.embeddings.interactions.touches import REASONS as TOUCHES_REASONS
from tasks.parameters import Parameters
from warehouse.vectors import Matrix

REASONS = (*TOUCHES_REASONS, NO_COUNTER_EXAMPLE)


class BprParameters(Parameters):
    """Weights are not read: a bird has touched a flit or has not."""

    dimensions: int = Field(128, ge=2, le=4096, description="Length of a vector.")
    learning_rate: float = Field(0.01, gt=0, le=10, description="Length of a step; it stays.")
    regularization: float = Field(0.001, ge=0, le=10, description="How much long vectors cost.")
    epochs: int = Field(100, ge=1, le=10_000, description="As many steps each as there are touches.")
    min_birds: int = Field(2, ge=1, description="Flits that fewer birds touched get no vector.")
    seed: int = Field(7, ge=0, le=2**32 - 1)
    workers: int = Field(
        1, ge=1, le=64, description="More than 1 is faster, and no run gives the same bytes again."
    )


def fit(inputs: Inputs, parameters: BprParameters, report: Report) -> Embedding:
    """Train on pairs of `inputs.interactions` of a weight above 0. Rows are `trained`; left out: `REASONS`,
    `no_counter_example` being birds that touched every flit, and all rows where there is no other bird.

    Memory: 60 bytes a pair, and 4 bytes × dimensions a bird and a flit. Time: epochs × pairs × dimensions.
    """
    touches = Touches.read(inputs.frame("interactions"), parameters.min_birds)
    birds, flits = _train(touches, parameters, report)
    compared = np.diff(touches.weights.indptr) < len(touches.flits)
    taught = np.concatenate([compared, np.full(len(touches.flits), compared.any())])
    return touches.joint(birds, flits, taught)


def _train(touches: Touches, parameters: BprParameters, report: Report) -> tuple[Matrix, Matrix]:
    if not touches.weights.nnz:
        empty = np.empty((0, parameters.dimensions), dtype=np.float32)
        return empty, empty
    from implicit.cpu.bpr import BayesianPersonalizedRanking
    from threadpoolctl import threadpool_limits

    report(0, parameters.epochs)
    with threadpool_limits(limits=1, user_api="blas"):
        model = BayesianPersonalizedRanking(
            factors=parameters.dimensions - 1,
            learning_rate=parameters.learning_rate,
            regularization=parameters.regularization,
            iterations=parameters.epochs,
            num_threads=parameters.workers,
            random_state=parameters.seed,
        )
        model.fit(
            csr_matrix(touches.weights),
            show_progress=False,
            callback=lambda done, *_: report(done + 1, parameters.epochs),
        )
    return model.user_factors, model.item_factors
