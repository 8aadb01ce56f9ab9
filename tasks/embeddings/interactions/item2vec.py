"""item2vec: skip-gram with negative sampling over the flits that birds chose, in the order of choosing.

Barkan and Koenigstein, "Item2Vec: Neural Item Embedding for Collaborative Filtering" (2016), section 3; the
objective is that of Mikolov et al., "Distributed Representations of Words and Phrases and their
Compositionality" (2013), section 2.2. How likely flit o is to be chosen around flit i is scored by vector(i)
· output(o): both sides are kept.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from pydantic import Field

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.gensim_training import options, train
from tasks.embeddings.interactions.corpus import Corpus, distinct, read_corpus
from tasks.parameters import Parameters
from warehouse.vectors import Matrix, Vectors, as_ids

TOO_FEW_EVENTS, NEVER_BESIDE_ANOTHER, THINNED_OUT = "too_few_events", "never_beside_another", "thinned_out"
REASONS = (TOO_FEW_EVENTS, NEVER_BESIDE_ANOTHER, THINNED_OUT)


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
    """Train on `inputs.sequences`. Rows are `trained`; left out: `REASONS`, `thinned_out` where `sample` let through
    no pair of a flit.

    Repeats of a flit in a row count once, since a pair of a flit with itself teaches nothing. Of a history longer
    than `gensim_training.LONGEST_SEQUENCE`, pairs across the cuts are not seen. Equal inputs give equal bytes with one
    worker. Memory: 12 bytes an event, and 16 bytes × dimensions a flit, beside the inputs.
    """
    sequences = inputs.frame("sequences")
    frequent = sequences.filter(pl.len().over("flit_id") >= parameters.min_count)
    corpus = read_corpus(frequent)
    vectors, output = _train(corpus, parameters, report)
    everything, counted = distinct(sequences), distinct(frequent)
    left_out = {
        TOO_FEW_EVENTS: sorted(everything - counted),
        NEVER_BESIDE_ANOTHER: sorted(counted.difference(corpus.flits)),
        THINNED_OUT: sorted(set(corpus.flits).difference(vectors.ids)),
    }
    return Embedding.uniform(vectors, "trained", left_out, output)


def _train(corpus: Corpus, parameters: Item2VecParameters, report: Report) -> tuple[Vectors, Matrix]:
    """Input side and output side, row by row, of the flits that training moved."""
    if not corpus.flits:
        return Vectors.empty(parameters.dimensions), np.empty((0, parameters.dimensions), dtype=np.float32)
    from gensim.models import Word2Vec

    model = Word2Vec(**options(parameters), sg=1, sample=parameters.sample)
    trained = train(
        model, corpus.counts(), corpus, len(corpus.codes), epochs=parameters.epochs, report=report
    )
    # An output that has moved proves nothing: a counter-example gets one without ever being beside another flit.
    rows = trained.rows[trained.touched]
    vectors = Vectors(as_ids(corpus.flits)[trained.touched], model.wv.vectors[rows])
    return vectors, model.syn1neg[rows]
