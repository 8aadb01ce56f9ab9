"""PCA over the bird table: the library's scores, whatever the units, and nothing made up for who is not known."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from tasks.embeddings.contract import Embedding, Inputs, silent
from tasks.embeddings.tabular import tabular_pca
from tasks.embeddings.tabular.tabular_pca import TabularPcaParameters


def fit(frame: pl.DataFrame, **parameters: Any) -> Embedding:
    return tabular_pca.fit(Inputs(birds=frame), TabularPcaParameters(**parameters), silent)


@pytest.fixture
def birds() -> pl.DataFrame:
    generator = np.random.default_rng(0)
    busy = generator.normal(size=40)
    return pl.DataFrame(
        {
            "bird_id": [f"b{n:02}" for n in range(40)],
            "bird_geo": ["NZ", "UK"] * 20,
            "likes": 100 * busy + generator.normal(size=40),
            "posts": 0.01 * busy + 1e-4 * generator.normal(size=40),
            "age": generator.normal(size=40),
        }
    )


def test_the_first_direction_is_what_columns_share_whatever_their_units(birds: pl.DataFrame) -> None:
    vectors = fit(birds, logarithm=False, dimensions=8).vectors
    first = np.corrcoef(vectors.matrix[:, 0], birds["likes"])[0, 1]
    assert abs(first) > 0.95
    rescaled = fit(birds.with_columns(pl.col("age") * 1e6), logarithm=False, dimensions=8).vectors
    np.testing.assert_allclose(rescaled.matrix, vectors.matrix, atol=1e-4)


def test_all_directions_together_keep_every_distance(birds: pl.DataFrame) -> None:
    vectors = fit(birds, logarithm=False, dimensions=64).vectors.matrix
    assert vectors.shape == (40, 64) and not vectors[:, 35:].any()
    numbers = birds.select("likes", "posts", "age").to_numpy()
    scaled = (numbers - numbers.mean(axis=0)) / numbers.std(axis=0)
    places = np.eye(2)[[0, 1] * 20]
    table = np.hstack([scaled, places])
    apart = np.linalg.norm(table[0] - table[7])
    assert np.linalg.norm(vectors[0] - vectors[7]) == pytest.approx(apart, rel=1e-5)


def test_a_missing_number_is_the_mean_and_nothing_at_all_is_left_out(birds: pl.DataFrame) -> None:
    some = pl.DataFrame({"bird_id": ["some", "zero"], "likes": [250.0, None]})
    embedding = fit(pl.concat([birds, some], how="diagonal"))
    assert "some" in embedding.vectors.ids
    assert list(embedding.left_out["nothing_known"]) == ["zero"]


def test_a_bird_like_the_mean_has_no_direction() -> None:
    frame = pl.DataFrame({"bird_id": ["a", "b", "c"], "bird_geo": ["NZ"] * 3, "likes": [-1, 0, 1]})
    embedding = fit(frame, dimensions=2)
    assert list(embedding.left_out["like_the_mean"]) == ["b"]


def test_one_busy_bird_is_not_all_that_varies(birds: pl.DataFrame) -> None:
    bot = pl.DataFrame({"bird_id": ["bot"], "bird_geo": ["UK"], "likes": [1e9], "posts": [0.0], "age": [0.0]})
    told = fit(pl.concat([birds, bot])).vectors.matrix[:40]
    assert np.linalg.norm(told.std(axis=0)) > 1


def test_a_column_of_text_is_no_column_of_numbers(birds: pl.DataFrame) -> None:
    with pytest.raises(ValueError, match="no column of numbers 'bird_geo'"):
        fit(birds, numbers=("bird_geo",))


def test_a_column_of_numbers_is_named_once() -> None:
    with pytest.raises(ValueError, match="numbers names 'age' twice"):
        TabularPcaParameters(numbers=("age", "age"))
