"""Snapshots: immutable versions of embedding spaces, and a pointer to the current one.

Writing: `SnapshotStore`. Reading: `Snapshot`. Checking: `verify`.
"""

from warehouse.snapshots.content import Content
from warehouse.snapshots.decisions import Decision, DecisionLog
from warehouse.snapshots.errors import DamagedSnapshotError, SnapshotError, SpaceMismatchError, SpaceNameError
from warehouse.snapshots.integrity import Finding, verify
from warehouse.snapshots.manifest import (
    AlignmentEntry,
    FileEntry,
    Gate,
    GateRule,
    Manifest,
    MlflowReference,
    Score,
)
from warehouse.snapshots.pointer import Current
from warehouse.snapshots.reader import Refreshed, Snapshot
from warehouse.snapshots.retention import Keep, PublishParameters, Standing
from warehouse.snapshots.search import IndexParameters, Neighbour
from warehouse.snapshots.store import SnapshotStore

__all__ = [
    "AlignmentEntry",
    "Content",
    "Current",
    "DamagedSnapshotError",
    "Decision",
    "DecisionLog",
    "FileEntry",
    "Finding",
    "Gate",
    "GateRule",
    "IndexParameters",
    "Keep",
    "Manifest",
    "MlflowReference",
    "Neighbour",
    "PublishParameters",
    "Refreshed",
    "Score",
    "Snapshot",
    "SnapshotError",
    "SnapshotStore",
    "SpaceMismatchError",
    "SpaceNameError",
    "Standing",
    "verify",
]
