"""DeepWalk: skip-gram over walks that take any edge ∝ its weight.

Perozzi et al., "DeepWalk: Online Learning of Social Representations" (2014), sections 4.1 and 4.2. It is node2vec
with p = q = 1.
"""

from __future__ import annotations

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.graph import skip_gram
from tasks.embeddings.graph.skip_gram import WalkParameters
from tasks.embeddings.graph.walks import Bias


class DeepWalkParameters(WalkParameters):
    """Where a walk came from does not matter."""


def fit(inputs: Inputs, parameters: DeepWalkParameters, report: Report) -> Embedding:
    """Birds in the graph of follows and replies; memory and reasons as `skip_gram.fit` has them."""
    return skip_gram.fit(inputs, parameters, Bias(), report)
