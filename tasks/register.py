"""Record a judged candidate in MLflow: its run, numbers, data, pictures and model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from tasks.candidate import REGISTERED, Candidate
from tasks.inputs import read_log
from tasks.judged import Judged, Occasion
from tasks.plan import Plan
from tasks.progress import step
from warehouse.fingerprint import digest
from warehouse.home import Home
from warehouse.registry import Dataset, VersionRecord
from warehouse.snapshots import SnapshotStore


def register(home: Home, plan: Plan, occasion: Occasion) -> None:
    """Leave `registered.json`: the run and the model version in MLflow. Nothing is done where it is there.

    A killed night finds its earlier run by the version's name and finishes it.
    """
    candidate = Candidate.of(home, plan)
    if candidate.has(REGISTERED):
        return
    with step(f"{plan.space}: record in MLflow") as report:
        from warehouse.registry import Registry

        registry = Registry.open(home, tracking_uri=occasion.tracking_uri)
        record = _record(home, plan, Judged.load(home, plan), occasion)
        history = pl.concat([registry.metric_history(plan.space), record.history_row], how="diagonal")
        pictures = _draw(home, plan, record, history)
        registered = registry.log_candidate(replace(record, files={"plots": pictures}))
        candidate.save_json(
            REGISTERED, {"run_id": registered.run_id, "model_version": registered.model_version}
        )
        report.note = f"version {registered.model_version} of model {plan.space}"


def _draw(home: Home, plan: Plan, record: VersionRecord, history: pl.DataFrame) -> list[Path]:
    """The pictures of a version, in the candidate's folder."""
    from tasks.plots import SpaceMap, draw_coverage, draw_map, draw_trend

    folder = Candidate.of(home, plan).folder
    paths = [folder / f"{name}.png" for name in ("map", "trend", "coverage")]
    events, flits = read_log(home, plan)
    key = f"{plan.pipeline.entity}_id"
    counts = dict(events.group_by(key).len().iter_rows())
    texts = dict(flits.filter(pl.col("text_hash").is_not_null()).select("flit_id", "text").iter_rows())
    colour = np.array([counts.get(id_, 0) for id_ in record.vectors.ids], dtype=np.float64)
    draw_map(
        paths[0],
        SpaceMap(
            f"{plan.space} {plan.version}",
            record.vectors,
            colour,
            "events",
            texts if plan.pipeline.entity == "flit" else {},
        ),
    )
    k = plan.pipeline.evaluate.k[0]
    draw_trend(paths[1], plan.space, history, f"recall_at_{k}", f"popularity_recall_at_{k}")
    draw_coverage(paths[2], f"{plan.space} {plan.version}", record.coverage)
    return paths


def _record(home: Home, plan: Plan, judged: Judged, occasion: Occasion) -> VersionRecord:
    return VersionRecord(
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
        datasets=_datasets(home, plan, judged),
    )


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
