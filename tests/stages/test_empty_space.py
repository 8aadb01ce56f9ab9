"""A space without rows goes through the stages night after night, as any other does."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from tasks.comparison.gate.table import GateParameters
from tasks.embeddings.contract import Embedding
from tasks.embeddings.registry import METHODS
from tasks.evaluation import EvaluationParameters, nothing_to_score
from tasks.report.facts import FORMAT
from tasks.stages.compare import compare
from tasks.stages.features import FeatureParameters, features
from tasks.stages.noise_floor import noise_floor
from tasks.stages.profile_inputs import profile_inputs
from tasks.stages.publish import is_settled, publish, settle
from tasks.stages.report import write_report
from tasks.versions.candidate import (
    COMPARISON,
    EVALUATION,
    REGISTERED,
    REPORT,
    REPORT_FACTS,
    TRAINED,
    Candidate,
)
from tasks.versions.documents import RunContext
from tasks.versions.pipeline import Pipeline
from tasks.versions.plan import Night, Plan, plan_space
from warehouse.home import Home
from warehouse.snapshots import PublishParameters, Snapshot, SnapshotStore
from warehouse.vectors import Vectors

RUN_CONTEXT = RunContext(datetime(2026, 3, 3), backfilled=False, prefect_flow_run_id=None, tracking_uri=None)  # noqa: DTZ001


def run_empty_night(home: Home, pipeline: Pipeline, day: date) -> Plan:
    """Everything from comparison to pointer, for a version without rows."""
    features(home, FeatureParameters(), day, day)
    plan = plan_space(home, "words", pipeline, Night(day, day, files="f" * 64, events=0, features="p" * 64))
    candidate = Candidate.of(home, plan)
    candidate.save_embedding(TRAINED, Embedding.uniform(Vectors.empty(8), "text", {}))
    candidate.save_json(EVALUATION, nothing_to_score(EvaluationParameters(), "nothing landed").as_json())
    noise_floor(home, plan, FeatureParameters())
    profile_inputs(home, plan)
    candidate.save_json(REGISTERED, {"run_id": None, "model_version": None})
    compare(home, plan, GateParameters())
    assert candidate.load_json(COMPARISON)["verdict"] == "warn"
    candidate.save_json(REPORT_FACTS, {"format": FORMAT - 1})
    candidate.save_text(REPORT, "<p>of an earlier edition</p>")
    write_report(home, plan)
    assert candidate.load_json(REPORT_FACTS)["format"] == FORMAT, (
        "a night that an earlier edition began goes on"
    )
    publish(home, plan, PublishParameters(), RUN_CONTEXT)
    settle(home, plan, PublishParameters(), RUN_CONTEXT)
    return plan


def test_an_empty_version_succeeds_an_empty_one_in_the_same_space(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", tmp_path / "landing")
    pipeline = Pipeline.model_validate(
        {
            "entity": "flit",
            "method": "sentence_transformer",
            "params": METHODS["sentence_transformer"].parameters(),
        }
    )
    first = run_empty_night(home, pipeline, date(2026, 3, 2))
    second = run_empty_night(home, pipeline, date(2026, 3, 3))
    before = Snapshot.open(home.snapshots, "words", first.version)
    after = Snapshot.open(home.snapshots, "words", second.version)
    assert after.manifest.parent_version == first.version
    assert after.space_id == before.space_id
    assert SnapshotStore(home.snapshots).current("words") is None, "there is nothing to follow"
    assert is_settled(home, second)
