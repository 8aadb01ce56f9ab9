"""The gate is tried on damaged copies of a small Flutter's night: it catches each, and an opened one misses each."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from flows.commands.canaries import show_canaries
from flows.pages.canary_page import canary_page
from flows.runs.canaries import CANARY_MISSED, concluded
from flows.settings import Settings
from tasks.comparison.gate.table import RULES, GateParameters
from tasks.gate_trials import CANARIES, FAULTS
from tasks.stages.canaries import Attempt, NoPredecessorError, canaries
from tasks.versions.canary_results import (
    KEPT,
    CanaryResults,
    CanaryTrial,
    keep,
    most_overdue,
    newest,
    waiting_since,
)
from warehouse.home import Home

if TYPE_CHECKING:
    from tests.stages.conftest import SmallHome


def opened() -> dict[str, Any]:
    """A gate whose every limit is as far off as it can be."""
    rules: dict[str, Any] = {}
    for name, field in GateParameters.model_fields.items():
        rule: dict[str, Any] = {"level": "warn"}
        candidates = (1e12, 1.0, 0.0) if RULES[name].bad == "above" else (-1.0, 0.0)
        assert field.annotation is not None
        for limit in candidates:
            try:
                field.annotation.model_validate(rule | {"limit": limit})
            except ValueError:
                continue
            rule["limit"] = limit
            break
        if "multiple" in field.annotation.model_fields:
            rule["multiple"] = 1e9
        rules[name] = rule
    return rules


def attempt(small: SmallHome, gate: GateParameters | None = None, **changes: Any) -> Attempt:
    chosen = Attempt(gate or GateParameters(), small.configuration.features, small.days[1])
    return replace(chosen, **changes)


OF_TEXTS = [name for name in CANARIES if "texts" in FAULTS[name].reads]


@pytest.fixture(scope="module")
def tried(small_home: SmallHome) -> CanaryResults:
    return canaries(small_home.home, small_home.manifest("items"), attempt(small_home))


def test_every_fault_is_caught_and_other_axes_pass(tried: CanaryResults) -> None:
    assert tried.missed == [], [trial for trial in tried.trials if trial.right is False]
    assert [trial.fault for trial in tried.trials] == list(CANARIES)
    assert [trial.fault for trial in tried.trials if trial.right is None] == OF_TEXTS
    by_name = {trial.fault: trial for trial in tried.trials}
    assert by_name["rotate"].objections == ()
    rules = {name: {one.rule for one in trial.objections} for name, trial in by_name.items()}
    expected = {
        "lose_events": "events_lost", "lose_last_day": "day_volume", "repeat_last_day": "day_surge",
        "spam": "newcomer_burst", "mix_up_birds": "day_fit",
        "shuffle_sessions": "aligned_cosine", "one_epoch": "norm_change",
        "permute_ids": "misplaced", "zero_dimensions": "lost_directions", "stale": "unchanged",
        "duplicate_id": "duplicate_id", "non_finite": "non_finite", "lose_kind": "missing_kinds",
    }  # fmt: skip
    assert {name: rule for name, rule in expected.items() if rule not in rules[name]} == {}
    assert all(trial.verdict for trial in tried.trials if trial.right is not None)


def test_a_space_on_another_is_tried_with_what_can_happen_to_it(small_home: SmallHome) -> None:
    found = canaries(small_home.home, small_home.manifest("readers"), attempt(small_home))
    not_tried = {trial.fault: trial.reason for trial in found.trials if trial.right is None}
    assert not_tried == {
        **dict.fromkeys(OF_TEXTS, "the method reads no texts"),
        "one_epoch": "the method has no epochs",
        "rotate": "the axes of the space are fixed",
    }
    assert found.tried == len(CANARIES) - 2 - len(OF_TEXTS) and found.missed == []


def test_a_trend_is_not_blocked(small_home: SmallHome) -> None:
    found = canaries(small_home.home, small_home.manifest("items"), attempt(small_home, faults=["new_topic"]))
    (trial,) = found.trials
    assert trial.right, trial.objections
    assert not any(one.outcome == "block" for one in trial.objections)


def test_a_false_alarm_is_no_answer(small_home: SmallHome) -> None:
    """A gate that objects to everything that is not yesterday's is not to be trusted either."""
    strict = GateParameters.model_validate({"aligned_cosine": {"limit": 1.0, "multiple": 1e-9}})
    sound = canaries(
        small_home.home, small_home.manifest("items"), attempt(small_home, strict, faults=["rotate"])
    )
    assert sound.verdict == "warn"
    assert sound.trials[0].right, "what is said of the sound version too is no objection to its copy"


def test_a_first_version_cannot_be_tried(small_home: SmallHome) -> None:
    first = small_home.pair("items")[0].manifest
    with pytest.raises(
        NoPredecessorError, match="is a first version; its gate can be tried from the second on"
    ):
        canaries(small_home.home, first, attempt(small_home))


def asked(small: SmallHome, folder: Path, gate: dict[str, Any]) -> Settings:
    """What the command is given: the small home, and its spaces under a gate."""
    pipelines = {
        name: one.model_dump(mode="json", by_alias=True, exclude={"gate"}, exclude_none=True)
        for name, one in small.configuration.pipelines.items()
    }
    config = folder / "pipelines.yaml"
    config.write_text(yaml.safe_dump({"pipelines": pipelines, "gate": gate}), encoding="utf-8")
    return Settings(small.home, config, None, None)


def test_the_command_tries_the_same_and_changes_nothing_but_what_is_kept(
    small_home: SmallHome, tried: CanaryResults, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its draw is that of the version's day, so that it may try other copies than `tried`."""
    before = small_home.seal()
    assert show_canaries(asked(small_home, tmp_path, {}), True, "items") == 0
    assert small_home.seal() == before
    document = json.loads(capsys.readouterr().out)
    assert document["missed"] == [] and document["space"] == "items"
    assert newest(small_home.home, "items") == CanaryResults.from_document(document)
    assert [trial["fault"] for trial in document["trials"]] == [trial.fault for trial in tried.trials]


def test_an_opened_gate_misses_every_fault_and_the_command_says_so(
    small_home: SmallHome, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show_canaries(asked(small_home, tmp_path, opened()), False, "items") == 1
    found = newest(small_home.home, "items")
    assert found is not None
    harmful = [name for name in CANARIES if not FAULTS[name].harmless and name not in OF_TEXTS]
    assert found.missed == harmful
    assert concluded([found]).name == CANARY_MISSED and "missed lose_events" in found.summary
    out = capsys.readouterr().out
    assert "lose_texts: not tried, the method reads no texts" in out and "MISSED" in out


def test_the_same_seed_draws_the_same_faults(small_home: SmallHome, tried: CanaryResults) -> None:
    faults = ["lose_events", "spam", "shuffle_sessions", "non_finite"]
    again = canaries(small_home.home, small_home.manifest("items"), attempt(small_home, faults=faults))
    before = {trial.fault: replace(trial, seconds=0.0) for trial in tried.trials}
    assert [replace(trial, seconds=0.0) for trial in again.trials] == [before[name] for name in faults]


def result(space: str, day: str, missed: bool = False) -> CanaryResults:
    trials = (
        CanaryTrial("spam", "spam", 0.05, right=not missed),
        CanaryTrial("lose_texts", "texts", 0.5, reason="none"),
    )
    return CanaryResults(space, f"{day}-{'a' * 12}", day, "pass", trials, 1.5)


def test_the_latest_results_are_kept(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path / "landing")
    assert newest(home, "items") is None and waiting_since(home, "items") is None
    for day in range(1, KEPT + 4):
        keep(home, result("items", f"2026-03-{day:02}"))
    assert len(list((home.canaries / "items").glob("*.json"))) == KEPT
    found = newest(home, "items")
    assert found == result("items", f"2026-03-{KEPT + 3:02}")
    assert CanaryResults.from_document(json.loads(json.dumps(found.document()))) == found


def test_the_space_that_waits_longest_is_next(small_home: SmallHome, tmp_path: Path) -> None:
    """Both wait since their first version; one that was tried waits since then."""
    home = Home(tmp_path, tmp_path / "landing")
    home.snapshots.symlink_to(small_home.home.snapshots)
    first, last = small_home.days
    spaces, week = ["items", "readers", "unknown"], timedelta(days=7)
    assert most_overdue(home, spaces, last, week) is None
    assert most_overdue(home, spaces, first + week, week) == "items"
    assert most_overdue(home, ["readers", "items"], first + week, week) == "readers"
    keep(home, result("items", str(first + week)))
    assert most_overdue(home, spaces, first + week, week) == "readers"
    keep(home, result("readers", str(first + week)))
    assert most_overdue(home, spaces, first + week + timedelta(days=6), week) is None
    assert most_overdue(home, spaces, first + 2 * week, week) == "items"


def test_the_page_shows_what_was_missed_first() -> None:
    page = canary_page([result("items", "2026-03-05", missed=True), result("readers", "2026-03-04")])
    assert "- items, 2026-03-05: **0 of 1 caught, missed spam**" in page
    assert "- readers, 2026-03-04: 1 of 1 caught" in page
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    assert rows[2].startswith("| spam | spam | MISSED |")
    assert rows[3].startswith("| lose_texts | texts | not tried | none |")
