"""The gate: statistics against limits, a result a rule, and the verdict they make together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from pydantic import TypeAdapter

from tasks.comparison.gate.rule import Evidence, Measured, Rule, RuleParameters
from tasks.comparison.gate.table import RULES, GateParameters
from tasks.comparison.statistics import Statistics

Judgement = Literal["pass", "warn", "block"]
Outcome = Literal["pass", "info", "warn", "block", "not_judged", "not_applicable"]
"""`not_judged`: it should have been, and counts as a warning. `not_applicable`, `info`: count as a pass."""
BREACHED: tuple[Outcome, ...] = ("block", "warn", "not_judged")
"""What did not pass, severest first."""
FIRST_VERSION = "first_version"
"""The result that says whether there is a predecessor at all."""

WEIGHT: Mapping[Outcome, Judgement] = {
    "pass": "pass",
    "info": "pass",
    "not_applicable": "pass",
    "warn": "warn",
    "not_judged": "warn",
    "block": "block",
}
"""What an outcome makes of the verdict."""
_ORDER: tuple[Judgement, ...] = ("pass", "warn", "block")


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule as it was judged.

    `interval`: of the value, where it has one. `note`: why there is no value, or no outcome. `evidence`: what was
    found, for people.
    """

    rule: str
    value: float | None
    floor: float | None
    limit: float | None
    level: Literal["info", "warn", "block"]
    outcome: Outcome
    interval: tuple[float, float] | None = None
    note: str = ""
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def breached(self) -> bool:
        return self.outcome in BREACHED


_RESULTS: TypeAdapter[tuple[RuleResult, ...]] = TypeAdapter(tuple[RuleResult, ...])


def results_of(documents: Sequence[Mapping[str, Any]]) -> tuple[RuleResult, ...]:
    """Results as documents and manifests keep them, also those of earlier editions, which kept no evidence.

    pydantic's ValidationError, a ValueError, for anything else.
    """
    return _RESULTS.validate_python([dict(document) for document in documents])


def documents_of(results: Sequence[RuleResult]) -> list[dict[str, Any]]:
    """What `results_of` reads."""
    return [asdict(result) for result in results]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The worst that any rule says."""

    verdict: Judgement
    rules: tuple[RuleResult, ...]

    @classmethod
    def of(cls, rules: tuple[RuleResult, ...]) -> Verdict:
        return cls(max((WEIGHT[rule.outcome] for rule in rules), key=_ORDER.index, default="pass"), rules)

    @property
    def breached(self) -> list[RuleResult]:
        """What did not pass, severest first, otherwise in the order of the table."""
        return breached(self.rules)


def breached(rules: Sequence[RuleResult]) -> list[RuleResult]:
    """What did not pass, severest first, otherwise in the order of the table."""
    return sorted((rule for rule in rules if rule.breached), key=lambda rule: BREACHED.index(rule.outcome))


def judge(statistics: Statistics, parameters: GateParameters) -> Verdict:
    """Every rule in the order of the table, after whether there is a predecessor at all."""
    judged = (_judge(rule, statistics, parameters.of(rule.name)) for rule in RULES.values())
    return Verdict.of((_first_version(statistics), *judged))


def _first_version(statistics: Statistics) -> RuleResult:
    first = statistics.old_structure is None
    note = "nothing to compare with: the first version of the space" if first else ""
    return RuleResult(FIRST_VERSION, float(first), None, None, "info", "info" if first else "pass", note=note)


def _judge(rule: Rule, statistics: Statistics, parameters: RuleParameters) -> RuleResult:
    found = rule.measure(statistics, parameters)
    limit = parameters.limit if found.limit is None else found.limit
    outcome = _outcome(rule, found, limit, parameters)
    shown = (
        found.evidence if outcome in BREACHED or outcome == "info" else replace(found.evidence, culprits=())
    )
    return RuleResult(
        rule.name,
        found.value,
        found.floor,
        limit,
        parameters.level,
        outcome,
        found.interval,
        found.note,
        shown,
    )


def _outcome(rule: Rule, found: Measured, limit: float, parameters: RuleParameters) -> Outcome:
    if found.value is None or found.missing == "not_judged":
        return found.missing
    if not rule.breached_by(found.value, limit):
        return "pass"
    if found.level is None or (parameters.level == "warn" and found.level == "warn"):
        return parameters.level
    return found.level
