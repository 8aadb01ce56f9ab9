"""A planted rotation comes back; what may not be compared is refused."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

from tasks.comparison.vectors.alignment import AlignmentParameters, Sides, align
from tasks.comparison.vectors.rows import cosines, directions
from warehouse.vectors import Vectors

RAW_ROWS = AlignmentParameters(unit_rows=False)


@given(seed=st.integers(0, 2**32 - 1), dim=st.integers(1, 24), surplus=st.integers(0, 40))
def test_planted_rotation_comes_back(make_space, random_turn, seed, dim, surplus):
    old = make_space(dim + surplus + 1, dim, seed)
    planted = random_turn(dim, seed + 1, reflect=bool(seed % 2))
    new = Vectors(old.ids, (old.matrix @ planted).astype(np.float32))
    alignment = align(Sides(old), Sides(new))
    assert alignment.status == "aligned"
    np.testing.assert_allclose(alignment.rotation.T @ alignment.rotation, np.eye(dim), atol=1e-12)
    np.testing.assert_allclose(alignment.apply(new.matrix), old.matrix, atol=1e-4)
    assert alignment.residual < 1e-5


def test_a_reflection_is_admitted(make_space, random_turn):
    old = make_space(50, 5)
    new = Vectors(old.ids, (old.matrix @ random_turn(5, reflect=True)).astype(np.float32))
    assert np.linalg.det(align(Sides(old), Sides(new)).rotation) == pytest.approx(-1)


@pytest.mark.parametrize("unit_rows", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_agrees_with_scipy(make_space, unit_rows, weighted):
    old, new = make_space(300, 12, 1), make_space(300, 12, 2)
    weights = np.random.default_rng(3).uniform(0, 9, 300) if weighted else None
    x, y = (directions(v.matrix) if unit_rows else v.matrix for v in (new, old))
    root = np.sqrt(weights if weighted else np.ones(300))[:, None]
    expected, _ = scipy.linalg.orthogonal_procrustes(x * root, y * root)
    alignment = align(
        Sides(old), Sides(new), weights=weights, parameters=AlignmentParameters(unit_rows=unit_rows, rounds=1)
    )
    np.testing.assert_allclose(alignment.rotation, expected, atol=1e-6)
    residual = np.sqrt((root**2 * (x @ expected - y) ** 2).sum() / (root**2).sum())
    assert alignment.residual == pytest.approx(residual, rel=1e-5)


def test_unit_rows_make_the_highest_mean_cosine(make_space, random_turn):
    old, new = make_space(200, 6, 1), make_space(200, 6, 2)
    best = cosines(align(Sides(old), Sides(new)).apply(new.matrix), old.matrix).mean()
    others = [
        cosines((new.matrix @ random_turn(6, seed)).astype(np.float32), old.matrix).mean()
        for seed in range(50)
    ]
    assert best > max(others)


def test_one_rotation_for_both_sides_keeps_scores(make_space, random_turn):
    old, context = make_space(60, 8, 1), make_space(60, 8, 2).matrix
    planted = random_turn(8, 3)
    new, new_context = ((m @ planted).astype(np.float32) for m in (old.matrix, context))
    alignment = align(Sides(old, context), Sides(Vectors(old.ids, new), new_context))
    scores = alignment.apply(new) @ alignment.apply(new_context).T
    np.testing.assert_allclose(scores, old.matrix @ context.T, atol=1e-4)


def test_the_output_is_fitted_along(make_space, random_turn):
    old, context = make_space(60, 8, 1), make_space(60, 8, 2).matrix
    noise, planted = make_space(60, 8, 9), random_turn(8, 3)
    turned = (context @ planted).astype(np.float32)
    with_output = align(Sides(old, context), Sides(noise, turned)).apply(turned)
    without = align(Sides(old), Sides(noise, turned)).apply(turned)
    assert cosines(with_output, context).mean() > 0.8 > cosines(without, context).mean()


def test_rows_of_weight_zero_do_not_pull(make_space, random_turn):
    old = make_space(80, 6)
    matrix = (old.matrix @ random_turn(6, 5)).astype(np.float32)
    matrix[:40] = make_space(40, 6, 8).matrix
    weights = np.r_[np.zeros(40), np.full(40, 1e9)]
    alignment = align(Sides(old), Sides(Vectors(old.ids, matrix)), weights=weights)
    np.testing.assert_allclose(alignment.apply(matrix[40:]), old.matrix[40:], atol=1e-4)
    assert alignment.residual < 1e-5


def test_only_common_ids_count(make_space, random_turn):
    old = make_space(100, 6)
    grown = Vectors.of(
        [*old.ids, *(f"g{i}" for i in range(900))],
        np.r_[(old.matrix @ random_turn(6, 1)).astype(np.float32), make_space(900, 6, 7).matrix],
    )
    alignment = align(Sides(old), Sides(grown))
    assert alignment.status == "aligned" and alignment.common_share == 1.0
    assert list(alignment.common) == list(old.ids)
    assert alignment.residual < 1e-5


def test_the_same_bytes_every_time(make_space):
    old, new = make_space(500, 16, 1), make_space(500, 16, 2)
    first, second = (align(Sides(old), Sides(new)).rotation.tobytes() for _ in range(2))
    assert first == second


def test_fewer_ids_than_dimensions_still_fit_and_stay_orthogonal(make_space, random_turn):
    old = make_space(4, 16)
    new = Vectors(old.ids, (old.matrix @ random_turn(16, 2)).astype(np.float32))
    alignment = align(Sides(old), Sides(new))
    np.testing.assert_allclose(alignment.rotation @ alignment.rotation.T, np.eye(16), atol=1e-12)
    np.testing.assert_allclose(alignment.apply(new.matrix), old.matrix, atol=1e-4)


def test_zero_vectors_align_without_a_warning():
    zeros = Vectors.of(["a", "b"], np.zeros((2, 3), dtype=np.float32))
    alignment = align(Sides(zeros), Sides(zeros))
    np.testing.assert_allclose(alignment.rotation.T @ alignment.rotation, np.eye(3), atol=1e-12)


@pytest.mark.parametrize(("kept", "status"), [(50, "aligned"), (49, "refused")])
def test_half_of_the_predecessors_ids_are_enough(make_space, kept, status):
    old, new = make_space(100), make_space(1000, first=100 - kept)
    alignment = align(Sides(old), Sides(new))
    assert alignment.status == status
    assert alignment.common_share == kept / 100
    assert len(alignment.common) == kept


def test_what_is_refused_keeps_its_coordinates_and_says_why(make_space):
    old = make_space(10, 4)
    cases = {
        "dimension 5, the predecessor has 4": align(Sides(old), Sides(make_space(10, 5))),
        "frame 'b', the predecessor has 'a'": align(Sides(old, frame="a"), Sides(old, frame="b")),
        "no id in common with the predecessor": align(Sides(old), Sides(make_space(10, 4, first=10))),
        "20.0% of the predecessor's ids in common, 50% needed": align(Sides(old), Sides(make_space(2, 4))),
        "every common id has weight 0": align(Sides(old), Sides(old), weights=np.zeros(10)),
    }
    for reason, alignment in cases.items():
        assert (alignment.status, alignment.reason, alignment.comparable) == ("refused", reason, False)
        assert alignment.apply(old.matrix) is old.matrix


@pytest.mark.parametrize("empty", ["predecessor", "candidate", "both"])
def test_empty_sides_are_refused(make_space, empty):
    old = Vectors.empty(8) if empty != "candidate" else make_space(5)
    new = Vectors.empty(8) if empty != "predecessor" else make_space(5)
    assert align(Sides(old), Sides(new)).reason == "no id in common with the predecessor"


def test_a_fixed_frame_is_not_turned_however_few_ids_remain(make_space):
    old, new = make_space(100, seed=1), make_space(30, seed=2, first=90)
    alignment = align(Sides(old), Sides(new), fixed_frame=True)
    assert (alignment.status, alignment.comparable, alignment.rotation) == ("fixed_frame", True, None)
    assert alignment.apply(new.matrix) is new.matrix


def test_a_fixed_frame_of_another_model_is_another_frame(make_space):
    old = make_space(10)
    alignment = align(Sides(old, frame="small"), Sides(old, frame="large"), fixed_frame=True)
    assert alignment.status == "refused"


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0] * 3, r"\(3,\) weights for 4 rows"),
        ([1, 1, -1, 1.0], "row 2 has -1"),
        ([1, np.nan, 1, 1], "row 1"),
    ],
)
def test_weights_that_do_not_fit(make_space, weights, message):
    with pytest.raises(ValueError, match=message):
        align(Sides(make_space(4)), Sides(make_space(4)), weights=np.array(weights))


def test_output_that_does_not_fit(make_space):
    with pytest.raises(ValueError, match="does not match"):
        Sides(make_space(4, 8), make_space(4, 7).matrix)


def test_its_json_has_the_same_keys_every_night(make_space):
    old = make_space(10)
    nights = [
        align(Sides(old), Sides(old)),
        align(Sides(old), Sides(old), fixed_frame=True),
        align(Sides(old), Sides(make_space(3, 2))),
    ]
    assert {tuple(night.as_json()) for night in nights} == {
        ("status", "reason", "common", "common_share", "residual")
    }
