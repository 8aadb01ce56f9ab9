"""Profile what a space learns from, and hold it against the predecessor's and against earlier days."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import polars as pl
from pydantic import TypeAdapter

from tasks.comparison.inputs.churn import Churn, Vocabulary
from tasks.comparison.inputs.day_profile import DayProfile
from tasks.comparison.inputs.drift import Background, InputDrift, compare_inputs
from tasks.comparison.inputs.new_texts import DAYS, MOST, NewTexts
from tasks.comparison.inputs.volume import WEEKS, History
from tasks.comparison.inputs.window_profile import RECENT_DAYS, WindowProfile
from tasks.embeddings.contract import TEXTS
from tasks.progress import step
from tasks.versions.candidate import Candidate
from tasks.versions.plan import Plan
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.features import AsOf, read_sequences
from warehouse.duckdb.log_profile import Series, read_counts, read_day, read_files, read_new_texts
from warehouse.home import Home
from warehouse.snapshots import Manifest, SnapshotStore

INPUTS = "inputs.json"
_FILE_DAYS = 14


def profile_inputs(home: Home, plan: Plan) -> None:
    """Leave `inputs.json`, the drift and the window's profile for the next night; nothing is done where it is there."""
    candidate = Candidate.of(home, plan)
    if candidate.has(INPUTS):
        return
    with step(f"{plan.space}: profile inputs") as report:
        drift, window = measure_inputs(home, plan)
        candidate.save_json(INPUTS, {"drift": asdict(drift), "window": window and window.as_json()})
        report.note = _summary(drift)


def measure_inputs(
    home: Home, plan: Plan, events: pl.DataFrame | None = None, texts: pl.DataFrame | None = None
) -> tuple[InputDrift, WindowProfile | None]:
    """What changed in the inputs, and the window's profile.

    `events`: what the window holds, `texts`: flit_id, text_hash of every flit; by default what the warehouse has of
    them. Lines, hours, files and how texts are written are the warehouse's in any case.
    """
    manifest = _predecessor(home, plan)
    with Warehouse.of(home, read_only=True) as warehouse:
        window, churn = _window(warehouse, plan, manifest, events)
        history = _history(warehouse, plan)
        drift = compare_inputs(
            _day(warehouse, plan.day, plan.known_as_of),
            _references(warehouse, plan),
            window,
            None if manifest is None else profile_of(manifest),
            Background(
                history if events is None or window is None else history.holding(window),
                _files(warehouse, plan),
                churn,
                _new_texts(warehouse, plan, texts),
            ),
        )
    return drift, window


def load_input_drift(home: Home, plan: Plan) -> InputDrift:
    """What `profile_inputs` found for the candidate."""
    return _DRIFT.validate_python(Candidate.of(home, plan).load_json(INPUTS)["drift"])


def load_window(home: Home, plan: Plan) -> dict[str, Any] | None:
    """The window's profile as the manifest keeps it under `drift.inputs`; None where the space reads no events."""
    window: dict[str, Any] | None = Candidate.of(home, plan).load_json(INPUTS)["window"]
    return window


def profile_of(manifest: Manifest) -> WindowProfile | None:
    """The window that a version learnt from; None where it reads no events, or is older than profiles are."""
    found = manifest.drift.get("inputs")
    return WindowProfile.from_json(found) if isinstance(found, dict) else None


_DRIFT = TypeAdapter(InputDrift)


def _predecessor(home: Home, plan: Plan) -> Manifest | None:
    return (
        None
        if plan.predecessor is None
        else SnapshotStore(home.snapshots).manifest(plan.space, plan.predecessor)
    )


def _window(
    warehouse: Warehouse, plan: Plan, predecessor: Manifest | None, events: pl.DataFrame | None
) -> tuple[WindowProfile | None, Churn]:
    """The window's profile, and who came and went since the predecessor's, as it was known then."""
    if not {"sequences", "interactions"} & plan.pipeline.how.reads:
        return None, Churn()
    events = _read(warehouse, plan, plan.day, plan.known_as_of) if events is None else events
    profile, now = WindowProfile.of(events, plan.end, plan.pipeline.window), Vocabulary.of(events)
    if predecessor is None:
        return profile, Churn()
    del events  # two windows at a time would be too many for a small machine
    before = _read(warehouse, plan, predecessor.day, predecessor.known_as_of)
    return profile, Churn.of(Vocabulary.of(before), now)


def _read(warehouse: Warehouse, plan: Plan, day: date, known_as_of: date) -> pl.DataFrame:
    return read_sequences(warehouse, AsOf(day, known_as_of, plan.pipeline.window))


def _references(warehouse: Warehouse, plan: Plan) -> list[DayProfile]:
    """The same weekday of the weeks before, each as known at the age that the day has; those that have a log."""
    weeks = [timedelta(weeks=week) for week in range(1, WEEKS + 1)]
    profiles = [_day(warehouse, plan.day - week, plan.known_as_of - week) for week in weeks]
    return [profile for profile in profiles if profile.lines or profile.events]


def _day(warehouse: Warehouse, day: date, known_as_of: date, since: date | None = None) -> DayProfile:
    return DayProfile.of(day, read_day(warehouse, day, known_as_of, since))


def _history(warehouse: Warehouse, plan: Plan) -> History:
    """Day by day what the space learns from: acts, or where it reads only texts, flits."""
    series: Series = "flits" if plan.pipeline.how.reads <= {"texts", "parents"} else "acts"
    return History.read(plan.day, read_counts(warehouse, series, plan.day, plan.known_as_of, RECENT_DAYS))


def _files(warehouse: Warehouse, plan: Plan) -> dict[date, dict[str, int]]:
    found: dict[date, dict[str, int]] = {}
    yesterday = plan.day - timedelta(days=1)
    for day, stream, files in read_files(warehouse, yesterday, plan.known_as_of, _FILE_DAYS).iter_rows():
        found.setdefault(day, {})[stream] = files
    return found


def _new_texts(warehouse: Warehouse, plan: Plan, texts: pl.DataFrame | None) -> NewTexts:
    if not TEXTS & plan.pipeline.how.reads:
        return NewTexts()
    flits = read_new_texts(warehouse, plan.day, plan.known_as_of, DAYS, MOST)
    if texts is not None:
        flits = flits.drop("text_hash").join(texts.select("flit_id", "text_hash"), on="flit_id", how="left")
    return NewTexts.of(flits, plan.day)


def _summary(drift: InputDrift) -> str:
    events = "no profile" if drift.today.events is None else f"{drift.today.events:,} events on the day"
    if drift.volume.ratio is not None:
        events += f", {drift.volume.ratio:.2f} of what was expected"
    return events + (f", {drift.known.lost:.1%} of the earlier ones gone" if drift.known.lost else "")
