"""Make a judged candidate a version: record it in MLflow, write the snapshot, and move the pointer if it may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.candidate import COMPARISON, EVALUATION, TRAINED, Candidate
from tasks.comparison.alignment import Alignment
from tasks.embeddings.contract import Embedding
from tasks.plan import Plan
from tasks.progress import step
from warehouse.fingerprint import code_sha, digest, lock_sha
from warehouse.home import Home
from warehouse.registry import Dataset, Registered, VersionRecord
from warehouse.snapshots import Alignment as AlignmentEntry
from warehouse.snapshots import (
    Content,
    Gate,
    Manifest,
    MlflowReference,
    PublishParameters,
    Score,
    SnapshotStore,
    Standing,
)
from warehouse.vectors import Vectors


@dataclass(frozen=True, slots=True)
class Occasion:
    """The run that publishes: what a manifest says about it beside its content."""

    at: datetime
    backfilled: bool
    prefect_flow_run_id: str | None
    tracking_uri: str | None


def publish(home: Home, plan: Plan, parameters: PublishParameters, occasion: Occasion) -> None:
    """Make the version visible, complete, under its name, whatever the verdict; `current` does not move."""
    store = SnapshotStore(home.snapshots)
    if plan.version in store.versions(plan.space):
        return
    with step(f"{plan.space}: publish") as report:
        judged = Judged.load(home, plan)
        registered = _register(home, plan, judged, occasion)
        manifest = _manifest(plan, judged, registered, occasion)
        finished = store.write(judged.content, manifest, parameters.index)
        report.note = f"{finished.version}: {finished.rows:,} rows, {finished.gate.verdict}"


def settle(home: Home, plan: Plan, parameters: PublishParameters, occasion: Occasion) -> None:
    """Point consumers to the version if it is released and not older than what they follow; tidy up."""
    store = SnapshotStore(home.snapshots)
    if not is_settled(home, plan):
        if may_become_current(store, plan):
            store.point(plan.space, plan.version, occasion.at)
            _promote(home, store, plan, occasion)
        store.prune(plan.space, parameters.keep)
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
    """Whether the version is released, of no earlier day than the current one, and not current already."""
    current = store.current(plan.space)
    if current is not None and (
        current.version == plan.version or store.manifest(plan.space, current.version).day > plan.day
    ):
        return False
    return store.standing(plan.space, plan.version) is Standing.RELEASED


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A candidate with all its stages done."""

    embedding: Embedding
    content: Content
    evaluation: dict[str, Any]
    comparison: dict[str, Any]

    @classmethod
    def load(cls, home: Home, plan: Plan) -> Judged:
        candidate = Candidate.of(home, plan)
        embedding = candidate.load_embedding(TRAINED)
        return cls(
            embedding,
            _content(embedding, candidate.load_rotation()),
            candidate.load_json(EVALUATION),
            candidate.load_json(COMPARISON),
        )


def _content(embedding: Embedding, rotation: NDArray[np.float64] | None) -> Content:
    """What is published: turned where a rotation was found, and then what it was before beside it."""
    raw, raw_output = embedding.vectors.matrix, embedding.output
    if rotation is None:
        return Content(embedding.vectors, raw_output, provenance=embedding.provenance)
    turn = Alignment("aligned", rotation=rotation).apply
    return Content(
        Vectors(embedding.vectors.ids, turn(raw)),
        None if raw_output is None else turn(raw_output),
        raw,
        raw_output,
        embedding.provenance,
        rotation,
    )


def _manifest(plan: Plan, judged: Judged, registered: Registered, occasion: Occasion) -> Manifest:
    content, comparison = judged.content, judged.comparison
    lengths = np.linalg.norm(content.vectors.matrix, axis=1)
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
        code_sha=code_sha(),
        lock_sha=lock_sha(),
        seed=getattr(plan.pipeline.params, "seed", None),
        mlflow=MlflowReference(run_id=registered.run_id, model_version=registered.model_version),
        prefect_flow_run_id=occasion.prefect_flow_run_id,
        alignment=AlignmentEntry.model_validate(comparison["alignment"]),
        drift={"statistics": comparison["statistics"], "movers": comparison["movers"]},
        evaluation=judged.evaluation,
        gate=Gate.model_validate({"verdict": comparison["verdict"], "rules": comparison["rules"]}),
        created_at=occasion.at,
        backfilled=occasion.backfilled,
    )


def _register(home: Home, plan: Plan, judged: Judged, occasion: Occasion) -> Registered:
    from warehouse.registry import Registry

    record = VersionRecord(
        space=plan.space,
        version=plan.version,
        day=plan.day,
        known_as_of=plan.known_as_of,
        fingerprint=plan.fingerprint,
        verdict=judged.comparison["verdict"],
        vectors=judged.content.vectors,
        parent_version=plan.predecessor,
        prefect_flow_run_id=occasion.prefect_flow_run_id,
        started_at=occasion.at,
        parameters=plan.parameters,
        evaluation=judged.evaluation["headline"],
        coverage={"rows": len(judged.content.vectors), **judged.comparison["coverage"]},
        drift=_drift(judged.comparison["statistics"]),
        datasets=_datasets(plan, judged),
    )
    return Registry.open(home, tracking_uri=occasion.tracking_uri).log_candidate(record)


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


def _datasets(plan: Plan, judged: Judged) -> list[Dataset]:
    """What the version learnt from and what it was scored on; the digests are those of the manifest."""
    logs = Dataset("landed_logs", plan.night.files, "warehouse.duckdb", plan.night.events)
    parents = [
        Dataset(name, digest(name, version), f"snapshots/{name}/{version}", len(judged.content.vectors))
        for name, version in plan.parents.items()
    ]
    scored = judged.evaluation["counts"]["truth_scored"]
    held_out = digest(plan.night.files, judged.evaluation["cut"], judged.evaluation["parameters"])
    return [logs, *parents, Dataset("held_out", held_out, "warehouse.duckdb", scored, "evaluation")]


def _promote(home: Home, store: SnapshotStore, plan: Plan, occasion: Occasion) -> None:
    from warehouse.registry import Registry

    model_version = store.manifest(plan.space, plan.version).mlflow.model_version
    if model_version is not None:
        Registry.open(home, tracking_uri=occasion.tracking_uri).promote(plan.space, model_version)
