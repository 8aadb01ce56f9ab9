"""Ordinal encoding: a category is its place among the categories of its column, from 0.

A code of 0 has no length, and codes of one column alone no direction of their own; a leading 1 gives them both. The
angle between two birds then grows with the distance of their codes.
"""

from __future__ import annotations

import numpy as np

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.tabular.categories import (
    CategoricalParameters,
    Values,
    categories_of,
    known,
    read_values,
)
from warehouse.vectors import Matrix, Vectors


class OrdinalParameters(CategoricalParameters):
    """A vector is 1 and a code a column, whatever the number of categories."""


def fit(inputs: Inputs, parameters: OrdinalParameters, report: Report) -> Embedding:
    """Encode the columns of `inputs.birds`. Rows are `encoded`; left out: `unknown_category`, in any column.

    Memory: 8 bytes a column and bird, and the values as text.
    """
    birds, values = read_values(inputs, parameters.columns)
    categories = categories_of(values, parameters)
    placed = known(values, categories).all(axis=1)
    codes = encode(values[placed], categories)
    matrix = np.hstack([np.ones((len(codes), 1), dtype=np.float32), codes])
    report(1, 1)
    return Embedding.uniform(
        Vectors.of(birds[placed], matrix), "encoded", {"unknown_category": birds[~placed]}
    )


def encode(values: Values, categories: list[list[str]]) -> Matrix:
    """(birds, columns): the place of each value in the categories of its column; −1 where it is none of them."""
    if not len(values):
        return np.empty(values.shape, dtype=np.float32)
    from sklearn.preprocessing import OrdinalEncoder

    encoder = OrdinalEncoder(
        categories=[np.array(of, dtype=object) for of in categories],
        handle_unknown="use_encoded_value",
        unknown_value=-1,
        dtype=np.float32,
    )
    codes: Matrix = encoder.fit_transform(values)
    return codes
