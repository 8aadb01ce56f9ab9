"""A copy of yesterday under tonight's name is seen, also where nothing is drawn at random; a quiet night is none."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.comparison.compare_versions import Knowledge, Version, compare_versions
from tasks.comparison.gate.judge import RuleResult
from tasks.comparison.gate.movement_rules import ENOUGH_NEWS
from tasks.comparison.inputs.day_profile import DayProfile
from tasks.comparison.inputs.input_drift import InputDrift
from tasks.comparison.inputs.window_drift import DayCount, WindowNumbers
from tasks.comparison.vectors.floor import Floor
from warehouse.vectors import as_ids

IDS = [f"f{number:03}" for number in range(80)]
MATRIX = np.random.default_rng(2).normal(size=(80, 8)).astype(np.float32)
OLD = Version(as_ids(IDS), MATRIX, "one")


def posted(flits: int | None) -> InputDrift:
    """What a space of texts learns from."""
    return InputDrift(today=DayProfile(posted=flits))


def acted(events: int, on: str = "2026-03-05") -> InputDrift:
    """What a space of birds learns from."""
    window = WindowNumbers(end="2026-03-05", events=1_000)
    return InputDrift(window=window, days=(DayCount("2026-03-04", 90, 90), DayCount(on, events, None)))


def unchanged(
    new: Version, inputs: InputDrift, floor: Floor | None = None, same_inputs: bool | None = False
) -> RuleResult:
    known = Knowledge(floor=floor or Floor.zero(), same_inputs=same_inputs, inputs=inputs)
    (rule,) = (rule for rule in compare_versions(OLD, new, known).verdict.rules if rule.rule == "unchanged")
    return rule


@pytest.mark.parametrize("inputs", [posted(ENOUGH_NEWS), acted(ENOUGH_NEWS)])
@pytest.mark.parametrize("floor", [Floor.zero(), Floor()])
def test_a_copy_is_blocked_where_something_is_new(inputs: InputDrift, floor: Floor) -> None:
    rule = unchanged(OLD, inputs, floor)
    assert (rule.outcome, rule.value) == ("block", 1.0)


@pytest.mark.parametrize(
    "inputs",
    [
        posted(None),
        posted(ENOUGH_NEWS - 1),
        acted(ENOUGH_NEWS - 1),
        acted(500, on="2026-03-03"),
        InputDrift(),
    ],
)
def test_a_night_without_news_may_be_a_copy(inputs: InputDrift) -> None:
    assert unchanged(OLD, inputs).outcome == "not_applicable"


def test_the_same_logs_give_the_same_vectors() -> None:
    rule = unchanged(OLD, posted(100), same_inputs=True)
    assert rule.outcome == "not_applicable" and "same logs" in rule.note


@pytest.mark.parametrize("inputs", [posted(100), acted(100)])
def test_one_id_that_came_went_or_moved_is_enough(inputs: InputDrift) -> None:
    moved = MATRIX.copy()
    moved[3] = -moved[3]
    for healthy in (
        Version(as_ids([*IDS, "g1"]), np.vstack([MATRIX, MATRIX[:1]]), "one"),
        Version(as_ids(IDS[1:]), MATRIX[1:], "one"),
        Version(as_ids(IDS), moved, "one"),
    ):
        rule = unchanged(healthy, inputs)
        assert rule.outcome == "not_applicable" and "no copy" in rule.note


@pytest.mark.parametrize(
    ("news", "outcome"), [(0, "not_applicable"), (ENOUGH_NEWS, "block"), (None, "block")]
)
def test_only_news_that_the_space_reads_count(news: int | None, outcome: str) -> None:
    """A space of texts without a new text stays as it is, however much birds do."""
    known = Knowledge(floor=Floor("measured"), same_inputs=False, inputs=acted(500), news=news)
    (rule,) = (rule for rule in compare_versions(OLD, OLD, known).verdict.rules if rule.rule == "unchanged")
    assert rule.outcome == outcome
