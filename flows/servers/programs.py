"""The three programs of `nightjar up`: how each is started, and how it is known to be ready."""

from __future__ import annotations

import signal
import sys
import urllib.error
from datetime import datetime
from urllib.parse import urlsplit

from flows.configuration import Configuration
from flows.servers.addresses import LOOPBACK, Addresses, answers, ask, basic_authorization
from flows.servers.processes import Program
from flows.settings import Settings, server_environment
from warehouse.mlflow import server_command
from warehouse.mlflow import server_environment as mlflow_environment

PYTHON = (sys.executable, "-m")


def programs(chosen: Settings, configuration: Configuration, addresses: Addresses) -> list[Program]:
    """In the order of starting: the runner needs Prefect, and what it runs needs MLflow.

    A server that is configured is somebody else's to run.
    """
    environment = server_environment(chosen, configuration, addresses)
    authorization = basic_authorization(chosen.auth)
    ours = [_mlflow(chosen, addresses, environment)] if chosen.tracking_uri is None else []
    ours += [_prefect(addresses, environment, authorization)] if chosen.prefect_api_url is None else []
    return [*ours, _runner(addresses, environment, authorization)]


def _mlflow(chosen: Settings, addresses: Addresses, environment: dict[str, str]) -> Program:
    port, database, auth = port_of(addresses.mlflow), chosen.mlflow_database, chosen.auth
    return Program(
        "mlflow",
        server_command(chosen.home, port, database, auth=auth is not None),
        environment | mlflow_environment(chosen.home, database, auth),
        lambda _: answers(f"{addresses.mlflow}/health", {}),
    )


def _prefect(addresses: Addresses, environment: dict[str, str], headers: dict[str, str]) -> Program:
    application = "flows.servers.prefect_app:create_app"
    where = ["--host", LOOPBACK, "--port", str(port_of(addresses.prefect))]
    return Program(
        "prefect",
        [*PYTHON, "uvicorn", "--factory", application, *where, "--log-level", "warning", "--lifespan", "on"],
        environment,
        lambda _: answers(f"{addresses.prefect_api}/health", headers),
    )


def _runner(addresses: Addresses, environment: dict[str, str], headers: dict[str, str]) -> Program:
    nightly = f"{addresses.prefect_api}/deployments/name/nightly/nightly"
    return Program(
        "runner",
        [*PYTHON, "flows.servers.runner"],
        environment,
        lambda began: polls(nightly, headers, began),
        orphaned_by=signal.SIGKILL,  # told to end, it would wait for a server that is gone as well
    )


def polls(deployment: str, headers: dict[str, str], began: float) -> bool:
    """Whether the runner that was started at `began` (s) has asked for work of a deployment."""
    try:
        polled = ask(deployment, headers).get("last_polled")
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
    return polled is not None and datetime.fromisoformat(polled).timestamp() > began


def port_of(address: str) -> int:
    """The port that an address of ours names."""
    port = urlsplit(address).port
    assert port is not None, address
    return port
