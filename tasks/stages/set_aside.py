"""Set aside what a version was held back for: the culprits that its input rules name, until a person decides."""

from __future__ import annotations

from datetime import date
from typing import get_args

from tasks.comparison.gate.input_rules import SETTING_ASIDE
from tasks.comparison.gate.judge import results_of
from tasks.progress import step
from tasks.versions.plan import Plan
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.set_aside import Aside, What, propose
from warehouse.home import Home
from warehouse.snapshots import Manifest, SnapshotStore

KINDS: tuple[What, ...] = get_args(What)


def set_aside(home: Home, plan: Plan) -> None:
    """Propose what the nights after the plan's leave out; nothing for a version that passed, or was proposed before."""
    manifest = SnapshotStore(home.snapshots).manifest(plan.space, plan.version)
    named = culprits(manifest)
    if named:
        with step(f"{plan.space}: set aside") as report, Warehouse.of(home) as warehouse:
            new = propose(warehouse, plan.space, plan.version, plan.day, named)
            report.note = f"{new:,} of {len(named):,} named for the first time"


def culprits(manifest: Manifest) -> list[tuple[Aside, str]]:
    """What the rules about inputs that block name, each with its rule; empty for a version that is not held back.

    A version that is held back for other reasons sets nothing aside.
    """
    if manifest.gate.verdict != "block":
        return []
    return [
        (Aside.of(what, culprit.key, date.fromisoformat(rule.evidence.day)), rule.rule)
        for rule in results_of([one.model_dump() for one in manifest.gate.rules])
        if rule.outcome == "block" and rule.rule in SETTING_ASIDE and rule.evidence.day
        for culprit in rule.evidence.culprits
        for what in KINDS
        if what == culprit.kind
    ]
