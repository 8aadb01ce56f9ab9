"""The common ground of two versions turns with them and is the same for any rotation of both."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.comparison.distributions.pool import Pool
from warehouse.vectors import Vectors


@pytest.fixture(scope="session")
def skewed(make_space):
    """Two versions whose axes differ in width and lean to one side, so that order and sign are determined."""

    def make(seed: int) -> Vectors:
        space = make_space(300, 5, seed)
        matrix = np.exp(space.matrix * 0.5) * np.array([1, 2, 4, 8, 16])
        return Vectors(space.ids, matrix.astype(np.float32))

    return make


@given(seed=st.integers(0, 500), reflect=st.booleans())
def test_points_do_not_depend_on_a_common_rotation(skewed, random_turn, seed, reflect):
    old, new = skewed(seed), skewed(seed + 1)
    turn = random_turn(5, seed, reflect)
    still = Pool.of(old, new, 1000)
    turned = Pool.of(*(Vectors(one.ids, (one.matrix @ turn).astype(np.float32)) for one in (old, new)), 1000)
    np.testing.assert_allclose(turned.together(), still.together(), atol=1e-4)
    np.testing.assert_allclose(turned.new.norms, still.new.norms, atol=1e-5)


def test_distances_are_kept_and_the_widest_axis_is_first(skewed):
    old, new = skewed(1), skewed(2)
    pool = Pool.of(old, new, 1000)
    together = np.concatenate([old.matrix, new.matrix]).astype(np.float64)
    unit = np.sqrt(np.square(together).sum(axis=1).mean())
    between = np.linalg.norm(together[:300] - together[300:], axis=1) / unit
    np.testing.assert_allclose(np.linalg.norm(pool.old.points - pool.new.points, axis=1), between, rtol=1e-6)
    widths = pool.together().std(axis=0)
    assert (np.diff(widths) < 0).all()
    np.testing.assert_allclose(pool.together().mean(axis=0), 0, atol=1e-9)
    assert np.square(np.concatenate([pool.old.norms, pool.new.norms])).mean() == pytest.approx(1)


def test_a_sample_holds_the_same_ids_of_either_version(make_space):
    old, new = make_space(500, 3, 1), make_space(500, 3, 2)
    pool = Pool.of(old, new, 60)
    assert len(pool.old) == len(pool.new) == 60
    assert list(pool.old.ids) == list(pool.new.ids)
    fewer = Pool.of(old, make_space(400, 3, 2), 60)
    assert len(set(fewer.old.ids) & set(fewer.new.ids)) >= 40
