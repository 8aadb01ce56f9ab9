"""Record a judged candidate in MLflow: its run, numbers, data, pictures and model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from tasks.progress import step
from tasks.report.facts import facts_of
from tasks.report.markdown import conclude, describe
from tasks.versions.candidate import REGISTERED, REPORT, REPORT_FACTS, Candidate
from tasks.versions.documents import Judged, Occasion
from tasks.versions.plan import Plan
from warehouse.fingerprint import digest
from warehouse.home import Home
from warehouse.mlflow import Dataset, VersionRecord
from warehouse.snapshots import SnapshotStore


def go_without(home: Home, plan: Plan) -> None:
    """Leave a `registered.json` that names nothing: MLflow is told of versions, it does not decide about them."""
    Candidate.of(home, plan).save_json(REGISTERED, {"run_id": None, "model_version": None})


def register(home: Home, plan: Plan, occasion: Occasion) -> None:
    """Leave `registered.json`: the run and the model version in MLflow. Nothing is done where it is there.

    A killed night finds its earlier run by the version's name and finishes it.
    """
    candidate = Candidate.of(home, plan)
    if candidate.has(REGISTERED):
        return
    with step(f"{plan.space}: record in MLflow") as report:
        from warehouse.mlflow import Registry

        registry = Registry.open(home, tracking_uri=occasion.tracking_uri)
        complete = _complete(home, plan, registry.metric_history(plan.space), occasion)
        registered = registry.log_candidate(complete)
        candidate.save_json(
            REGISTERED, {"run_id": registered.run_id, "model_version": registered.model_version}
        )
        report.note = f"version {registered.model_version} of model {plan.space}"


def _complete(home: Home, plan: Plan, known: pl.DataFrame, occasion: Occasion) -> VersionRecord:
    """The record with its words and pictures; `known`: the history before it."""
    from tasks.report.plots import draw_pictures

    candidate = Candidate.of(home, plan)
    facts = facts_of(candidate.load_json(REPORT_FACTS))
    runs = known.filter(pl.col("version").is_in([plan.predecessor]))["run_id"].to_list()
    folder = candidate.folder
    return replace(
        _record(home, plan, Judged.load(home, plan), occasion),
        files=[folder / REPORT, folder / REPORT_FACTS, *draw_pictures(folder, facts)],
        parent_run_id=runs[-1] if runs else None,
        conclusion=conclude(facts),
        description=describe(facts),
    )


def _record(home: Home, plan: Plan, judged: Judged, occasion: Occasion) -> VersionRecord:
    return VersionRecord(
        space=plan.space,
        version=plan.version,
        day=plan.day,
        known_as_of=plan.known_as_of,
        fingerprint=plan.fingerprint,
        verdict=judged.comparison["verdict"],
        vectors=judged.content.vectors,
        space_id=judged.comparison["space_id"],
        targets=_targets(home, plan),
        parent_version=plan.predecessor,
        prefect_flow_run_id=occasion.prefect_flow_run_id,
        prefect_flow_run_url=occasion.prefect_flow_run_url,
        snapshot=f"{home.snapshots.name}/{plan.space}/{plan.version}",
        started_at=occasion.at,
        parameters=plan.parameters,
        deciding=_deciding(judged),
        evaluation=judged.evaluation["headline"],
        coverage=judged.covered,
        measured=judged.measured,
        drift=_drift(judged.comparison["statistics"]),
        datasets=_datasets(home, plan, judged),
    )


def _deciding(judged: Judged) -> dict[str, float | None]:
    """What a person looks at first: quality, paired with what it is held against, and how far the night moved it."""
    numbers, statistics = judged.evaluation["headline"], judged.comparison["statistics"]
    recall = f"recall_at_{judged.evaluation['parameters']['k'][0]}"
    names = (recall, f"{recall}_over_popularity", f"{recall}_over_predecessor")
    return {name: numbers.get(name) for name in names} | {
        "moved": _moved(statistics["paired"]["cosine"]["mean"]),
        "outlier_share": statistics["paired"]["outlier_share"],
        "rows": float(len(judged.content.vectors)),
    }


def _moved(cosine: float | None) -> float | None:
    """1 − cosine to the earlier self, as movers are told everywhere."""
    return None if cosine is None else 1 - cosine


def _targets(home: Home, plan: Plan) -> str | None:
    """The model of the flits that this space is made from, where it is made from one space of flits."""
    if plan.pipeline.entity != "bird" or len(plan.parents) != 1:
        return None
    ((name, version),) = plan.parents.items()
    parent = SnapshotStore(home.snapshots).manifest(name, version)
    number = parent.mlflow.model_version
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


def _datasets(home: Home, plan: Plan, judged: Judged) -> list[Dataset]:
    """What the version learnt from and what it was scored on; the digests are those of the manifest."""
    logs = Dataset("landed_logs", plan.night.files, "warehouse.duckdb", plan.night.events)
    parents = [
        Dataset(name, manifest.fingerprint, f"snapshots/{name}/{manifest.version}", manifest.rows)
        for name, version in plan.parents.items()
        for manifest in [SnapshotStore(home.snapshots).manifest(name, version)]
    ]
    scored = judged.evaluation["counts"]["truth_scored"]
    held_out = digest(plan.night.files, judged.evaluation["cut"], judged.evaluation["parameters"])
    return [logs, *parents, Dataset("held_out", held_out, "warehouse.duckdb", scored, "evaluation")]
