"""`nightjar release` and `nightjar rollback`: what a person decides about a version, kept with who, when and why."""

from __future__ import annotations

from flows.settings import Settings, now, who
from flows.terminal import print_json, print_table
from warehouse.snapshots import Current, Decision, SnapshotError, SnapshotStore

DONE = 0


def release_version(chosen: Settings, as_json: bool, space: str, version: str, reason: str) -> int:
    """Publish a version that the gate held back; consumers follow it unless they have a later day already."""
    store = SnapshotStore(chosen.home.snapshots)
    manifest, current = store.manifest(space, version), store.current(space)
    decision = Decision(decision="release", version=manifest.version, who=who(), when=now(), why=reason)
    if current is not None and store.manifest(space, current.version).day > manifest.day:
        kept, moved = store.decide(space, decision), current
    else:
        moved = store.point(space, version, now(), decision)
        kept = moved.decision or decision
        _promote(chosen, store, space, version)
    _tag(chosen, store, kept, space)
    return _show(as_json, space, kept, moved)


def roll_back(chosen: Settings, as_json: bool, space: str, to: str | None, reason: str) -> int:
    """Point consumers back to an earlier version; the versions after it are withdrawn."""
    store = SnapshotStore(chosen.home.snapshots)
    version = store.manifest(space, to or _before_current(store, space)).version
    decision = Decision(decision="rollback", version=version, who=who(), when=now(), why=reason)
    moved = store.point(space, version, now(), decision)
    _promote(chosen, store, space, version)
    _tag(chosen, store, decision, space)
    return _show(as_json, space, moved.decision or decision, moved)


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


def _promote(chosen: Settings, store: SnapshotStore, space: str, version: str) -> None:
    from warehouse.registry import Registry

    model_version = store.manifest(space, version).mlflow.model_version
    if model_version is not None:
        Registry.open(chosen.home, tracking_uri=chosen.tracking_uri).promote(space, model_version)


def _tag(chosen: Settings, store: SnapshotStore, decision: Decision, space: str) -> None:
    from warehouse.registry import Registry

    model_version = store.manifest(space, decision.version).mlflow.model_version
    if model_version is not None:
        tags = {"decision": decision.decision, "decided_by": decision.who, "decided_because": decision.why}
        Registry.open(chosen.home, tracking_uri=chosen.tracking_uri).tag(space, model_version, tags)


def _show(as_json: bool, space: str, decision: Decision, current: Current) -> int:
    if as_json:
        print_json({"space": space, "decision": decision.document(), "current": current.document()})
    else:
        print_table(
            f"{decision.decision} of {space}",
            ["version", "current", "sequence", "who", "why"],
            [[decision.version, current.version, current.sequence, decision.who, decision.why]],
        )
    return DONE
