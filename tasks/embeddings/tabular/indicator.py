"""Indicator (dummy) encoding: n − 1 columns for n categories, the first one being what the others are held against.

As in regression, a leading 1, the intercept, stands for the first category, which has no column of its own: without it
a bird of that category would have no length.
"""

from __future__ import annotations

import numpy as np

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.tabular.categories import CategoricalParameters, categories_of, known, read_values
from tasks.embeddings.tabular.one_hot import encode
from warehouse.vectors import Vectors


class IndicatorParameters(CategoricalParameters):
    """A vector is 1, and for each column one less than it has categories, given or at the most."""


def fit(inputs: Inputs, parameters: IndicatorParameters, report: Report) -> Embedding:
    """Encode the columns of `inputs.birds`. Rows are `encoded`; left out: `unknown_category`, in any column.

    An unknown category would read as the first. Memory: 4 bytes × dimensions a bird, and the values as text.
    """
    birds, values = read_values(inputs, parameters.columns)
    categories = categories_of(values, parameters)
    placed = known(values, categories).all(axis=1)
    blocks = encode(values[placed], categories, parameters.widths, without_first=True)
    matrix = np.hstack([np.ones((len(blocks), 1), dtype=np.float32), blocks])
    report(1, 1)
    return Embedding.uniform(
        Vectors.of(birds[placed], matrix), "encoded", {"unknown_category": birds[~placed]}
    )
