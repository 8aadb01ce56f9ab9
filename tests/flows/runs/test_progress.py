"""What a served run shows of its steps, on a real Prefect server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from flows.runs.progress import artifact_key
from flows.servers.addresses import Addresses
from flows.settings import Settings, server_environment
from warehouse.home import Home

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

PROGRAM = Path(__file__).with_name("progress_program.py")
PROJECT = PROGRAM.parents[3]


@pytest.fixture(scope="module")
def runs(prefect_server: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, UUID]:
    """Name → id of the runs of `progress_program.py`, in a process with the environment of served runs."""
    from flows.configuration import Configuration

    root = tmp_path_factory.mktemp("progress")
    chosen = Settings(Home(root, root), root / "pipelines.yaml", None, None, auth="wren:a longer secret")
    addresses = Addresses(prefect_server.removesuffix("/api"), "http://127.0.0.1:9")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("PREFECT_", "MLFLOW_", "NIGHTJAR_"))]:
            patch.delenv(name)
        environment = server_environment(chosen, Configuration(pipelines={}), addresses)
    done = subprocess.run(
        [sys.executable, PROGRAM],
        env=environment | {"PYTHONPATH": str(PROJECT)},
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {name: UUID(run) for name, run in json.loads(done.stdout).items()}


def artifacts_of(client: SyncPrefectClient, run: UUID) -> list[Any]:
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId

    return client.read_artifacts(
        artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run]))
    )


def log_of(client: SyncPrefectClient, run: UUID, wanted: str, patience_s: float = 20) -> list[str]:
    """The run's log once it has the line `wanted`, or after a while."""
    from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId

    until = time.monotonic() + patience_s
    while True:
        lines = [
            log.message for log in client.read_logs(LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run])))
        ]
        if any(wanted in line for line in lines) or time.monotonic() > until:
            return lines
        time.sleep(0.2)


def test_a_long_step_gets_an_artifact_that_grows_and_ends_full(
    prefect_client: SyncPrefectClient, runs: dict[str, UUID]
) -> None:
    """That it grew is checked where it did, in the program."""
    (artifact,) = artifacts_of(prefect_client, runs["grows"])
    assert (artifact.key, artifact.type, artifact.data) == ("flit-text-encode", "progress", 100)
    assert artifact.description == "flit_text: encode: 2 of 4, done"


def test_short_steps_and_steps_that_do_not_count_get_none(
    prefect_client: SyncPrefectClient, runs: dict[str, UUID]
) -> None:
    assert artifacts_of(prefect_client, runs["short"]) == []


def test_steps_of_many_threads_at_once_each_end_full(
    prefect_client: SyncPrefectClient, runs: dict[str, UUID]
) -> None:
    found = artifacts_of(prefect_client, runs["many"])
    assert sorted((one.key, one.data) for one in found) == [
        (f"space-{number}-train", 100) for number in range(6)
    ]


def test_an_api_that_does_not_answer_costs_the_run_nothing(
    prefect_client: SyncPrefectClient, runs: dict[str, UUID]
) -> None:
    run = prefect_client.read_flow_run(runs["deaf"])
    assert run.state is not None and run.state.is_completed()
    assert run.total_run_time.total_seconds() < 20


def test_what_steps_stages_and_libraries_say_reaches_the_log_of_the_run(
    prefect_client: SyncPrefectClient, runs: dict[str, UUID]
) -> None:
    lines = log_of(prefect_client, runs["said"], "400 flits")
    for said in ("a stage says something", "torch warns", "a model loads"):
        assert any(said in line for line in lines), (said, lines)
    assert not any("word types" in line for line in lines), "gensim chatters"
    assert {"items: train: started", "in a thread: started"} <= set(lines)
    assert any(re.fullmatch(r"items: train: 400 flits × 128, \d+\.\d s", line) for line in lines)


def test_the_run_of_a_command_has_a_log(prefect_client: SyncPrefectClient, runs: dict[str, UUID]) -> None:
    lines = log_of(prefect_client, runs["commanded"], "400 flits")
    assert {"items: train: started", "a stage says something", "items: train: 400 flits"} <= set(lines)


def test_a_page_is_replaced_and_none_stops_a_run(
    prefect_client: SyncPrefectClient, runs: dict[str, UUID]
) -> None:
    found = {one.key: one for one in artifacts_of(prefect_client, runs["pages"]) if one.key is not None}
    assert set(found) == {"backfill", "days"}
    assert found["backfill"].type == "markdown" and found["days"].type == "table"
    assert found["backfill"].description == "2026-03-01 to 2026-03-02: 1 of 1 days failed"
    assert "/runs/flow-run/a-run" in found["backfill"].data
    assert [row["day"] for row in json.loads(found["days"].data)] == ["2026-03-01", "2026-03-02"]
    run = prefect_client.read_flow_run(runs["pages"])
    assert run.state is not None and run.state.is_completed()
    lines = log_of(prefect_client, runs["pages"], "could not show its page")
    assert any(line.startswith("this run could not show its page, and goes on") for line in lines)


@pytest.mark.parametrize(
    ("step", "key"),
    [("flit_text: train", "flit-text-train"), ("ingest", "ingest"), ("Räume: plan", "r-ume-plan")],
)
def test_keys_are_what_prefect_takes(step: str, key: str) -> None:
    from prefect.client.schemas.actions import ArtifactCreate

    assert artifact_key(step) == key
    assert ArtifactCreate(key=key).key == key
