"""Authors: what a bird wrote, recent flits above all, whoever touched them."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from tasks.embeddings.contract import Embedding, Inputs, silent
from tasks.embeddings.derived import author
from tasks.embeddings.derived.author import AuthorParameters
from warehouse.vectors import Vectors

BEGAN = datetime(2024, 5, 1)  # noqa: DTZ001 - times are naive UTC
SCHEMA = {"flit_id": pl.String, "author": pl.String, "posted_at": pl.Datetime("us")}
AXES = Vectors.of(["f1", "f2", "f3"], np.eye(3))


def fit(rows: list[tuple[str, str | None, int]], half_life: str | None = "10d") -> Embedding:
    timed = [(flit, by, BEGAN + timedelta(days=day)) for flit, by, day in sorted(rows)]
    inputs = Inputs(authors=pl.DataFrame(timed, schema=SCHEMA, orient="row"), parents={"flit_text": AXES})
    parameters = AuthorParameters(half_life=half_life, centre=False, whitening=0)  # type: ignore[arg-type]
    return author.fit(inputs, parameters, silent)


def test_an_author_is_the_weighted_mean_of_what_it_wrote() -> None:
    embedding = fit([("f1", "a", 20), ("f2", "a", 10), ("f3", "b", 0)])
    expected = np.array([1, 0.5, 0]) / np.linalg.norm([1, 0.5, 0])
    assert list(embedding.vectors.ids) == ["a", "b"]
    np.testing.assert_allclose(embedding.vectors.matrix, [expected, [0, 0, 1]], atol=1e-6)


def test_without_a_half_life_all_it_wrote_counts_the_same() -> None:
    row = fit([("f1", "a", 20), ("f2", "a", 10)], half_life=None).vectors.matrix[0]
    assert row[0] == pytest.approx(row[1])


def test_authors_of_flits_without_vectors_are_told_why_and_flits_of_nobody_are_nobodys() -> None:
    embedding = fit([("f1", "a", 20), ("f9", "mute", 10), ("f2", None, 1)])
    assert list(embedding.vectors.ids) == ["a"]
    assert {reason: list(ids) for reason, ids in embedding.left_out.items()} == {
        "no_vector_in_history": ["mute"]
    }
