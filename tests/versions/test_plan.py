"""A version's name: everything that decides its bytes is in it, and what only judges it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.configuration import Configuration
from tasks.versions.pipeline import Pipeline
from tasks.versions.plan import Night, Plan, WaitingForParentError, plan_space
from warehouse.home import Home

DAY = date(2026, 3, 2)
ITEMS: dict[str, Any] = {
    "entity": "flit",
    "method": "item2vec",
    "window": "28d",
    "params": {"dimensions": 8, "epochs": 3, "seed": 7},
    "evaluate": {"hold_out": "7d"},
}


def declared(**changes: Any) -> Pipeline:
    """The pipeline `items` as a file would declare it."""
    return Configuration.model_validate({"pipelines": {"items": ITEMS | changes}}).pipelines["items"]


def planned(pipeline: Pipeline | None = None) -> Plan:
    night = Night(DAY, DAY, files="f" * 64, events=1000, features="p" * 64)
    return Plan(
        "items",
        pipeline or declared(),
        night,
        {"words": "2026-03-02-aaaaaaaaaaaa"},
        "2026-03-01-bbbbbbbbbbbb",
    )


def at_night(plan: Plan, **changes: Any) -> Plan:
    return replace(plan, night=replace(plan.night, **changes))


CHANGES: dict[str, Callable[[Plan], Plan]] = {
    "space": lambda plan: replace(plan, space="others"),
    "day": lambda plan: at_night(plan, day=DAY + timedelta(days=1)),
    "files": lambda plan: at_night(plan, files="e" * 64),
    "features": lambda plan: at_night(plan, features="q" * 64),
    "a parent's version": lambda plan: replace(plan, parents={"words": "2026-03-02-cccccccccccc"}),
    "a parent's name": lambda plan: replace(plan, parents={"texts": "2026-03-02-aaaaaaaaaaaa"}),
    "no parent": lambda plan: replace(plan, parents={}),
    "predecessor": lambda plan: replace(plan, predecessor="2026-03-01-dddddddddddd"),
    "no predecessor": lambda plan: replace(plan, predecessor=None),
    "window": lambda plan: replace(plan, pipeline=declared(window="27d")),
    "no window": lambda plan: replace(plan, pipeline=declared(window=None)),
    "seed": lambda plan: replace(plan, pipeline=declared(params=ITEMS["params"] | {"seed": 8})),
    "dimensions": lambda plan: replace(plan, pipeline=declared(params=ITEMS["params"] | {"dimensions": 9})),
    "evaluation": lambda plan: replace(plan, pipeline=declared(evaluate={"hold_out": "6d"})),
}
NAMES = st.lists(st.sampled_from(sorted(CHANGES)), min_size=1, max_size=4, unique=True)


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_every_input_and_parameter_is_in_the_fingerprint(name: str) -> None:
    plan = planned()
    changed = CHANGES[name](plan)
    assert changed.fingerprint != plan.fingerprint
    assert changed.version != plan.version


@given(one=NAMES, other=NAMES)
def test_two_plans_have_one_fingerprint_only_where_they_are_equal(one: list[str], other: list[str]) -> None:
    plans = []
    for names in (one, other):
        plan = planned()
        for name in names:
            plan = CHANGES[name](plan)
        plans.append(plan)
    alike = [(plan.space, plan.day, plan.inputs, plan.parameters) for plan in plans]
    assert (plans[0].fingerprint == plans[1].fingerprint) == (alike[0] == alike[1])


def test_the_same_plan_has_the_same_name_wherever_it_is_made() -> None:
    assert planned().fingerprint == planned().fingerprint
    assert planned().version == f"2026-03-02-{planned().fingerprint[:12]}"


def test_what_only_judges_or_counts_is_no_part_of_the_fingerprint() -> None:
    """A stricter gate must not train a space again; nor does the same content, known a day later."""
    plan = planned()
    strict = replace(plan, pipeline=declared(gate={"rows": {"limit": 10, "level": "block"}}))
    assert strict.pipeline != plan.pipeline
    assert strict.fingerprint == plan.fingerprint
    assert at_night(plan, known_as_of=DAY + timedelta(days=1)).fingerprint == plan.fingerprint
    assert at_night(plan, events=999).fingerprint == plan.fingerprint


def test_a_default_that_is_spelt_out_is_the_same_version() -> None:
    parameters = declared().params.model_dump(mode="json")
    assert planned(declared(params=parameters)).fingerprint == planned().fingerprint


def test_a_day_ends_at_midnight_and_the_cut_lies_a_hold_out_before() -> None:
    plan = planned()
    assert plan.end == datetime(2026, 3, 3)  # noqa: DTZ001 (naive UTC)
    assert plan.end - plan.cut == timedelta(days=7)


def test_a_space_on_another_waits_for_its_first_version(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", tmp_path / "landing")
    night = planned().night
    readers = Configuration.model_validate(
        {
            "pipelines": {
                "items": ITEMS,
                "readers": {"entity": "bird", "method": "recency_weighted_mean", "from": ["items"]},
            }
        }
    ).pipelines["readers"]
    assert plan_space(home, "items", declared(), night).predecessor is None
    with pytest.raises(
        WaitingForParentError, match="readers: items has no released version up to 2026-03-02"
    ) as told:
        plan_space(home, "readers", readers, night)
    assert "nightjar release items" in str(told.value)
    assert "\n" not in str(told.value)
