"""The versions of a space one after the other: what each was worth, how far it moved, what the gate said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from tasks.report.facts import HistoryRow
from tasks.report.found import Found
from tasks.report.reading import headline_of, interval_of
from warehouse.snapshots import Manifest, SnapshotStore

BREACHED = ("warn", "block", "not_judged")
LONGEST = 60
"""Versions in the history of a report: two months of nights."""


def history_of(store: SnapshotStore, space: str, *, before: date | None = None) -> list[HistoryRow]:
    """A row for every version that is kept, whatever became of it, by day; only of days `before` (exclusive)."""
    manifests = (store.manifest(space, version) for version in store.versions(space))
    return [row_of(manifest) for manifest in manifests if before is None or manifest.day < before]


def row_of(manifest: Manifest) -> HistoryRow:
    """A version as its manifest has it."""
    rules = [rule.model_dump() for rule in manifest.gate.rules]
    row = HistoryRow(
        manifest.version,
        manifest.day.isoformat(),
        manifest.gate.verdict,
        manifest.rows,
        space_id=manifest.space_id,
    )
    return measured(row, manifest.evaluation, Found(manifest.drift).mapping("statistics"), rules)


def measured(
    row: HistoryRow, evaluation: Mapping[str, Any], statistics: Mapping[str, Any], rules: list[dict[str, Any]]
) -> HistoryRow:
    """`row` with what evaluation and comparison found."""
    recall, numbers = headline_of(evaluation)
    found = Found(statistics)
    return HistoryRow(
        row.version,
        row.day,
        row.verdict,
        row.rows,
        recall=interval_of(numbers, recall),
        popularity=numbers.number(f"popularity_{recall}"),
        cosine=found.number("paired.cosine.mean"),
        overlap_at_50=found.number("neighbours.overlap_at_50"),
        multiple=found.number("multiples.cosine"),
        space_id=row.space_id,
        breached=tuple(rule["rule"] for rule in rules if rule["outcome"] in BREACHED),
    )
