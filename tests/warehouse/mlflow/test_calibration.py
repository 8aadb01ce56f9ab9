"""Scores in MLflow: an experiment a set, trials below their sweep."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse.home import Home
from warehouse.mlflow import Registry
from warehouse.mlflow.calibration import CalibrationLog, CalibrationLogError, CalibrationRun


def test_trials_stand_below_their_sweep(home: Home, tmp_path: Path) -> None:
    registry = Registry.open(home)
    log = CalibrationLog(registry.client, registry.artifact_root, "my set", 1_700_000_000_000)
    chart = tmp_path / "chart.png"
    chart.write_bytes(b"picture")
    parent = log.log(CalibrationRun("als", {"dimensions": 64}, {"ndcg_at_10": 0.2}))
    log.attach(parent, chart)
    for number, status in enumerate(("FINISHED", "KILLED")):
        log.log(
            CalibrationRun(f"trial {number}", {"dimensions": number}, {}, {"reason": "why"}, status), parent
        )
    client = registry.client
    experiment = client.get_experiment_by_name("calibrate my set")
    below = client.search_runs([experiment.experiment_id], f"tags.mlflow.parentRunId = '{parent}'")
    assert sorted((run.info.run_name, run.info.status) for run in below) == [
        ("trial 0", "FINISHED"), ("trial 1", "KILLED"),
    ]  # fmt: skip
    run = client.get_run(parent)
    assert run.data.params == {"dimensions": "64"} and run.data.metrics == {"ndcg_at_10": 0.2}
    assert [file.path for file in client.list_artifacts(parent)] == ["chart.png"]


def test_a_run_that_is_under_way_is_found_and_ended(home: Home) -> None:
    registry = Registry.open(home)
    log = CalibrationLog(registry.client, registry.artifact_root, "my set", 0)
    assert log.find("sweep") is None
    parent = log.log(CalibrationRun("sweep", {}, {}, status="RUNNING"))
    trial = log.log(CalibrationRun("trial 0", {}, {}), parent)
    assert (log.find("sweep"), log.find("trial 0", parent)) == (parent, trial)
    assert log.find("trial 0", trial) is None and log.find("trial 1", parent) is None
    assert registry.client.get_run(parent).info.status == "RUNNING"
    log.end(parent, "KILLED", {"ndcg_at_10": 0.3})
    run = registry.client.get_run(parent)
    assert run.info.status == "KILLED" and run.data.metrics == {"ndcg_at_10": 0.3}


def test_the_experiment_is_found_again(home: Home) -> None:
    registry = Registry.open(home)
    ids = {CalibrationLog(registry.client, registry.artifact_root, "s", 0).experiment_id for _ in range(2)}
    assert len(ids) == 1


def test_an_experiment_that_was_deleted_comes_back(home: Home) -> None:
    registry = Registry.open(home)
    experiment = CalibrationLog(registry.client, registry.artifact_root, "s", 0).experiment_id
    registry.client.delete_experiment(experiment)
    log = CalibrationLog(registry.client, registry.artifact_root, "s", 0)
    assert log.experiment_id == experiment
    assert registry.client.get_run(log.log(CalibrationRun("als", {}, {}))).info.run_name == "als"


def test_files_of_a_set_of_any_name_are_found_again(home: Home, tmp_path: Path) -> None:
    registry = Registry.open(home)
    chart = tmp_path / "chart.png"
    chart.write_bytes(b"picture")
    log = CalibrationLog(registry.client, registry.artifact_root, "ä#b?c%20/.. e", 0)
    run = log.log(CalibrationRun("als", {}, {}))
    log.attach(run, chart)
    assert [file.path for file in registry.client.list_artifacts(run)] == ["chart.png"]
    assert len(list(home.mlflow_artifacts.rglob("chart.png"))) == 1


def test_what_mlflow_refuses_is_one_line(home: Home) -> None:
    registry = Registry.open(home)
    log = CalibrationLog(registry.client, registry.artifact_root, "s", 0)
    registry.client.delete_experiment(log.experiment_id)
    with pytest.raises(CalibrationLogError, match="MLflow: ") as refusal:
        log.log(CalibrationRun("als", {}, {}))
    assert "\n" not in str(refusal.value)
