"""Bag of words: a flit is the words that it uses, in no order. Harris, "Distributional Structure" (1954)."""

from __future__ import annotations

from pydantic import Field

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.texts.counted import Counted
from tasks.parameters import Parameters


class BagOfWordsParameters(Parameters):
    """How many words, and whether a second use counts."""

    dimensions: int = Field(
        1024,
        ge=1,
        le=65_536,
        description="Columns: the words that most flits use, one each; 4 bytes × flits each.",
    )
    binary: bool = Field(True, description="1 for a word that is used, however often; else how often.")


def fit(inputs: Inputs, parameters: BagOfWordsParameters, report: Report) -> Embedding:
    """Count the words of `inputs.documents`. Rows are `text`; left out: `counted.REASONS`.

    Fewer words than `dimensions` leave columns of zeros. Memory: 4 bytes × dimensions a flit, 400 MiB for 100,000
    flits by default, and 20 bytes a word in the texts.
    """
    counted = Counted.read(inputs.frame("documents"), parameters.dimensions)
    report(1, 1)
    return counted.embed(
        counted.counts.sign() if parameters.binary else counted.counts, parameters.dimensions
    )
