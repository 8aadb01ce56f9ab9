"""What one space is to become on one night, named before any work: the fingerprint and the version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from tasks.versions.code_digest import code_sha
from tasks.versions.pipeline import Pipeline
from warehouse.errors import NightjarError
from warehouse.fingerprint import digest, lock_sha
from warehouse.home import Home
from warehouse.snapshots import SnapshotStore


class WaitingForParentError(NightjarError):
    """A space cannot be built: a space it is computed from has no released version yet."""


@dataclass(frozen=True, slots=True)
class Night:
    """What all spaces of one night share.

    `files`: digest of the loaded files as known at `known_as_of`, and of what is set aside by then.
    `events`: how many lines of them were accepted.
    `features`: digest of the feature parameters.
    """

    day: date
    known_as_of: date
    files: str
    events: int
    features: str


@dataclass(frozen=True)
class Plan:
    """One space on one night. Everything that decides the bytes of the version is in here.

    `parents`: space → version built on. `predecessor`: the newest released version of an earlier day, or None.
    """

    space: str
    pipeline: Pipeline
    night: Night
    parents: Mapping[str, str]
    predecessor: str | None

    @property
    def day(self) -> date:
        return self.night.day

    @property
    def known_as_of(self) -> date:
        return self.night.known_as_of

    @property
    def inputs(self) -> dict[str, object]:
        """The hashes that the manifest lists under `inputs`."""
        return {
            "files": self.night.files,
            "features": self.night.features,
            "parents": dict(self.parents),
            "predecessor": self.predecessor,
            "artefact": self.pipeline.how.artefact_digest(self.pipeline.params),
        }

    @property
    def parameters(self) -> dict[str, object]:
        """The pipeline as declared, defaults filled in; the gate only judges and is no part of the version."""
        return self.pipeline.model_dump(mode="json", by_alias=True, exclude={"gate"})

    @property
    def code_sha(self) -> str:
        """Of the code that its vectors follow from."""
        return code_sha(self.pipeline.how)

    @cached_property
    def fingerprint(self) -> str:
        """Hex SHA-256 over inputs, parameters, code, lock and day."""
        day = self.day.isoformat()
        return digest(self.space, day, self.inputs, self.parameters, self.code_sha, lock_sha())

    @property
    def version(self) -> str:
        return f"{self.day.isoformat()}-{self.fingerprint[:12]}"

    @property
    def end(self) -> datetime:
        """Midnight after the day, UTC: the open end of everything the version may learn from."""
        return datetime.combine(self.day + timedelta(days=1), time())

    @property
    def cut(self) -> datetime:
        """Where evaluation cuts: it trains before and scores from here to `end`."""
        return self.end - self.pipeline.evaluate.hold_out


def plan_space(home: Home, name: str, pipeline: Pipeline, night: Night) -> Plan:
    """Name the version of space `name`. WaitingForParentError where a parent has no released version up to the day."""
    store = SnapshotStore(home.snapshots)
    parents: dict[str, str] = {}
    for parent in pipeline.from_:
        version = store.released(parent, before=night.day + timedelta(days=1))
        if version is None:
            raise WaitingForParentError(
                f"{name}: {parent} has no released version up to {night.day}; "
                f"release one with `nightjar release {parent} VERSION --reason …` and run the night again"
            )
        parents[parent] = version
    return Plan(name, pipeline, night, parents, store.released(name, before=night.day))
