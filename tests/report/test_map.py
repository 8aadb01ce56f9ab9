"""The map: the same places for the same vectors, movers on it, strangers by what became of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.report.map import SAMPLE, SIDE, STRANGERS, _smallest, draw_points
from warehouse.vectors import Vectors, as_ids


def camps(ids: range, seed: int, shift: float = 0.0) -> Vectors:
    """Even ids in one camp, odd ones in another far away; they jitter by `seed`."""
    random = np.random.default_rng(seed)
    centres = np.array([[5.0] + [0.0] * 7, [0.0] * 7 + [5.0]])
    matrix = centres[np.array(ids, dtype=int) % 2] + random.normal(size=(len(ids), 8)) / 5 + shift
    return Vectors(as_ids(f"f{id_:04d}" for id_ in ids), matrix.astype(np.float32))


def test_neighbours_lie_together_and_a_mover_goes_to_the_other_camp() -> None:
    old, new = camps(range(60), 1), camps(range(60), 2)
    matrix = new.matrix.copy()
    matrix[0] = new.matrix[1]
    drawn = draw_points(Vectors(new.ids, matrix), old, ["f0000", "f0001"])
    assert drawn is not None and (drawn.shown, drawn.of) == (60, 60)
    even, odd = (np.array(drawn.stayed[start + 2 :: 2]) for start in (0, 1))
    apart = np.linalg.norm(even.mean(axis=0) - odd.mean(axis=0))
    assert apart > 2 * max(even.std(), odd.std()) / 2
    jumped, stayed = drawn.arrows
    assert (jumped.number, jumped.id) == (1, "f0000")
    assert np.linalg.norm(np.subtract(jumped.new, jumped.old)) > apart / 2
    assert np.linalg.norm(np.subtract(stayed.new, stayed.old)) < apart / 2
    places = np.array([*drawn.before, *drawn.stayed])
    assert places.min() >= 0 and places.max() <= SIDE


def test_the_same_vectors_are_drawn_the_same() -> None:
    old, new = camps(range(80), 1), camps(range(5, 85), 2)
    assert draw_points(new, old, ["f0010"]) == draw_points(new, old, ["f0010"])


def test_who_came_and_who_went() -> None:
    drawn = draw_points(camps(range(10, 60), 2), camps(range(50), 1), ["f0001", "f0055", "nobody"])
    assert drawn is not None
    assert [len(part) for part in (drawn.before, drawn.stayed, drawn.came, drawn.went)] == [40, 40, 10, 10]
    assert drawn.arrows == (), "only who is in both versions has moved"


def test_a_large_space_is_sampled_with_its_movers() -> None:
    size = 3 * SAMPLE
    new = camps(range(size + 200), 2)
    movers = [str(id_) for id_ in camps(range(size), 1).ids[:: size // 9]]
    drawn = draw_points(new, camps(range(size), 1), movers)
    assert drawn is not None
    assert SAMPLE <= len(drawn.stayed) <= SAMPLE + len(movers) and len(drawn.came) == STRANGERS
    assert [arrow.id for arrow in drawn.arrows] == movers


def test_a_first_version_has_a_map_of_its_own() -> None:
    drawn = draw_points(camps(range(40), 1), None, [])
    assert drawn is not None and len(drawn.stayed) == 40 and not drawn.before and not drawn.came


@pytest.mark.parametrize("rows", [0, 1, 11])
def test_a_handful_makes_no_map(rows: int) -> None:
    assert draw_points(camps(range(rows), 1), None, []) is None


def test_vectors_that_are_all_alike_lie_in_the_middle() -> None:
    same = Vectors(as_ids(f"f{at:02d}" for at in range(20)), np.ones((20, 4), dtype=np.float32))
    drawn = draw_points(same, same, ["f01"])
    assert drawn is not None and set(drawn.stayed) == {(SIDE // 2, SIDE // 2)}


@given(st.sets(st.text(max_size=6), min_size=1, max_size=40), st.integers(1, 40), st.data())
def test_the_sample_stays_when_others_come_and_go(ids: set[str], size: int, data: st.DataObject) -> None:
    everyone = as_ids(sorted(ids))
    sample = set(everyone[_smallest(everyone, np.arange(len(everyone)), size)])
    assert len(sample) == min(size, len(ids))
    gone = data.draw(st.sets(st.sampled_from(sorted(ids))))
    rest = as_ids(sorted(ids - gone))
    assert sample - gone <= set(rest[_smallest(rest, np.arange(len(rest)), size)])
