"""SIF: a flit is the weighted mean of the vectors of its words, less what all flits have in common.

Arora, Liang and Ma, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings" (ICLR 2017), algorithm 1.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field
from scipy.sparse import csr_array, diags_array

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.words.corpus import WordCorpus
from tasks.embeddings.words.factors import directions
from tasks.parameters import Parameters
from warehouse.threads import one_thread
from warehouse.vectors import Matrix, Vectors

# A flit of this part of its words' length after the common directions are gone is rounding.
SHORTEST = 1e-5


class SifParameters(Parameters):
    """How much rare words weigh, and how much is common."""

    a: float = Field(
        1e-3,
        gt=0,
        le=1,
        description="A word weighs a / (a + its share of all uses).",
    )
    removed: int = Field(
        1, ge=0, le=100, description="Principal directions of all flits that are taken away."
    )
    seed: int = Field(7, ge=0, le=2**32 - 1)


def fit(inputs: Inputs, parameters: SifParameters, report: Report) -> Embedding:
    """Flits of `inputs.documents` in the frame of the one space of words in `inputs.parents`. Rows are `words`.

    Left out: `no_word`, `no_known_word`, where no word has a vector, and `no_direction`, where nothing is left once
    the common directions are gone. Memory: 12 bytes × dimensions a flit, and 20 bytes a word in the texts.
    """
    words = inputs.only_parent()
    corpus = WordCorpus.read(inputs.frame("documents"))
    rows = words.rows(corpus.words)
    known = corpus.with_words(rows >= 0)
    means = _means(known, len(corpus.codes), words.matrix[rows[rows >= 0]], parameters.a)
    left = _without_common(means, parameters)
    scale = float(np.sqrt((means**2).sum() / max(len(means), 1)))
    directed = np.linalg.norm(left, axis=1) > SHORTEST * scale
    report(1, 1)
    left_out = {
        "no_word": sorted(corpus.flits[corpus.lengths == 0]),
        "no_known_word": sorted(corpus.flits[(corpus.lengths > 0) & (known.lengths == 0)]),
        "no_direction": sorted(corpus.flits[~directed & (known.lengths > 0)]),
    }
    return Embedding.uniform(Vectors.of(corpus.flits[directed], left[directed]), "words", left_out)


def _means(corpus: WordCorpus, total_uses: int, vectors: Matrix, a: float) -> Matrix:
    """(flits, d): Σ a / (a + p(w)) · vector(w) over the words of a flit, by their number; zero where there are none."""
    share = corpus.uses / max(total_uses, 1)
    weights = csr_array(corpus.counts() @ diags_array((a / (a + share)).astype(np.float32)))
    means: Matrix = ((weights @ vectors) / np.maximum(corpus.lengths, 1)[:, None]).astype(np.float32)
    return means


@one_thread()
def _without_common(means: Matrix, parameters: SifParameters) -> Matrix:
    common = directions(means[means.any(axis=1)], parameters.removed, parameters.seed)
    left: Matrix = (means - (means @ common.T) @ common).astype(np.float32)
    return left
