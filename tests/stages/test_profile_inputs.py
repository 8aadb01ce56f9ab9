"""The stage: the window held against the predecessor's manifest, the day against its own weekday, once a version."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from flows.configuration import Configuration
from tasks.stages.features import FeatureParameters, features
from tasks.stages.ingest import ingest
from tasks.stages.profile_inputs import INPUTS, load_input_drift, load_window, measure_inputs, profile_inputs
from tasks.synthetic.flutter import Flutter
from tasks.synthetic.parameters import SyntheticParameters
from tasks.versions.candidate import Candidate
from tasks.versions.plan import Night, Plan
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.features import AsOf, read_sequences, read_texts
from warehouse.home import Home
from warehouse.snapshots import Content, Gate, Manifest, PublishParameters, Score, SnapshotStore
from warehouse.vectors import Vectors

SPACES: dict[str, dict[str, Any]] = {
    "words": {"entity": "flit", "method": "sentence_transformer"},
    "items": {"entity": "flit", "method": "item2vec", "window": "14d"},
}
WORLD = SyntheticParameters(
    seed=3, birds=60, nights=2, history_days=21, first_night=date(2026, 3, 9), erasure_share=0.0
)
YESTERDAY, DAY = date(2026, 3, 9), date(2026, 3, 10)
Lose = Callable[[Home], None]


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Three weeks of history and two nights, taken in, features built."""
    root = tmp_path_factory.mktemp("landed")
    home, flutter = Home(root / "home", root / "landing"), Flutter(WORLD)
    flutter.land_history(home.landing)
    for day in flutter.nights:
        flutter.land(home.landing, day)
    configuration = Configuration.model_validate(
        {"sources": {name: {} for name in ("interactions", "flits", "birds")}, "pipelines": SPACES}
    )
    ingest(home, configuration.ingest, configuration.sources, DAY, DAY)
    features(home, FeatureParameters(), DAY, DAY)
    return home


def planned(space: str, day: date, predecessor: str | None = None) -> Plan:
    pipeline = Configuration.model_validate({"pipelines": SPACES}).pipelines[space]
    return Plan(space, pipeline, Night(day, day, "f" * 64, 0, "p" * 64), {}, predecessor)


def released(home: Home, plan: Plan) -> str:
    """A version with the plan's profile in its manifest, as a night leaves it."""
    profile_inputs(home, plan)
    window = load_window(home, plan)
    fingerprint = hashlib.sha256(f"{home.root} {plan.version}".encode()).hexdigest()
    manifest = Manifest(
        space=plan.space,
        version=f"{plan.day}-{fingerprint[:12]}",
        fingerprint=fingerprint,
        space_id="planted",
        parent_version=None,
        day=plan.day,
        known_as_of=plan.known_as_of,
        entity="flit",
        dim=2,
        metric="cosine",
        normalised=False,
        score=Score(),
        rows=1,
        coverage={},
        inputs={},
        parameters={},
        code_sha="c0de",
        lock_sha="10c4",
        seed=7,
        drift={} if window is None else {"inputs": window},
        gate=Gate(verdict="pass"),
        created_at=datetime(2026, 3, 11),  # noqa: DTZ001 - times are naive UTC
    )
    content = Content(Vectors.of(["f1"], np.ones((1, 2))))
    SnapshotStore(home.snapshots).write(content, manifest, PublishParameters().index)
    return manifest.version


@pytest.fixture
def home(landed: Home, tmp_path: Path) -> Home:
    """A home of its own over the same warehouse."""
    (tmp_path / "home").mkdir()
    with Warehouse.open(landed.warehouse) as warehouse:
        warehouse.execute("CHECKPOINT")
    (tmp_path / "home" / "warehouse.duckdb").write_bytes(landed.warehouse.read_bytes())
    return Home(tmp_path / "home", landed.landing)


def lose(home: Home, share: float) -> int:
    """Take the share of yesterday's window out of the tables, as a revision of its files would; how many."""
    with Warehouse.open(home.warehouse) as warehouse:
        gone = warehouse.rows(
            "SELECT event_id FROM core_flit_sequence "
            "WHERE occurred_at >= ? AND occurred_at < ? AND hash(event_id) % 1000 < ?",
            [DAY - timedelta(days=13), DAY, round(1000 * share)],
        )
        names = [name for (name,) in gone]
        warehouse.execute(
            "DELETE FROM core_flit_sequence WHERE event_id IN (SELECT unnest($names::VARCHAR[]))",
            {"names": names},
        )
    return len(names)


def test_a_first_night_is_profiled_and_compared_with_nothing(home: Home) -> None:
    plan = planned("items", YESTERDAY)
    profile_inputs(home, plan)
    drift, window = load_input_drift(home, plan), load_window(home, plan)
    assert window is not None
    assert window["end"] == "2026-03-09"
    assert (drift.window.events, drift.before.events, drift.known.lost) == (window["events"], None, None)
    assert drift.today.events == sum(drift.today.hours)
    assert drift.churn.birds.before is None


def test_the_next_night_is_held_against_the_manifest(home: Home) -> None:
    plan = planned("items", DAY, released(home, planned("items", YESTERDAY)))
    profile_inputs(home, plan)
    drift = load_input_drift(home, plan)
    assert drift.known.lost == 0.0
    assert (drift.window.end, drift.before.end) == ("2026-03-10", "2026-03-09")
    assert drift.churn.birds.before == drift.before.birds
    assert drift.churn.flits.after == drift.window.flits
    assert drift.volume.references
    assert drift.volume.deviations is not None
    assert abs(drift.volume.deviations) < 3.5
    assert drift.files.refused == 0


def test_every_day_since_the_released_predecessor_is_judged(home: Home) -> None:
    earlier = released(home, planned("items", YESTERDAY - timedelta(days=2)))
    drift, _ = measure_inputs(home, planned("items", DAY, earlier))
    assert [day.today.day for day in drift.judged] == ["2026-03-10", "2026-03-09", "2026-03-08"]
    assert all(day.volume.references and day.today.events for day in drift.judged)
    drift, _ = measure_inputs(home, planned("items", DAY, released(home, planned("items", YESTERDAY))))
    assert len(drift.judged) == 1


def test_a_young_log_is_held_against_the_days_that_there_are(home: Home) -> None:
    """A log of four days that loses an evening; there is no day of the same weekday."""
    with Warehouse.open(home.warehouse) as warehouse:
        for statement in (
            "UPDATE raw_interaction SET landed_day = occurred_at::DATE",
            "DELETE FROM raw_interaction WHERE occurred_at < $day::DATE - INTERVAL 3 DAY",
            "DELETE FROM raw_interaction WHERE occurred_at >= $day::DATE + INTERVAL 16 HOUR",
        ):
            warehouse.execute(statement, {"day": DAY} if "$day" in statement else ())
    drift, _ = measure_inputs(home, planned("items", DAY))
    assert drift.hours.references == ("2026-03-09", "2026-03-08", "2026-03-07")
    assert set(range(16, 24)) <= set(drift.hours.hours)


@pytest.mark.parametrize(("lines", "missing"), [(2, 0), (50, 1)])
def test_a_file_of_few_lines_may_be_missing_by_chance(home: Home, lines: int, missing: int) -> None:
    """Birds joined on each of the four days of a young log, and none tonight."""
    with Warehouse.open(home.warehouse) as warehouse:
        warehouse.execute("DELETE FROM ledger_file WHERE stream = 'birds'")
        for back in range(1, 5):
            before = str(DAY - timedelta(days=back))
            warehouse.execute(
                "INSERT INTO ledger_file SELECT * REPLACE ('birds/' || $day AS path, 'birds' AS stream,"
                " $day AS landed_on, $lines AS lines) FROM ledger_file WHERE stream = 'flits' LIMIT 1",
                {"day": before, "lines": lines},
            )
    drift, _ = measure_inputs(home, planned("items", DAY))
    assert max(0, drift.files.usual.get("birds", 0) - drift.files.landed.get("birds", 0)) == missing


def test_a_tenth_of_the_log_lost_is_a_tenth(home: Home) -> None:
    plan = planned("items", DAY, released(home, planned("items", YESTERDAY)))
    gone = lose(home, 0.10)
    profile_inputs(home, plan)
    known = load_input_drift(home, plan).known
    assert known.before is not None
    assert known.lost == gone / known.before
    assert known.lost == pytest.approx(0.10, abs=0.02)


def test_a_space_of_texts_is_judged_by_its_flits(home: Home) -> None:
    plan = planned("words", DAY, released(home, planned("words", YESTERDAY)))
    profile_inputs(home, plan)
    drift = load_input_drift(home, plan)
    assert load_window(home, plan) is None
    assert drift.window.events is None
    assert drift.volume.events == drift.today.posted
    assert drift.today.languages
    assert drift.concentration.busiest_birds.times is None
    assert drift.texts.posted == drift.today.posted and drift.texts.days >= 21
    assert drift.texts.repeated.excess == 0.0 and drift.texts.writing


def test_texts_of_the_day_that_say_nothing_or_the_same_are_measured(home: Home) -> None:
    plan = planned("words", DAY)
    sound, _ = measure_inputs(home, plan)
    assert sound.texts.empty.excess == 0.0
    with Warehouse.open(home.warehouse) as warehouse:
        texts = read_texts(warehouse, AsOf(DAY, DAY))
    empty, _ = measure_inputs(home, plan, texts=texts.with_columns(text_hash=pl.lit(None, pl.String)))
    same, _ = measure_inputs(home, plan, texts=texts.with_columns(text_hash=pl.lit("same")))
    assert empty.texts.without == same.texts.posted == sound.texts.posted
    assert same.texts.repeated.share is not None and same.texts.repeated.share > 0.9
    behaviour, _ = measure_inputs(home, planned("items", DAY))
    assert behaviour.texts.posted is None


def test_a_day_on_which_flits_are_joined_to_the_wrong_birds_fits_worse(home: Home) -> None:
    plan = planned("items", DAY)
    sound, _ = measure_inputs(home, plan)
    assert sound.joins.fit.value is not None and sound.joins.fit.usual is not None
    with Warehouse.open(home.warehouse, read_only=True) as warehouse:
        events = read_sequences(warehouse, AsOf(DAY, DAY, timedelta(days=14))).sort("occurred_at")
    last = pl.col("occurred_at").dt.date() == DAY
    flits = events.filter(last)["flit_id"]
    shifted = pl.concat([flits.tail(1), flits.head(-1)])
    mixed = pl.concat([events.filter(~last), events.filter(last).with_columns(shifted)])
    found, _ = measure_inputs(home, plan, mixed)
    assert found.joins.fit.birds == sound.joins.fit.birds
    assert found.joins.fit.value is not None and found.joins.fit.value < 0.6 * sound.joins.fit.value
    assert found.joins.own.events is not None and sound.joins.own.events is not None
    texts, _ = measure_inputs(home, planned("words", DAY))
    assert texts.joins.fit.birds is None


def test_what_landed_after_its_night_and_what_is_dated_ahead_is_counted(home: Home) -> None:
    predecessor = released(home, planned("items", YESTERDAY))
    sound, _ = measure_inputs(home, planned("items", DAY, predecessor))
    assert (sound.untimely.late, sound.untimely.files, sound.untimely.ahead) == (0, (), 0)
    with Warehouse.open(home.warehouse) as warehouse:
        query = """
            SELECT path, count(*) FROM landed_file JOIN raw_interaction USING (file_id)
            WHERE landed_file.landed_day = $day AND NOT duplicate AND occurred_at >= $first AND occurred_at < $end
            GROUP BY path ORDER BY path LIMIT 1
        """
        ((path, events),) = warehouse.rows(
            query,
            {"day": YESTERDAY, "first": DAY - timedelta(days=13), "end": DAY + timedelta(days=1)},
        )
        names = {"path": path, "night": YESTERDAY}
        warehouse.execute("UPDATE landed_file SET after_night = $night WHERE path = $path", names)
        warehouse.execute(
            "UPDATE ledger_file SET loaded_for = $day WHERE path = $path", {"path": path, "day": str(DAY)}
        )
        warehouse.execute(
            "UPDATE raw_interaction SET occurred_at = occurred_at + INTERVAL 1 DAY "
            "WHERE landed_day = $day AND hour(occurred_at) = 12 AND occurred_at >= $day",
            {"day": DAY},
        )
        ahead_query = "SELECT count(*) FROM raw_interaction WHERE NOT duplicate AND occurred_at >= $next"
        ((ahead,),) = warehouse.rows(ahead_query, {"next": DAY + timedelta(days=1)})
    found, _ = measure_inputs(home, planned("items", DAY, predecessor))
    assert (found.untimely.late, found.untimely.files) == (events, (path,))
    assert found.untimely.ahead == ahead > 0
    later, _ = measure_inputs(home, planned("items", DAY))
    assert later.untimely.late is None, "a first version has nobody who did not know it"


def test_a_predecessor_older_than_profiles_is_no_reference(home: Home) -> None:
    older = planned("items", YESTERDAY)
    version = released(home, older)
    manifest = SnapshotStore(home.snapshots).manifest("items", version)
    fingerprint = "a" * 64
    bare = manifest.model_copy(
        update={"drift": {}, "fingerprint": fingerprint, "version": f"{YESTERDAY}-{fingerprint[:12]}"}
    )
    SnapshotStore(home.snapshots).write(
        Content(Vectors.of(["f1"], np.ones((1, 2)))), bare, PublishParameters().index
    )
    plan = planned("items", DAY, bare.version)
    profile_inputs(home, plan)
    assert load_input_drift(home, plan).known.lost is None


def test_a_stage_that_is_done_is_not_done_again(home: Home) -> None:
    plan = planned("items", DAY)
    profile_inputs(home, plan)
    file = Candidate.of(home, plan).folder / INPUTS
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    lose(home, 0.5)
    profile_inputs(home, plan)
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before


def test_the_same_inputs_give_the_same_bytes(home: Home) -> None:
    plan = planned("items", DAY)
    twin = replace(plan, space="twin")
    for one in (plan, twin):
        profile_inputs(home, one)
    documents = [(Candidate.of(home, one).folder / INPUTS).read_bytes() for one in (plan, twin)]
    assert documents[0] == documents[1]
