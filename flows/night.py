"""A night's result, and whether a night is done already: what needs neither Prefect nor MLflow nor a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from flows.configuration import Configuration
from tasks.plan import Night, Plan, WaitingForParentError, plan_space
from tasks.publish import is_settled
from warehouse.database import Warehouse
from warehouse.fingerprint import digest
from warehouse.home import Home
from warehouse.partitions import loaded_files
from warehouse.snapshots import SnapshotStore, Standing


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one space. `verdict`: pass, warn, block; None where no version was made, for `reason`.

    `held`: the gate holds the version back, or its parent's, and nobody has released it.
    """

    version: str | None
    verdict: str | None
    current: bool
    held: bool
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
        """Spaces whose version the gate holds back, or that wait for a space that it holds back."""
        return [name for name, outcome in self.spaces.items() if outcome.held]

    def document(self) -> dict[str, Any]:
        """What `nightjar nightly --json` prints."""
        return {
            "day": self.day.isoformat(),
            "known_as_of": self.known_as_of.isoformat(),
            "ingest": dict(self.ingest),
            "spaces": {name: asdict(outcome) for name, outcome in self.spaces.items()},
            "seconds": round(self.seconds, 3),
        }


def read_night(home: Home, configuration: Configuration, day: date, known_as_of: date) -> Night:
    """What all spaces of the night share, read from the ledger."""
    with Warehouse.open(home.warehouse) as warehouse:
        files = loaded_files(warehouse, known_as_of, ("birds", "flits", "follows", "interactions"))
        ((accepted,),) = warehouse.rows(
            "SELECT coalesce(sum(accepted), 0) FROM ledger_file WHERE state = 'loaded' AND landed_on[:10] <= ?",
            [known_as_of.isoformat()],
        )
    features = digest(configuration.features.model_dump(mode="json"))
    return Night(day, known_as_of, digest([list(file) for file in files]), int(accepted), features)


def outcome_of(home: Home, plan: Plan, reused: bool, seconds: float) -> Outcome:
    """What stands in the store for a plan whose version is visible."""
    store = SnapshotStore(home.snapshots)
    current = store.current(plan.space)
    is_current = current is not None and current.version == plan.version
    verdict = store.manifest(plan.space, plan.version).gate.verdict
    held = store.standing(plan.space, plan.version) is Standing.HELD
    return Outcome(plan.version, verdict, is_current, held, reused, round(seconds, 3))


def waiting(error: WaitingForParentError) -> Outcome:
    """The outcome of a space that cannot be built tonight."""
    return Outcome(None, None, current=False, held=True, reused=False, seconds=0.0, reason=str(error))


def done_already(home: Home, configuration: Configuration, night: Night) -> dict[str, Outcome] | None:
    """The outcomes of a night of which every version is published, or None where any work is left."""
    outcomes: dict[str, Outcome] = {}
    for name, pipeline in configuration.in_order():
        try:
            plan = plan_space(home, name, pipeline, night)
        except WaitingForParentError as error:
            outcomes[name] = waiting(error)
            continue
        if not is_settled(home, plan):
            return None
        outcomes[name] = outcome_of(home, plan, reused=True, seconds=0.0)
    return outcomes
