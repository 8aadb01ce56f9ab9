"""How a rule of the gate reads the statistics, and how it speaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tasks.comparison.gate.rule_parameters import RuleParameters
from tasks.comparison.statistics import Statistics

Outcome = Literal["pass", "info", "warn", "block", "not_judged", "not_applicable"]
"""`not_judged`: it should have been, and counts as a warning. `not_applicable`, `info`: count as a pass."""


@dataclass(frozen=True, slots=True)
class Check:
    """How a rule reads the statistics, and how it speaks.

    `measure`: the value, None where there is none; then `missing` says why and whether that is a warning.
    `worse`: on which side of the limit values breach it; the limit itself passes. `floor`: what another seed
    alone would give, None where that is not known. `limit`: as configured, unless floor or inputs say more.
    `named`: who or what is behind a breach.
    """

    measure: Callable[[Statistics], float | None]
    worse: Literal["above", "below"]
    what: str
    show: str
    remedy: str
    missing: Callable[[Statistics], tuple[Outcome, str]] = lambda statistics: (
        "not_applicable",
        "no predecessor",
    )
    floor: Callable[[Statistics], float | None] = lambda statistics: None
    limit: Callable[[Statistics, RuleParameters], float] = lambda statistics, parameters: parameters.limit
    named: Callable[[Statistics], str] = lambda statistics: ""
