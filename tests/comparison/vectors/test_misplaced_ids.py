"""Mixed-up ids are told from ids that moved: planted rings are found, healthy noise and new tastes are not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.comparison.vectors.floor import Floor
from tasks.comparison.vectors.misplaced_ids import Identity
from tasks.comparison.vectors.paired import Changes
from tasks.comparison.vectors.rows import Common
from warehouse.vectors import Vectors


def identity(old: Vectors, new: Vectors) -> Identity:
    changes = Changes.between(old, new, Common.of(old, new))
    return Identity.of(old, new, changes, Floor().outliers_below(changes, {}))


def retrained(space: Vectors, seed: int, noise: float = 0.15) -> Vectors:
    shift = np.random.default_rng(seed).normal(scale=noise, size=space.matrix.shape)
    return Vectors(space.ids, (space.matrix + shift).astype(np.float32))


@given(seed=st.integers(0, 10_000), count=st.integers(2, 30))
def test_a_ring_of_ids_is_found_to_the_last(make_space, seed, count):
    old = make_space(1500, 32, seed)
    new = retrained(old, seed + 1)
    ring = np.random.default_rng(seed).choice(1500, count, replace=False)
    new.matrix[ring] = new.matrix[np.roll(ring, 1)]
    found = identity(old, new)
    assert (found.displaced, found.misplaced, found.misplaced_share) == (count, count, count / 1500)


@given(seed=st.integers(0, 10_000))
def test_noise_and_new_tastes_are_nobody_elses_place(make_space, seed):
    old = make_space(1500, 32, seed)
    new = retrained(old, seed + 1)
    moved = np.random.default_rng(seed).choice(1500, 20, replace=False)
    new.matrix[moved] = make_space(20, 32, seed + 2).matrix
    found = identity(old, new)
    assert (found.displaced, found.misplaced) == (20, 0)


def test_who_joins_a_neighbour_that_stays_is_not_mixed_up(make_space):
    old = make_space(1500, 32)
    new = retrained(old, 1)
    new.matrix[:10] = new.matrix[100:110]
    assert identity(old, new).misplaced == 0


def test_a_copy_is_identical_and_a_training_is_not(make_space):
    old = make_space(400, 16)
    assert identity(old, old).identical_share == 1
    assert identity(old, retrained(old, 1)).identical_share == 0
    half = retrained(old, 1)
    half.matrix[:200] = old.matrix[:200]
    assert identity(old, half).identical_share == 0.5


@pytest.mark.parametrize("rows", [0, 1])
def test_no_ids_and_one(make_space, rows):
    few = make_space(rows, 4) if rows else Vectors.empty(4)
    assert identity(few, few) == (Identity(0, 0, 0.0, 1.0) if rows else Identity())
