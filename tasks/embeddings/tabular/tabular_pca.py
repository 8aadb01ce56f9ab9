"""PCA over the bird table: numbers made comparable, categories as columns, then the directions that vary most.

Jolliffe, "Principal Component Analysis" (2nd edition, 2002), sections 2.3 (standardised variables) and 3.1.
"""

from __future__ import annotations

from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field, model_validator

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.tabular.categories import CategoricalParameters, categories_of, named_once, read_values
from tasks.embeddings.tabular.one_hot import encode
from warehouse.threads import one_thread
from warehouse.vectors import Matrix, Vectors, as_ids

# A bird this much nearer to the mean than birds are on average is rounding.
SHORTEST = 1e-6


class TabularPcaParameters(CategoricalParameters):
    """Which columns, and how many directions of them."""

    numbers: tuple[str, ...] | None = Field(
        None, max_length=256, description="Columns of numbers; all that the bird table has if absent."
    )
    logarithm: bool = Field(
        True, description="Counts as ln(1 + count): a few busy birds would be all that varies."
    )
    dimensions: int = Field(
        16, ge=1, le=512, description="Length of a vector; zeros where there are fewer directions."
    )
    seed: int = Field(7, ge=0, le=2**32 - 1)

    @model_validator(mode="after")
    def _numbers_once(self) -> Self:
        named_once("numbers", self.numbers or ())
        return self


def fit(inputs: Inputs, parameters: TabularPcaParameters, report: Report) -> Embedding:
    """Scores of the birds of `inputs.birds`. Rows are `encoded`; left out: `nothing_known`, neither number nor
    category, and `like_the_mean`, which has no direction.

    A missing number is the column's mean, an unknown category a block of zeros. Memory: 8 bytes × (numbers +
    categories + dimensions) a bird, and the values as text.
    """
    birds = inputs.frame("birds")
    _, values = read_values(inputs, parameters.columns)
    blocks = encode(values, categories_of(values, parameters), parameters.widths)
    numbers = _numbers(birds, parameters)
    known = blocks.any(axis=1) | ~np.isnan(numbers).all(axis=1)
    scores = _scores(np.hstack([_standardised(numbers[known]), blocks[known]]), parameters)
    lengths = np.linalg.norm(scores, axis=1)
    directed = lengths > SHORTEST * max(float(lengths.sum()) / max(len(lengths), 1), SHORTEST)
    ids = as_ids(birds["bird_id"])
    left_out = {"nothing_known": ids[~known], "like_the_mean": ids[known][~directed]}
    report(1, 1)
    return Embedding.uniform(Vectors.of(ids[known][directed], scores[directed]), "encoded", left_out)


def _numbers(birds: pl.DataFrame, parameters: TabularPcaParameters) -> NDArray[np.float64]:
    """(birds, numbers), NaN where there is none; ValueError where a column is none of numbers."""
    names = parameters.numbers
    if names is None:
        names = tuple(name for name, dtype in birds.schema.items() if dtype.is_numeric())
    wrong = [name for name in names if name not in birds.columns or not birds.schema[name].is_numeric()]
    if wrong:
        raise ValueError(f"the bird table has no column of numbers {wrong[0]!r}; name others in `numbers`")
    table = birds.select(pl.col(names).cast(pl.Float64)).to_numpy().reshape(len(birds), len(names))
    return np.sign(table) * np.log1p(np.abs(table)) if parameters.logarithm else table


def _standardised(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean 0 and variance 1; 0 where a column does not vary or a number is missing."""
    scaled = np.zeros_like(table)
    told = ~np.isnan(table).all(axis=0)
    if not len(table) or not told.any():
        return scaled
    from sklearn.preprocessing import StandardScaler

    scaled[:, told] = np.nan_to_num(StandardScaler().fit_transform(table[:, told]))
    return scaled


def _scores(table: NDArray[np.float64], parameters: TabularPcaParameters) -> Matrix:
    """(birds, dimensions): principal component scores, zeros where there are fewer directions."""
    scores = np.zeros((len(table), parameters.dimensions), dtype=np.float32)
    rank = min(parameters.dimensions, *table.shape)
    if rank == 0 or not (table != table[:1]).any():
        return scores
    from sklearn.decomposition import PCA

    with one_thread():
        scores[:, :rank] = PCA(rank, random_state=parameters.seed).fit_transform(table)
    return scores
