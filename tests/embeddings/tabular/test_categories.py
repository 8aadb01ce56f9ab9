"""Ordinal, indicator and one-hot: the survey's tables, and that a bird without a place is left out, not misread."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.embeddings.contract import Embedding, Inputs, silent
from tasks.embeddings.tabular import indicator, one_hot, ordinal
from tasks.embeddings.tabular.categories import categories_of, read_values
from tasks.embeddings.tabular.indicator import IndicatorParameters
from tasks.embeddings.tabular.one_hot import OneHotParameters
from tasks.embeddings.tabular.ordinal import OrdinalParameters

SURVEY = {"012": "US", "013": "UK", "056": "NZ", "612": "UK"}
ORDER = {"bird_geo": ("NZ", "UK", "US")}


def table(geo: dict[str, str | None], **columns: list[Any]) -> Inputs:
    return Inputs(birds=pl.DataFrame({"bird_id": list(geo), "bird_geo": list(geo.values()), **columns}))


def reasons(embedding: Embedding) -> dict[str, list[str]]:
    return {reason: list(ids) for reason, ids in embedding.left_out.items()}


def test_ordinal_codes_are_those_of_the_survey() -> None:
    _, values = read_values(table(SURVEY), ("bird_geo",))
    assert ordinal.encode(values, [["NZ", "UK", "US"]]).ravel().tolist() == [2, 1, 0, 1]
    embedding = ordinal.fit(table(SURVEY), OrdinalParameters(), silent)
    assert embedding.vectors.matrix.tolist() == [[1, 2], [1, 1], [1, 0], [1, 1]]


def test_the_angle_between_two_birds_grows_with_the_distance_of_their_codes() -> None:
    unit = ordinal.fit(table(SURVEY), OrdinalParameters(categories=ORDER), silent).vectors.normalised()
    us, uk, nz, _ = unit
    assert us @ uk > us @ nz
    assert uk @ nz > us @ nz


def test_one_hot_is_that_of_the_survey_in_the_chosen_order() -> None:
    some = table({"a": "US", "b": "UK", "c": "NZ", "d": "Atlantis"})
    _, values = read_values(some, ("bird_geo",))
    encoded = one_hot.encode(values, [["NZ", "UK", "US"]], [3])
    assert encoded.tolist() == [[0, 0, 1], [0, 1, 0], [1, 0, 0], [0, 0, 0]]
    embedding = one_hot.fit(some, OneHotParameters(categories=ORDER), silent)
    assert embedding.vectors.matrix.tolist() == encoded[:3].tolist()
    assert reasons(embedding) == {"unknown_category": ["d"]}


def test_an_indicator_has_a_column_less_and_an_intercept_for_the_first() -> None:
    embedding = indicator.fit(table(SURVEY), IndicatorParameters(categories=ORDER), silent)
    assert embedding.vectors.matrix.tolist() == [[1, 0, 1], [1, 1, 0], [1, 0, 0], [1, 1, 0]]


@pytest.mark.parametrize(
    ("method", "parameters"), [(ordinal, OrdinalParameters), (indicator, IndicatorParameters)]
)
def test_what_is_no_category_is_not_taken_for_the_first(method: Any, parameters: Any) -> None:
    embedding = method.fit(
        table({"a": "NZ", "b": "Atlantis", "c": None}), parameters(categories=ORDER), silent
    )
    assert list(embedding.vectors.ids) == ["a"]
    assert reasons(embedding) == {"unknown_category": ["b", "c"]}


def test_one_known_column_is_enough_for_one_hot() -> None:
    inputs = table({"a": "NZ", "b": None, "c": None}, bird_posts=[1, 2, None])
    embedding = one_hot.fit(
        inputs, OneHotParameters(columns=("bird_geo", "bird_posts"), most_frequent=2), silent
    )
    assert embedding.vectors.matrix.tolist() == [[1, 0, 1, 0], [0, 0, 0, 1]]
    assert reasons(embedding) == {"unknown_category": ["c"]}


@given(st.lists(st.sampled_from(["NZ", "UK", "US", "Atlantis", "", None]), max_size=12))
def test_the_width_is_that_of_the_parameters_whatever_the_night_brings(geo: list[str | None]) -> None:
    inputs = Inputs(
        birds=pl.DataFrame(
            {"bird_id": [f"b{n:02}" for n in range(len(geo))], "bird_geo": geo},
            schema={"bird_id": pl.String, "bird_geo": pl.String},
        )
    )
    for method, parameters, width in (
        (ordinal, OrdinalParameters(most_frequent=3), 2),
        (indicator, IndicatorParameters(most_frequent=3), 3),
        (one_hot, OneHotParameters(most_frequent=3), 3),
    ):
        embedding = method.fit(inputs, parameters, silent)
        assert embedding.vectors.dim == width
        assert np.linalg.norm(embedding.vectors.matrix, axis=1).all()


def test_the_most_frequent_are_taken_equal_ones_by_their_text() -> None:
    _, values = read_values(table({"a": "US", "b": "US", "c": "UK", "d": "NZ", "e": "FR"}), ("bird_geo",))
    assert categories_of(values, OneHotParameters(most_frequent=2)) == [["FR", "US"]]


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="no column 'plumage'; name some of bird_geo"):
        one_hot.fit(table(SURVEY), OneHotParameters(columns=("plumage",)), silent)


def test_one_long_value_costs_no_room_for_every_bird() -> None:
    inputs = table({f"b{n:03}": "NZ" for n in range(400)} | {"odd": "x" * 50_000})
    tracemalloc.start()
    try:
        ordinal.fit(inputs, OrdinalParameters(), silent)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 * 2**20


def test_values_that_differ_by_what_no_one_sees_are_two() -> None:
    embedding = ordinal.fit(table({"a": "NZ", "b": "NZ\0"}), OrdinalParameters(), silent)
    assert embedding.vectors.matrix.tolist() == [[1, 0], [1, 1]]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"columns": ("bird_geo", "bird_geo")}, "columns names 'bird_geo' twice"),
        ({"categories": {"geo": ("NZ",)}}, "categories has 'geo', which is none of columns"),
        ({"categories": {"bird_geo": ("NZ", "UK", "NZ")}}, "categories of 'bird_geo' names 'NZ' twice"),
        ({"categories": {"bird_geo": ()}}, "categories of 'bird_geo' must be some values"),
        ({"categories": {"bird_geo": ("NZ", "")}}, "categories of 'bird_geo' must be some values"),
    ],
)
def test_columns_and_categories_that_contradict_each_other_are_refused(
    parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        OneHotParameters(**parameters)
