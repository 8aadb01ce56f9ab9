"""What became of canaries, and where it is kept: `HOME/canaries/<space>/<day>-<version>.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from warehouse import sealed
from warehouse.home import Home
from warehouse.json_file import save_json
from warehouse.snapshots import SnapshotStore

KEPT = 8
"""Results of a space that stay."""


@dataclass(frozen=True, slots=True)
class Objection:
    """A rule that says more against a damaged copy than against the sound version."""

    rule: str
    outcome: str


@dataclass(frozen=True, slots=True)
class CanaryTrial:
    """One fault handed to the gate.

    `right`: the gate objected; of what is harmless, that it did not; None where the fault cannot happen to this space,
    for `reason`. `verdict`: on the damaged copy as a whole, with what holds of the sound version too.
    """

    fault: str
    what: str
    strength: float
    harmless: bool = False
    verdict: str | None = None
    objections: tuple[Objection, ...] = ()
    right: bool | None = None
    reason: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class CanaryResults:
    """What a gate did with damaged copies of one version. `verdict`: on the sound version; `day`: of which night."""

    space: str
    version: str
    day: str
    verdict: str
    trials: tuple[CanaryTrial, ...]
    seconds: float

    @property
    def tried(self) -> int:
        return sum(trial.right is not None for trial in self.trials)

    @property
    def caught(self) -> int:
        """Faults that the gate answered rightly."""
        return sum(trial.right is True for trial in self.trials)

    @property
    def missed(self) -> list[str]:
        return [trial.fault for trial in self.trials if trial.right is False]

    @property
    def summary(self) -> str:
        missed = f", missed {', '.join(self.missed)}" if self.missed else ""
        return f"{self.caught} of {self.tried} caught{missed}"

    def document(self) -> dict[str, Any]:
        """As it is kept and printed."""
        counts = {"tried": self.tried, "caught": self.caught, "missed": self.missed}
        return {**asdict(self), **counts}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> CanaryResults:
        """What `document` gave. pydantic's ValidationError, a ValueError, for anything else."""
        return TypeAdapter(cls).validate_python(document)


def keep(home: Home, result: CanaryResults) -> None:
    """Write the result down; the oldest ones of the space go."""
    name = f"{result.day}-{result.version}.json"
    save_json(home.canaries / result.space / name, result.document())
    for old in _paths(home, result.space)[:-KEPT]:
        sealed.remove(old)


def newest(home: Home, space: str) -> CanaryResults | None:
    """The last result of a space; None where its gate was never tried."""
    paths = _paths(home, space)
    return CanaryResults.from_document(json.loads(paths[-1].read_text(encoding="utf-8"))) if paths else None


def waiting_since(home: Home, space: str) -> date | None:
    """Since when the space's gate has not been tried: its last trial, else its oldest version; None without any."""
    paths = _paths(home, space)
    names = [paths[-1].name] if paths else SnapshotStore(home.snapshots).versions(space)[:1]
    return date.fromisoformat(names[0][:10]) if names else None


def most_overdue(home: Home, spaces: list[str], day: date, every: timedelta) -> str | None:
    """The space of `spaces` that waits longest, `every` at least; ties to the first. None where none does.

    Of those whose current version has a predecessor.
    """
    store = SnapshotStore(home.snapshots)
    since = {space: waiting_since(home, space) for space in spaces if _can_be_tried(store, space)}
    waiting = {space: day - began for space, began in since.items() if began is not None}
    due = [space for space in spaces if waiting.get(space, timedelta(0)) >= every]
    return max(due, key=lambda space: waiting[space], default=None)


def _can_be_tried(store: SnapshotStore, space: str) -> bool:
    current = store.current(space)
    return current is not None and store.manifest(space, current.version).parent_version is not None


def _paths(home: Home, space: str) -> list[Path]:
    """Results of a space, the oldest first."""
    folder = home.canaries / space
    found = (
        sorted(folder.glob("[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]-*.json")) if folder.is_dir() else []
    )
    return [path for path in found if sealed.there(path)]
