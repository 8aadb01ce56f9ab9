"""Flits by the words that they use: the matrix that bag of words, TF-IDF, LSA and LDA begin with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array

from tasks.embeddings.contract import Embedding
from tasks.embeddings.words.corpus import WordCorpus
from warehouse.vectors import Ids, Matrix, Vectors

ROWS_AT_A_TIME = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """`counts` (flits, words), sparse: how often flit i uses `words[j]`, words used by most flits first.

    `lengths` (flits,): words in each text, also of those that are no column.
    """

    flits: Ids
    words: Ids
    counts: csr_array
    lengths: NDArray[np.int64]

    @classmethod
    def read(cls, documents: pl.DataFrame, most_words: int, fewest_flits: int = 1) -> Counted:
        """The `most_words` words that most flits use, of those that at least `fewest_flits` use."""
        return cls.of(WordCorpus.read(documents), most_words, fewest_flits)

    @classmethod
    def of(cls, corpus: WordCorpus, most_words: int, fewest_flits: int = 1) -> Counted:
        counts = corpus.counts()
        flits_using = np.bincount(counts.indices, minlength=len(corpus.words))
        chosen = np.argsort(-flits_using, kind="stable")[:most_words]
        chosen = chosen[flits_using[chosen] >= fewest_flits]
        return cls(corpus.flits, corpus.words[chosen], counts[:, chosen], corpus.lengths)

    def embed(self, weights: csr_array | Matrix, dimensions: int, provenance: str = "text") -> Embedding:
        """Rows of `weights` (flits, ≤ dimensions) that have some length; the others under their reason.

        The matrix is made once, in the order of its ids.
        """
        told = np.asarray(abs(weights).sum(axis=1)).ravel() > 0
        rows = np.flatnonzero(told)
        rows = rows[np.argsort(self.flits[rows], kind="stable")]
        left_out = {
            "no_word": sorted(self.flits[self.lengths == 0]),
            "no_telling_word": sorted(self.flits[~told & (self.lengths > 0)]),
        }
        vectors = Vectors(self.flits[rows], _wide(weights, rows, dimensions))
        return Embedding.uniform(vectors, provenance, left_out)


def _wide(weights: csr_array | Matrix, rows: NDArray[np.int64], dimensions: int) -> Matrix:
    """Some rows with columns of zeros up to `dimensions`: as wide on the night of the first word as ever after."""
    matrix = np.zeros((len(rows), dimensions), dtype=np.float32)
    for start in range(0, len(rows), ROWS_AT_A_TIME):
        part = weights[rows[start : start + ROWS_AT_A_TIME]]
        dense = part.toarray() if isinstance(part, csr_array) else part
        matrix[start : start + len(dense), : dense.shape[1]] = dense
    return matrix


REASONS = ("no_word", "no_telling_word")
"""`no_word`: nothing to read, or nothing that is a word. `no_telling_word`: all words are too rare or everywhere."""
