"""What was published while MLflow was away is recorded later: the same run as if it had been there."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from flows.commands.repair import show_repair
from flows.decisions import champions_astray
from flows.settings import Settings
from tasks.comparison.gate.table import GateParameters
from tasks.evaluation import EvaluationParameters, nothing_to_score
from tasks.stages.compare import compare
from tasks.stages.noise_floor import noise_floor
from tasks.stages.profile_inputs import profile_inputs
from tasks.stages.publish import publish, settle
from tasks.stages.register import go_without, record_missed, register
from tasks.stages.report import write_report
from tasks.stages.train import train
from tasks.versions.candidate import EVALUATION, Candidate
from tasks.versions.documents import RunContext
from tasks.versions.plan import Plan
from warehouse.home import Home
from warehouse.mlflow import Registry
from warehouse.snapshots import SnapshotStore

SPACE = "items"
SAME = ("status", "lifecycle_stage", "start_time", "run_name")


@pytest.fixture(scope="module")
def missed(small_home: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, str, MlflowClient]:
    """A home whose newest version was published without MLflow, its name, and an MLflow that was told in time."""
    root = tmp_path_factory.mktemp("missed")
    shutil.copytree(small_home.home.root, root / "home")
    small = replace(small_home, home=Home(root / "home", small_home.home.landing))
    home, newest = small.home, small.manifest(SPACE)
    for version in SnapshotStore(home.snapshots).versions(
        SPACE
    ):  # also what other tests published on the way
        if version != newest.parent_version:
            shutil.rmtree(home.snapshots / SPACE / version)
    (home.snapshots / SPACE / "current.json").unlink()
    plan: Plan = small.plan(SPACE, small.days[1])
    train(home, plan, small.configuration.features)
    noise_floor(home, plan, small.configuration.features)
    unscored = nothing_to_score(EvaluationParameters(), "not a matter of this test")
    Candidate.of(home, plan).save_json(EVALUATION, unscored.as_json())
    profile_inputs(home, plan)
    compare(home, plan, GateParameters())
    write_report(home, plan)
    in_time = RunContext(newest.created_at, False, "some-run", f"sqlite:///{root}/in_time.db")
    register(home, plan, in_time)
    go_without(home, plan)
    away = replace(in_time, tracking_uri=None)
    publish(home, plan, small.configuration.publish, away)
    settle(home, plan, small.configuration.publish, away)
    return home, plan.version, Registry.open(home, tracking_uri=in_time.tracking_uri).client


def run_of(client: MlflowClient, version: str) -> Any:
    experiment = client.get_experiment_by_name(SPACE)
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id], f"tags.version = '{version}'")
    return run


def without_nan(metrics: dict[str, float]) -> dict[str, float | None]:
    return {key: None if value != value else value for key, value in metrics.items()}


@pytest.fixture(scope="module")
def recorded(missed: tuple[Home, str, MlflowClient]) -> Iterator[tuple[list[str], list[str]]]:
    """What was recorded, and what was recorded when it was asked for again."""
    home = missed[0]
    yield record_missed(home, SPACE, Registry.open(home)), record_missed(home, SPACE, Registry.open(home))


def test_it_is_the_run_that_would_have_been_made(
    missed: tuple[Home, str, MlflowClient], recorded: tuple[list[str], list[str]]
) -> None:
    home, version, in_time = missed
    assert recorded == ([version], [])
    later, expected = run_of(Registry.open(home).client, version), run_of(in_time, version)
    measured = {key for key in expected.data.metrics if key.startswith("measured_")}
    metrics = {key: value for key, value in expected.data.metrics.items() if key not in measured}
    assert len(metrics) > 20 and without_nan(later.data.metrics) == without_nan(metrics)
    assert later.data.params == expected.data.params
    assert {key: getattr(later.info, key) for key in SAME} == {
        key: getattr(expected.info, key) for key in SAME
    }
    own = ("mlflow.note.content", "mlflow.modelVersions", "mlflow.loggedModelId", "model_id")
    tags = {key: value for key, value in expected.data.tags.items() if key not in own}
    assert {key: later.data.tags[key] for key in tags} == tags
    assert [data.dataset.digest for data in later.inputs.dataset_inputs] == [
        data.dataset.digest for data in expected.inputs.dataset_inputs
    ]
    client = Registry.open(home).client
    files = {file.path for file in client.list_artifacts(later.info.run_id)}
    assert files == {file.path for file in in_time.list_artifacts(expected.info.run_id)}
    assert {"report.html", "report.json", "map.png"} <= files


@pytest.mark.usefixtures("recorded")
def test_it_is_champion_where_consumers_follow_it(missed: tuple[Home, str, MlflowClient]) -> None:
    home, version, _ = missed
    registry = Registry.open(home)
    aliases = registry.aliases(SPACE)
    assert aliases["champion"] == aliases["candidate"]
    assert registry.client.get_model_version(SPACE, aliases["champion"]).tags["version"] == version
    chosen = Settings(home, Path("pipelines.yaml"), None, None)
    assert list(champions_astray(chosen, [SPACE])) == []
    registry.client.create_model_version(
        SPACE, "file:///nowhere", run_of(registry.client, version).info.run_id
    )
    registry.client.set_registered_model_alias(SPACE, "champion", "2")
    (finding,) = champions_astray(chosen, [SPACE])
    assert (finding.expected, finding.found) == ("champion 1", "2")
    registry.client.set_registered_model_alias(SPACE, "champion", "1")


@pytest.mark.usefixtures("recorded")
def test_one_that_cannot_be_read_is_left_out_with_a_line(
    missed: tuple[Home, str, MlflowClient], caplog: pytest.LogCaptureFixture
) -> None:
    """The version before it has no facts in its report."""
    home, version, _ = missed
    with caplog.at_level(logging.WARNING, "nightjar"):
        assert record_missed(home, SPACE, Registry.open(home)) == []
    (line,) = [record.getMessage() for record in caplog.records if record.name == "nightjar"]
    assert "is not recorded in MLflow: format must be" in line and version not in line


def test_repair_records_it(
    missed: tuple[Home, str, MlflowClient], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, version, _ = missed
    shutil.copytree(home.snapshots, tmp_path / "home" / "snapshots")
    shutil.copy(home.warehouse, tmp_path / "home")
    other = Home(tmp_path / "home", home.landing)
    Registry.open(other)
    assert show_repair(Settings(other, Path("pipelines.yaml"), None, None), as_json=False) == 0
    assert f"{SPACE} {version}: recorded in MLflow" in capsys.readouterr().out
