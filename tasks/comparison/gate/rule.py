"""What a rule of the gate is, and what it finds in the statistics of a version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field

from tasks.comparison.statistics import Statistics
from tasks.parameters import Parameters

Level = Literal["warn", "block"]
Missing = Literal["not_judged", "not_applicable"]
"""What a rule without a value means: it should have had one, which counts as a warning; or it has nothing to judge."""
Kind = Literal["count", "share", "growth", "times", "deviations", "cosine", "difference"]
"""What a value is: it decides which limits may be set, and how people read it."""
LIMITS: Mapping[Kind, Any] = {
    "count": Annotated[float, Field(ge=0, allow_inf_nan=False)],
    "share": Annotated[float, Field(ge=0, le=1)],
    "growth": Annotated[float, Field(ge=0, allow_inf_nan=False)],
    "times": Annotated[float, Field(gt=0, allow_inf_nan=False)],
    "deviations": Annotated[float, Field(gt=0, allow_inf_nan=False)],
    "cosine": Annotated[float, Field(ge=-1, le=1)],
    "difference": Annotated[float, Field(ge=-1, le=1)],
}
CulpritKind = Literal[
    "bird", "flit", "file", "day", "hour", "kind", "surface", "source", "stream", "word", "id"
]
Compared = Literal["", "predecessor", "weekday", "days", "limit", "expected"]
"""Whose values are usual: the predecessor's, those of the same weekday or of the days before, what a rule sets itself,
what another seed and the passing of time explain."""


class RuleParameters(Parameters):
    """What every rule has: what a breach means, and the last value that passes."""

    level: Level
    limit: float


@dataclass(frozen=True, slots=True)
class Culprit:
    """Somebody or something behind a breach. `events`: of what was found; `share`: their part of it."""

    kind: CulpritKind
    key: str
    events: int | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found, in things that a person can count, beside what is usual.

    `found`: in the rule's unit; `whole`: what it is a part of. `low`, `high`: between what it usually lies, None: no
    bound; `compared`: whose values those are. `day`: what it was found on.
    """

    found: float | None = None
    whole: float | None = None
    low: float | None = None
    high: float | None = None
    compared: Compared = ""
    day: str | None = None
    culprits: tuple[Culprit, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """What a rule finds.

    `value`: None where there is none, for the reason in `note`; `missing` says what that means. `limit`: the last
    value that passes, where it is not the one that is set. `floor`: what another seed alone gives. `interval`: of the
    value. `level`: of a breach, where it is milder than the rule's own.
    """

    value: float | None = None
    note: str = ""
    missing: Missing = "not_applicable"
    floor: float | None = None
    limit: float | None = None
    interval: tuple[float, float] | None = None
    level: Literal["info", "warn"] | None = None
    evidence: Evidence = field(default_factory=Evidence)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: a row of the table, and everything that is known about it.

    `bad`: on which side of the limit a value breaches it; the limit itself passes. `measure`: what it finds under
    given parameters. `means`: what its value is, for those who set it. `unit`: what its evidence counts, or where it
    counts nothing, what its value is; in the plural. `todo`: what to do first about a breach; `todo_milder`: about one
    that is milder than the rule's level, where that is something else. `breach`: a breach in words for the README,
    `{limit}` stands for the default. `follows`: rules whose breach explains one of this.
    `more`: what else may be set, name → (type, default).
    """

    name: str
    level: Level
    limit: float
    kind: Kind
    bad: Literal["above", "below"]
    measure: Callable[[Statistics, Any], Measured]
    means: str
    unit: str
    todo: str
    breach: str
    follows: frozenset[str] = frozenset()
    todo_milder: str = ""
    more: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)

    def breached_by(self, value: float, limit: float) -> bool:
        return value > limit if self.bad == "above" else value < limit


__all__ = ["LIMITS", "Culprit", "Evidence", "Measured", "Rule", "RuleParameters"]
