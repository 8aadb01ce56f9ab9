"""Columns of the bird table that say which of a few, and in which order their values stand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from tasks.embeddings.contract import Inputs
from tasks.parameters import Parameters
from warehouse.vectors import Ids, as_ids

Values = NDArray[np.object_]
"""(birds, columns) text; "" where there is none."""


class CategoricalParameters(Parameters):
    """Which columns, and which of their values: as many every night, so that a vector keeps its length."""

    columns: tuple[str, ...] = Field(
        ("bird_geo",),
        min_length=1,
        max_length=64,
        description="Columns of the bird table; numbers count as they read.",
    )
    categories: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="Column → its values in their order; else the most frequent, in the order of their text.",
    )
    most_frequent: int = Field(
        32, ge=2, le=4096, description="Values of a column whose `categories` are not given."
    )

    @property
    def widths(self) -> list[int]:
        """Room for the values of each column."""
        return [len(self.categories.get(column, ())) or self.most_frequent for column in self.columns]


def read_values(inputs: Inputs, columns: tuple[str, ...]) -> tuple[Ids, Values]:
    """The birds and what their columns say. ValueError where the bird table lacks one."""
    birds = inputs.frame("birds")
    missing = [column for column in columns if column not in birds.columns]
    if missing:
        known = ", ".join(column for column in birds.columns if column != "bird_id")
        raise ValueError(f"the bird table has no column {missing[0]!r}; name some of {known}")
    texts = birds.select(pl.col(columns).cast(pl.String).fill_null(""))
    return as_ids(birds["bird_id"]), texts.to_numpy().astype(object).reshape(len(birds), len(columns))


def categories_of(values: Values, parameters: CategoricalParameters) -> list[list[str]]:
    """The values of each column in their order: as given, or the most frequent ones that are there."""
    given: Mapping[str, tuple[str, ...]] = parameters.categories
    return [
        list(given.get(column, ())) or _most_frequent(values[:, index], parameters.most_frequent)
        for index, column in enumerate(parameters.columns)
    ]


def _most_frequent(column: NDArray[np.object_], count: int) -> list[str]:
    said, times = np.unique(column[column != ""].astype(str), return_counts=True)
    chosen = np.argsort(-times, kind="stable")[:count]
    return sorted(said[chosen].tolist())


def known(values: Values, categories: list[list[str]]) -> NDArray[np.bool_]:
    """(birds, columns): whether a value is one of its column's categories."""
    columns = [np.isin(values[:, index].astype(str), of) for index, of in enumerate(categories)]
    placed: NDArray[np.bool_] = np.stack(columns, axis=1) & (values != "")
    return placed
