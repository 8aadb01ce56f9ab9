"""Healthy nights of a log, run by the product's own stages, without Prefect and MLflow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.drift_study.logs import Log
from flows.configuration import Configuration
from flows.night import read_night
from tasks.progress import step
from tasks.stages.compare import compare
from tasks.stages.encode_texts import encode_pending
from tasks.stages.evaluate import evaluate
from tasks.stages.features import features
from tasks.stages.ingest import ingest
from tasks.stages.noise_floor import noise_floor
from tasks.stages.profile_inputs import profile_inputs
from tasks.stages.publish import publish, settle
from tasks.stages.report import write_report
from tasks.stages.train import train
from tasks.versions.candidate import REGISTERED, Candidate
from tasks.versions.documents import RunContext
from tasks.versions.plan import Plan, plan_space
from warehouse.home import Home
from warehouse.snapshots import Manifest, SnapshotStore

SPACE = "flits"
WARM_UP = 2
"""Versions at the beginning that nobody judges: the first has no predecessor, the second hardly a history."""


def run_nights(log: Log, root: Path) -> Iterator[Manifest]:
    """The version of every night after the warm-up, in order.

    A version that the gate holds back stays held back: the next night is compared with the last released one.
    """
    home = Home(root, log.landing)
    root.mkdir(parents=True, exist_ok=True)
    for place, day in enumerate(log.nights):
        take_in(home, log.configuration, day)
        pipeline = log.configuration.pipelines[SPACE]
        plan = plan_space(home, SPACE, pipeline, read_night(home, log.configuration, day, day))
        make_version(home, log.configuration, plan)
        if place >= WARM_UP:
            yield SnapshotStore(home.snapshots).manifest(SPACE, plan.version)


def take_in(home: Home, configuration: Configuration, day: date) -> None:
    """Ingest and features, up to `day`."""
    with step("ingest") as progress:
        ingest(home, configuration.ingest, configuration.sources, day, day, progress)
    features(home, configuration.features, day, day)


def make_version(home: Home, configuration: Configuration, plan: Plan) -> None:
    """Every stage of a space but its entry in MLflow."""
    run_context = RunContext(
        datetime.combine(plan.day, datetime.min.time(), UTC),
        backfilled=True,
        prefect_flow_run_id=None,
        tracking_uri=None,
    )
    encode_pending(home, plan)
    train(home, plan, configuration.features)
    noise_floor(home, plan, configuration.features)
    evaluate(home, plan, configuration.features)
    profile_inputs(home, plan)
    compare(home, plan, plan.pipeline.gate_parameters(configuration.gate))
    write_report(home, plan)
    Candidate.of(home, plan).save_json(REGISTERED, {"run_id": None, "model_version": None})
    publish(home, plan, configuration.publish, run_context)
    settle(home, plan, configuration.publish, run_context)
