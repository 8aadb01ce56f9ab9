"""A run and a registered model per version, whatever interrupted the night."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from warehouse.home import Home
from warehouse.mlflow import Registry, VersionRecord

Make = Callable[..., VersionRecord]

STEPS = ["run", "model_begun", "model_saved", "model", "lineage", "numbers", "files", "registered", "alias"]


class Killed(BaseException):
    """Stands for the end of the process: nothing may catch it."""


def killed_at(step: str) -> Callable[[str], None]:
    def reached(name: str) -> None:
        if name == step:
            raise Killed(name)

    return reached


def state(registry: Registry, space: str = "flit_text") -> dict[str, Any]:
    """All that MLflow holds about a space, without the random ids."""
    client = registry.client
    experiment = client.get_experiment_by_name(space)
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    models = client.search_logged_models([experiment.experiment_id])
    return {
        "runs": [
            {
                "name": run.info.run_name,
                "status": run.info.status,
                "tags": {key: without_ids(value, run) for key, value in run.data.tags.items()},
                "parameters": run.data.params,
                "metrics": {key: None if math.isnan(v) else v for key, v in run.data.metrics.items()},
                "history": {
                    key: len(client.get_metric_history(run.info.run_id, key)) for key in run.data.metrics
                },
                "datasets": sorted((i.dataset.name, i.dataset.digest) for i in run.inputs.dataset_inputs),
                "models": len(run.outputs.model_outputs),
                "files": [file.path for file in client.list_artifacts(run.info.run_id)],
            }
            for run in runs
        ],
        "models": [
            (
                str(model.status),
                model.params,
                sorted((m.key, m.value, m.dataset_name) for m in model.metrics or []),
            )
            for model in models
        ],
        "versions": [str(v.version) for v in client.search_model_versions(f"name = '{space}'")],
        "aliases": registry.aliases(space),
    }


def without_ids(text: str, run: Any) -> str:
    """What is said of a run, wherever it is."""
    return (
        text.replace(run.info.run_id, "RUN")
        .replace(f"%22{run.info.experiment_id}%22", "EXPERIMENT")
        .replace(f"experiments/{run.info.experiment_id}/", "experiments/EXPERIMENT/")
    )


@pytest.fixture
def undisturbed(registry: Registry, record: Make) -> dict[str, Any]:
    registry.log_candidate(record(space="undisturbed"))
    return state(registry, "undisturbed")


def as_if_named(found: dict[str, Any], space: str) -> dict[str, Any]:
    runs = [run | {"tags": run["tags"] | {"space": space}} for run in found["runs"]]
    return found | {"runs": runs}


def test_a_version_is_one_run_with_everything_on_it(undisturbed: dict[str, Any]) -> None:
    (run,) = undisturbed["runs"]
    assert (run["name"], run["status"]) == ("2015-12-01-0123456789ab", "FINISHED")
    assert (
        run["tags"].items()
        >= {
            "space": "undisturbed",
            "version": "2015-12-01-0123456789ab",
            "day": "2015-12-01",
            "known_as_of": "2015-12-01",
            "verdict": "pass",
            "fingerprint": "0123456789ab" + "0" * 52,
            "prefect_flow_run_id": "flow-run",
            "model_version": "1",
        }.items()
    )
    assert (
        run["metrics"]["recall_at_10"] == pytest.approx(0.11) and run["metrics"]["drift_cosine_mean"] is None
    )
    assert set(run["history"].values()) == {1}
    assert run["parameters"]["params.dimensions"] == "3"
    assert run["tags"]["space_id"] == "one-0123456789ab"
    assert sorted(run["parameters"])[:2] == ["0_conclusion", "0_verdict"]
    assert run["parameters"]["0_verdict"] == "pass"
    assert min(run["metrics"]) == "0_recall_at_10" and run["metrics"]["0_recall_at_10"] == pytest.approx(0.11)
    assert run["datasets"] == [("hold_out", "b" * 36), ("sequences", "a" * 36)]
    assert run["files"] == ["map.png"]
    assert undisturbed["versions"] == ["1"] and undisturbed["aliases"] == {"candidate": "1"}


def test_numbers_are_linked_to_the_model_and_scores_to_their_data(undisturbed: dict[str, Any]) -> None:
    ((status, parameters, metrics),) = undisturbed["models"]
    assert status == "READY" and parameters["method"] == "item2vec"
    assert ("recall_at_10", 0.11, "hold_out") in [(key, round(v, 9), name) for key, v, name in metrics]
    assert ("coverage_trained", 5.0, None) in metrics
    assert not [key for key, _, _ in metrics if key in ("drift_cosine_mean", "cold_recall_at_10")], (
        "NaN became 0"
    )


@pytest.mark.parametrize("step", STEPS)
def test_a_night_killed_at_any_step_finishes_its_earlier_run(
    registry: Registry, record: Make, undisturbed: dict[str, Any], step: str
) -> None:
    with pytest.raises(Killed):
        registry.log_candidate(record(), killed_at(step))
    registered = registry.log_candidate(record())
    assert registry.log_candidate(record()) == registered
    assert as_if_named(state(registry), "undisturbed") == undisturbed


def test_every_step_has_been_killed(registry: Registry, record: Make) -> None:
    seen: list[str] = []
    registry.log_candidate(record(), seen.append)
    assert seen == STEPS


CHILD = """
import os, signal, sys
from pathlib import Path
from datetime import date
import numpy as np
from warehouse.home import Home
from warehouse.mlflow import Registry, VersionRecord
from warehouse.vectors import Vectors

def outward(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        print("calls out:", event, arguments)
sys.addaudithook(outward)

root, space, step = sys.argv[1:]
def reached(name):
    if name == step:
        os.kill(os.getpid(), signal.SIGKILL)
day = date(2015, 12, 1)
vectors = Vectors.of(["f1", "f2"], np.eye(2, dtype=np.float32))
record = VersionRecord(space, "2015-12-01-aaaaaaaaaaaa", day, day, "a" * 64, "pass", vectors)
Registry.open(Home(Path(root), Path(root))).log_candidate(record, reached)
"""


def child(root: Path, space: str, step: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, str(root), space, step]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_a_killed_process_leaves_a_run_that_the_next_one_finishes(home: Home) -> None:
    for step in ("model_begun", "numbers", "registered"):
        process = child(home.root, "flit_text", step)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
    process = child(home.root, "flit_text", "none")
    assert process.communicate()[0] == "" and process.returncode == 0
    found = state(Registry.open(home))
    assert [run["status"] for run in found["runs"]] == ["FINISHED"]
    assert found["versions"] == ["1"] and len(found["models"]) == 1


def test_processes_that_start_together_create_one_database_quietly(tmp_path: Path) -> None:
    processes = [child(tmp_path / "home", space, "none") for space in ("flit_text", "bird_interests")]
    answers = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], answers
    assert answers == ["", ""], "chatter, or a call to the outside"
    registry = Registry.open(Home(tmp_path / "home", tmp_path))
    assert registry.aliases("flit_text") == registry.aliases("bird_interests") == {"candidate": "1"}
    default = registry.client.get_experiment("0").artifact_location
    assert default == str((tmp_path / "home" / "mlartifacts" / "0").resolve())


def test_spaces_may_be_logged_side_by_side(registry: Registry, record: Make) -> None:
    import mlflow

    spaces = [f"space_{number}" for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda space: registry.log_candidate(record(space=space)), spaces))
    assert [registered.space for registered in done] == spaces
    for space, registered in zip(spaces, done, strict=True):
        run = registry.client.get_run(registered.run_id)
        assert run.data.tags["space"] == space and run.info.experiment_id == registered.experiment_id
    assert mlflow.active_run() is None


def test_a_second_version_is_a_second_run_and_the_candidate(registry: Registry, record: Make) -> None:
    first, second = registry.log_candidate(record(1)), registry.log_candidate(record(2))
    assert first.run_id != second.run_id
    assert registry.aliases("flit_text") == {"candidate": "2"}


def test_another_content_under_the_same_version_is_refused(registry: Registry, record: Make) -> None:
    from mlflow.exceptions import MlflowException

    with pytest.raises(Killed):
        registry.log_candidate(record(), killed_at("numbers"))
    other = replace(record(), parameters={"method": "another"})
    with pytest.raises(MlflowException, match="Changing param values is not allowed"):
        registry.log_candidate(other)


def test_what_a_person_has_set_stays(home: Home) -> None:
    script = "import os, warehouse.mlflow; print(os.environ['MLFLOW_LOGGING_LEVEL'])"
    environment = dict(os.environ) | {"MLFLOW_LOGGING_LEVEL": "DEBUG"}
    answer = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert answer.stdout == "DEBUG\n"


def test_an_experiment_that_somebody_deleted_is_restored(registry: Registry, record: Make) -> None:
    first = registry.log_candidate(record())
    registry.client.delete_experiment(first.experiment_id)
    second = registry.log_candidate(record(2))
    assert second.experiment_id == first.experiment_id
    restored = registry.client.get_experiment(first.experiment_id)
    assert restored.lifecycle_stage == "active"
