"""What every rule inherits: it passes, breaches and lacks a value; it can be set, told and found in the docs."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flows.reference import breach_of, rule_names, rule_table, written
from tasks.comparison.gate.judge import BREACHED, RuleResult, documents_of, judge, results_of
from tasks.comparison.gate.rule import Rule
from tasks.comparison.gate.table import RULES, GateParameters, merged
from tasks.comparison.statistics import Statistics
from tasks.report.words import says, step_of

if TYPE_CHECKING:
    from tests.comparison.gate.conftest import Planted

ROOT = Path(__file__).parents[3]
EVERY = pytest.mark.parametrize("name", RULES)


def judged(name: str, statistics: Statistics, gate: GateParameters | None = None) -> RuleResult:
    (found,) = [rule for rule in judge(statistics, gate or GateParameters()).rules if rule.rule == name]
    return found


def test_a_night_is_planted_for_every_rule(planted: Mapping[str, Planted]) -> None:
    assert list(planted) == list(RULES) == list(GateParameters.model_fields)


@EVERY
@pytest.mark.parametrize("level", ["warn", "block"])
def test_the_limit_divides(name: str, level: str, planted: Mapping[str, Planted]) -> None:
    of = planted[name]
    gate = merged(GateParameters(), {name: {"limit": of.limit, "level": level}})
    good, bad = (judged(name, of.make(value), gate) for value in (of.passes, of.breaches))
    assert (good.outcome, bad.outcome) == ("pass", level)
    assert (good.value, bad.value) == (of.passes, of.breaches)
    assert (bad.limit, bad.level) == (of.limit, level)


@EVERY
def test_without_a_value_it_blocks_nothing_and_says_why(name: str, planted: Mapping[str, Planted]) -> None:
    missing = planted[name].missing
    if missing is None:
        assert judged(name, planted[name].make(planted[name].passes)).value is not None
        return
    found = judged(name, missing)
    assert found.value is None and found.outcome in ("not_applicable", "not_judged")
    assert found.note and says(found)


@EVERY
def test_it_is_said_in_plain_words(name: str, planted: Mapping[str, Planted]) -> None:
    of, gate = planted[name], merged(GateParameters(), {name: {"limit": planted[name].limit}})
    nights = [of.make(of.passes), of.make(of.breaches), *([of.missing] if of.missing else [])]
    for found in (judged(name, night, gate) for night in nights):
        said = says(found)
        assert said and "\n" not in said and not said.endswith(".")
        assert not [word for word in ("nan", "inf", "None", "{", "}") if word in said.split()]
        assert results_of(documents_of([found])) == (found,)
    assert step_of(found)


@EVERY
def test_its_words_do_not_need_the_evidence(name: str, planted: Mapping[str, Planted]) -> None:
    """Manifests of earlier editions keep none."""
    of = planted[name]
    kept = ("rule", "value", "floor", "limit", "level", "outcome", "interval", "note")
    (document,) = documents_of([judged(name, of.make(of.breaches))])
    (earlier,) = results_of([{key: document[key] for key in kept}])
    assert says(earlier) and "None" not in says(earlier)


@EVERY
def test_it_can_be_set_and_its_parameters_found_by_name(name: str) -> None:
    parameters, rule = GateParameters().of(name), RULES[name]
    assert (parameters.level, parameters.limit) == (rule.level, rule.limit)
    assert pickle.loads(pickle.dumps(parameters)) == parameters  # noqa: S301  # what was dumped in this line
    with pytest.raises(ValueError, match="unknown key"):
        merged(GateParameters(), {name: {"no_such_key": 1}})


@EVERY
def test_the_docs_name_it(name: str) -> None:
    assert f"| `{name}` | {breach_of(RULES[name])} | {RULES[name].level} |" in rule_table()
    assert f"`{name}`" in rule_names()
    assert "{" not in breach_of(RULES[name])


@pytest.mark.parametrize("page", ["README.md", "docs/gate.md"])
def test_the_docs_are_in_step_with_the_table(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert written(text) == text, "run `make schema`"
    assert (rule_names() if page == "README.md" else rule_table()) in text


def test_what_follows_from_what_has_an_end() -> None:
    def ends(rule: Rule, above: tuple[str, ...] = ()) -> None:
        assert rule.name not in above, " follows from ".join([*above, rule.name])
        for cause in rule.follows:
            ends(RULES[cause], (*above, rule.name))

    for rule in RULES.values():
        ends(rule)


def test_names_of_parameters_are_what_files_set() -> None:
    """Those that `pipelines.yaml` files of users name: none may go."""
    known = {
        "non_finite", "zero_norm", "duplicate_id", "rows", "dimension", "row_drop", "row_growth", "kept_ids",
        "coverage_drop", "beats_popularity", "recall_change", "aligned_cosine", "upheaval", "neighbour_overlap",
        "norm_change", "length_collapse", "outlier_share", "misplaced", "unchanged", "lost_directions", "topic_growth",
        "events_missing", "events_lost", "day_volume", "day_surge", "missing_hours", "missing_files", "refused_files",
        "concentration", "newcomer_burst", "newcomers", "quarantine_share", "duplicate_share", "late_share",
    }  # fmt: skip
    assert known <= set(RULES)
    assert set(GateParameters().of("beats_popularity").model_dump()) >= {"level", "limit", "min_birds"}
    assert set(BREACHED) == {"block", "warn", "not_judged"}
