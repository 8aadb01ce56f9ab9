"""The classifier against scikit-learn's, and what it can and cannot tell apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import RidgeClassifier
from sklearn.metrics import roc_auc_score

from tasks.comparison.distributions.domain_classifier import RIDGE, Separability, auc, separability
from tasks.comparison.distributions.pool import Pool, folds_of
from warehouse.vectors import Vectors, as_ids


def told_apart(old: Vectors, new: Vectors) -> float:
    return separability(Pool.of(old, new, 10_000), 5).auc


def noisy(space: Vectors, seed: int, scale: float = 0.3) -> np.ndarray:
    return (space.matrix + np.random.default_rng(seed).normal(scale=scale, size=space.matrix.shape)).astype(
        np.float32
    )


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_auc_agrees_with_scikit_learn(rows):
    scores, is_new = np.array([row[0] for row in rows], dtype=float), np.array([row[1] for row in rows])
    if is_new.all() or not is_new.any():
        return
    assert auc(scores, is_new) == pytest.approx(roc_auc_score(is_new, scores))


def test_it_agrees_with_scikit_learns_ridge_classifier(make_space):
    old, new = make_space(300, 5, 1), make_space(180, 5, 2, first=100)
    pool = Pool.of(old, Vectors(new.ids, new.matrix + np.float32(0.2)), 1000)
    points = pool.together()
    traits = np.hstack([points, points**2])
    traits = (traits - traits.mean(axis=0)) / traits.std(axis=0)
    is_new = np.repeat([0, 1], [300, 180])
    fold = np.concatenate([folds_of(pool.old.ids, 4), folds_of(pool.new.ids, 4)])
    expected = []
    for asked in range(4):
        known = fold != asked
        # ours counts both versions the same with the same number of rows in all, as scikit-learn's "balanced" does
        model = RidgeClassifier(RIDGE, class_weight="balanced").fit(traits[known], is_new[known])
        expected.append(roc_auc_score(is_new[~known], model.decision_function(traits[~known])))
    found = separability(pool, 4)
    assert found.folds == 4
    assert found.auc == pytest.approx(np.mean(expected), abs=1e-3)


def test_the_same_version_cannot_be_told_apart(make_space):
    assert told_apart(make_space(500, 16), make_space(500, 16)) == 0.5


def test_noise_of_the_same_kind_cannot_be_told_apart(make_space):
    old = make_space(3000, 8)
    first, second = (Vectors(old.ids, noisy(old, seed)) for seed in (1, 2))
    assert told_apart(first, second) == pytest.approx(0.5, abs=0.04)
    assert told_apart(make_space(3000, 8, 1), make_space(3000, 8, 2, first=3000)) == pytest.approx(
        0.5, abs=0.04
    )


@pytest.mark.parametrize("change", ["a cluster moved", "wider", "half the dimensions zeroed"])
def test_planted_changes_are_found(make_space, change):
    old = make_space(1000, 8)
    matrix = noisy(old, 1)
    if change == "wider":
        matrix *= 1.5
    elif change == "a cluster moved":
        matrix[:300] += 3
    else:
        matrix[:, :4] = 0
    assert told_apart(old, Vectors(old.ids, matrix)) > 0.6


def test_a_few_swapped_ids_are_not_seen(make_space):
    old = make_space(2000, 8)
    matrix = old.matrix.copy()
    matrix[:20] = matrix[np.roll(np.arange(20), 1)]
    assert told_apart(old, Vectors(old.ids, matrix)) == pytest.approx(0.5, abs=0.01)


@given(st.lists(st.text(max_size=5), unique=True, max_size=30), st.integers(2, 7))
def test_an_id_has_one_fold_whoever_else_is_there(ids, folds):
    names = as_ids(sorted(ids))
    found = folds_of(names, folds)
    assert [int(folds_of(as_ids([name]), folds)[0]) for name in names] == found.tolist()
    assert all(0 <= fold < folds for fold in found)


def test_folds_are_about_equally_large():
    counts = np.bincount(folds_of(as_ids(f"f{row}" for row in range(5000)), 5))
    assert counts.min() > 900


def test_no_id_stands_on_both_sides_of_a_fold(make_space):
    """Each row has a mark of its own: who saw it under one label in training would be wrong about the other."""
    rows = 400
    marked = Vectors(make_space(rows).ids, np.eye(rows, dtype=np.float32))
    assert told_apart(marked, marked) == 0.5
    elsewhere = Vectors(marked.ids, marked.matrix[::-1].copy())
    assert told_apart(marked, elsewhere) < 0.4


@pytest.mark.parametrize(("before", "after"), [(0, 0), (0, 5), (5, 0), (1, 1)])
def test_nothing_to_learn_or_to_ask(make_space, before, after):
    pool = Pool.of(make_space(before, 3, 1), make_space(after, 3, 2), 100)
    assert separability(pool, 5) == Separability()
