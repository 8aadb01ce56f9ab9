"""The words that get a vector of their own, and why others get none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tasks.embeddings.contract import Embedding
from tasks.embeddings.words.corpus import Corpus, most_used
from warehouse.vectors import Ids, Matrix, Vectors

REASONS = ("too_few_uses", "beyond_vocabulary", "never_beside_another")
# A row of this part of the mean length is rounding.
SHORTEST = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """`corpus`: the texts without the words that were taken out, `too_few_uses` and `beyond_vocabulary`."""

    corpus: Corpus
    too_few_uses: Ids
    beyond_vocabulary: Ids

    @classmethod
    def read(cls, documents: pl.DataFrame, min_count: int, at_most: int) -> Vocabulary:
        return cls.of(Corpus.read(documents), min_count, at_most)

    @classmethod
    def of(cls, corpus: Corpus, min_count: int, at_most: int) -> Vocabulary:
        """Keep words of at least `min_count` uses, of these the `at_most` most used."""
        uses = corpus.uses
        kept = most_used(uses, at_most, min_count)
        rare = uses < min_count
        return cls(corpus.with_words(kept), corpus.words[rare], corpus.words[~rare & ~kept])

    def embed(self, matrix: Matrix, provenance: str) -> Embedding:
        """`matrix` (words of the corpus, d); rows without a length never stood beside another word."""
        lengths = np.linalg.norm(matrix, axis=1)
        told = lengths > SHORTEST * (lengths.mean() if len(lengths) else 0.0)
        left_out = {
            "too_few_uses": self.too_few_uses,
            "beyond_vocabulary": self.beyond_vocabulary,
            "never_beside_another": self.corpus.words[~told],
        }
        return Embedding.uniform(Vectors(self.corpus.words[told], matrix[told]), provenance, left_out)
