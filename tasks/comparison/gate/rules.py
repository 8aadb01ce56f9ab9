"""The gate: statistics against limits, each rule with its value, and the verdict they make together.

A further rule is one class of parameters, a field of `GateParameters` and one entry of `CHECKS`. `Rule.floor` is the
value that retraining alone would give; None where that is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tasks.comparison.gate.check import Check, Outcome
from tasks.comparison.gate.input_rules import INPUT_CHECKS
from tasks.comparison.gate.movement_rules import MOVEMENT_CHECKS
from tasks.comparison.gate.parameters import BeatsPopularity, GateParameters, RecallChange, merged
from tasks.comparison.gate.rule_parameters import RuleParameters
from tasks.comparison.inputs.trends import FEWEST_DAYS
from tasks.comparison.statistics import Statistics

Judgement = Literal["pass", "warn", "block"]
NORMAL_95 = 1.96
"""Half the width of a 95 % interval, in standard errors."""

_WEIGHT: Mapping[Outcome, Judgement] = {
    "pass": "pass",
    "info": "pass",
    "not_applicable": "pass",
    "warn": "warn",
    "not_judged": "warn",
    "block": "block",
}
_ORDER: tuple[Judgement, ...] = ("pass", "warn", "block")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as it was judged.

    `interval`: of the value, where it has one. `note`: what the number alone does not say, such as why
    there is none.
    """

    rule: str
    value: float | None
    floor: float | None
    limit: float | None
    level: Literal["info", "warn", "block"]
    outcome: Outcome
    interval: tuple[float, float] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The worst that any rule says."""

    verdict: Judgement
    rules: tuple[Rule, ...]

    @classmethod
    def of(cls, rules: tuple[Rule, ...]) -> Verdict:
        return cls(max((_WEIGHT[rule.outcome] for rule in rules), key=_ORDER.index, default="pass"), rules)


def _no_share(statistics: Statistics) -> tuple[Outcome, str]:
    return (
        "not_applicable",
        "no predecessor" if statistics.frame.comparable is None else "an empty predecessor",
    )


def _dimensions_changed(statistics: Statistics) -> float | None:
    old = statistics.old_structure
    return None if old is None else float(abs(statistics.new_structure.dim - old.dim))


def _dropped(statistics: Statistics) -> float | None:
    change = statistics.population.row_change
    return None if change is None else max(0.0, -change)


def _grown(statistics: Statistics) -> float | None:
    change = statistics.population.row_change
    return None if change is None else max(0.0, change)


def _no_trends(statistics: Statistics) -> tuple[Outcome, str]:
    return (
        "not_applicable",
        f"{statistics.trends.days} days with events before this one, {FEWEST_DAYS} needed",
    )


_MEANT = "where it is meant, release the version"
_LOOK_AT_INPUT = f"look for missing or refused files in `nightjar status`; {_MEANT}"
_LOOK_AT_METHOD = "the method or its input is broken: do not release, find the rows and repair"

CHECKS: Mapping[str, Check] = {
    "non_finite": Check(
        lambda s: float(s.new_structure.non_finite),
        "above",
        "rows with NaN or infinity",
        "count",
        _LOOK_AT_METHOD,
    ),
    "zero_norm": Check(
        lambda s: float(s.new_structure.zero_norm), "above", "rows of length zero", "count", _LOOK_AT_METHOD
    ),
    "duplicate_id": Check(
        lambda s: float(s.new_structure.duplicate_id),
        "above",
        "rows with a repeated id",
        "count",
        _LOOK_AT_METHOD,
    ),
    "rows": Check(lambda s: float(s.new_structure.rows), "below", "rows", "count", _LOOK_AT_INPUT),
    "dimension": Check(
        _dimensions_changed,
        "above",
        "dimensions more or fewer than the predecessor",
        "count",
        "consumers' models no longer fit; release the version once they are ready for another space_id",
    ),
    "row_drop": Check(
        _dropped, "above", "rows lost since the predecessor", "share", _LOOK_AT_INPUT, _no_share
    ),
    "row_growth": Check(
        _grown,
        "above",
        "rows gained since the predecessor",
        "share",
        f"look for repeated or foreign ids in the input; {_MEANT}",
        _no_share,
    ),
    "kept_ids": Check(
        lambda s: s.population.kept_share,
        "below",
        "of the predecessor's ids are still there",
        "share",
        f"look whether ids are written differently; {_MEANT}",
        _no_share,
    ),
    "coverage_drop": Check(
        lambda s: s.coverage.drop,
        "above",
        "of the coverage lost since the predecessor",
        "share",
        f"look at the manifest's coverage for the reason that grew; {_MEANT}",
        lambda s: ("not_applicable", "no earlier coverage"),
    ),
    **MOVEMENT_CHECKS,
    **INPUT_CHECKS,
    "topic_growth": Check(
        lambda s: s.trends.growth,
        "above",
        "of the day's attention gained by one word, as no word did before",
        "share",
        f"look at the words that grew in the report: news, or spam?; {_MEANT}",
        _no_trends,
        named=lambda s: ", ".join(f"“{word}”" for word in s.trends.leapt),
    ),
}


def judge(statistics: Statistics, parameters: GateParameters) -> Verdict:
    """Every rule of `parameters` in its order, after whether there is a predecessor at all."""
    rules = [_first_version(statistics)]
    for name in GateParameters.model_fields:
        if name == "beats_popularity":
            rules.append(_beats_popularity(statistics, parameters.beats_popularity))
        elif name == "recall_change":
            rules.append(_recall_change(statistics, parameters.recall_change))
        else:
            rules.append(_against_limit(name, statistics, getattr(parameters, name)))
    return Verdict.of(tuple(rules))


def _first_version(statistics: Statistics) -> Rule:
    first = statistics.old_structure is None
    note = "nothing to compare with: the first version of the space" if first else ""
    return Rule("first_version", float(first), None, None, "info", "info" if first else "pass", note=note)


def _against_limit(name: str, statistics: Statistics, parameters: RuleParameters) -> Rule:
    check, note = CHECKS[name], ""
    value, floor, limit = (
        check.measure(statistics),
        check.floor(statistics),
        check.limit(statistics, parameters),
    )
    outcome: Outcome = "pass"
    if value is None:
        outcome, note = check.missing(statistics)
    elif value > limit if check.worse == "above" else value < limit:
        outcome, note = parameters.level, check.named(statistics)
    return Rule(name, value, floor, limit, parameters.level, outcome, note=note)


def _beats_popularity(statistics: Statistics, parameters: BeatsPopularity) -> Rule:
    quality = statistics.quality
    outcome: Outcome = "pass"
    note = ""
    if not quality.ranks:
        outcome, note = "not_applicable", quality.note
    elif quality.mean is None:
        outcome, note = "not_judged", "no bird was scored"
    elif quality.birds < parameters.min_birds:
        outcome, note = "not_judged", f"{quality.birds} birds scored, {parameters.min_birds} needed"
    elif quality.mean <= parameters.limit:
        outcome, note = parameters.level, f"{quality.birds} birds scored"
    elif quality.low is None or quality.low <= parameters.limit:
        outcome, note = "warn", f"{quality.birds} birds scored, too few to be sure"
    interval = None if quality.low is None or quality.high is None else (quality.low, quality.high)
    return Rule(
        "beats_popularity", quality.mean, None, parameters.limit, parameters.level, outcome, interval, note
    )


def _recall_change(statistics: Statistics, parameters: RecallChange) -> Rule:
    change = statistics.quality_change
    outcome: Outcome = "pass"
    note = f"{change.birds} birds scored by both"
    interval = None
    if change.mean is None or change.low is None or change.high is None:
        outcome, note = "not_applicable", change.note or "no predecessor"
    else:
        interval = (change.low, change.high)
        error = (change.high - change.low) / (2 * NORMAL_95)
        if change.mean + parameters.deviations * error < parameters.limit:
            outcome = parameters.level
    return Rule(
        "recall_change", change.mean, 0.0, parameters.limit, parameters.level, outcome, interval, note
    )


_SPOKEN: Mapping[str, tuple[str, str]] = {
    "beats_popularity": ("recall@10 above popularity's", "look at the evaluation: popularity ranks as well"),
    "recall_change": (
        "recall@10 above the predecessor's",
        "the version serves birds worse than the one before: look for missing events and changed parameters",
    ),
}


def explain(rule: Rule) -> str:
    """One line for people: outcome, value, limit, and what to do where it did not pass."""
    if rule.rule == "first_version":
        return f"first_version: {rule.note or 'has a predecessor'}"
    if rule.rule in _SPOKEN:
        (what, remedy), show, worse = _SPOKEN[rule.rule], "number", "below"
    else:
        check = CHECKS[rule.rule]
        what, show, worse, remedy = check.what, check.show, check.worse, check.remedy
    head = f"{rule.rule}: {rule.outcome.replace('_', ' ')}"
    if rule.value is None:
        return f"{head}: {rule.note}"
    line = f"{head}: {_shown(rule.value, show)} {what}{_interval(rule)}{_floor(rule, show)}{_limit(rule, show, worse)}"
    line += f", {rule.note}" if rule.note else ""
    return line if rule.outcome in ("pass", "not_judged") else f"{line}; {remedy}"


def _interval(rule: Rule) -> str:
    return f" [{rule.interval[0]:+.4f}, {rule.interval[1]:+.4f}]" if rule.interval else ""


def _floor(rule: Rule, show: str) -> str:
    return (
        ""
        if rule.floor is None or rule.rule in _SPOKEN
        else f", another seed alone gives {_shown(rule.floor, show)}"
    )


def _limit(rule: Rule, show: str, worse: str) -> str:
    if rule.limit is None:
        return ""
    bound = "more than" if rule.rule == "beats_popularity" else "at most" if worse == "above" else "at least"
    return f", {bound} {_shown(rule.limit, show)} passes"


def _shown(value: float, show: str) -> str:
    return {"count": f"{value:,.0f}", "share": f"{value:.1%}", "number": f"{value:.4f}"}[show]


__all__ = [
    "CHECKS",
    "Check",
    "GateParameters",
    "Judgement",
    "Outcome",
    "Rule",
    "Verdict",
    "explain",
    "judge",
    "merged",
]
