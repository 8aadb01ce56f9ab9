"""Distances of planted changes, and shares that add up or say what is left."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.comparison.vectors.alignment import Sides
from tasks.comparison.vectors.causes import NOTHING, CauseAlone, Distance, relate, remainder
from warehouse.vectors import Vectors

IDS = [f"f{number:03}" for number in range(120)]
MATRIX = np.random.default_rng(4).normal(size=(120, 8))


def sides(matrix: np.ndarray, ids: list[str] | None = None) -> Sides:
    return Sides(Vectors.of(IDS if ids is None else ids, matrix))


def test_other_axes_are_no_change() -> None:
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(8, 8)))[0]
    found = Distance.between(sides(MATRIX), sides(MATRIX @ turn))
    assert found == Distance(pytest.approx(0, abs=1e-6), 1.0, 120)


def test_the_same_is_exactly_nothing() -> None:
    assert Distance.between(sides(MATRIX), sides(MATRIX)) == Distance(0.0, 1.0, 120)


def test_axes_that_are_fixed_are_not_turned() -> None:
    found = Distance.between(sides(MATRIX), sides(-MATRIX), fixed_frame=True)
    assert found.change == pytest.approx(2) and found.overlap_at_50 == 1


def test_a_planted_change_has_its_size() -> None:
    """Every tenth id points the other way: a tenth of the ids at cosine −1, the others nearly where they were."""
    moved = MATRIX.copy()
    moved[::10] = -moved[::10]
    found = Distance.between(sides(MATRIX), sides(moved))
    assert found.change == pytest.approx(0.2, abs=0.02)
    assert found.overlap_at_50 is not None and found.overlap_at_50 < 0.95


def test_ids_that_count_for_nothing_do_not_pull() -> None:
    moved = MATRIX.copy()
    moved[:40] = np.random.default_rng(6).normal(size=(40, 8)) * 5
    still = np.arange(120) >= 40
    weighed = Distance.between(sides(MATRIX), sides(moved), lambda ids: still.astype(np.float64))
    plain = Distance.between(sides(MATRIX), sides(moved))
    assert weighed.change is not None and plain.change is not None
    assert weighed.change == pytest.approx(1 / 3, abs=0.1) and weighed.change != plain.change


def test_what_does_not_compare_says_why() -> None:
    wider = Distance.between(sides(MATRIX), sides(np.hstack([MATRIX, MATRIX])))
    assert wider.change is None and "dimension" in wider.reason and wider.overlap_at_50 is not None
    strangers = Distance.between(sides(MATRIX), sides(MATRIX, [f"g{number:03}" for number in range(120)]))
    assert (strangers.change, strangers.common) == (None, 0) and strangers.reason


CHANGES = st.lists(st.tuples(st.floats(0, 2), st.booleans()), max_size=5)


@given(changes=CHANGES, total=st.floats(0.01, 2), noise=st.floats(0.01, 2))
def test_shares_and_what_they_leave_make_one(
    changes: list[tuple[float, bool]], total: float, noise: float
) -> None:
    parts = [
        CauseAlone(str(n), "", Distance(change), adds_up=adds) for n, (change, adds) in enumerate(changes)
    ]
    related = relate(parts, total, noise)
    left = remainder(related)
    assert left is not None
    counted = sum(change for change, adds in changes if adds)
    assert left * total + counted == pytest.approx(total, abs=1e-9)
    for part, (change, _) in zip(related, changes, strict=True):
        assert part.times_noise == pytest.approx(change / noise)


@pytest.mark.parametrize("total", [None, 0.0])
def test_of_no_change_there_is_no_share(total: float | None) -> None:
    parts = relate([CauseAlone("data", "", NOTHING), CauseAlone("code", "", Distance(None))], total, None)
    assert [part.share for part in parts] == [None, None]
    assert [part.times_noise for part in parts] == [None, None]
    assert remainder(parts) is None
