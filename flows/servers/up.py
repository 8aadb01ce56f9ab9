"""`nightjar up`: MLflow, Prefect and the runner that serves the deployments, all of them or none."""

from __future__ import annotations

import fcntl
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import IO, Any

from flows.commands.terminal import print_json, print_links, say, tell
from flows.configuration import load_configuration
from flows.servers.addresses import LOOPBACK, Addresses, ask, basic_authorization, checked_webhook
from flows.servers.approvals import forms
from flows.servers.processes import Supervisor
from flows.servers.programs import programs
from flows.servers.served import Served, read_served, served_since, write_served
from flows.settings import Settings, now
from warehouse.errors import NightjarError
from warehouse.home import Home

DONE = 0
DEPLOYED = ("nightly", "backfill", "approve", "release", "rollback", "verify")
"""Those whose addresses are given."""


class UpError(NightjarError):
    """The servers cannot be started here; the message says why."""


def keep_up(chosen: Settings, as_json: bool, prefect_port: int, mlflow_port: int) -> int:
    """Run the servers until Ctrl-C or SIGTERM. UpError where the home is served already or a port is taken."""
    configuration = load_configuration(chosen.config)
    checked_webhook(chosen.alert_webhook)
    began = time.monotonic()
    with _only_one(chosen.home):
        addresses = _addresses(chosen, prefect_port, mlflow_port)
        supervisor = Supervisor(
            programs(chosen, configuration, addresses),
            chosen.home.logs,
            lambda line: say(f"{now():%H:%M:%S} {line}", "yellow"),
        )
        with _told_to_stop(supervisor):
            try:
                supervisor.start()
                if not supervisor.is_stopping():
                    _announce(chosen, as_json, addresses, time.monotonic() - began)
                    supervisor.watch()
            finally:
                say("stopping: runner, Prefect, MLflow", "dim")
                supervisor.stop()
    say("stopped", "dim")
    return DONE


def _addresses(chosen: Settings, prefect_port: int, mlflow_port: int) -> Addresses:
    """Where the servers will be: those that are configured stay where they are, ours need a free port."""
    prefect, mlflow = chosen.prefect_api_url, chosen.tracking_uri
    if prefect is None:
        _check_free(prefect_port, "--prefect-port")
    if mlflow is None:
        _check_free(mlflow_port, "--mlflow-port")
    return Addresses(
        (prefect or f"http://{LOOPBACK}:{prefect_port}").rstrip("/").removesuffix("/api"),
        (mlflow or f"http://{LOOPBACK}:{mlflow_port}").rstrip("/"),
    )


def _announce(chosen: Settings, as_json: bool, addresses: Addresses, seconds: float) -> None:
    """The page of links, and the same in HOME/servers.json for other commands."""
    deployed = {name: _deployment(chosen, addresses, name) for name in DEPLOYED}
    ids = {name: str(one["id"]) for name, one in deployed.items()}
    since = served_since(chosen.home) or now()
    reports = addresses.prefect if chosen.prefect_api_url is None else None
    write_served(chosen.home, Served(addresses.prefect, addresses.mlflow, since, reports))
    links = {
        "runs": f"{addresses.prefect}/runs",
        "tonight": addresses.deployment(ids["nightly"]),
        "waits for a decision": addresses.waiting_for_a_decision,
        "backfill": addresses.custom_run(ids["backfill"]),
        "what each run showed": f"{addresses.prefect}/artifacts",
        "models and their versions": addresses.mlflow_models,
        "logs of the servers": str(chosen.home.logs),
    }
    undecided = forms(addresses.prefect_api, chosen.auth)
    paused = is_paused(deployed["nightly"])
    if as_json:
        print_json(
            {
                "prefect": addresses.prefect,
                "mlflow": addresses.mlflow,
                "deployments": ids,
                "links": links,
                "schedule_paused": paused,
                "undecided": [
                    {"space": space, "version": version, "form": form}
                    for (space, version), form in undecided.items()
                ],
            }
        )
    else:
        print_links(f"Nightjar is up after {seconds:.0f} s", links)
        for (space, version), form in undecided.items():
            tell(f"{space} {version} is held back; decide at {form}", "yellow")
    if paused:
        say(
            f"the schedule is paused: no night starts by itself; switch it on at {links['tonight']}", "yellow"
        )
    say("Ctrl-C stops all of it", "dim")
    sys.stdout.flush()


def _deployment(chosen: Settings, addresses: Addresses, name: str) -> dict[str, Any]:
    found: dict[str, Any] = ask(
        f"{addresses.prefect_api}/deployments/name/{name}/{name}", basic_authorization(chosen.auth)
    )
    return found


def is_paused(deployment: Mapping[str, Any]) -> bool:
    """Whether no night starts by itself, as Prefect's API describes its deployment."""
    return bool(deployment["paused"]) or not any(one["active"] for one in deployment["schedules"])


@contextmanager
def _only_one(home: Home) -> Iterator[None]:
    """One `nightjar up` a home. The lock is the kernel's: a killed one leaves none behind."""
    home.root.mkdir(parents=True, exist_ok=True)
    with (home.root / "up.lock").open("a") as file:
        if not _locked(file):
            served = read_served(home)
            where = f": {served.prefect} and {served.mlflow}" if served else ""
            raise UpError(f"{home.root}: is up already{where}; stop that one first")
        yield


def _locked(file: IO[str]) -> bool:
    """Take the lock. It is tried for a second, since whoever asks whether a home is up holds it for a moment."""
    for _ in range(10):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(0.1)
    return False


def _check_free(port: int, option: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise UpError(
                f"port {port} is taken by another program; stop it or choose another port with {option}"
            ) from error


@contextmanager
def _told_to_stop(supervisor: Supervisor) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM stop the programs while the block runs."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        supervisor.stop_soon()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
