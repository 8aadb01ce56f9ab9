"""The nightly flow: ingest what landed, build features, then train, score, judge and publish each space."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from flows.configuration import Configuration, load_configuration
from flows.night import NightResult, Outcome, outcome_of, read_night, waiting
from flows.settings import Settings, now, settings
from tasks.compare import compare
from tasks.encode_texts import encode_pending
from tasks.evaluate import evaluate
from tasks.features import FeatureReport, features
from tasks.ingest.report import IngestReport
from tasks.ingest.stage import ingest
from tasks.judged import Occasion
from tasks.plan import Night, Plan, WaitingForParentError, plan_space
from tasks.progress import step
from tasks.publish import publish, settle
from tasks.register import register
from tasks.train import train
from warehouse.errors import NightjarError
from warehouse.home import Home
from warehouse.lock import only_writer
from warehouse.snapshots import SnapshotStore

logger = logging.getLogger("nightjar")


class NightFailedError(NightjarError):
    """At least one space of the night failed; the others are done."""


@flow(name="nightly", flow_run_name="nightly {day}", persist_result=False)
def nightly(day: date, known_as_of: date | None = None, backfilled: bool = False) -> NightResult:
    """Turn what landed up to a day into published embeddings.

    Args:
        day: The night to run: events before its midnight (UTC) count.
        known_as_of: Look only at logs that landed up to this day; the day itself if left out.
        backfilled: Marks the versions as made after the fact.
    """
    began, known = time.monotonic(), known_as_of or day
    chosen = settings()
    configuration = load_configuration(chosen.config)
    with only_writer(chosen.home.root):
        ingested = take_in(chosen.home, configuration, day, known)
        build_features(chosen.home, configuration, day, known)
        night = read_night(chosen.home, configuration, day, known)
        outcomes = build_spaces(chosen, configuration, night, backfilled)
    return NightResult(day, known, ingested.document(), outcomes, time.monotonic() - began)


def take_in(home: Home, configuration: Configuration, day: date, known_as_of: date) -> IngestReport:
    """Ingest what landed; what was refused is said loudly, and tried again by the next run."""
    with step("ingest") as progress:
        taken: IngestReport = run(
            ingest, home, configuration.ingest, configuration.sources, day, known_as_of, progress
        )
        progress.note = f"{taken.read:,} files, {taken.accepted:,} of {taken.lines:,} lines accepted"
    for refusal in taken.refusals:
        logger.error("refused %s: %s", refusal.path, refusal.reason)
    return taken


def build_features(home: Home, configuration: Configuration, day: date, known_as_of: date) -> None:
    """Bring the feature tables up to the night."""
    with step("features") as progress:
        computed: FeatureReport = run(features, home, configuration.features, day, known_as_of)
        progress.note = f"{computed.partitions:,} partitions"


def build_spaces(
    chosen: Settings, configuration: Configuration, night: Night, backfilled: bool
) -> dict[str, Outcome]:
    """Build every space, parents first. One that fails does not stop those that do not need it.

    NightFailedError at the end where any failed.
    """
    occasion = Occasion(now(), backfilled, flow_run.id, chosen.tracking_uri)
    outcomes: dict[str, Outcome] = {}
    failures: dict[str, Exception] = {}
    for name, pipeline in configuration.in_order():
        if any(parent in failures for parent in pipeline.from_):
            failures[name] = NightFailedError(f"not tried: {', '.join(pipeline.from_)} failed")
            continue
        try:
            plan = plan_space(chosen.home, name, pipeline, night)
            outcomes[name] = build_space(chosen, configuration, plan, occasion)
        except WaitingForParentError as error:
            outcomes[name] = waiting(error)
        except Exception as error:
            logger.exception("%s failed", name)
            failures[name] = error
    if failures:
        lines = "; ".join(f"{name}: {type(error).__name__}: {error}" for name, error in failures.items())
        raise NightFailedError(f"{len(failures)} of {len(configuration.pipelines)} spaces failed: {lines}")
    return outcomes


def build_space(chosen: Settings, configuration: Configuration, plan: Plan, occasion: Occasion) -> Outcome:
    """One space on one night, from inputs to the pointer; finished stages of a killed run are not repeated."""
    began, home, name = time.monotonic(), chosen.home, plan.space
    reused = plan.version in SnapshotStore(home.snapshots).versions(name)
    if not reused:
        gate = plan.pipeline.gate_parameters(configuration.gate)
        run(encode_pending, home, plan, of=name)
        run(train, home, plan, configuration.features, of=name)
        run(evaluate, home, plan, configuration.features, of=name)
        run(compare, home, plan, gate, of=name)
        run(register, home, plan, occasion, of=name)
        run(publish, home, plan, configuration.publish, occasion, of=name)
    run(settle, home, plan, configuration.publish, occasion, of=name)
    return outcome_of(home, plan, reused, time.monotonic() - began)


def run(stage: Callable[..., Any], *arguments: Any, of: str = "") -> Any:
    """Run one stage as a Prefect task. Nothing is cached by Prefect: versions recognise themselves by fingerprint."""
    name = f"{of}: {stage.__name__}" if of else stage.__name__
    as_task = task(name=name, task_run_name=name, cache_policy=NO_CACHE, persist_result=False)
    return as_task(stage)(*arguments)
