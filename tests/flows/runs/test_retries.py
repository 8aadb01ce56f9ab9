"""What is tried again, and what is not, shown by faults that MLflow and Prefect really raise."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from warehouse.home import Home

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_server_that_is_away_may_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlflow import MlflowClient

    from warehouse.mlflow import Registry
    from warehouse.mlflow.faults import is_transient

    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    away = f"http://127.0.0.1:{closed_port()}"
    with pytest.raises(Exception) as fault:
        Registry.open(Home(tmp_path, tmp_path), tracking_uri=away)
    assert is_transient(fault.value)
    with pytest.raises(Exception) as fault:
        Registry(MlflowClient(away, away), None).aliases("items")
    assert is_transient(fault.value), "one that goes away later"


def test_what_a_server_refuses_it_will_refuse_again(tmp_path: Path) -> None:
    from warehouse.mlflow import Registry
    from warehouse.mlflow.faults import is_transient

    registry = Registry.open(Home(tmp_path, tmp_path))
    with pytest.raises(Exception) as fault:
        registry.promote("items", "7")
    assert not is_transient(fault.value)
    assert not is_transient(ValueError("a bug"))


@pytest.mark.parametrize(("fault", "attempts"), [(ConnectionError("away"), 3), (ValueError("a bug"), 1)])
def test_a_task_is_tried_again_only_for_what_may_pass(
    prefect_client: SyncPrefectClient, fault: Exception, attempts: int
) -> None:
    from prefect import task

    from flows.runs.retries import for_transient_faults

    tried = []

    def stage() -> str:
        tried.append(1)
        if len(tried) < 3:
            raise fault
        return "done"

    quick = for_transient_faults() | {"retry_delay_seconds": 0, "retry_jitter_factor": None}
    state = task(stage, persist_result=False, **quick)(return_state=True)
    assert len(tried) == attempts
    assert state.is_completed() == (attempts == 3)
