"""How a space is scored, with planted vectors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from tasks.evaluation import (
    EvaluationParameters,
    ProfileParameters,
    SpaceVectors,
    Split,
    bird_scorer,
    profile_scorer,
    space_scorer,
    split,
)
from tasks.evaluation.scorers import profiles
from warehouse.parts import Parts
from warehouse.vectors import Vectors, as_ids

MakeSplit = Callable[[int], Split]
AXES = np.eye(3, dtype=np.float32)


@pytest.fixture
def three(events: Any, flits: Any, until: datetime, parameters: EvaluationParameters) -> Split:
    """Bird `b` touched f1 (10 days before the cut), f2 (5 days), f3 (at 0 days, and long ago), then finds f4."""
    log = [("b", "f1", -17), ("b", "f3", -30), ("b", "f2", -12), ("b", "f3", -7.0001), ("b", "f4", -1)]
    return split(events(log), flits([]), until, parameters)


def axes() -> Vectors:
    return Vectors.of(["f1", "f2", "f3"], AXES)


def profile(of: Split, **values: object) -> list[float]:
    made = profiles(of, axes(), ProfileParameters.model_validate(values))
    return [float(value) for value in made.matrix[0]]


def test_a_profile_fades_by_position(three: Split) -> None:
    weights = np.array([0.25, 0.5, 1.0])
    assert profile(three, decay="position", factor=0.5) == pytest.approx(weights / weights.sum())


def test_a_profile_fades_by_time(three: Split) -> None:
    weights = np.array([0.25, 0.5, 1.0])
    assert profile(three, decay="time", half_life="5d") == pytest.approx(weights / weights.sum(), abs=1e-4)


def test_a_profile_may_end_after_the_last_few(three: Split) -> None:
    assert profile(three, factor=1.0, last=2) == pytest.approx([0, 0.5, 0.5])


def test_flits_without_a_vector_do_not_count(three: Split) -> None:
    known = Vectors.of(["f1", "f9"], AXES[:2])
    made = profiles(three, known, ProfileParameters())
    assert made.matrix.tolist() == [[1, 0, 0]]


def test_a_bird_without_any_vector_is_never_served(three: Split) -> None:
    known = Vectors.of(["f4", "f9"], AXES[:2])
    assert len(profiles(three, known, ProfileParameters())) == 0
    assert np.isneginf(profile_scorer(three, known, ProfileParameters()).score(three.birds)).all()


def test_no_vectors_at_all(three: Split) -> None:
    scores = profile_scorer(three, Vectors.empty(3), ProfileParameters()).score(three.birds)
    assert np.isneginf(scores).all()


def test_a_score_is_the_dot_product_and_unknown_ids_are_never_recommended(random_split: MakeSplit) -> None:
    of = random_split(0)
    random = np.random.default_rng(0)
    birds = Vectors.of(of.birds[::2], random.normal(size=(len(of.birds[::2]), 4)))
    flits = Vectors.of(of.candidates[1:], random.normal(size=(len(of.candidates) - 1, 4)))
    scores = bird_scorer(of, birds, flits).score(of.birds)
    assert scores[::2, 1:] == pytest.approx(birds.matrix @ flits.matrix.T, rel=1e-5)
    assert np.isneginf(scores[1::2]).all()
    assert np.isneginf(scores[:, 0]).all()


def test_the_output_side_is_scored_where_there_is_one(three: Split) -> None:
    vectors = Vectors.of(["f1", "f2", "f3", "f4"], np.eye(4, dtype=np.float32))
    output = np.roll(np.eye(4, dtype=np.float32), 1, axis=0)  # the flit whose context is f3 is f4
    last = ProfileParameters(last=1)
    assert profile_scorer(three, vectors, last).score(three.birds).argmax() == 2
    assert profile_scorer(three, vectors, last, output).score(three.birds).argmax() == 3


def test_spaces_that_do_not_fit_are_refused(three: Split) -> None:
    with pytest.raises(ValueError, match="birds have 2 dimensions, flits 3"):
        bird_scorer(three, Vectors.of(["b"], np.ones((1, 2))), axes())
    with pytest.raises(ValueError, match="2 output rows for 3 flits"):
        bird_scorer(three, Vectors.of(["b"], np.ones((1, 3))), axes(), AXES[:2])


def test_a_bird_of_several_vectors_scores_by_the_best_of_them(three: Split) -> None:
    """Two interests: a flit of either scores as if it were the only one, and the mean of both is not asked."""
    parts = Parts(
        as_ids(["a", "b", "b"]), np.array([0, 0, 1], np.int32), np.ones(3, np.float32),
        np.array([[0, 0, 1], [1, 0, 0], [0, 0.5, 0]], np.float32),
    )  # fmt: skip
    flits = Vectors.of(["f1", "f2", "f4"], AXES)
    sides = SpaceVectors(parts.summary(), parts=parts)
    scorer = space_scorer(three, "bird", sides, EvaluationParameters(), flits)
    scores = scorer.score(as_ids(["b", "nobody", "a"]))
    assert three.candidates.tolist() == ["f1", "f2", "f3", "f4"]
    assert scores[0].tolist() == [1, 0.5, -np.inf, 0]
    assert (scores[1] == -np.inf).all() and scores[2].tolist() == [0, 0, -np.inf, 1]


def test_parts_of_other_dimensions_than_the_flits_are_refused(three: Split) -> None:
    parts = Parts(as_ids(["b"]), np.zeros(1, np.int32), np.ones(1, np.float32), np.ones((1, 2), np.float32))
    with pytest.raises(ValueError, match="birds have 2 dimensions, flits 3"):
        space_scorer(
            three, "bird", SpaceVectors(parts.summary(), parts=parts), EvaluationParameters(), axes()
        )
