"""Models that were scored, kept as long as their versions: a successor is scored against them on its own days.

The published vectors of a method that learns from what birds did have seen those days, and would win by memory.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from tasks.embeddings.contract import BEHAVIOUR
from tasks.embeddings.registry import METHODS
from tasks.evaluation import SpaceVectors
from tasks.parameters import parse_duration
from tasks.versions.candidate import BEFORE_CUT, Candidate
from tasks.versions.plan import Plan
from warehouse.files import remove
from warehouse.home import Home
from warehouse.snapshots import Manifest, Snapshot, SnapshotStore
from warehouse.snapshots.layout import is_version
from warehouse.vectors import Vectors


def keep(home: Home, plan: Plan, versions: Collection[str]) -> None:
    """Move the scored model out of the candidate's folder; drop those of versions that are not in `versions`."""
    folder = home.held_out / plan.space
    Candidate.of(home, plan).move_embedding(BEFORE_CUT, folder / plan.version)
    for other in folder.iterdir() if folder.is_dir() else ():
        if is_version(other.name) and other.name not in versions:
            remove(other)


def load(home: Home, manifest: Manifest, cut: datetime) -> SpaceVectors | None:
    """The model that a published version was scored by; None where it was not kept, or knows what was done after `cut`.

    A version that learnt nothing of what birds did was scored as it is.
    """
    if not is_informed(home, manifest):
        snapshot = Snapshot.open(home.snapshots, manifest.space, manifest.version)
        return SpaceVectors(Vectors(snapshot.ids, snapshot.matrix))
    seen_until = manifest.evaluation.get("cut")
    if seen_until is None or datetime.fromisoformat(str(seen_until)) > cut:
        return None
    kept = Candidate(home.held_out / manifest.space / manifest.version)
    if not kept.has_embedding(BEFORE_CUT):
        return None
    embedding = kept.load_embedding(BEFORE_CUT)
    return SpaceVectors(embedding.vectors, embedding.output, embedding.parts)


def is_informed(home: Home, manifest: Manifest) -> bool:
    """Whether a version, or one that it is built on, learnt from what birds did: it has seen the days after the cut.

    Where one that it is built on is gone, nobody can tell that it did not.
    """
    if METHODS[str(manifest.parameters["method"])].reads & BEHAVIOUR:
        return True
    parents = parents_of(home, manifest)
    return parents is None or any(is_informed(home, parent) for parent in parents)


def windows(home: Home, manifest: Manifest) -> list[timedelta]:
    """How far back a version, and what it is built on, learnt of what birds did; nothing for what learnt from all."""
    window = manifest.parameters["window"]
    reads = METHODS[str(manifest.parameters["method"])].reads
    own = [] if window is None or not reads & BEHAVIOUR else [parse_duration(str(window))]
    return own + [each for parent in parents_of(home, manifest) or () for each in windows(home, parent)]


def parents_of(home: Home, manifest: Manifest) -> list[Manifest] | None:
    """The versions that a version is built on; None where one of them is gone: earlier editions did not keep them."""
    parents = manifest.inputs["parents"]
    assert isinstance(parents, dict)
    store = SnapshotStore(home.snapshots)
    if any(str(version) not in store.versions(name) for name, version in parents.items()):
        return None
    return [store.manifest(name, str(version)) for name, version in parents.items()]
