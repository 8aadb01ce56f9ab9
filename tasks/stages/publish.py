"""Make a judged candidate a version: write the snapshot, and move the pointer if it may."""

from __future__ import annotations

import logging

import numpy as np

from tasks.progress import step
from tasks.versions import scored_models
from tasks.versions.candidate import REGISTERED, REPORT, REPORT_FACTS, Candidate
from tasks.versions.documents import JudgedCandidate, RunContext
from tasks.versions.plan import Plan
from warehouse.fingerprint import lock_sha
from warehouse.home import Home
from warehouse.snapshots import (
    AlignmentEntry,
    Gate,
    Manifest,
    MlflowReference,
    PublishParameters,
    Score,
    SnapshotStore,
    Standing,
)

logger = logging.getLogger("nightjar")


def publish(home: Home, plan: Plan, parameters: PublishParameters, run_context: RunContext) -> None:
    """Make the version visible, complete, under its name, whatever the verdict; `current` does not move."""
    store = SnapshotStore(home.snapshots)
    if plan.version in store.versions(plan.space):
        return
    with step(f"{plan.space}: publish") as report:
        candidate = JudgedCandidate.load(home, plan)
        reference = MlflowReference.model_validate(Candidate.of(home, plan).load_json(REGISTERED))
        manifest = _manifest(plan, candidate, reference, run_context)
        finished = store.write(candidate.content, manifest, parameters.index, _documents(home, plan))
        report.note = f"{finished.version}: {finished.rows:,} rows, {finished.gate.verdict}"


def settle(home: Home, plan: Plan, parameters: PublishParameters, run_context: RunContext) -> None:
    """Point consumers to the version if it is released and not older than what they follow; tidy up."""
    store = SnapshotStore(home.snapshots)
    if not is_settled(home, plan):
        if may_become_current(store, plan):
            store.point(plan.space, plan.version, run_context.at)
        _promote(home, store, plan, run_context)
        if not run_context.backfilled:  # retention would take the days away that a backfill was asked for
            store.prune(plan.space, parameters.keep)
        scored_models.keep(home, plan, store.versions(plan.space))
        Candidate.of(home, plan).remove()


def is_settled(home: Home, plan: Plan) -> bool:
    """Whether nothing is left to do for a version: it is visible, the pointer is right, no work lies about."""
    store = SnapshotStore(home.snapshots)
    if (
        plan.version not in store.versions(plan.space)
        or (home.candidates / plan.space / plan.version).exists()
    ):
        return False
    return not may_become_current(store, plan)


def may_become_current(store: SnapshotStore, plan: Plan) -> bool:
    """Whether the version is released, of no earlier day than the current one, and not current already.

    One without rows is nothing to follow: where nothing is current it does not become so.
    """
    current = store.current(plan.space)
    if current is None and not store.manifest(plan.space, plan.version).rows:
        return False
    if current is not None and (
        current.version == plan.version or store.manifest(plan.space, current.version).day > plan.day
    ):
        return False
    return store.standing(plan.space, plan.version) is Standing.RELEASED


def _documents(home: Home, plan: Plan) -> dict[str, bytes]:
    """What people read beside the vectors."""
    folder = Candidate.of(home, plan).folder
    return {name: (folder / name).read_bytes() for name in (REPORT_FACTS, REPORT)}


def _manifest(
    plan: Plan, candidate: JudgedCandidate, mlflow: MlflowReference, run_context: RunContext
) -> Manifest:
    content, comparison = candidate.content, candidate.comparison
    statistics = dict(comparison["statistics"])
    floor = statistics.pop("floor")
    lengths = np.linalg.norm(content.rows.matrix, axis=1)
    return Manifest(
        space=plan.space,
        version=plan.version,
        fingerprint=plan.fingerprint,
        space_id=comparison["space_id"],
        parent_version=plan.predecessor,
        day=plan.day,
        known_as_of=plan.known_as_of,
        entity=plan.pipeline.entity,
        dim=content.vectors.dim,
        metric="cosine",
        normalised=bool(np.allclose(lengths, 1.0, atol=1e-4)),
        score=Score(query="vector", target="vector" if content.output is None else "output"),
        rows=len(content.vectors),
        coverage=comparison["coverage"],
        inputs={**plan.inputs, "frame": comparison["frame"]},
        parameters=plan.parameters,
        code_sha=plan.code_sha,
        lock_sha=lock_sha(),
        seed=getattr(plan.pipeline.params, "seed", None),
        mlflow=mlflow,
        prefect_flow_run_id=run_context.prefect_flow_run_id,
        alignment=AlignmentEntry.model_validate(comparison["alignment"]),
        noise_floor=floor,
        drift={"statistics": statistics, "movers": comparison["movers"], "inputs": comparison["inputs"]},
        evaluation=candidate.evaluation,
        gate=Gate.model_validate({"verdict": comparison["verdict"], "rules": comparison["rules"]}),
        created_at=run_context.at,
        backfilled=run_context.backfilled,
    )


def _promote(home: Home, store: SnapshotStore, plan: Plan, run_context: RunContext) -> None:
    """Let MLflow call champion what consumers follow. Where it cannot be told, the next night or decision tells it.

    Nothing where it was not told of that version at all: who records it later says so then.
    """
    current = store.current(plan.space)
    champion = None if current is None else store.manifest(plan.space, current.version).mlflow.model_version
    if champion is None:
        return
    from warehouse.mlflow import Registry
    from warehouse.mlflow.faults import FAULTS, in_a_line

    try:
        Registry.open(home, tracking_uri=run_context.tracking_uri).promote(plan.space, champion)
    except FAULTS as error:
        logger.error("%s: MLflow was not told what is current: %s", plan.space, in_a_line(error))
