"""A night's result, and whether a night is done already: what needs neither Prefect nor MLflow nor a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from flows.configuration import Configuration
from tasks.plan import Night, Plan, WaitingForParentError, plan_space
from warehouse.home import Home


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one space. `verdict`: pass, warn, block; None where no version could be made, with a `reason`."""

    version: str | None
    verdict: str | None
    current: bool
    reused: bool
    seconds: float
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class NightResult:
    """What a night did."""

    day: date
    known_as_of: date
    ingest: Mapping[str, Any]
    spaces: Mapping[str, Outcome]
    seconds: float

    @property
    def held_back(self) -> list[str]:
        """Spaces whose version the gate holds back, or that wait for such a space."""
        return [name for name, outcome in self.spaces.items() if outcome.verdict not in ("pass", "warn")]

    def document(self) -> dict[str, Any]:
        """What `nightjar nightly --json` prints."""
        return {
            "day": self.day.isoformat(),
            "known_as_of": self.known_as_of.isoformat(),
            "ingest": dict(self.ingest),
            "spaces": {name: asdict(outcome) for name, outcome in self.spaces.items()},
            "seconds": round(self.seconds, 3),
        }
