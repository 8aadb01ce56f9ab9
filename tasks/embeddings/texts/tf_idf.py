"""TF-IDF: a flit is its words, each the heavier the fewer flits use it. Spärck Jones (1972)."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field
from scipy.sparse import csr_array

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.texts.counted import Counted
from tasks.parameters import Parameters

Formula = Literal["smooth", "textbook"]


class TfIdfParameters(Parameters):
    """How many words, and by which of the formulas of that name."""

    dimensions: int = Field(
        1024,
        ge=1,
        le=65_536,
        description="Columns: the words that most flits use, one each; 4 bytes × flits each.",
    )
    formula: Formula = Field(
        "smooth",
        description="smooth: scikit-learn's; textbook: share of the text × log10(flits / flits using it).",
    )


def fit(inputs: Inputs, parameters: TfIdfParameters, report: Report) -> Embedding:
    """Weigh the words of `inputs.documents`. Rows are `text`; left out: `counted.REASONS`.

    Fewer words than `dimensions` leave columns of zeros. Memory: 4 bytes × dimensions a flit, 400 MiB for 100,000
    flits by default, and 20 bytes a word in the texts.
    """
    counted = Counted.read(inputs.frame("documents"), parameters.dimensions)
    report(1, 1)
    return counted.embed(weigh(counted, parameters.formula), parameters.dimensions)


def weigh(counted: Counted, formula: Formula) -> csr_array:
    """(flits, words). smooth: count · (ln((1 + N) / (1 + df)) + 1), rows of unit length; textbook: count / words of
    the text · log10(N / df), where a word of every flit weighs nothing. N flits have words, df of them this one."""
    if not counted.counts.nnz:
        return counted.counts
    speaking = counted.lengths > 0
    if formula == "textbook":
        using = np.bincount(counted.counts.indices, minlength=len(counted.words))
        rarity = np.log10(speaking.sum() / using)
        return csr_array(
            counted.counts.multiply(rarity).multiply(1 / np.maximum(counted.lengths, 1)[:, None])
        )
    from sklearn.feature_extraction.text import TfidfTransformer

    return csr_array(TfidfTransformer().fit(counted.counts[speaking]).transform(counted.counts))
