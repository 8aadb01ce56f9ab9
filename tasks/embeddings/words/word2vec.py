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
from numpy.typing import NDArray
from pydantic import Field

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.gensim_training import LAST_LEARNING_RATE, LONGEST_SEQUENCE, Epochs
from tasks.embeddings.words.corpus import Corpus
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
    """Train on `inputs.documents`. Rows are `trained`; left out: `vocabulary.REASONS`.

    Words that are not learnt are taken out before windows are laid. Memory: 12 bytes × dimensions a word, and 20 bytes
    a word in the texts.
    """
    vocabulary = Vocabulary.read(inputs.frame("documents"), parameters.min_count, parameters.vocabulary)
    if not len(vocabulary.corpus.words):
        return vocabulary.embed(np.empty((0, parameters.dimensions), dtype=np.float32), "trained")
    model = train(word2vec(parameters), vocabulary.corpus, parameters, report)
    matrix = model.matrix()
    return vocabulary.embed(centred(matrix, matrix) if parameters.centre else matrix, "trained")


@dataclass(frozen=True, slots=True)
class Trained:
    """gensim's `model`; word i of the corpus is its row `rows[i]`, and was `touched[i]` by training or never."""

    model: Any
    rows: NDArray[np.int64]
    touched: NDArray[np.bool_]

    def matrix(self) -> Matrix:
        """The vectors of the words; zero where training never touched one: it is as it was drawn."""
        vectors: Matrix = self.model.wv.vectors[self.rows]
        vectors[~self.touched] = 0
        return vectors


def centred(matrix: Matrix, on: Matrix) -> Matrix:
    """`matrix` less the mean of the rows of `on`, (words, d) both; rows without a length stay, and are not counted."""
    counted = on[on.any(axis=1)]
    mean = counted.mean(axis=0, dtype=np.float64) if len(counted) else 0
    apart: Matrix = np.where(matrix.any(axis=1, keepdims=True), matrix - mean, 0).astype(np.float32)
    return apart


def train(model: Any, corpus: Corpus, parameters: Word2VecParameters, report: Report) -> Trained:
    """Give gensim's `model` its words, in an order that breaks ties, and train it on the corpus."""
    pieces = Pieces(corpus)
    uses = dict(zip(corpus.words.tolist(), corpus.uses.tolist(), strict=True))
    # The learning rate falls from batch to batch: a small corpus needs small batches to see it fall.
    model.batch_words = min(LONGEST_SEQUENCE, max(len(corpus.codes) // 20, 1))
    model.build_vocab_from_freq(uses, corpus_count=len(pieces))
    rows = np.array([model.wv.key_to_index[word] for word in corpus.words])
    began = _own(model)[rows]
    model.train(
        pieces,
        total_examples=len(pieces),
        total_words=len(corpus.codes),
        epochs=parameters.epochs,
        callbacks=[Epochs(parameters.epochs, report)],
    )
    return Trained(model, rows, (_own(model)[rows] != began).any(axis=1))


def _own(model: Any) -> Matrix:
    """What training changes for a word itself: with subwords, the part that is not from its pieces."""
    own: Matrix = getattr(model.wv, "vectors_vocab", model.wv.vectors)
    return own


@dataclass(frozen=True, slots=True)
class Pieces:
    """The texts of a corpus, long ones in pieces that gensim reads to their end."""

    corpus: Corpus

    def __len__(self) -> int:
        return int((-(-self.corpus.lengths // LONGEST_SEQUENCE)).sum())

    def __iter__(self) -> Iterator[list[str]]:
        for text in self.corpus:
            for start in range(0, len(text), LONGEST_SEQUENCE):
                yield text[start : start + LONGEST_SEQUENCE]


def options(parameters: Word2VecParameters) -> dict[str, Any]:
    """The parameters by gensim's names."""
    return {
        "vector_size": parameters.dimensions,
        "sg": int(parameters.model == "skip_gram"),
        "window": parameters.context,
        "negative": parameters.negative,
        "ns_exponent": parameters.ns_exponent,
        "sample": parameters.sample,
        "min_count": 1,
        "alpha": parameters.learning_rate,
        "min_alpha": min(LAST_LEARNING_RATE, parameters.learning_rate),
        "seed": parameters.seed,
        "workers": parameters.workers,
    }


def word2vec(parameters: Word2VecParameters) -> Any:
    """gensim's model, without words."""
    from gensim.models import Word2Vec

    return Word2Vec(**options(parameters))
