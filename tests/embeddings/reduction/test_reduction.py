"""PCA keeps what varies, int8 loses what its grid says, and both say how much."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.decomposition import PCA

from tasks.embeddings.contract import Embedding, Inputs, silent
from tasks.embeddings.reduction import int8, pca
from tasks.embeddings.reduction.int8 import Int8Parameters, on_grid
from tasks.embeddings.reduction.pca import PcaParameters
from warehouse.vectors import Vectors

FLOATS = st.floats(-1e6, 1e6, width=32, allow_subnormal=False)


def space(rows: int = 120, seed: int = 0) -> Vectors:
    """Five directions, of which two hold almost all."""
    generator = np.random.default_rng(seed)
    matrix = generator.normal(size=(rows, 5)) * [5, 3, 0.1, 0.1, 0.1] + 2
    return Vectors.of(
        [f"f{row:04}" for row in range(rows)], matrix @ np.linalg.qr(generator.normal(size=(5, 5)))[0]
    )


def reduce(parent: Vectors, **parameters: Any) -> Embedding:
    return pca.fit(Inputs(parents={"parent": parent}), PcaParameters(**parameters), silent)


def test_a_space_with_an_output_side_keeps_it() -> None:
    parent, output = space(), space(seed=1).matrix
    found = int8.fit(Inputs(parents={"p": parent}, outputs={"p": output}), Int8Parameters(), silent)
    assert found.output is not None
    scores, expected = found.vectors.matrix @ found.output.T, parent.matrix @ output.T
    assert np.abs(scores - expected).max() < 0.02 * np.abs(expected).max()
    assert quantise(parent).output is None


def quantise(parent: Vectors, **parameters: Any) -> Embedding:
    return int8.fit(Inputs(parents={"parent": parent}), Int8Parameters(**parameters), silent)


def distances(matrix: Any) -> Any:
    return np.linalg.norm(matrix[:, None] - matrix[None], axis=2)


def test_two_directions_keep_the_distances_of_a_space_that_has_two() -> None:
    parent = space()
    embedding = reduce(parent, dimensions=2)
    np.testing.assert_allclose(distances(embedding.vectors.matrix), distances(parent.matrix), atol=0.7)
    assert 0.99 < embedding.measured["kept_variance"] < 1
    np.testing.assert_allclose(embedding.vectors.matrix.mean(axis=0), 0, atol=1e-4)


def test_whitened_directions_weigh_the_same_as_scikit_learns() -> None:
    parent = space()
    found = reduce(parent, dimensions=3, whiten=True).vectors.matrix
    np.testing.assert_allclose(found.std(axis=0, ddof=1), 1, rtol=1e-3)
    expected = PCA(3, whiten=True, svd_solver="full").fit_transform(parent.matrix.astype(np.float64))
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-3)


@pytest.mark.parametrize("whiten", [False, True])
def test_directions_that_are_not_there_are_zeros(whiten: bool) -> None:
    parent = space(rows=4)
    embedding = reduce(parent, dimensions=9, whiten=whiten)
    assert embedding.vectors.dim == 9 and not embedding.vectors.matrix[:, 3:].any()
    flat = Vectors.of(["a", "b", "c"], np.array([[1.0, 2, 0], [3, 6, 0], [-1, -2, 0]]))
    assert not reduce(flat, dimensions=3, whiten=whiten).vectors.matrix[:, 1:].any()


def test_a_row_like_the_mean_is_left_out() -> None:
    matrix = np.array([[1.0, 0], [-1, 0], [0, 2], [0, -2], [0, 0]]) + 5
    embedding = reduce(Vectors.of(list("abcde"), matrix), dimensions=2)
    assert list(embedding.left_out["like_the_mean"]) == ["e"]
    alone = reduce(Vectors.of(["a"], np.ones((1, 2))))
    assert list(alone.left_out["like_the_mean"]) == ["a"] and alone.measured == {"kept_variance": 0.0}


@given(hnp.arrays(np.float32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=8), elements=FLOATS))
def test_no_number_is_farther_off_than_half_a_step(matrix: Any) -> None:
    largest = np.abs(matrix).max(axis=0)
    grid = on_grid(matrix)
    assert (np.abs(grid - matrix) <= largest / 254 * 1.001 + 1e-30).all()
    steps = np.divide(grid, largest / 127, out=np.zeros_like(grid), where=largest > 0)
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-2)
    assert np.array_equal(on_grid(-matrix), -grid)


def test_a_space_on_the_grid_stays_as_it_is() -> None:
    once = quantise(space())
    twice = quantise(once.vectors)
    np.testing.assert_allclose(twice.vectors.matrix, once.vectors.matrix, rtol=1e-6)
    assert twice.measured["neighbour_overlap_at_10"] == 1


def test_the_loss_is_what_a_loop_finds() -> None:
    parent = space(rows=60)
    embedding = quantise(parent, sample=7)
    before, after = parent.normalised(), embedding.vectors.normalised()
    cosines = [float(a @ b) for a, b in zip(before, after, strict=True)]
    assert embedding.measured["cosine_to_parent"] == pytest.approx(np.mean(cosines), abs=1e-6)
    overlaps = []
    for row in np.linspace(0, 59, 7).astype(int):
        near, now = (
            set(sorted(set(range(60)) - {row}, key=lambda other: -float(unit[row] @ unit[other]))[:10])
            for unit in (before, after)
        )
        overlaps.append(len(near & now) / 10)
    assert embedding.measured["neighbour_overlap_at_10"] == pytest.approx(np.mean(overlaps))


def test_a_coarse_grid_shows_its_loss() -> None:
    """One giant row makes the steps wide: the others fall together."""
    parent = space()
    giant = Vectors.of([*parent.ids, "giant"], np.vstack([parent.matrix, np.full((1, 5), 300.0)]))
    fine, coarse = quantise(parent).measured, quantise(giant).measured
    assert fine["cosine_to_parent"] > 0.9999 and fine["neighbour_overlap_at_10"] > 0.9
    assert coarse["cosine_to_parent"] < 0.98 and coarse["neighbour_overlap_at_10"] < 0.7


def test_rows_too_short_for_the_grid_are_left_out() -> None:
    embedding = quantise(Vectors.of(["a", "b"], np.array([[100.0, 100], [0.1, -0.1]])))
    assert list(embedding.left_out["rounded_to_zero"]) == ["b"]
    nothing = quantise(Vectors.empty(3))
    assert nothing.measured == {"cosine_to_parent": 1.0, "neighbour_overlap_at_10": 1.0}
