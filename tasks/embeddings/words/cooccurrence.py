"""Words by the words around them, counted, weighed and decomposed.

Counts in a window as in Lund and Burgess, "Producing High-Dimensional Semantic Spaces" (1996), without weights by
distance; positive pointwise mutual information and the decomposition as in Levy, Goldberg and Dagan, "Improving
Distributional Similarity with Lessons Learned from Word Embeddings" (2015), sections 2.1, 2.2 and 3.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field
from scipy.sparse import coo_array, csr_array

from tasks.embeddings.contract import Embedding, Inputs, Report, silent
from tasks.embeddings.words.corpus import WordCorpus
from tasks.embeddings.words.factors import centred_factors, factors
from tasks.embeddings.words.vocabulary import Vocabulary
from tasks.parameters import Parameters
from warehouse.vectors import Matrix

TOKENS_AT_A_TIME = 1_000_000


class CooccurrenceParameters(Parameters):
    """Which words, what is beside them, and how the counts become a vector."""

    dimensions: int = Field(100, ge=1, le=4096, description="Length of a vector.")
    window: int = Field(4, ge=1, le=100, description="Words on either side that count as beside.")
    weighting: Literal["raw", "ppmi"] = Field(
        "ppmi", description="raw: counts; ppmi: how much more often than by chance, never below 0."
    )
    smoothing: float = Field(
        0.75,
        gt=0,
        le=1,
        description="ppmi: a word is met by chance ∝ uses^this; below 1 holds rare words down.",
    )
    reduction: Literal["svd", "pca"] = Field(
        "svd", description="svd: the largest directions from the origin; pca: from the mean of all words."
    )
    eigenvalue_weighting: float = Field(
        0.5, ge=0, le=1, description="Directions weigh as strength^this: 1 as they vary, 0 all the same."
    )
    min_count: int = Field(5, ge=1, description="Words with fewer uses get no vector.")
    vocabulary: int = Field(50_000, ge=1, le=1_000_000, description="Only so many of the most used words.")
    seed: int = Field(7, ge=0, le=2**32 - 1)


def fit(inputs: Inputs, parameters: CooccurrenceParameters, report: Report) -> Embedding:
    """Count the words of `inputs.documents`. Rows are `counted`; left out: `vocabulary.REASONS`.

    Words without a vector are taken out before windows are laid. Memory: 12 bytes a pair of words that are met
    together, 24 bytes × window × `TOKENS_AT_A_TIME`, 12 × (dimensions + 10) a word, and 20 a word in the texts.
    """
    vocabulary = Vocabulary.read(inputs.frame("documents"), parameters.min_count, parameters.vocabulary)
    counts = count(vocabulary.corpus, parameters.window, report)
    weights = ppmi(counts, parameters.smoothing) if parameters.weighting == "ppmi" else counts
    matrix = _reduced(weights, parameters)
    # The mean that a principal component analysis takes away is no company.
    matrix[np.diff(weights.indptr) == 0] = 0
    steps = _blocks(vocabulary.corpus) + 1
    report(steps, steps)
    return vocabulary.embed(matrix, "counted")


def _blocks(corpus: WordCorpus) -> int:
    return -(-len(corpus.codes) // TOKENS_AT_A_TIME)


def count(corpus: WordCorpus, window: int, report: Report = silent) -> csr_array:
    """(words, words), symmetric: how often two words stand at most `window` apart in a text.

    Reported block by block, one step of all being left for the decomposition.
    """
    shape = (len(corpus.words), len(corpus.words))
    total = csr_array(shape, dtype=np.float32)
    spoken = corpus.spoken
    for block in range(_blocks(corpus)):
        start, end = block * TOKENS_AT_A_TIME, (block + 1) * TOKENS_AT_A_TIME
        for apart in range(1, window + 1):
            left, right = corpus.codes[start:end], corpus.codes[start + apart : end + apart]
            left = left[: len(right)]
            same = spoken[start : start + len(left)] == spoken[start + apart : start + apart + len(left)]
            met = np.ones(int(same.sum()), dtype=np.float32)
            total += coo_array((met, (left[same], right[same])), shape=shape).tocsr()
        report(block + 1, _blocks(corpus) + 1)
    return csr_array(total + total.T)


def ppmi(counts: csr_array, smoothing: float) -> csr_array:
    """max(0, ln(p(w, c) / (p(w) p(c)))) with p(c) ∝ (times met)^smoothing (Levy et al. 2015, sections 2.1 and 3.2)."""
    met = counts.sum(axis=1, dtype=np.float64)
    chance = met**smoothing / max((met**smoothing).sum(), 1.0)
    pairs = counts.tocoo()
    rows, columns = pairs.coords
    information = np.log(pairs.data / (met[rows] * chance[columns]))
    kept = information > 0
    values = information[kept].astype(np.float32)
    return csr_array(coo_array((values, (rows[kept], columns[kept])), shape=counts.shape))


def _reduced(weights: csr_array, parameters: CooccurrenceParameters) -> Matrix:
    decompose = factors if parameters.reduction == "svd" else centred_factors
    left, strengths = decompose(weights, parameters.dimensions, parameters.seed)
    weighed = np.where(strengths > 0, strengths, 1) ** parameters.eigenvalue_weighting
    reduced: Matrix = (left * weighed).astype(np.float32)
    return reduced
