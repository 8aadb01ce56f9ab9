"""The recency-weighted mean against a slow oracle, and what each parameter is for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import fractional_matrix_power

from tasks.embeddings.contract import Embedding, Inputs, silent
from tasks.embeddings.derived import recency_weighted_mean
from tasks.embeddings.derived.recency_weighted_mean import (
    BIRDS_AT_A_TIME,
    FLITS_AT_A_TIME,
    RecencyWeightedMeanParameters,
)
from warehouse.vectors import Vectors

BEGAN = datetime(2024, 5, 1)  # noqa: DTZ001 - times are naive UTC
PLAIN = {"half_life": None, "centre": False, "whitening": 0}
Event = tuple[str, str, float]


def inputs_of(events: list[Event], flits: Vectors) -> Inputs:
    """`events`: bird, flit, day."""
    rows = [(bird, flit, BEGAN + timedelta(days=day)) for bird, flit, day in events]
    schema = {"bird_id": pl.String, "flit_id": pl.String, "occurred_at": pl.Datetime("us")}
    frame = pl.DataFrame(rows, schema=schema, orient="row").sort(
        "bird_id", "occurred_at", maintain_order=True
    )
    return Inputs(sequences=frame, parents={"flit_text": flits})


def fit(events: list[Event], flits: Vectors, **parameters: Any) -> Embedding:
    return recency_weighted_mean.fit(
        inputs_of(events, flits), RecencyWeightedMeanParameters(**parameters), silent
    )


def flits_of(count: int, seed: int = 0, dim: int = 5) -> Vectors:
    matrix = np.random.default_rng(seed).normal(size=(count, dim)) * [3, 1, 1, 1, 0.2] + 0.7
    return Vectors.of([f"f{n}" for n in range(count)], matrix)


def oracle(events: list[Event], flits: Vectors, bird: str, p: RecencyWeightedMeanParameters) -> Any:
    """One bird by the formulas of the docstrings, in float64, a flit at a time."""
    F = flits.matrix.astype(np.float64)
    known = set(flits.ids)
    last = {e[1]: e for e in sorted(events, key=lambda e: e[2]) if e[0] == bird and e[1] in known}
    own = sorted(last.values(), key=lambda e: e[2])
    weights = []
    for index, (_, flit, day) in enumerate(own):
        steps = len(own) - 1 - index
        weight = len({b for b, f, _ in events if f == flit}) ** -p.popularity_exponent
        if p.half_life is not None:
            weight *= 0.5 ** ((own[-1][2] - day) / (p.half_life / timedelta(days=1)))
        if p.half_steps is not None:
            weight *= 0.5 ** (steps / p.half_steps)
        weights.append(weight if p.max_history is None or steps < p.max_history else 0.0)
    mean = np.average([F[flits.rows([f])[0]] for _, f, _ in own], axis=0, weights=weights)
    centre = F.mean(axis=0) if p.centre else np.zeros(flits.dim)
    spread = (F - centre).T @ (F - centre) / len(F)
    evened = spread + p.shrinkage * np.trace(spread) / flits.dim * np.eye(flits.dim)
    direction = fractional_matrix_power(evened, -p.whitening) @ (mean - centre)
    return direction / np.linalg.norm(direction)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 14), st.integers(0, 300)), min_size=1, max_size=30
    ),
    st.builds(
        RecencyWeightedMeanParameters,
        half_life=st.sampled_from([None, timedelta(days=3), timedelta(days=100)]),
        half_steps=st.sampled_from([None, 0.5, 20.0]),
        max_history=st.sampled_from([None, 1, 5]),
        popularity_exponent=st.sampled_from([0.0, 0.5, 1.0]),
        centre=st.booleans(),
        whitening=st.sampled_from([0.0, 0.5, 1.0]),
        shrinkage=st.sampled_from([0.1, 3.0]),
    ),
)
def test_it_is_what_the_formulas_say(
    rows: list[tuple[str, int, int]], p: RecencyWeightedMeanParameters
) -> None:
    # Each event a moment later than the one before, so that the order of a day's events is the same for both.
    events = [(bird, f"f{flit}", day + index / 1024) for index, (bird, flit, day) in enumerate(rows)]
    flits = flits_of(12)
    embedding = recency_weighted_mean.fit(inputs_of(events, flits), p, silent)
    reached = {bird for bird, flit, _ in events if flit in set(flits.ids)}
    assert set(embedding.vectors.ids) == reached
    for bird, vector in zip(embedding.vectors.ids, embedding.vectors.matrix, strict=True):
        np.testing.assert_allclose(vector, oracle(events, flits, bird, p), atol=2e-4)


def test_a_flit_without_events_is_nearest_to_the_bird_of_its_topic() -> None:
    """The reason for this method: what was posted tonight is reachable tonight."""
    topics = (
        np.repeat(np.eye(2, 5), 10, axis=0) + np.random.default_rng(1).normal(scale=0.2, size=(20, 5)) + 1
    )
    flits = Vectors.of([f"f{n:02}" for n in range(20)], topics)
    events = [("north", f"f{n:02}", n) for n in range(5)] + [("south", f"f{n:02}", n) for n in range(10, 15)]
    scores = fit(events, flits).vectors.matrix @ flits.matrix.T
    untouched_north, untouched_south = scores[:, 5:10], scores[:, 15:20]
    assert (untouched_north[0].min() > untouched_south[0].max()) and (
        untouched_south[1].min() > untouched_north[1].max()
    )


def test_a_bird_that_changed_its_mind_is_where_it_went() -> None:
    flits = Vectors.of(
        [f"{age}{n}" for age in ("old", "young") for n in range(6)], np.repeat(np.eye(2), 6, axis=0)
    )
    events = [("b", f"old{n}", float(n)) for n in range(6)] + [("b", f"young{n}", 20.0 + n) for n in range(3)]
    for parameters in ({"half_life": "2d"}, {"half_steps": 1}, {"max_history": 3}):
        old, young = fit(events, flits, **{**PLAIN, **parameters}).vectors.matrix[0]
        assert young > 0.9 > 0.5 > old, parameters
    old, young = fit(events, flits, **PLAIN).vectors.matrix[0]
    assert old == pytest.approx(2 * young)


def test_a_flit_counts_once_however_often_it_was_touched() -> None:
    flits = Vectors.of(["once", "often"], np.eye(2))
    events = [("b", "once", 0.0), *(("b", "often", 1.0 + n) for n in range(7))]
    once, often = fit(events, flits, **PLAIN).vectors.matrix[0]
    assert once == pytest.approx(often)


def test_only_ages_within_a_history_matter() -> None:
    flits = flits_of(10)
    events = [("a", "f1", 3.0), ("a", "f2", 90.0), ("a", "f7", 91.0)]
    later = [(bird, flit, day + 4000) for bird, flit, day in events]
    assert np.array_equal(
        fit(events, flits, half_life="7d").vectors.matrix, fit(later, flits, half_life="7d").vectors.matrix
    )


def test_what_everybody_chooses_can_be_made_to_say_less() -> None:
    flits = Vectors.of(["rare", "usual"], np.eye(2))
    events = [(f"b{n}", "usual", 1.0) for n in range(9)] + [("b0", "rare", 0.0)]
    rare, usual = fit(events, flits, **PLAIN, popularity_exponent=1).vectors.matrix[0]
    assert rare == pytest.approx(9 * usual)


def test_birds_without_a_direction_are_left_out_under_their_reason() -> None:
    flits = Vectors.of(["east", "west", "up"], np.array([[1, 0], [-1, 0], [0, 1]]))
    events = [("torn", "east", 0.0), ("torn", "west", 1.0), ("reader", "no text", 0.0), ("calm", "up", 0.0)]
    embedding = fit(events, flits, **PLAIN)
    assert list(embedding.vectors.ids) == ["calm"]
    assert {reason: list(ids) for reason, ids in embedding.left_out.items()} == {
        "no_vector_in_history": ["reader"],
        "no_direction": ["torn"],
    }


@pytest.mark.parametrize("whitening", [0.25, 0.5])
def test_a_bird_scores_published_flits_as_if_both_sides_were_evened_out(whitening: float) -> None:
    flits = flits_of(30)
    events = [("b", "f1", 0.0), ("b", "f2", 1.0), ("b", "f9", 2.0)]
    F = flits.matrix.astype(np.float64)
    apart = F - F.mean(axis=0)
    spread = apart.T @ apart / len(F)
    evened = spread + 0.5 * np.trace(spread) / flits.dim * np.eye(flits.dim)
    both = apart @ fractional_matrix_power(evened, -whitening / 2)
    mean = both[flits.rows(["f1", "f2", "f9"])].mean(axis=0)
    bird = fit(events, flits, half_life=None, whitening=whitening, shrinkage=0.5).vectors.matrix[0]
    assert list(np.argsort(flits.matrix @ bird)) == list(np.argsort(both @ mean))


def test_blocks_of_birds_and_flits_join_without_a_seam() -> None:
    """A bird is the same alone as among more birds than are computed at a time."""
    count = BIRDS_AT_A_TIME + 3
    flits = flits_of(FLITS_AT_A_TIME + 5)
    events = [(f"b{n:05}", f"f{n * 7 % len(flits)}", float(n)) for n in range(count)]
    together = fit(events, flits).vectors
    for bird in (0, BIRDS_AT_A_TIME - 1, BIRDS_AT_A_TIME, count - 1):
        alone = fit([events[bird]], flits).vectors
        np.testing.assert_allclose(together.matrix[together.rows(alone.ids)], alone.matrix, atol=1e-5)
        np.testing.assert_allclose(
            alone.matrix[0],
            oracle([events[bird]], flits, events[bird][0], RecencyWeightedMeanParameters()),
            atol=2e-4,
        )


def test_two_parents_are_refused() -> None:
    flits = flits_of(3)
    inputs = inputs_of([("b", "f1", 0.0)], flits)
    both = Inputs(sequences=inputs.sequences, parents={"one": flits, "other": flits})
    with pytest.raises(ValueError, match="builds on 1 space, found 2"):
        recency_weighted_mean.fit(both, RecencyWeightedMeanParameters(), silent)
