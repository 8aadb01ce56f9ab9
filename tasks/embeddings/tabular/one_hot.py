"""One-hot encoding: a column for every category, 1 where a bird is of it."""

from __future__ import annotations

import numpy as np

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.tabular.categories import CategoricalParameters, Values, categories_of, read_values
from warehouse.vectors import Matrix, Vectors


class OneHotParameters(CategoricalParameters):
    """A vector is as long as all columns have categories, given or at the most."""


def fit(inputs: Inputs, parameters: OneHotParameters, report: Report) -> Embedding:
    """Encode the columns of `inputs.birds`. Rows are `encoded`; left out: `unknown_category`, in every column.

    A column's block of zeros says that its category is unknown. Memory: 4 bytes × dimensions a bird, and the values
    as text.
    """
    birds, values = read_values(inputs, parameters.columns)
    matrix = encode(values, categories_of(values, parameters), parameters.widths)
    placed = matrix.any(axis=1)
    report(1, 1)
    vectors = Vectors.of(birds[placed], matrix[placed])
    return Embedding.uniform(vectors, "encoded", {"unknown_category": birds[~placed]})


def encode(
    values: Values, categories: list[list[str]], widths: list[int], without_first: bool = False
) -> Matrix:
    """(birds, Σ widths): the block of column j is `widths[j]` wide, zeros follow its categories.

    `without_first`: the first category of a column has no place, and blocks are one narrower. What is no category is
    a block of zeros.
    """
    widths = [width - without_first for width in widths]
    matrix = np.zeros((len(values), sum(widths)), dtype=np.float32)
    if not len(values):
        return matrix
    from sklearn.preprocessing import OneHotEncoder

    start = 0
    for index, of in enumerate(categories):
        encoder = OneHotEncoder(
            categories=[np.array(of, dtype=object)],
            handle_unknown="ignore",
            drop="first" if without_first else None,
            sparse_output=False,
            dtype=np.float32,
        )
        if of:
            block = encoder.fit_transform(values[:, [index]])
            matrix[:, start : start + block.shape[1]] = block
        start += widths[index]
    return matrix
