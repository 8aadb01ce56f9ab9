"""The words that get a vector of their own, and why others get none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tasks.embeddings.contract import Embedding
from tasks.embeddings.words.corpus import Mask, WordCorpus, most_used
from warehouse.vectors import Ids, Matrix, Vectors

NEVER_BESIDE_ANOTHER, NO_DIRECTION, THINNED_OUT = "never_beside_another", "no_direction", "thinned_out"
REASONS = ("too_few_uses", "beyond_vocabulary", NEVER_BESIDE_ANOTHER, NO_DIRECTION)
LEARNT_REASONS = (*REASONS, THINNED_OUT)
# A row of this part of the mean length is rounding.
SHORTEST = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """`corpus`: the texts without the words that were taken out, `too_few_uses` and `beyond_vocabulary`."""

    corpus: WordCorpus
    too_few_uses: Ids
    beyond_vocabulary: Ids

    @classmethod
    def read(cls, documents: pl.DataFrame, min_count: int, at_most: int) -> Vocabulary:
        return cls.of(WordCorpus.read(documents), min_count, at_most)

    @classmethod
    def of(cls, corpus: WordCorpus, min_count: int, at_most: int) -> Vocabulary:
        """Keep words of at least `min_count` uses, of these the `at_most` most used."""
        uses = corpus.uses
        kept = most_used(uses, at_most, min_count)
        rare = uses < min_count
        return cls(corpus.with_words(kept), corpus.words[rare], corpus.words[~rare & ~kept])

    def embed(self, matrix: Matrix, provenance: str, touched: Mask | None = None) -> Embedding:
        """`matrix` (words of the corpus, d), and which of them training touched, all if None.

        Rows without a length are left out as `why_not` says.
        """
        lengths = np.linalg.norm(matrix, axis=1)
        told = lengths > SHORTEST * (lengths.mean() if len(lengths) else 0.0)
        left_out = {
            "too_few_uses": self.too_few_uses,
            "beyond_vocabulary": self.beyond_vocabulary,
            **self.why_not(told, touched),
        }
        return Embedding.uniform(Vectors(self.corpus.words[told], matrix[told]), provenance, left_out)

    def why_not(self, told: Mask, touched: Mask | None = None) -> dict[str, Ids]:
        """Reason → words of the corpus that are not `told`: alone, never let through, or nothing but the mean."""
        beside = self.corpus.accompanied
        thinned = beside & ~(beside if touched is None else touched)
        reasons = {NEVER_BESIDE_ANOTHER: ~beside, THINNED_OUT: thinned, NO_DIRECTION: beside & ~thinned}
        return {reason: self.corpus.words[of & ~told] for reason, of in reasons.items()}
