"""item2vec: skip-gram with negative sampling over the flits that birds chose, in the order of choosing.

Barkan and Koenigstein, "Item2Vec: Neural Item Embedding for Collaborative Filtering" (2016), section 3; the
objective is that of Mikolov et al., "Distributed Representations of Words and Phrases and their
Compositionality" (2013), section 2.2. How likely flit o is to be chosen around flit i is scored by vector(i)
· output(o): both sides are kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.gensim_training import LAST_LEARNING_RATE, LONGEST_SEQUENCE, Epochs
from tasks.embeddings.interactions.corpus import Corpus, distinct, read_corpus
from tasks.parameters import Parameters
from warehouse.vectors import Matrix, Vectors, as_ids


class Item2VecParameters(Parameters):
    """Defaults are for recommendation, not for words: wide context, negatives almost even, a fast rate.

    Cost in time follows epochs × events × min(context, length of a history) × (negatives + 1) × dimensions.
    """

    dimensions: int = Field(128, ge=1, le=4096, description="Length of a vector.")
    epochs: int = Field(20, ge=1, le=10_000, description="Passes over all sequences.")
    context: int = Field(
        10, ge=1, le=10_000, description="Neighbours on either side; reach is drawn from 1 to this."
    )
    negative: int = Field(5, ge=1, le=1000, description="Flits drawn as counter-examples for every pair.")
    ns_exponent: float = Field(
        0.25, ge=-1, le=1, description="Counter-examples are drawn ∝ events^this: 0 evenly, 1 as popular."
    )
    min_count: int = Field(3, ge=1, description="Flits with fewer events get no vector.")
    sample: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Thins out flits with a larger share of events, 0 never; 1e-3 saves time.",
    )
    learning_rate: float = Field(
        0.05, gt=0, le=1, description="At the beginning; it falls evenly to almost 0."
    )
    seed: int = Field(7, ge=0, le=2**32 - 1)
    workers: int = Field(
        1, ge=1, le=64, description="More than 1 is faster, and no run gives the same bytes again."
    )


def fit(inputs: Inputs, parameters: Item2VecParameters, report: Report) -> Embedding:
    """Train on `inputs.sequences`. Rows are `trained`; left out: `too_few_events`, `never_beside_another`.

    Repeats of a flit in a row count once, since a pair of a flit with itself teaches nothing. Of a history longer
    than `LONGEST_SEQUENCE`, pairs across the cuts are not seen. Equal inputs give equal bytes with one worker.
    Memory: 12 bytes an event, and 16 bytes × dimensions a flit, beside the inputs.
    """
    sequences = inputs.frame("sequences")
    frequent = sequences.filter(pl.len().over("flit_id") >= parameters.min_count)
    vectors, output = _train(read_corpus(frequent), parameters, report)
    everything, counted = distinct(sequences), distinct(frequent)
    left_out = {
        "too_few_events": sorted(everything - counted),
        "never_beside_another": sorted(counted.difference(vectors.ids)),
    }
    return Embedding.uniform(vectors, "trained", left_out, output)


def _train(corpus: Corpus, parameters: Item2VecParameters, report: Report) -> tuple[Vectors, Matrix]:
    """Input side and output side, row by row, of the flits that took part in training."""
    if not corpus.flits:
        return Vectors.empty(parameters.dimensions), np.empty((0, parameters.dimensions), dtype=np.float32)
    model = _model(corpus, parameters)
    model.train(
        corpus,
        total_examples=len(corpus),
        total_words=len(corpus.codes),
        epochs=parameters.epochs,
        callbacks=[Epochs(parameters.epochs, report)],
    )
    rows = np.array([model.wv.key_to_index[flit] for flit in corpus.flits])
    # An output begins at zero; where `sample` has thinned a flit out of every epoch it still is.
    drawn = model.syn1neg[rows].any(axis=1)
    vectors = Vectors(as_ids(corpus.flits)[drawn], model.wv.vectors[rows[drawn]])
    return vectors, model.syn1neg[rows[drawn]]


def _model(corpus: Corpus, parameters: Item2VecParameters) -> Any:
    """gensim's model with its vocabulary, before training."""
    from gensim.models import Word2Vec

    model = Word2Vec(
        vector_size=parameters.dimensions,
        sg=1,
        window=parameters.context,
        negative=parameters.negative,
        ns_exponent=parameters.ns_exponent,
        min_count=1,
        sample=parameters.sample,
        alpha=parameters.learning_rate,
        min_alpha=min(LAST_LEARNING_RATE, parameters.learning_rate),
        seed=parameters.seed,
        workers=parameters.workers,
        # The learning rate falls from batch to batch: a small corpus needs small batches to see it fall.
        batch_words=min(LONGEST_SEQUENCE, max(len(corpus.codes) // 20, 1)),
    )
    model.build_vocab_from_freq(corpus.counts(), corpus_count=len(corpus))
    return model
