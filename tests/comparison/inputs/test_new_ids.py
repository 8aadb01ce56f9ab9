"""The ids of a day among those of other days: crowded together, or elsewhere, as garbled texts are."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tasks.comparison.inputs.joins import Fit
from tasks.comparison.inputs.new_ids import DAYS, Meetings, NewIds

PER_DAY, DIM = 30, 32


def days(seed: int = 0, per_day: int = PER_DAY) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Texts of every day, all a little alike, with their ages; some ids have none."""
    random = np.random.default_rng(seed)
    age = np.concatenate([np.repeat(np.arange(DAYS), per_day), np.full(50, -1), np.full(50, 90)])
    vectors = random.normal(size=(len(age), DIM)) + 2 * np.eye(DIM)[0]
    return vectors.astype(np.float32), age.astype(np.int64)


@pytest.mark.parametrize("seed", range(5))
def test_a_day_like_the_others_stands_out_in_nothing(seed: int) -> None:
    found = NewIds.of(*days(seed))
    assert (found.ids, found.days) == (PER_DAY, DAYS - 1)
    assert found.alike_deviations is not None and abs(found.alike_deviations) < 4
    assert found.place_deviations is not None and abs(found.place_deviations) < 4


def test_the_mean_cosine_is_that_of_all_pairs() -> None:
    vectors, age = days()
    units = vectors[age == 0] / np.linalg.norm(vectors[age == 0], axis=1)[:, None]
    cosines = (units @ units.T)[~np.eye(PER_DAY, dtype=bool)]
    assert NewIds.of(vectors, age).alike == pytest.approx(cosines.mean(), abs=1e-5)


@pytest.mark.parametrize("pull", [1.0, 100.0])
def test_texts_that_crowd_together_stand_out(pull: float) -> None:
    vectors, age = days()
    vectors[age == 0] += 5 * pull * np.eye(DIM, dtype=np.float32)[1]
    found = NewIds.of(vectors, age)
    assert found.alike_deviations is not None and found.alike_deviations > 8


def test_texts_that_lie_elsewhere_stand_out() -> None:
    vectors, age = days()
    vectors[age == 0] -= 4 * np.eye(DIM, dtype=np.float32)[0]
    found = NewIds.of(vectors, age)
    assert found.place_deviations is not None and found.place_deviations > 8
    assert found.alike_deviations is not None and abs(found.alike_deviations) < 4


def test_axes_do_not_matter() -> None:
    vectors, age = days()
    turn = np.linalg.qr(np.random.default_rng(9).normal(size=(DIM, DIM)))[0].astype(np.float32)
    one, other = NewIds.of(vectors, age), NewIds.of(vectors @ turn, age)
    assert one.alike_deviations == pytest.approx(other.alike_deviations, abs=1e-3)
    assert one.place_deviations == pytest.approx(other.place_deviations, abs=1e-3)


def test_too_few_ids_or_days_are_not_judged() -> None:
    vectors, age = days(per_day=5)
    assert NewIds.of(vectors, age) == NewIds(5, 0)
    vectors, age = days()
    young = age < 4
    assert NewIds.of(vectors[young], age[young]) == NewIds(PER_DAY, 3)
    assert NewIds.of(np.zeros((0, DIM), np.float32), np.zeros(0, np.int64)) == NewIds(0, 0)


def written(seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64], Meetings]:
    """Flits of six weeks, each written by a bird of five topics and touched by two others of its topic."""
    random = np.random.default_rng(seed)
    birds, topics, per_day = 50, 5, 30
    age = np.repeat(np.arange(43), per_day).astype(np.int64)
    author = random.integers(birds, size=len(age))
    vectors = (np.eye(topics, 16)[author % topics] + 0.3 * random.normal(size=(len(age), 16))).astype(
        np.float32
    )
    readers = [(author + topics * random.integers(birds // topics, size=len(age))) % birds for _ in range(2)]
    bird = np.concatenate([author, *readers]).astype(np.int64)
    return vectors, age, Meetings(bird, np.tile(np.arange(len(age)), 3), np.tile(age, 3))


@pytest.mark.parametrize("seed", range(4))
def test_flits_that_have_each_others_texts_fit_nobody(seed: int) -> None:
    vectors, age, met = written(seed)
    sound = NewIds.of(vectors, age, met)
    assert sound.fit.days == 14
    assert sound.fit.deviations is not None and sound.fit.deviations < 3
    vectors[age == 0] = np.roll(vectors[age == 0], 1, axis=0)
    found = NewIds.of(vectors, age, met)
    assert found.fit.deviations is not None and found.fit.deviations > 3
    assert found.alike == pytest.approx(sound.alike) and found.place == pytest.approx(sound.place)


def test_without_meetings_no_fit_is_measured() -> None:
    assert NewIds.of(*days()).fit == Fit()
