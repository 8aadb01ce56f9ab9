"""The gate: statistics against limits, each rule with its value, and the verdict they make together.

A further rule is one class in `parameters.py` and one line in `CHECKS`. `Rule.floor` is the value that
retraining alone would give; None as long as no floor was measured for the rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tasks.comparison.check import Check, Outcome
from tasks.comparison.parameters import BeatsPopularity, GateParameters, merged
from tasks.comparison.rule_parameters import RuleParameters
from tasks.comparison.statistics import Statistics

Judgement = Literal["pass", "warn", "block"]

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


def _no_coordinates(statistics: Statistics) -> tuple[Outcome, str]:
    if statistics.frame.comparable is None:
        return "not_applicable", "no predecessor"
    return "not_judged", statistics.frame.reason or "no id in common with the predecessor"


def _no_neighbours(statistics: Statistics) -> tuple[Outcome, str]:
    if statistics.frame.comparable is None:
        return "not_applicable", "no predecessor"
    if not statistics.neighbours.candidates:
        return "not_judged", "no id in common with the predecessor"
    return "not_applicable", f"{statistics.neighbours.candidates} ids in common, more than 51 needed"


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


_MEANT = "where it is meant, release the version"
_LOOK_AT_INPUT = f"look for missing or refused files in `nightjar status`; {_MEANT}"
_LOOK_AT_MOVERS = f"look at the movers in `nightjar drift`; {_MEANT}"
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
    "aligned_cosine": Check(
        lambda s: s.paired.cosine.mean,
        "below",
        "mean cosine to the predecessor after alignment",
        "number",
        _LOOK_AT_MOVERS,
        _no_coordinates,
    ),
    "neighbour_overlap": Check(
        lambda s: s.neighbours.overlap_at_50,
        "below",
        "of the 50 nearest neighbours kept",
        "share",
        _LOOK_AT_MOVERS,
        _no_neighbours,
    ),
}


def judge(statistics: Statistics, parameters: GateParameters) -> Verdict:
    """Every rule of `parameters` in its order, after whether there is a predecessor at all."""
    rules = [_first_version(statistics)]
    for name in GateParameters.model_fields:
        if name == "beats_popularity":
            rules.append(_beats_popularity(statistics, parameters.beats_popularity))
        else:
            rules.append(_against_limit(name, statistics, getattr(parameters, name)))
    return Verdict.of(tuple(rules))


def _first_version(statistics: Statistics) -> Rule:
    first = statistics.old_structure is None
    note = "nothing to compare with: the first version of the space" if first else ""
    return Rule("first_version", float(first), None, None, "info", "info" if first else "pass", note=note)


def _against_limit(name: str, statistics: Statistics, parameters: RuleParameters) -> Rule:
    check, note = CHECKS[name], ""
    value = check.measure(statistics)
    outcome: Outcome = "pass"
    if value is None:
        outcome, note = check.missing(statistics)
    elif value > parameters.limit if check.worse == "above" else value < parameters.limit:
        outcome = parameters.level
    return Rule(name, value, None, parameters.limit, parameters.level, outcome, note=note)


def _beats_popularity(statistics: Statistics, parameters: BeatsPopularity) -> Rule:
    quality = statistics.quality
    outcome: Outcome = "pass"
    note = ""
    if quality.mean is None:
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


_POPULARITY = "recall@10 above popularity's"


def explain(rule: Rule) -> str:
    """One line for people: outcome, value, limit, and what to do where it did not pass."""
    if rule.rule == "first_version":
        return f"first_version: {rule.note or 'has a predecessor'}"
    what, show, worse, remedy = (
        _POPULARITY,
        "number",
        "below",
        "look at the evaluation: popularity ranks as well",
    )
    if rule.rule in CHECKS:
        check = CHECKS[rule.rule]
        what, show, worse, remedy = check.what, check.show, check.worse, check.remedy
    head = f"{rule.rule}: {rule.outcome.replace('_', ' ')}"
    if rule.value is None:
        return f"{head}: {rule.note}"
    line = f"{head}: {_shown(rule.value, show)} {what}{_interval(rule)}{_limit(rule, show, worse)}"
    line += f", {rule.note}" if rule.note else ""
    return line if rule.outcome in ("pass", "not_judged") else f"{line}; {remedy}"


def _interval(rule: Rule) -> str:
    return f" [{rule.interval[0]:+.4f}, {rule.interval[1]:+.4f}]" if rule.interval else ""


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
