"""Concatenation and blend: cosines add up as their weights say, and ids that a space lacks are named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tasks.embeddings.contract import Inputs, Method, silent
from tasks.embeddings.registry import METHODS
from warehouse.vectors import Vectors

BOTH = [METHODS["concatenation"], METHODS["blend"]]


def space(names: str, dim: int, seed: int) -> Vectors:
    generator = np.random.default_rng(seed)
    return Vectors.of(
        list(names),
        generator.normal(size=(len(names), dim)) * generator.uniform(0.1, 9, size=(len(names), 1)),
    )


def fit(method: Method, *parents: Vectors, **parameters: Any) -> Any:
    inputs = Inputs(parents={f"space {place}": parent for place, parent in enumerate(parents)})
    return method.fit(inputs, method.parameters(**parameters), silent)


@pytest.mark.parametrize("weights", [None, (1, 1), (3, 1), (0.2, 5)])
def test_the_cosine_side_by_side_is_the_weighted_mean_of_cosines(weights: Any) -> None:
    one, other = space("abcdef", 4, 0), space("abcdef", 7, 1)
    found = fit(METHODS["concatenation"], one, other, weights=weights).vectors
    share = np.array(weights or (1, 1)) / sum(weights or (1, 1))
    cosines = [unit @ unit.T for unit in (one.normalised(), other.normalised())]
    np.testing.assert_allclose(
        found.matrix @ found.matrix.T, share[0] * cosines[0] + share[1] * cosines[1], atol=1e-5
    )
    assert found.dim == 11


@pytest.mark.parametrize("weights", [None, (3, 1)])
def test_a_blend_lies_between_its_spaces(weights: Any) -> None:
    one, other = space("abcdef", 4, 0), space("abcdef", 4, 1)
    found = fit(METHODS["blend"], one, other, weights=weights).vectors
    first, second = weights or (1, 1)
    mean = first * one.normalised() + second * other.normalised()
    np.testing.assert_allclose(found.matrix, mean / np.linalg.norm(mean, axis=1, keepdims=True), atol=1e-5)


@pytest.mark.parametrize("method", BOTH)
def test_ids_that_a_space_lacks_are_named(method: Method) -> None:
    embedding = fit(method, space("abcd", 4, 0), space("bcde", 4, 1), space("bcdf", 4, 2))
    assert list(embedding.vectors.ids) == ["b", "c", "d"]
    assert list(embedding.left_out["not_in_all_parents"]) == ["a", "e", "f"]
    apart = fit(method, space("ab", 4, 0), space("cd", 4, 1))
    assert len(apart.vectors) == 0 and len(apart.left_out["not_in_all_parents"]) == 4


def test_directions_that_cancel_out_are_named() -> None:
    one = space("ab", 3, 0)
    matrix = np.vstack([-2 * one.matrix[0], one.matrix[1]])
    embedding = fit(METHODS["blend"], one, Vectors.of(["a", "b"], matrix))
    assert list(embedding.left_out["no_direction"]) == ["a"] and list(embedding.vectors.ids) == ["b"]


@pytest.mark.parametrize("method", BOTH)
def test_an_id_without_a_direction_in_any_space_is_named(method: Method) -> None:
    one = Vectors.of(["a", "b"], np.array([[0.0, 0.0], [3.0, 4.0]]))
    embedding = fit(method, one, one)
    assert list(embedding.left_out["no_direction"]) == ["a"] and list(embedding.vectors.ids) == ["b"]
    assert "no_direction" in method.leaves_out


@pytest.mark.parametrize("method", BOTH)
def test_what_does_not_fit_is_refused(method: Method) -> None:
    one = space("ab", 3, 0)
    with pytest.raises(ValueError, match="at least 2 spaces, found 1"):
        fit(method, one)
    with pytest.raises(ValueError, match="a weight for each of the 2 spaces in `from`, found 3"):
        fit(method, one, one, weights=(1, 2, 3))
    with pytest.raises(ValueError, match="greater than 0"):
        method.parameters(weights=(1, 0))  # type: ignore[call-arg]


def test_spaces_of_other_dimensions_are_not_blended() -> None:
    with pytest.raises(ValueError, match=r"\[3, 4\] dimensions cannot be blended; `concatenation`"):
        fit(METHODS["blend"], space("ab", 3, 0), space("ab", 4, 0))
