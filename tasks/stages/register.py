"""Record a judged candidate in MLflow: its run, numbers, data, pictures and model."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tasks.progress import step
from tasks.report.facts import facts_of
from tasks.report.markdown import conclude, describe
from tasks.versions.candidate import REGISTERED, REPORT, REPORT_FACTS, Candidate
from tasks.versions.documents import JudgedCandidate, RunContext
from tasks.versions.plan import Plan
from tasks.versions.published import plan_of
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.partitions import accepted_lines
from warehouse.errors import NightjarError
from warehouse.fingerprint import digest
from warehouse.home import Home
from warehouse.mlflow import Dataset, VersionRecord
from warehouse.snapshots import Content, Manifest, Snapshot, SnapshotStore
from warehouse.vectors import Vectors

if TYPE_CHECKING:
    from warehouse.mlflow import Registry

logger = logging.getLogger("nightjar")


def go_without(home: Home, plan: Plan) -> None:
    """Leave a `registered.json` that names nothing: MLflow is told of versions, it does not decide about them."""
    Candidate.of(home, plan).save_json(REGISTERED, {"run_id": None, "model_version": None})


def register(home: Home, plan: Plan, run_context: RunContext) -> None:
    """Leave `registered.json`: the run and the model version in MLflow. Nothing is done where it is there.

    A killed night finds its earlier run by the version's name and finishes it. What was published while MLflow was away
    is recorded first.
    """
    candidate = Candidate.of(home, plan)
    if candidate.has(REGISTERED):
        return
    with step(f"{plan.space}: record in MLflow") as report:
        from warehouse.mlflow import Registry

        registry = Registry.open(home, tracking_uri=run_context.tracking_uri)
        missed = record_missed(home, plan.space, registry)
        record = _record(home, plan, JudgedCandidate.load(home, plan), run_context, registry)
        registered = registry.log_candidate(_complete(record, candidate.folder, candidate.folder, registry))
        candidate.save_json(
            REGISTERED, {"run_id": registered.run_id, "model_version": registered.model_version}
        )
        report.note = f"version {registered.model_version} of model {plan.space}"
        if missed:
            report.note += f", after {len(missed)} published while MLflow was away"


def record_missed(home: Home, space: str, registry: Registry) -> list[str]:
    """Record the versions of a space that were published while MLflow was away; their names, in order.

    They are recorded from what a version keeps, which is all but `measured`. One that this edition cannot read is left
    out, with a line in the log. Again: no change.
    """
    from warehouse.mlflow.faults import in_a_line

    store, recorded = SnapshotStore(home.snapshots), []
    known = set(registry.metric_history(space)["version"])
    for version in store.versions(space):
        manifest = None if version in known else store.manifest(space, version)
        if manifest is None or manifest.mlflow.run_id is not None:  # it was told; somebody deleted the run
            continue
        kept = home.snapshots / space / version
        with TemporaryDirectory() as pictures:
            try:
                record = _complete(_record_of(home, manifest, registry), kept, Path(pictures), registry)
            except (NightjarError, ValueError, FileNotFoundError) as error:
                logger.warning("%s: %s is not recorded in MLflow: %s", space, version, in_a_line(error))
                continue
            registry.log_candidate(record)
        registry.promote_current(store, space)
        recorded.append(version)
    return recorded


def _record_of(home: Home, manifest: Manifest, registry: Registry) -> VersionRecord:
    """A published version as the night that made it would have recorded it."""
    snapshot, plan = Snapshot.open(home.snapshots, manifest.space, manifest.version), plan_of(manifest)
    with Warehouse.of(home, read_only=True) as warehouse:
        events = accepted_lines(warehouse, manifest.known_as_of)
    candidate = JudgedCandidate(
        Content(Vectors(snapshot.ids, snapshot.matrix)),
        manifest.evaluation,
        {
            "verdict": manifest.gate.verdict,
            "space_id": manifest.space_id,
            "coverage": manifest.coverage,
            "statistics": manifest.drift["statistics"],
        },
    )
    run_context = RunContext(manifest.created_at, manifest.backfilled, manifest.prefect_flow_run_id, None)
    record = _record(
        home, replace(plan, night=replace(plan.night, events=events)), candidate, run_context, registry
    )
    return replace(
        record,
        version=manifest.version,
        fingerprint=manifest.fingerprint,
        parameters=manifest.parameters,
        snapshot=f"{home.snapshots.name}/{manifest.space}/{manifest.version}",
    )


def _complete(record: VersionRecord, folder: Path, pictures: Path, registry: Registry) -> VersionRecord:
    """The record with its words, its pictures, which are drawn into `pictures`, and the report's files in `folder`."""
    from tasks.report.plots import draw_version

    facts = facts_of(json.loads((folder / REPORT_FACTS).read_text(encoding="utf-8")))
    parent = record.parent_version
    return replace(
        record,
        files=[folder / REPORT, folder / REPORT_FACTS, *draw_version(pictures, facts)],
        parent_run_id=None if parent is None else registry.run_id(record.space, parent),
        conclusion=conclude(facts),
        description=describe(facts),
    )


def _record(
    home: Home, plan: Plan, candidate: JudgedCandidate, run_context: RunContext, registry: Registry
) -> VersionRecord:
    return VersionRecord(
        space=plan.space,
        version=plan.version,
        day=plan.day,
        known_as_of=plan.known_as_of,
        fingerprint=plan.fingerprint,
        verdict=candidate.comparison["verdict"],
        vectors=candidate.content.vectors,
        space_id=candidate.comparison["space_id"],
        targets=_targets(home, plan, registry),
        parent_version=plan.predecessor,
        prefect_flow_run_id=run_context.prefect_flow_run_id,
        prefect_flow_run_url=run_context.prefect_flow_run_url,
        snapshot=f"{home.snapshots.name}/{plan.space}/{plan.version}",
        started_at=run_context.at,
        parameters=plan.parameters,
        deciding=_deciding(candidate),
        evaluation=candidate.evaluation["headline"],
        coverage=candidate.covered,
        measured=candidate.measured,
        drift=_drift(candidate.comparison["statistics"]),
        datasets=_datasets(home, plan, candidate),
    )


def _deciding(candidate: JudgedCandidate) -> dict[str, float | None]:
    """What a person looks at first: quality, paired with what it is held against, and how far the night moved it."""
    numbers, statistics = candidate.evaluation["headline"], candidate.comparison["statistics"]
    recall = f"recall_at_{candidate.evaluation['parameters']['k'][0]}"
    names = (recall, f"{recall}_over_popularity", f"{recall}_over_predecessor")
    return {name: numbers.get(name) for name in names} | {
        "moved": _moved(statistics["paired"]["cosine"]["mean"]),
        "outlier_share": statistics["paired"]["outlier_share"],
        "rows": float(len(candidate.content.vectors)),
    }


def _moved(cosine: float | None) -> float | None:
    """1 − cosine to the earlier self, as movers are told everywhere."""
    return None if cosine is None else 1 - cosine


def _targets(home: Home, plan: Plan, registry: Registry) -> str | None:
    """The model of the flits that this space is made from, where it is made from one space of flits."""
    if plan.pipeline.entity != "bird" or len(plan.parents) != 1:
        return None
    ((name, version),) = plan.parents.items()
    parent = SnapshotStore(home.snapshots).manifest(name, version)
    number = registry.model_version(parent)
    return None if parent.entity != "flit" or number is None else f"models:/{name}/{number}"


def _drift(statistics: dict[str, Any]) -> dict[str, float | None]:
    """The few statistics that a comparison of runs should show, by the same names every night."""
    paired, population, neighbours = statistics["paired"], statistics["population"], statistics["neighbours"]
    return {
        "aligned_cosine": paired["cosine"]["mean"],
        "outlier_share": paired["outlier_share"],
        "norm_change": paired["norm_change"]["mean"],
        "overlap_at_10": neighbours["overlap_at_10"],
        "overlap_at_50": neighbours["overlap_at_50"],
        "row_change": population["row_change"],
        "kept_share": population["kept_share"],
    }


def _datasets(home: Home, plan: Plan, candidate: JudgedCandidate) -> list[Dataset]:
    """What the version learnt from and what it was scored on; the digests are those of the manifest."""
    logs = Dataset("landed_logs", plan.night.files, "warehouse.duckdb", plan.night.events)
    parents = [
        Dataset(name, manifest.fingerprint, f"snapshots/{name}/{manifest.version}", manifest.rows)
        for name, version in plan.parents.items()
        for manifest in [SnapshotStore(home.snapshots).manifest(name, version)]
    ]
    scored = candidate.evaluation["counts"]["truth_scored"]
    held_out = digest(plan.night.files, candidate.evaluation["cut"], candidate.evaluation["parameters"])
    return [logs, *parents, Dataset("held_out", held_out, "warehouse.duckdb", scored, "evaluation")]
