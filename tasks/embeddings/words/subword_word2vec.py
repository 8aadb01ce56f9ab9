"""word2vec with subwords: a word is the sum of its pieces, so that a word too rare to learn has a vector as well.

Bojanowski et al., "Enriching Word Vectors with Subword Information" (2017), section 3. gensim's FastText does the
work. The rows of the pieces are not kept: every word of the corpus has its vector, however rare; a word that no text of
the night has, has none until one does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.words.corpus import WordCorpus
from tasks.embeddings.words.vocabulary import NEVER_BESIDE_ANOTHER, NO_DIRECTION, THINNED_OUT, Vocabulary
from tasks.embeddings.words.word2vec import Word2VecParameters, centred, options, train
from warehouse.vectors import Ids, Matrix, Vectors, as_ids

NO_KNOWN_SUBWORD = "no_known_subword"
REASONS = (NO_KNOWN_SUBWORD, NEVER_BESIDE_ANOTHER, NO_DIRECTION, THINNED_OUT)


class SubwordWord2VecParameters(Word2VecParameters):
    """Pieces are runs of `shortest` to `longest` characters of `<word>`, kept by their hash in `buckets` rows."""

    shortest: int = Field(
        3, ge=1, le=20, description="Characters of the shortest piece; < and > mark a word's ends."
    )
    longest: int = Field(6, ge=1, le=20, description="Characters of the longest piece.")
    buckets: int = Field(
        100_000,
        ge=1,
        le=10_000_000,
        description="Pieces with the same hash share a row; 4 bytes × dimensions each.",
    )

    @model_validator(mode="after")
    def _ascending(self) -> SubwordWord2VecParameters:
        if self.longest < self.shortest:
            raise ValueError(f"longest {self.longest} is below shortest {self.shortest}; swap them")
        return self


def fit(inputs: Inputs, parameters: SubwordWord2VecParameters, report: Report) -> Embedding:
    """Train on `inputs.documents`. Rows are `trained`, and `subwords` where a word is too rare to be learnt itself.

    Left out: `no_known_subword`, where no piece of a rare word was trained, and what `Vocabulary.why_not` says.
    Memory: 8 bytes × dimensions × (buckets + words learnt), 80 MiB by default and for few words, 4 × dimensions a word,
    and 20 bytes a word in the texts. gensim's own default of 2,000,000 buckets would take 800 MB.
    """
    corpus = WordCorpus.read(inputs.frame("documents"))
    vocabulary = Vocabulary.of(corpus, parameters.min_count, parameters.vocabulary)
    others = as_ids(sorted([*vocabulary.too_few_uses, *vocabulary.beyond_vocabulary]))
    if not len(vocabulary.corpus.words):
        return Embedding.uniform(Vectors.empty(parameters.dimensions), "trained", {NO_KNOWN_SUBWORD: others})
    trained = train(_fast_text(parameters), vocabulary.corpus, parameters, report)
    matrix = trained.matrix()
    rare = _Subwords.of(trained.model.wv, vocabulary.corpus.words[matrix.any(axis=1)]).compose(others)
    if parameters.centre:
        matrix, rare = centred(matrix, on=matrix), centred(rare, on=matrix)
    left_out = vocabulary.why_not(np.asarray(matrix.any(axis=1)), trained.touched)
    left_out[NO_KNOWN_SUBWORD] = others[~rare.any(axis=1)]
    return _joined((vocabulary.corpus.words, matrix), (others, rare), left_out)


def _joined(
    learnt: tuple[Ids, Matrix], composed: tuple[Ids, Matrix], left_out: Mapping[str, Ids]
) -> Embedding:
    """Rows with a length, each with its provenance."""
    told = [matrix.any(axis=1) for _, matrix in (learnt, composed)]
    ids = [words[kept] for (words, _), kept in zip((learnt, composed), told, strict=True)]
    together = np.concatenate(ids)
    order = np.argsort(together, kind="stable")
    matrix = np.concatenate([learnt[1][told[0]], composed[1][told[1]]])
    provenance = as_ids(["trained"] * len(ids[0]) + ["subwords"] * len(ids[1]))
    return Embedding(
        Vectors(together[order], matrix[order]),
        provenance[order],
        left_out={reason: words for reason, words in left_out.items() if len(words)},
    )


@dataclass(frozen=True, slots=True)
class _Subwords:
    """gensim's vectors of pieces, and which of them training touched: the others are as they were drawn."""

    keyed: Any
    known: NDArray[np.bool_]

    @classmethod
    def of(cls, keyed: Any, learnt: Ids) -> _Subwords:
        known = np.zeros(keyed.bucket, dtype=bool)
        for word in learnt:
            known[_hashes(keyed, word)] = True
        return cls(keyed, known)

    def compose(self, words: Ids) -> Matrix:
        """(words, d): the mean of the known pieces of each, zero where there is none."""
        composed = np.zeros((len(words), self.keyed.vector_size), dtype=np.float32)
        for row, word in enumerate(words):
            hashes = _hashes(self.keyed, word)
            pieces = hashes[self.known[hashes]]
            if len(pieces):
                composed[row] = self.keyed.vectors_ngrams[pieces].mean(axis=0)
        return composed


def _hashes(keyed: Any, word: str) -> NDArray[np.int64]:
    """The rows of a word's pieces."""
    from gensim.models.fasttext import ft_ngram_hashes

    return np.array(ft_ngram_hashes(word, keyed.min_n, keyed.max_n, keyed.bucket), dtype=np.int64)


def _fast_text(parameters: SubwordWord2VecParameters) -> Any:
    """gensim's model, without words."""
    from gensim.models import FastText

    pieces = {"min_n": parameters.shortest, "max_n": parameters.longest, "bucket": parameters.buckets}
    return FastText(**options(parameters), **pieces)
