"""The nightly flow: ingest what landed, build features, then train, judge and publish each space."""

from __future__ import annotations

import logging
import time
from datetime import date

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.configuration import Configuration, load_configuration
from flows.night import NightResult, Outcome, night_of, outcome_of
from flows.settings import Settings, now, settings
from tasks.compare import compare
from tasks.encode_texts import encode_pending
from tasks.evaluate import evaluate
from tasks.features import features
from tasks.ingest.stage import ingest
from tasks.pipeline import Pipeline
from tasks.plan import Night, Plan, WaitingForParentError, plan_space
from tasks.progress import step
from tasks.publish import publish, settle
from tasks.train import train
from warehouse.lock import only_writer
from warehouse.snapshots import SnapshotStore

logger = logging.getLogger("nightjar")


class NightFailedError(RuntimeError):
    """At least one space of the night failed; the others are finished."""


@flow(name="nightly", flow_run_name="nightly {day}", persist_result=False)
def nightly(day: date, known_as_of: date | None = None, backfilled: bool = False) -> NightResult:
    """Turn what landed up to a day into published embeddings.

    Args:
        day: The night to run: events before its midnight (UTC) count.
        known_as_of: Look only at logs that landed up to this day; the day itself if left out.
        backfilled: Marks the versions as made after the fact.
    """
    began = time.monotonic()
    chosen = settings()
    configuration = load_configuration(chosen.config)
    known = known_as_of or day
    with only_writer(chosen.home.root):
        ingested = ingest_landed(chosen, configuration, day, known)
        build_features(chosen, configuration, day, known)
        night = night_of(chosen.home, configuration, day, known)
        outcomes = build_spaces(chosen, configuration, night, backfilled)
    return NightResult(day, known, ingested, outcomes, time.monotonic() - began)
