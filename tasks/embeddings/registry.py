"""The methods by the names that `pipelines.yaml` uses.

To add one: write its file in the folder of its family (a parameter model and `fit`), add a line here, and give it
an entry in `pipelines.yaml`. The contract tests take it from here. No module named here imports a heavy library at
its top.
"""

from __future__ import annotations

from tasks.embeddings.contract import Method
from tasks.embeddings.derived import recency_weighted_mean
from tasks.embeddings.interactions import item2vec
from tasks.embeddings.texts import sentence_transformer

METHODS: dict[str, Method] = {
    # tabular
    # texts
    "sentence_transformer": Method(
        sentence_transformer.SentenceTransformerParameters,
        "flit",
        frozenset({"texts"}),
        sentence_transformer.fit,
        fixed_frame=True,
        leaves_out=("no_text",),
        artefact_digest=sentence_transformer.model_digest,
    ),
    # words
    # interactions
    "item2vec": Method(
        item2vec.Item2VecParameters,
        "flit",
        frozenset({"sequences"}),
        item2vec.fit,
        fixed_frame=False,
        leaves_out=("too_few_events", "never_beside_another"),
    ),
    # sequences
    # graph
    # derived
    "recency_weighted_mean": Method(
        recency_weighted_mean.RecencyWeightedMeanParameters,
        "bird",
        frozenset({"sequences", "parents"}),
        recency_weighted_mean.fit,
        fixed_frame=True,
        leaves_out=("no_vector_in_history", "no_direction"),
    ),
    # reduction
}
