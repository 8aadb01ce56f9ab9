"""The bridge: a planted map comes back, trained rows stay, and cold flits land among their like."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import Ridge
from threadpoolctl import threadpool_limits

from tasks.embeddings.contract import Embedding, Inputs, silent
from tasks.embeddings.derived import bridge, recency_weighted_mean
from tasks.embeddings.derived.bridge import ROWS_AT_A_TIME, BridgeParameters
from warehouse.vectors import Vectors


def planted(
    flits: int = 200, warm: int = 150, noise: float = 0.0, seed: int = 0
) -> tuple[Vectors, Vectors, Any]:
    """Interactions of the first `warm` flits, contents of all, and where all flits truly are: another frame."""
    generator = np.random.default_rng(seed)
    contents = generator.normal(size=(flits, 7)) * [3, 2, 1, 1, 1, 0.5, 0.1] + 0.4
    truth = contents @ generator.normal(size=(7, 5)) + generator.normal(size=5)
    names = [f"f{n:06}" for n in range(flits)]
    placed = truth + noise * generator.normal(size=truth.shape)
    return Vectors.of(names[:warm], placed[:warm]), Vectors.of(names, contents), truth


def fit(trained: Vectors, contents: Vectors, **parameters: Any) -> Embedding:
    inputs = Inputs(parents={"flit_interactions": trained, "flit_text": contents})
    return bridge.fit(inputs, BridgeParameters(**parameters), silent)


def test_a_planted_map_comes_back_and_trained_rows_stay() -> None:
    trained, contents, truth = planted()
    embedding = fit(trained, contents, ridge=1e-6, typical_length=False)
    assert list(embedding.vectors.ids) == list(contents.ids)
    assert np.array_equal(embedding.vectors.matrix[:150], trained.matrix)
    np.testing.assert_allclose(embedding.vectors.matrix[150:], truth[150:], atol=1e-3)
    assert list(embedding.provenance) == ["trained"] * 150 + ["bridged"] * 50


@pytest.mark.parametrize("ridge", [0.01, 1.0, 30.0])
def test_it_is_scikit_learns_ridge(ridge: float) -> None:
    trained, contents, _ = planted(noise=1.0)
    known = contents.matrix[:150].astype(np.float64)
    alpha = ridge * known.var(axis=0).sum() * len(known) / known.shape[1]
    expected = Ridge(alpha=alpha).fit(known, trained.matrix).predict(contents.matrix[150:])
    found = fit(trained, contents, ridge=ridge, typical_length=False).vectors.matrix[150:]
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


def test_bridged_vectors_are_as_long_as_trained_ones() -> None:
    """Shrinkage makes them short, and by inner product a flit of tonight would never be first."""
    trained, contents, _ = planted(noise=3.0)
    lengths = np.linalg.norm(fit(trained, contents, ridge=30).vectors.matrix, axis=1)
    short = np.linalg.norm(fit(trained, contents, ridge=30, typical_length=False).vectors.matrix, axis=1)
    np.testing.assert_allclose(lengths[150:], lengths[:150].mean(), rtol=1e-4)
    assert short[150:].mean() < 0.9 * lengths[:150].mean()


def test_flits_that_are_in_the_interactions_alone_stay() -> None:
    trained, contents, _ = planted()
    without = Vectors(contents.ids[20:], contents.matrix[20:])
    embedding = fit(trained, without)
    assert np.array_equal(embedding.vectors.matrix[:150], trained.matrix)
    assert len(embedding.vectors) == 200


def test_with_too_few_pairs_nothing_is_bridged_and_it_says_so() -> None:
    trained, contents, _ = planted()
    few = Vectors(trained.ids[:9], trained.matrix[:9])
    embedding = fit(few, contents)
    assert list(embedding.vectors.ids) == list(few.ids)
    assert {reason: len(ids) for reason, ids in embedding.left_out.items()} == {"too_few_pairs": 191}
    assert len(fit(few, contents, min_pairs=9).vectors) == 200


def test_a_flit_that_lands_on_zero_is_left_out() -> None:
    content = np.zeros((12, 2))
    content[:10, 0] = np.tile([1, -1], 5)
    names = [f"f{n:02}" for n in range(12)]
    trained = Vectors.of(names[:10], content[:10])
    embedding = fit(trained, Vectors.of(names, content))
    assert list(embedding.left_out["no_direction"]) == names[10:]


def test_blocks_join_without_a_seam() -> None:
    trained, contents, truth = planted(ROWS_AT_A_TIME + 60, ROWS_AT_A_TIME + 10)
    found = fit(trained, contents, ridge=1e-6, typical_length=False).vectors.matrix
    np.testing.assert_allclose(found[-50:], truth[-50:], atol=1e-2)


def test_a_cold_bird_is_served_by_the_mean_over_a_bridged_space() -> None:
    """It touched cold flits only: the space of interactions knows neither it nor them."""
    trained, contents, truth = planted()
    space = fit(trained, contents, ridge=1e-3)
    rows = [("new", id_, datetime(2024, 5, 1)) for id_ in ("f000180", "f000181")]  # noqa: DTZ001 - naive UTC
    schema = {"bird_id": pl.String, "flit_id": pl.String, "occurred_at": pl.Datetime("us")}
    inputs = Inputs(
        sequences=pl.DataFrame(rows, schema=schema, orient="row"), parents={"bridged": space.vectors}
    )
    parameters = recency_weighted_mean.RecencyWeightedMeanParameters(centre=False, whitening=0)
    bird = recency_weighted_mean.fit(inputs, parameters, silent).vectors.matrix[0]
    unit = space.vectors.normalised() @ bird
    wanted = truth[[180, 181]] / np.linalg.norm(truth[[180, 181]], axis=1, keepdims=True)
    direction = wanted.sum(axis=0) / np.linalg.norm(wanted.sum(axis=0))
    assert float(bird @ direction) > 0.99 and unit[[180, 181]].min() > np.quantile(unit, 0.5)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_any_other_number_of_parents_is_refused(count: int) -> None:
    trained, _, _ = planted()
    inputs = Inputs(parents={f"space {n}": trained for n in range(count)})
    with pytest.raises(ValueError, match=f"builds on 2 spaces, found {count}"):
        bridge.fit(inputs, BridgeParameters(), silent)


def test_any_number_of_threads_bridges_to_the_same_bytes() -> None:
    generator = np.random.default_rng(0)
    ids = [f"f{n:04}" for n in range(1200)]
    trained = Vectors.of(ids[200:], generator.normal(size=(1000, 64)))
    contents = Vectors.of(ids, generator.normal(size=(1200, 96)))
    found = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            found.append(fit(trained, contents).vectors.matrix)
    assert np.array_equal(found[0], found[1])
