"""node2vec: skip-gram over walks that stay near, or go far, by two numbers.

Grover and Leskovec, "node2vec: Scalable Feature Learning for Networks" (2016), sections 3.1 and 3.2; the paper trains
with counter-examples (`softmax: negative`).
"""

from __future__ import annotations

from pydantic import Field

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.graph import skip_gram
from tasks.embeddings.graph.skip_gram import WalkParameters
from tasks.embeddings.graph.walks import Bias


class Node2VecParameters(WalkParameters):
    """How a walk goes on from where it came from; p = q = 1 is DeepWalk."""

    p: float = Field(
        1.0, ge=0.01, le=100, description="Above 1 a walk seldom goes back at once; below, often."
    )
    q: float = Field(
        2.0, ge=0.01, le=100, description="Above 1 a walk stays among birds that are near; below, it leaves."
    )


def fit(inputs: Inputs, parameters: Node2VecParameters, report: Report) -> Embedding:
    """Birds in the graph of follows and replies; memory and reasons as `skip_gram.fit` has them."""
    return skip_gram.fit(inputs, parameters, Bias(parameters.p, parameters.q), report)
