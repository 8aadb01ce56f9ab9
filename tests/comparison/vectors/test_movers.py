"""The planted mover is named, with the camp it left and the camp it joined."""

from __future__ import annotations

import numpy as np

from tasks.comparison.vectors.movers import Mover, find_movers
from tasks.comparison.vectors.paired import Changes
from tasks.comparison.vectors.rows import Common
from warehouse.vectors import Vectors


def movers_between(old: Vectors, new: Vectors, count: int = 5, neighbours: int = 3) -> tuple[Mover, ...]:
    return find_movers(old, new, Changes.between(old, new, Common.of(old, new)), count, neighbours)


def camps(make_space, mover_to: str) -> Vectors:
    """Ten birds (a0…) on one side, ten (b0…) on the other, and `mover` with one of them."""
    centre = {"a": [1, 0, 0, 0], "b": [0, 1, 0, 0]}
    ids = [f"{camp}{row}" for camp in "ab" for row in range(10)] + ["mover"]
    where = [*("a" * 10), *("b" * 10), mover_to]
    return Vectors.of(ids, np.array([centre[camp] for camp in where]) + 0.02 * make_space(21, 4).matrix)


def test_the_planted_mover_comes_first_with_its_company(make_space):
    first, *_ = movers_between(camps(make_space, "a"), camps(make_space, "b"))
    assert first.id == "mover"
    assert first.change > 0.9
    assert {neighbour.id[0] for neighbour in first.old_neighbours} == {"a"}
    assert {neighbour.id[0] for neighbour in first.new_neighbours} == {"b"}
    assert len(first.new_neighbours) == 3
    scores = [neighbour.score for neighbour in first.new_neighbours]
    assert scores == sorted(scores, reverse=True)


def test_who_did_not_move_is_not_named(make_space):
    assert [mover.id for mover in movers_between(camps(make_space, "a"), camps(make_space, "b"))] == ["mover"]


def test_most_changed_first_ties_by_id(make_space):
    old = make_space(6, 4)
    matrix = old.matrix.copy()
    matrix[[4, 1, 3]] *= -1
    found = movers_between(old, Vectors(old.ids, matrix), count=2)
    assert [mover.id for mover in found] == ["f0001", "f0003"]


def test_neighbours_are_of_all_ids_of_the_version(make_space):
    old = Vectors.of(["x", "gone"], np.array([[1, 0], [1, 0.1]]))
    new = Vectors.of(["x", "born"], np.array([[0, 1], [0.1, 1]]))
    (mover,) = movers_between(old, new)
    assert mover.old_neighbours[0].id == "gone"
    assert mover.new_neighbours[0].id == "born"


def test_alone_or_in_an_empty_space(make_space):
    (mover,) = movers_between(Vectors.of(["x"], np.array([[1, 0]])), Vectors.of(["x"], np.array([[0, 1]])))
    assert mover.old_neighbours == mover.new_neighbours == ()
    assert movers_between(Vectors.empty(2), Vectors.empty(2)) == ()
    assert movers_between(make_space(5, seed=1), make_space(5, seed=2), count=0) == ()
