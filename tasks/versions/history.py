"""The versions of a space one after the other: what each was worth, how far it moved, what the gate said."""

from __future__ import annotations

from datetime import date

from tasks.report.facts import HistoryRow
from tasks.report.read_facts import read_history
from warehouse.snapshots import Manifest, SnapshotStore

LONGEST = 60
"""Versions in the history of a report: two months of nights."""


def history_of(store: SnapshotStore, space: str, *, before: date | None = None) -> list[HistoryRow]:
    """A row for every version that is kept, whatever became of it, by day; only of days `before` (exclusive)."""
    manifests = (store.manifest(space, version) for version in store.versions(space))
    return [row_of(manifest) for manifest in manifests if before is None or manifest.day < before]


def row_of(manifest: Manifest) -> HistoryRow:
    """A version as its manifest has it."""
    row = HistoryRow(
        manifest.version,
        manifest.day.isoformat(),
        manifest.gate.verdict,
        manifest.rows,
        space_id=manifest.space_id,
    )
    statistics = manifest.drift.get("statistics")
    rules = [rule.model_dump() for rule in manifest.gate.rules]
    return read_history(row, manifest.evaluation, statistics if isinstance(statistics, dict) else {}, rules)
