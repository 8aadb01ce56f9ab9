"""word2vec: words that predict, or are predicted by, the words around them lie together.

Mikolov et al., "Efficient Estimation of Word Representations in Vector Space" (2013), section 3, with negative
sampling and thinning of frequent words ("Distributed Representations of Words and Phrases and their Compositionality",
2013, sections 2.2 and 2.3). gensim does the work. The mean of all words, which tells none from another, is taken away
(Mu and Viswanath, "All-but-the-Top", 2018, section 2).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import Field

from tasks.embeddings import gensim_training
from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.gensim_training import LONGEST_SEQUENCE, Trained
from tasks.embeddings.words.corpus import WordCorpus
from tasks.embeddings.words.vocabulary import Vocabulary
from tasks.parameters import Parameters
from warehouse.vectors import Matrix


class Word2VecParameters(Parameters):
    """Defaults are for the short texts of a feed, of which there are few: many epochs.

    Cost in time follows epochs × words in the texts × context × (negative + 1) × dimensions.
    """

    dimensions: int = Field(100, ge=1, le=4096, description="Length of a vector.")
    model: Literal["skip_gram", "cbow"] = Field(
        "skip_gram",
        description="skip_gram: a word predicts each neighbour; cbow: they together predict it.",
    )
    epochs: int = Field(30, ge=1, le=10_000, description="Passes over all texts.")
    context: int = Field(5, ge=1, le=100, description="Words on either side; reach is drawn from 1 to this.")
    negative: int = Field(5, ge=1, le=1000, description="Words drawn as counter-examples for every pair.")
    ns_exponent: float = Field(0.75, ge=-1, le=1, description="Counter-examples are drawn ∝ uses^this.")
    sample: float = Field(
        1e-2,
        ge=0,
        lt=1,
        description="Thins out words with a larger share of all uses; 0 never, as few texts need it.",
    )
    min_count: int = Field(5, ge=1, description="Words with fewer uses are not learnt.")
    vocabulary: int = Field(100_000, ge=1, le=1_000_000, description="Only so many of the most used words.")
    learning_rate: float = Field(
        0.05, gt=0, le=1, description="At the beginning; it falls evenly to almost 0."
    )
    centre: bool = Field(
        True, description="Take away what all words have in common, which is much where texts are few."
    )
    seed: int = Field(7, ge=0, le=2**32 - 1)
    workers: int = Field(
        1, ge=1, le=64, description="More than 1 is faster, and no run gives the same bytes again."
    )


def fit(inputs: Inputs, parameters: Word2VecParameters, report: Report) -> Embedding:
    """Train on `inputs.documents`. Rows are `trained`; left out: `vocabulary.LEARNT_REASONS`.

    Words that are not learnt are taken out before windows are laid. Memory: 13 bytes × dimensions a word, and 20 bytes
    a word in the texts.
    """
    vocabulary = Vocabulary.read(inputs.frame("documents"), parameters.min_count, parameters.vocabulary)
    if not len(vocabulary.corpus.words):
        return vocabulary.embed(np.empty((0, parameters.dimensions), dtype=np.float32), "trained")
    trained = train(word2vec(parameters), vocabulary.corpus, parameters, report)
    matrix = trained.matrix()
    vectors = centred(matrix, matrix) if parameters.centre else matrix
    return vocabulary.embed(vectors, "trained", trained.touched)


def centred(matrix: Matrix, on: Matrix) -> Matrix:
    """`matrix` less the mean of the rows of `on`, (words, d) both; rows without a length stay, and are not counted."""
    counted = on[on.any(axis=1)]
    mean = counted.mean(axis=0, dtype=np.float64) if len(counted) else 0
    apart: Matrix = np.where(matrix.any(axis=1, keepdims=True), matrix - mean, 0).astype(np.float32)
    return apart


def train(model: Any, corpus: WordCorpus, parameters: Word2VecParameters, report: Report) -> Trained:
    """Train gensim's `model`, without words as yet, on the corpus."""
    uses = dict(zip(corpus.words.tolist(), corpus.uses.tolist(), strict=True))
    pieces, total = Pieces(corpus), len(corpus.codes)
    return gensim_training.train(model, uses, pieces, total, epochs=parameters.epochs, report=report)


@dataclass(frozen=True, slots=True)
class Pieces:
    """The texts of a corpus, long ones in pieces that gensim reads to their end."""

    corpus: WordCorpus

    def __len__(self) -> int:
        return int((-(-self.corpus.lengths // LONGEST_SEQUENCE)).sum())

    def __iter__(self) -> Iterator[list[str]]:
        for text in self.corpus:
            for start in range(0, len(text), LONGEST_SEQUENCE):
                yield text[start : start + LONGEST_SEQUENCE]


def options(parameters: Word2VecParameters) -> dict[str, Any]:
    """The parameters by gensim's names."""
    skip_gram = int(parameters.model == "skip_gram")
    return {**gensim_training.options(parameters), "sg": skip_gram, "sample": parameters.sample}


def word2vec(parameters: Word2VecParameters) -> Any:
    """gensim's model, without words."""
    from gensim.models import Word2Vec

    return Word2Vec(**options(parameters))
