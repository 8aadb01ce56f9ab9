"""What is history, what is to be found, and what may be recommended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tasks.evaluation import EvaluationParameters, Split, split


def found(of: Split) -> set[tuple[str, str]]:
    return pairs(of, of.truth)


def pairs(of: Split, places: pl.DataFrame) -> set[tuple[str, str]]:
    return {(str(of.birds[row]), str(of.candidates[column])) for row, column in places.iter_rows()}


def with_history(*rows: tuple[str, str, float]) -> list[tuple[str, str, float]]:
    """Bird `b` has touched `h1` and `h2` long ago."""
    return [("b", "h1", -50), ("b", "h2", -40), *rows]


def test_the_hold_out_is_half_open(
    events: Any, flits: Any, until: datetime, parameters: EvaluationParameters
) -> None:
    second = 1 / 86400
    log = with_history(
        ("b", "before", -7 - second), ("b", "first", -7), ("b", "last", -second), ("b", "after", 0)
    )
    cut = split(events(log), flits([]), until, parameters)
    assert found(cut) == {("b", "first"), ("b", "last")}
    assert set(cut.history["flit_id"]) == {"h1", "h2", "before"}
    assert "after" not in cut.candidates


def test_seen_and_own_flits_are_neither_found_nor_recommended(
    events: Any, flits: Any, until: datetime, parameters: EvaluationParameters
) -> None:
    log = events(with_history(("b", "h1", -1), ("b", "mine", -1), ("b", "theirs", -1)))
    posts = flits([("mine", "b", -2), ("theirs", "c", -2)])
    cut = split(log, posts, until, parameters)
    assert found(cut) == {("b", "theirs")}
    assert pairs(cut, cut.excluded) == {("b", "h1"), ("b", "h2"), ("b", "mine")}
    lenient = parameters.model_copy(update={"exclude_seen": False, "exclude_own": False})
    assert found(split(log, posts, until, lenient)) == {("b", "h1"), ("b", "mine"), ("b", "theirs")}


def test_history_counts_distinct_flits(
    events: Any, flits: Any, until: datetime, parameters: EvaluationParameters
) -> None:
    log = with_history(("b", "x", -1), ("c", "h1", -50), ("c", "h1", -49), ("c", "x", -1))
    assert found(split(events(log), flits([]), until, parameters)) == {("b", "x")}


def test_fresh_candidates_are_those_posted_in_the_window(
    events: Any, flits: Any, until: datetime, parameters: EvaluationParameters
) -> None:
    fresh = EvaluationParameters.model_validate(
        {**parameters.model_dump(mode="json"), "candidates": {"posted_within": "10d"}}
    )
    log = events(with_history(*[("b", flit, -1) for flit in ("old", "edge", "shown", "late")]))
    posts = flits([("old", None, -10.5), ("edge", None, -10), ("late", None, 0.5), ("silent", None, -3)])
    cut = split(log, posts, until, fresh)
    assert list(cut.candidates) == ["edge", "late", "shown", "silent"]
    assert found(cut) == {("b", "edge"), ("b", "late"), ("b", "shown")}
    assert (cut.counts.truth, cut.counts.truth_reachable) == (4, 3)


def test_a_flit_without_posted_at_is_as_old_as_its_first_event(
    events: Any, flits: Any, until: datetime, parameters: EvaluationParameters
) -> None:
    cut = split(events(with_history(("c", "x", -3), ("b", "x", -2))), flits([]), until, parameters)
    posted = dict(zip(cut.candidates, cut.posted_at, strict=True))
    assert posted["x"] == np.datetime64(until) - np.timedelta64(3, "D")


def test_warm_is_what_the_model_has_met(
    events: Any, flits: Any, until: datetime, parameters: EvaluationParameters
) -> None:
    log = events(with_history(("c", "recent", -8), ("b", "recent", -1), ("b", "fresh", -1)))
    whole = split(log, flits([]), until, parameters)
    assert set(whole.candidates[whole.warm]) == {"h1", "h2", "recent"}
    window = split(log, flits([]), until, parameters, learnt_since=datetime.fromisoformat("2026-02-01"))
    assert set(window.candidates[window.warm]) == {"recent"}
    assert found(window) == found(whole)


def test_a_sample_keeps_its_birds_when_others_leave(
    events: Any, flits: Any, until: datetime, parameters: EvaluationParameters
) -> None:
    birds = [f"b{i}" for i in range(30)]
    log = events([(b, f, day) for b in birds for f, day in (("h1", -20), ("h2", -20), ("x", -1))])
    ten = parameters.model_copy(update={"sample": 10})
    chosen = set(split(log, flits([]), until, ten).birds)
    assert chosen == {"b10", "b14", "b15", "b16", "b17", "b2", "b24", "b25", "b28", "b4"}  # in every process
    left = log.filter(~pl.col("bird_id").is_in(sorted(set(birds) - chosen)[:15]))
    again = split(left, flits([]), until, ten)
    assert set(again.birds) == chosen
    assert again.counts.birds == 15


def test_an_id_that_is_there_twice_is_refused(
    events: Any, flits: Any, until: datetime, parameters: EvaluationParameters
) -> None:
    with pytest.raises(ValueError, match="'f' is there more often; pass its latest state"):
        split(events([]), flits([("f", "a", -1), ("f", "a", -2)]), until, parameters)


def test_an_empty_log_gives_an_empty_split(
    events: Any, flits: Any, until: datetime, parameters: EvaluationParameters
) -> None:
    cut = split(events([]), flits([]), until, parameters)
    assert (len(cut.birds), len(cut.candidates), len(cut.truth)) == (0, 0, 0)


touch = st.tuples(
    st.sampled_from("abc"), st.sampled_from("uvwxyz"), st.sampled_from([-30, -20, -8, -7, -3, -1, 0, 2])
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(log=st.lists(touch, max_size=40), seed=st.integers(0, 99))
def test_order_and_the_future_do_not_matter(
    log: list[tuple[str, str, float]],
    seed: int,
    events: Any,
    flits: Any,
    until: datetime,
    parameters: EvaluationParameters,
) -> None:
    posts = flits([("u", "a", -25), ("v", "b", -3), ("w", None, 1)])
    first = split(events(log), posts, until, parameters)
    shuffled = events(log).sample(fraction=1, shuffle=True, seed=seed).filter(pl.col("occurred_at") < until)
    second = split(shuffled, posts.reverse(), until, parameters)
    assert list(first.birds) == list(second.birds)
    assert list(first.candidates) == list(second.candidates)
    assert_frame_equal(first.truth, second.truth)
    assert_frame_equal(first.excluded, second.excluded)
    assert (first.warm == second.warm).all()
    assert not pairs(first, first.truth) & pairs(first, first.excluded)
