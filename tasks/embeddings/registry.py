"""The methods by the names that `pipelines.yaml` uses.

To add one: write its file in the folder of its family (a parameter model and `fit`), add a line here, and give it
an entry in `pipelines.yaml`. The contract tests take it from here. No module named here imports a heavy library at
its top.
"""

from __future__ import annotations

from tasks.embeddings.contract import Method
from tasks.embeddings.derived import (
    author,
    blend,
    bridge,
    concatenation,
    medoids,
    recency_weighted_mean,
    several,
)
from tasks.embeddings.graph import deepwalk, node2vec, relations
from tasks.embeddings.interactions import als, als_flits, als_follows, bpr, item2vec, pmi_svd, touches
from tasks.embeddings.reduction import int8, pca
from tasks.embeddings.sequences import causal_transformer
from tasks.embeddings.tabular import indicator, one_hot, ordinal, tabular_pca
from tasks.embeddings.texts import bag_of_words, counted, lda, lsa, sentence_transformer, sif, tf_idf
from tasks.embeddings.words import cooccurrence, subword_word2vec, vocabulary, word2vec

METHODS: dict[str, Method] = {
    # tabular
    "ordinal": Method(
        ordinal.OrdinalParameters,
        "bird",
        frozenset({"birds"}),
        ordinal.fit,
        fixed_frame=False,
        leaves_out=("unknown_category",),
    ),
    "indicator": Method(
        indicator.IndicatorParameters,
        "bird",
        frozenset({"birds"}),
        indicator.fit,
        fixed_frame=False,
        leaves_out=("unknown_category",),
    ),
    "one_hot": Method(
        one_hot.OneHotParameters,
        "bird",
        frozenset({"birds"}),
        one_hot.fit,
        fixed_frame=False,
        leaves_out=("unknown_category",),
    ),
    "tabular_pca": Method(
        tabular_pca.TabularPcaParameters,
        "bird",
        frozenset({"birds"}),
        tabular_pca.fit,
        fixed_frame=False,
        leaves_out=("nothing_known", "like_the_mean"),
    ),
    # texts
    "bag_of_words": Method(
        bag_of_words.BagOfWordsParameters,
        "flit",
        frozenset({"documents"}),
        bag_of_words.fit,
        fixed_frame=False,
        leaves_out=counted.REASONS,
    ),
    "tf_idf": Method(
        tf_idf.TfIdfParameters,
        "flit",
        frozenset({"documents"}),
        tf_idf.fit,
        fixed_frame=False,
        leaves_out=counted.REASONS,
    ),
    "lsa": Method(
        lsa.LsaParameters,
        "flit",
        frozenset({"documents"}),
        lsa.fit,
        fixed_frame=False,
        leaves_out=counted.REASONS,
    ),
    "lda": Method(
        lda.LdaParameters,
        "flit",
        frozenset({"documents"}),
        lda.fit,
        fixed_frame=False,
        leaves_out=counted.REASONS,
    ),
    "sif": Method(
        sif.SifParameters,
        "flit",
        frozenset({"documents", "parents"}),
        sif.fit,
        fixed_frame=True,
        leaves_out=("no_word", "no_known_word", "no_direction"),
        builds_on="word",
    ),
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
    "cooccurrence": Method(
        cooccurrence.CooccurrenceParameters,
        "word",
        frozenset({"documents"}),
        cooccurrence.fit,
        fixed_frame=False,
        leaves_out=vocabulary.REASONS,
    ),
    "word2vec": Method(
        word2vec.Word2VecParameters,
        "word",
        frozenset({"documents"}),
        word2vec.fit,
        fixed_frame=False,
        leaves_out=vocabulary.LEARNT_REASONS,
    ),
    "subword_word2vec": Method(
        subword_word2vec.SubwordWord2VecParameters,
        "word",
        frozenset({"documents"}),
        subword_word2vec.fit,
        fixed_frame=False,
        leaves_out=subword_word2vec.REASONS,
    ),
    # interactions
    "item2vec": Method(
        item2vec.Item2VecParameters,
        "flit",
        frozenset({"sequences"}),
        item2vec.fit,
        fixed_frame=False,
        leaves_out=item2vec.REASONS,
    ),
    "als": Method(
        als.AlsParameters,
        "joint",
        frozenset({"interactions"}),
        als.fit,
        fixed_frame=False,
        leaves_out=touches.REASONS,
    ),
    "als_flits": Method(
        als.AlsParameters,
        "flit",
        frozenset({"interactions"}),
        als_flits.fit,
        fixed_frame=False,
        leaves_out=als_flits.REASONS,
    ),
    "als_follows": Method(
        als_follows.AlsFollowsParameters,
        "joint",
        frozenset({"interactions", "follows"}),
        als_follows.fit,
        fixed_frame=False,
        leaves_out=touches.REASONS,
    ),
    "bpr": Method(
        bpr.BprParameters,
        "joint",
        frozenset({"interactions"}),
        bpr.fit,
        fixed_frame=False,
        leaves_out=bpr.REASONS,
    ),
    "pmi_svd": Method(
        pmi_svd.PmiSvdParameters,
        "flit",
        frozenset({"sequences"}),
        pmi_svd.fit,
        fixed_frame=False,
        leaves_out=pmi_svd.REASONS,
    ),
    # sequences
    "causal_transformer": Method(
        causal_transformer.CausalTransformerParameters,
        "joint",
        frozenset({"sequences"}),
        causal_transformer.fit,
        fixed_frame=False,
        leaves_out=("too_few_events", "never_beside_another", "no_vector_in_history"),
    ),
    # graph
    "deepwalk": Method(
        deepwalk.DeepWalkParameters,
        "bird",
        frozenset({"follows", "replies"}),
        deepwalk.fit,
        fixed_frame=False,
        leaves_out=("no_edge_to_another",),
    ),
    "node2vec": Method(
        node2vec.Node2VecParameters,
        "bird",
        frozenset({"follows", "replies"}),
        node2vec.fit,
        fixed_frame=False,
        leaves_out=("no_edge_to_another",),
    ),
    "relations": Method(
        relations.RelationsParameters,
        "joint",
        frozenset({"relations"}),
        relations.fit,
        fixed_frame=False,
        leaves_out=("no_edge_to_another",),
    ),
    # derived
    "recency_weighted_mean": Method(
        recency_weighted_mean.RecencyWeightedMeanParameters,
        "bird",
        frozenset({"sequences", "parents"}),
        recency_weighted_mean.fit,
        fixed_frame=True,
        leaves_out=("no_vector_in_history", "no_direction"),
        builds_on="flit",
    ),
    "medoids": Method(
        medoids.MedoidsParameters,
        "bird",
        frozenset({"sequences", "parents"}),
        medoids.fit,
        fixed_frame=True,
        leaves_out=("no_vector_in_history",),
        builds_on="flit",
    ),
    "author": Method(
        author.AuthorParameters,
        "bird",
        frozenset({"authors", "parents"}),
        author.fit,
        fixed_frame=True,
        leaves_out=("no_vector_in_history", "no_direction"),
        builds_on="flit",
    ),
    "bridge": Method(
        bridge.BridgeParameters,
        "flit",
        frozenset({"parents"}),
        bridge.fit,
        fixed_frame=True,
        leaves_out=bridge.REASONS,
        builds_on="flit",
    ),
    "concatenation": Method(
        concatenation.ConcatenationParameters,
        "parent",
        frozenset({"parents"}),
        concatenation.fit,
        fixed_frame=True,
        leaves_out=several.REASONS,
    ),
    "blend": Method(
        blend.BlendParameters,
        "parent",
        frozenset({"parents"}),
        blend.fit,
        fixed_frame=True,
        leaves_out=several.REASONS,
    ),
    # reduction
    "pca": Method(
        pca.PcaParameters,
        "parent",
        frozenset({"parents"}),
        pca.fit,
        fixed_frame=False,
        leaves_out=("like_the_mean",),
    ),
    "int8": Method(
        int8.Int8Parameters,
        "parent",
        frozenset({"parents"}),
        int8.fit,
        fixed_frame=True,
        leaves_out=("rounded_to_zero",),
    ),
}
