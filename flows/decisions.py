"""What a person decides about a version: release, discard, roll back; kept with who, when and why.

Each decision is a function that decides, for commands and for flows, and one that prints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flows.commands.terminal import print_json, print_table, say
from flows.servers.approvals import end_settled
from flows.settings import Settings, now, who
from warehouse.errors import NightjarError
from warehouse.snapshots import Current, Decision, SnapshotError, SnapshotStore

DONE = 0


class UnsaidError(NightjarError):
    """A decision without a name or a reason."""


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides, and why."""

    who: str
    why: str

    def __post_init__(self) -> None:
        for name, value in (("who", self.who), ("why", self.why)):
            if not value.strip():
                raise UnsaidError(f"a decision needs {name}: expected a few words, found none")


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as it is kept, and what consumers follow after it.

    `already`: it had been decided so before, by whom `decision` says, and nothing was changed.
    """

    space: str
    decision: Decision
    current: Current | None
    already: bool = False

    def document(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "space": self.space,
            "decision": self.decision.document(),
            "current": None if self.current is None else self.current.document(),
            "already": self.already,
        }


def decide_release(chosen: Settings, space: str, version: str, by: Decider) -> Decided:
    """Publish a version that the gate held back or a rollback withdrew.

    Consumers follow it unless they have a later day already. SnapshotError where there is no such version.
    """
    store = SnapshotStore(chosen.home.snapshots)
    manifest, current = store.manifest(space, version), store.current(space)
    overtaken = current is not None and store.manifest(space, current.version).day > manifest.day
    points = current is not None and current.version == version
    earlier = _last_word(store, space, version)
    if earlier is not None and earlier.decision == "release" and (overtaken or points):
        decided = Decided(space, earlier, current, already=True)
    elif overtaken:
        decided = Decided(space, store.decide(space, _decision("release", version, by)), current)
    else:
        moved = store.point(space, version, now(), _decision("release", version, by))
        decided = Decided(space, moved.decision or _decision("release", version, by), moved)
    return _noted(chosen, store, decided)


def decide_discard(chosen: Settings, space: str, version: str, by: Decider) -> Decided:
    """Keep a version from consumers for good; it stays readable under its name until retention deletes it.

    SnapshotError where there is no such version, and where consumers follow it.
    """
    store = SnapshotStore(chosen.home.snapshots)
    earlier = _last_word(store, space, store.manifest(space, version).version)
    if earlier is not None and earlier.decision == "discard":
        decided = Decided(space, earlier, store.current(space), already=True)
    else:
        kept = store.decide(space, _decision("discard", version, by))
        decided = Decided(space, kept, store.current(space))
    return _noted(chosen, store, decided)


def decide_rollback(chosen: Settings, space: str, to: str | None, by: Decider) -> Decided:
    """Point consumers back to `to`, else to the newest released version of an earlier day.

    The versions after it are withdrawn. SnapshotError where there is nothing to go back to.
    """
    store = SnapshotStore(chosen.home.snapshots)
    version = store.manifest(space, to or _before_current(store, space)).version
    current = store.current(space)
    earlier = current.decision if current is not None and current.version == version else None
    if current is not None and earlier is not None and earlier.decision == "rollback":
        decided = Decided(space, earlier, current, already=True)
    else:
        moved = store.point(space, version, now(), _decision("rollback", version, by))
        decided = Decided(space, moved.decision or _decision("rollback", version, by), moved)
    return _noted(chosen, store, decided)


def release_version(chosen: Settings, as_json: bool, space: str, version: str, reason: str) -> int:
    """`nightjar release`."""
    return _show(chosen, as_json, decide_release(chosen, space, version, Decider(who(), reason)))


def discard_version(chosen: Settings, as_json: bool, space: str, version: str, reason: str) -> int:
    """`nightjar discard`."""
    return _show(chosen, as_json, decide_discard(chosen, space, version, Decider(who(), reason)))


def roll_back(chosen: Settings, as_json: bool, space: str, to: str | None, reason: str) -> int:
    """`nightjar rollback`."""
    return _show(chosen, as_json, decide_rollback(chosen, space, to, Decider(who(), reason)))


def _decision(kind: str, version: str, by: Decider) -> Decision:
    return Decision.model_validate(
        {"decision": kind, "version": version, "who": by.who, "when": now(), "why": by.why}
    )


def _last_word(store: SnapshotStore, space: str, version: str) -> Decision | None:
    """The last decision of a person on a version, also where it took the version back with others."""
    decisions = store.decisions(space).decisions
    return next((one for one in reversed(decisions) if version in (one.version, *one.withdraws)), None)


def _before_current(store: SnapshotStore, space: str) -> str:
    current = store.current(space)
    if current is None:
        raise SnapshotError(
            f"{space}: nothing is published, so there is nothing to roll back; see `nightjar status`"
        )
    earlier = store.released(space, before=store.manifest(space, current.version).day)
    if earlier is None:
        raise SnapshotError(
            f"{space}: no released version is older than {current.version}; see `nightjar status`"
        )
    return earlier


def _noted(chosen: Settings, store: SnapshotStore, decided: Decided) -> Decided:
    """Tell MLflow: the champion and who decided. Repeated for what was decided already, since a kill may have come."""
    manifest = store.manifest(decided.space, decided.decision.version)
    model_version = manifest.mlflow.model_version
    if model_version is None:
        return decided
    from warehouse.mlflow import Registry

    registry = Registry.open(chosen.home, tracking_uri=chosen.registry_uri)
    if decided.current is not None and decided.current.version == manifest.version:
        registry.promote(decided.space, model_version)
    decision = decided.decision
    tags = {"decision": decision.decision, "decided_by": decision.who, "decided_because": decision.why}
    registry.tag(decided.space, model_version, tags)
    return decided


def _show(chosen: Settings, as_json: bool, decided: Decided) -> int:
    decision, current = decided.decision, decided.current
    end_settled(SnapshotStore(chosen.home.snapshots), chosen.prefect_api_url, chosen.auth)
    if decided.already:
        say(
            f"{decision.version}: {decision.decision} was decided at {decision.when:%Y-%m-%d %H:%M} UTC already",
            "dim",
        )
    if as_json:
        print_json(decided.document())
    else:
        follows = (None, None) if current is None else (current.version, current.sequence)
        print_table(
            f"{decision.decision} of {decided.space}",
            ["version", "current", "sequence", "who", "why"],
            [[decision.version, *follows, decision.who, decision.why]],
        )
    return DONE
