"""Decayed interactions, against a direct sum over the events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tasks.stages.features import FeatureParameters, KindWeights
from warehouse.duckdb.database import WarehouseError
from warehouse.duckdb.features import read_interactions, sum_decayed

NIGHT = date(2026, 3, 10)
END = datetime.fromisoformat("2026-03-11")
WEIGHTS = KindWeights().model_dump()
Event = tuple[str, str, str, datetime, int]

events_of_pairs = st.lists(
    st.tuples(
        st.sampled_from(["012", "12"]),
        st.sampled_from(["f", "g"]),
        st.sampled_from(sorted(WEIGHTS)),
        st.integers(-30 * 86_400_000_000, 2 * 86_400_000_000).map(
            lambda us: END + timedelta(microseconds=us)
        ),
        st.integers(1, 12),
    ),
    max_size=30,
)


def sum_directly(
    events: list[Event], known_as_of: date, half_life: timedelta
) -> dict[tuple[str, str], float]:
    sums: dict[tuple[str, str], float] = {}
    for bird, flit, kind, at, landed in events:
        if at < END and date(2026, 3, landed) <= known_as_of:
            sums[bird, flit] = sums.get((bird, flit), 0.0) + WEIGHTS[kind] * 2 ** -((END - at) / half_life)
    return sums


def as_sums(weights: pl.DataFrame) -> dict[tuple[str, str], float]:
    return {(bird, flit): weight for bird, flit, weight in weights.rows()}


@settings(max_examples=40, deadline=None)
@given(events=events_of_pairs, night=st.tuples(st.sampled_from([5, 10, 12]), st.sampled_from([12, 24, 336])))
def test_weights_are_the_direct_sum(
    shared_landing: Any,
    build: Callable[..., Any],
    read: Callable[..., Any],
    events: list[Event],
    night: tuple[int, int],
) -> None:
    shared_landing.clear()
    known_as_of, half_life = date(2026, 3, night[0]), timedelta(hours=night[1])
    for landed in sorted({event[-1] for event in events}):
        lines = [
            {"event_id": str(number), "bird_id": bird, "flit_id": flit, "kind": kind, "occurred_at": at}
            for number, (bird, flit, kind, at, landed_day) in enumerate(events)
            if landed_day == landed
        ]
        shared_landing.land("interactions", f"2026-03-{landed:02}", lines)
    build(shared_landing, NIGHT, known_as_of, FeatureParameters(half_life=half_life))
    weights = read(read_interactions, shared_landing, NIGHT, known_as_of, half_life=half_life)
    expected = sum_directly(events, known_as_of, half_life)
    clear = {pair: weight for pair, weight in expected.items() if abs(weight) > 1e-9}
    found = as_sums(weights)
    assert {pair for pair, weight in clear.items() if weight > 0} <= found.keys() <= expected.keys()
    assert not found.keys() & {pair for pair, weight in clear.items() if weight < 0}
    assert all(found[pair] == pytest.approx(expected[pair], rel=1e-9, abs=1e-12) for pair in found)
    assert list(found) == sorted(found)


def test_old_weights_keep_their_digits(
    landing: Any, build: Callable[..., Any], read: Callable[..., Any], interaction: Callable[..., Any]
) -> None:
    """117 half-lives ago: what counts for a bird is the proportion of its weights."""
    landing.land(
        "interactions",
        "2026-03-10",
        [interaction("b", "f", "2021-09-13"), interaction("b", "g", "2021-09-27")],
    )
    build(landing, NIGHT)
    found = as_sums(read(read_interactions, landing, NIGHT, half_life=timedelta(days=14)))
    assert found["b", "f"] < 1e-34
    assert found["b", "g"] / found["b", "f"] == pytest.approx(2, rel=1e-12)


def test_a_repeated_line_weighs_nothing(
    landing: Any, build: Callable[..., Any], read: Callable[..., Any], interaction: Callable[..., Any]
) -> None:
    line = interaction("b", "f", "2026-03-10T23:59:59.999999", "like")
    landing.land("interactions", "2026-03-09", [line, {**line, "duplicate": True}])
    landing.land("interactions", "2026-03-10", [{**line, "duplicate": True}])
    build(landing, NIGHT)
    weights = read(read_interactions, landing, NIGHT, half_life=timedelta(days=14))
    assert as_sums(weights) == {("b", "f"): pytest.approx(WEIGHTS["like"])}


def test_a_window_and_a_cut_bound_the_days(
    landing: Any, build: Callable[..., Any], read: Callable[..., Any], interaction: Callable[..., Any]
) -> None:
    days = [interaction("b", f"f{day}", f"2026-03-{day:02}T23:59:59.999999") for day in range(1, 11)]
    landing.land("interactions", "2026-03-10", [*days, interaction("b", "tomorrow", "2026-03-11")])
    build(landing, NIGHT)

    def flits(**bounds: Any) -> list[str]:
        return read(read_interactions, landing, NIGHT, half_life=timedelta(days=14), **bounds)[
            "flit_id"
        ].to_list()

    assert flits() == sorted(f"f{day}" for day in range(1, 11))
    assert flits(window=timedelta(days=2)) == ["f10", "f9"]
    assert flits(window=timedelta(days=2), until=datetime.fromisoformat("2026-03-06")) == ["f4", "f5"]
    with pytest.raises(ValueError, match=r"from midnight to midnight, found 2026-03-06 12:00"):
        flits(until=datetime.fromisoformat("2026-03-06T12:00"))
    with pytest.raises(ValueError, match=r"from midnight to midnight, found 2026-03-09 12:00"):
        flits(window=timedelta(hours=36))
    with pytest.raises(ValueError, match="after the end of the day"):
        flits(until=datetime.fromisoformat("2026-03-12"))
    with pytest.raises(ValueError, match="longer than nothing"):
        flits(window=timedelta(0))


def test_another_half_life_than_the_tables_is_refused(
    landing: Any, build: Callable[..., Any], read: Callable[..., Any], interaction: Callable[..., Any]
) -> None:
    landing.land("interactions", "2026-03-10", [interaction("b", "f", "2026-03-10")])
    build(landing, NIGHT)
    with pytest.raises(WarehouseError, match=r"half-lives of \[1209600.0\] s, asked for 604800.0 s"):
        read(read_interactions, landing, NIGHT, half_life=timedelta(days=7))


def test_nothing_sums_to_nothing() -> None:
    schema = {"bird_id": pl.String, "flit_id": pl.String, "occurred_on": pl.Date, "weight": pl.Float64}
    summed = sum_decayed(pl.DataFrame(schema=schema), END, timedelta(days=1))
    assert summed.schema == {"bird_id": pl.String, "flit_id": pl.String, "weight": pl.Float64}
    assert summed.is_empty()


def test_weights_out_of_bounds_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"kind_weights\.like"):
        FeatureParameters.model_validate({"kind_weights": {"like": float("nan")}})
    with pytest.raises(ValidationError, match=r"kind_weights\.poke"):
        FeatureParameters.model_validate({"kind_weights": {"poke": 1}})
