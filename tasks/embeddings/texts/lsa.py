"""LSA: TF-IDF in the few directions that hold most of it, so that flits of like words meet without a common one.

Deerwester et al., "Indexing by Latent Semantic Analysis" (1990).
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.texts.counted import Counted
from tasks.embeddings.texts.tf_idf import weigh
from tasks.embeddings.words.factors import factors
from tasks.parameters import Parameters

# A flit of this part of its length in the directions that are kept is rounding.
SHORTEST = 1e-6


class LsaParameters(Parameters):
    """How many directions, of how many words."""

    dimensions: int = Field(128, ge=1, le=4096, description="Length of a vector.")
    vocabulary: int = Field(
        50_000, ge=1, le=1_000_000, description="Only the words that most flits use are read."
    )
    min_flits: int = Field(2, ge=1, description="A word that fewer flits use joins nothing.")
    seed: int = Field(7, ge=0, le=2**32 - 1)


def fit(inputs: Inputs, parameters: LsaParameters, report: Report) -> Embedding:
    """Decompose the TF-IDF weights of `inputs.documents`; row = U Σ. Rows are `text`; left out: `counted.REASONS`.

    Memory: 12 bytes × (dimensions + 10) × (flits + words), and 20 bytes a word in the texts.
    """
    counted = Counted.read(inputs.frame("documents"), parameters.vocabulary, parameters.min_flits)
    left, strengths = factors(weigh(counted, "smooth"), parameters.dimensions, parameters.seed)
    matrix = left * strengths
    matrix[np.linalg.norm(matrix, axis=1) < SHORTEST] = 0
    report(1, 1)
    return counted.embed(matrix, parameters.dimensions)
