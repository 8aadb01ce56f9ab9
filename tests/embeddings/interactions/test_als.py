"""ALS, its flits, and with follows: held against the dense solution of the same equations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tasks.embeddings.contract import Embedding, Inputs, silent
from tasks.embeddings.interactions import als, als_flits, als_follows
from tasks.embeddings.interactions.als import AlsParameters
from tasks.embeddings.interactions.als_follows import AlsFollowsParameters
from tasks.embeddings.interactions.touches import damped
from warehouse.joint import of_kind

EXACT = {"iterations": 200, "min_birds": 1, "popularity_power": 0.0, "weight_power": 1.0}
"""Long enough for the solver's conjugate gradients to arrive."""


def fit(inputs: Inputs, **parameters: Any) -> Embedding:
    return als.fit(inputs, AlsParameters(**parameters), silent)


def solved(
    confidence: np.ndarray[Any, Any], other: np.ndarray[Any, Any], penalty: float
) -> np.ndarray[Any, Any]:
    """Each row by its own normal equations (Hu, Koren and Volinsky 2008, equation 4), in float64."""
    rows = []
    for weights in confidence:
        left = other.T @ np.diag(1 + weights) @ other + penalty * np.eye(other.shape[1])
        rows.append(np.linalg.solve(left, other.T @ ((1 + weights) * (weights > 0))))
    return np.array(rows)


def dense(weights: dict[tuple[str, str], float]) -> np.ndarray[Any, Any]:
    birds, flits = (sorted({pair[side] for pair in weights}) for side in (0, 1))
    return np.array([[weights.get((bird, flit), 0.0) for flit in flits] for bird in birds])


def loss(
    confidence: np.ndarray[Any, Any], birds: np.ndarray[Any, Any], flits: np.ndarray[Any, Any], penalty: float
) -> float:
    errors = ((confidence > 0) - birds @ flits.T) ** 2 * (1 + confidence)
    return float(errors.sum() + penalty * ((birds**2).sum() + (flits**2).sum()))


def test_each_side_solves_its_equations_given_the_other(touched: Any, random_touches: Any) -> None:
    """Where neither side moves any more, each is the exact answer to the other."""
    found = fit(touched(random_touches), dimensions=4, regularization=0.5, confidence=3, **EXACT).vectors
    birds, flits = of_kind(found, "bird").matrix, of_kind(found, "flit").matrix
    weights = dense(random_touches)
    confidence = 3 * weights / weights[weights > 0].mean()
    np.testing.assert_allclose(birds, solved(confidence, flits, 0.5), atol=2e-3)
    np.testing.assert_allclose(flits, solved(confidence.T, birds, 0.5), atol=2e-3)


def test_nothing_near_the_answer_is_better(touched: Any, random_touches: Any) -> None:
    found = fit(touched(random_touches), dimensions=4, regularization=0.5, confidence=3, **EXACT).vectors
    birds, flits = of_kind(found, "bird").matrix, of_kind(found, "flit").matrix
    weights = dense(random_touches)
    confidence = 3 * weights / weights[weights > 0].mean()
    best = loss(confidence, birds, flits, 0.5)
    generator = np.random.default_rng(0)
    for _ in range(20):
        moved = [side + 0.05 * generator.normal(size=side.shape) for side in (birds, flits)]
        assert loss(confidence, *moved, 0.5) > best


def test_the_filled_cells_of_a_table_are_told_from_the_gaps(touched: Any, table: Any) -> None:
    """The 6 × 12 table as touches: with room enough every filled cell comes out near 1, every gap near 0."""
    assert len(table) == 35
    assert np.mean(list(table.values())) == pytest.approx(3.1714, abs=5e-5)
    found = fit(
        touched(table), dimensions=6, regularization=0.01, confidence=1, **{**EXACT, "weight_power": 0.0}
    ).vectors
    scores = of_kind(found, "bird").matrix @ of_kind(found, "flit").matrix.T
    filled = dense(table) > 0
    np.testing.assert_allclose(scores, filled, atol=0.05)


def test_any_number_of_workers_gives_the_same_bytes(world: Any) -> None:
    one, many = (fit(world.inputs, dimensions=8, workers=n).vectors.matrix.tobytes() for n in (1, 4))
    assert one == many


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("regularization", 1.0),
        ("confidence", 1.0),
        ("weight_power", 1.0),
        ("popularity_power", 1.0),
        ("iterations", 3),
        ("seed", 8),
    ],
)
def test_every_parameter_reaches_the_training(
    touched: Any, random_touches: Any, key: str, value: float
) -> None:
    usual = fit(touched(random_touches), dimensions=4)
    other = fit(touched(random_touches), dimensions=4, **{key: value})
    assert not np.allclose(usual.vectors.matrix, other.vectors.matrix, atol=1e-6)


def test_what_says_too_little_is_left_out_under_its_reason(touched: Any, random_touches: Any) -> None:
    hidden = {("b00", "disliked"): -1.0, ("b01", "disliked"): -1.0, ("b02", "disliked"): 0.5}
    odd = {("lone", "only theirs"): 1.0, ("b00", "never read"): 0.0}
    found = fit(touched(random_touches | odd | hidden), dimensions=4)
    assert {reason: list(ids) for reason, ids in found.left_out.items()} == {
        "too_few_birds": ["flit:disliked", "flit:never read", "flit:only theirs"],
        "no_flit_left": ["bird:lone"],
    }


def test_a_penalty_that_leaves_no_length_leaves_no_row(touched: Any, random_touches: Any) -> None:
    found = fit(touched(random_touches), dimensions=4, regularization=1e6, iterations=100)
    assert len(found.vectors) == 0
    assert len(found.left_out["no_direction"]) == 50


def test_damping_is_the_formula_at_a_mean_of_one(touched: Any, random_touches: Any) -> None:
    from scipy.sparse import csr_array

    weights = dense(random_touches)
    expected = (
        np.where(weights > 0, np.where(weights > 0, weights, 1) ** 0.5, 0) / (weights > 0).sum(axis=0) ** 0.25
    )
    expected /= expected[weights > 0].mean()
    found = damped(csr_array(weights.astype(np.float32)), 0.5, 0.25)
    np.testing.assert_allclose(found.toarray(), expected, rtol=1e-5)


def test_a_bird_of_one_flit_is_that_flits_vector(touched: Any, random_touches: Any) -> None:
    """x = (YᵀY + λ)⁻¹ y: the answer to one touch among gaps that count 1."""
    parameters = AlsParameters(dimensions=4, regularization=2.0)
    found = als_flits.fit(touched(random_touches), parameters, silent)
    output = found.output
    assert output is not None
    solved_one = solved(np.eye(20) * 1e-9, output.astype(np.float64), 2.0)
    np.testing.assert_allclose(found.vectors.matrix, solved_one, rtol=1e-3, atol=1e-5)
    joint = als.fit(touched(random_touches), parameters, silent).vectors
    assert np.array_equal(of_kind(joint, "flit").matrix, output)


def test_a_bird_that_only_follows_is_beside_those_it_follows(world: Any, touched: Any) -> None:
    events = dict.fromkeys(world.inputs.interactions.select("bird_id", "flit_id").rows(), 1.0)
    follows = [
        ("newcomer", "b0001"),
        ("newcomer", "b0002"),
        ("b1003", "late"),
        ("b1004", "late"),
        ("me", "me"),
    ]
    parameters = AlsFollowsParameters(dimensions=4, regularization=5.0)
    found = als_follows.fit(touched(events, follows), parameters, silent)
    scores = of_kind(found.vectors, "bird").normalised() @ of_kind(found.vectors, "flit").normalised().T
    rows = of_kind(found.vectors, "bird").rows(["newcomer", "late"])
    camps = np.array([world.camp[id_] for id_ in of_kind(found.vectors, "flit").ids])
    for row, camp in zip(rows, (0, 1), strict=True):
        assert scores[row, camps == camp].mean() > scores[row, camps != camp].mean() + 0.3
    assert list(found.left_out["no_flit_left"]) == ["bird:me"]


def test_without_follows_birds_are_placed_by_what_they_touch(touched: Any, random_touches: Any) -> None:
    parameters = AlsFollowsParameters(dimensions=4, regularization=1.0, tie=0.0)
    alone = als_follows.fit(touched(random_touches), parameters, silent)
    plain = fit(touched(random_touches), dimensions=4, regularization=1.0, iterations=15)
    scores = [
        of_kind(of.vectors, "bird").matrix @ of_kind(of.vectors, "flit").matrix.T for of in (alone, plain)
    ]
    np.testing.assert_allclose(*scores, atol=0.1)
