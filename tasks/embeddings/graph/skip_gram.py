"""Birds by the walks that pass them: skip-gram over random walks, as DeepWalk and node2vec have it.

Perozzi et al., "DeepWalk: Online Learning of Social Representations" (2014), section 4; Grover and Leskovec,
"node2vec: Scalable Feature Learning for Networks" (2016), section 3. The two differ in how a walk goes on, and in
what stands in for the softmax over all birds: a tree of choices (hierarchical softmax), or a few counter-examples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from pydantic import Field, field_validator

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.gensim_training import LONGEST_SEQUENCE, options, train
from tasks.embeddings.graph.walks import Bias, Graph, walks
from tasks.parameters import Parameters
from warehouse.vectors import Vectors

SMALLEST_WEIGHT = 0.001


class WalkParameters(Parameters):
    """Cost in time follows birds × walks × length × context × dimensions: 100,000 birds take 9 minutes on one core.

    The defaults are the cheapest that were as good as any by the validation part of Wiki
    (`tasks.calibration.protocols.graph`): there, counter-examples reach a Micro-F1 of .035 less than a tree, and
    more than 10 walks nothing for sure.
    """

    dimensions: int = Field(128, ge=1, le=4096, description="Length of a vector.")
    walks: int = Field(10, ge=1, le=10_000, description="Walks from every bird, each walked anew.")
    length: int = Field(
        40, ge=2, le=LONGEST_SEQUENCE, description="Birds that a walk passes, the first with it."
    )
    context: int = Field(
        10, ge=1, le=LONGEST_SEQUENCE, description="Neighbours on either side; reach is drawn from 1 to this."
    )
    softmax: Literal["hierarchical", "negative"] = Field(
        "hierarchical", description="Who else could have been passed: a tree of choices, or counter-examples."
    )
    negative: int = Field(
        5, ge=1, le=1000, description="Counter-examples for every pair, where they are drawn."
    )
    ns_exponent: float = Field(
        0.75, ge=-1, le=1, description="Counter-examples are drawn ∝ strength^this: 0 evenly."
    )
    follows: float = Field(
        1.0, ge=0, le=1000, description="What an edge weighs for a follow; 0, or 0.001 to 1000."
    )
    replies: float = Field(
        1.0, ge=0, le=1000, description="What an edge weighs for every reply; 0, or 0.001 to 1000."
    )
    learning_rate: float = Field(
        0.025, gt=0, le=1, description="At the beginning; it falls evenly to almost 0."
    )
    seed: int = Field(7, ge=0, le=2**32 - 1)
    workers: int = Field(
        1, ge=1, le=64, description="More than 1 is faster, and no run gives the same bytes again."
    )

    @field_validator("follows", "replies")
    @classmethod
    def _none_or_comparable(cls, weight: float) -> float:
        """gensim counts in whole numbers: how often edges are taken must fit into them."""
        if 0 < weight < SMALLEST_WEIGHT:
            raise ValueError(f"expected 0, or a weight from {SMALLEST_WEIGHT} to 1000, found {weight}")
        return weight


def fit(inputs: Inputs, parameters: WalkParameters, bias: Bias, report: Report) -> Embedding:
    """Birds of `inputs.follows` and `inputs.replies`, whoever does it and to whom; rows are `trained`.

    Left out: `no_edge_to_another`, where a bird has to do with nobody but itself, or by an edge of weight 0. Equal
    inputs give equal bytes with one worker. Memory: 20 bytes a direction of an edge, 13 bytes × dimensions a bird, and
    4 MiB of walks, beside the inputs.
    """
    follows, replies = inputs.frame("follows"), inputs.frame("replies")
    graph = Graph.of(_edges(follows, replies, parameters))
    ends = follows["bird_id"], follows["followee_id"], replies["bird_id"], replies["author_id"]
    seen = set().union(*(column.drop_nulls().unique() for column in ends))
    vectors = _train(Walks(graph, parameters, bias), parameters, report)
    left_out = {"no_edge_to_another": sorted(seen.difference(vectors.ids))}
    return Embedding.uniform(vectors, "trained", left_out)


def _edges(follows: pl.DataFrame, replies: pl.DataFrame, parameters: WalkParameters) -> pl.DataFrame:
    """source, target, weight > 0."""
    weighed = [
        follows.select(source="bird_id", target="followee_id", weight=pl.lit(parameters.follows)),
        replies.select(source="bird_id", target="author_id", weight=pl.lit(parameters.replies)),
    ]
    return pl.concat(weighed).drop_nulls().filter(pl.col("weight") > 0)


@dataclass(slots=True)
class Walks:
    """Walks as gensim reads them: each time it goes through them, it is another walk from every bird."""

    graph: Graph
    parameters: WalkParameters
    bias: Bias
    begun: int = 0

    def __len__(self) -> int:
        return len(self.graph)

    def __iter__(self) -> Iterator[list[str]]:
        generator = np.random.default_rng((self.parameters.seed, self.begun))
        self.begun += 1
        names = [str(node) for node in range(len(self.graph))]
        for block in walks(self.graph, self.parameters.length, self.bias, generator):
            for walk in block.tolist():
                yield [names[node] for node in walk]


def _train(corpus: Walks, parameters: WalkParameters, report: Report) -> Vectors:
    if not len(corpus):
        return Vectors.empty(parameters.dimensions)
    from gensim.models import Word2Vec

    hierarchical = parameters.softmax == "hierarchical"
    chosen = options(parameters) | ({"negative": 0} if hierarchical else {})
    model = Word2Vec(**chosen, sg=1, hs=int(hierarchical), sample=0)
    steps = len(corpus) * parameters.length
    trained = train(model, _frequencies(corpus.graph), corpus, steps, epochs=parameters.walks, report=report)
    return Vectors(corpus.graph.ids, model.wv.vectors[trained.rows])


def _frequencies(graph: Graph) -> dict[str, int]:
    """How often a long walk passes each node; whole numbers to gensim, the rarest counts as 1000."""
    strengths = graph.strengths()
    counts = np.rint(1000 * strengths / strengths.min()).astype(np.int64)
    return {str(node): int(count) for node, count in enumerate(counts)}
