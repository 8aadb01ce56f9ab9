"""Columns of the bird table that say which of a few, and in which order their values stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field, model_validator

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

    @model_validator(mode="after")
    def _agree(self) -> Self:
        named_once("columns", self.columns)
        for column, values in self.categories.items():
            if column not in self.columns:
                raise ValueError(
                    f"categories has {column!r}, which is none of columns; name it there as well"
                )
            if not values or "" in values:
                raise ValueError(
                    f"categories of {column!r} must be some values and none of them empty, found {list(values)}"
                )
            named_once(f"categories of {column!r}", values)
        return self

    @property
    def widths(self) -> list[int]:
        """Room for the values of each column."""
        return [len(self.categories.get(column, ())) or self.most_frequent for column in self.columns]


def named_once(what: str, names: Sequence[str]) -> None:
    """ValueError where a name stands among `names` more than once."""
    for name, times in Counter(names).items():
        if times > 1:
            raise ValueError(f"{what} names {name!r} twice; name it once")


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
    times = Counter(value for value in column if value)
    return sorted(sorted(times, key=lambda value: (-times[value], value))[:count])


def known(values: Values, categories: list[list[str]]) -> NDArray[np.bool_]:
    """(birds, columns): whether a value is one of its column's categories."""
    kept = [set(of) for of in categories]
    placed = [[value in of for value, of in zip(row, kept, strict=True)] for row in values]
    return np.array(placed, dtype=bool).reshape(values.shape)
