"""A real MLflow server reads what was logged without one, and takes what is logged through it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from warehouse.home import Home
from warehouse.registry import ENVIRONMENT, Registry, VersionRecord, server_command

Make = Callable[..., VersionRecord]
PATIENCE_S = 120


@pytest.fixture
def server(home: Home, registry: Registry) -> Iterator[str]:
    """The address of a server on the home's database; the registry has created it before."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = home.root / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            server_command(home, port),
            env=os.environ | ENVIRONMENT, stdout=output, stderr=output, cwd=home.root, start_new_session=True,
        )  # fmt: skip
    try:
        wait_for_health(f"http://127.0.0.1:{port}/health", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def wait_for_health(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(PATIENCE_S * 5):
        assert process.poll() is None, log.read_text()
        try:
            if urllib.request.urlopen(url, timeout=2).status == 200:
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"no health after {PATIENCE_S} s: {log.read_text()}")


def test_a_server_and_the_database_show_the_same(
    home: Home, registry: Registry, record: Make, server: str, tracking: object
) -> None:
    import mlflow

    registered = registry.log_candidate(record(1))
    registry.promote("flit_text", registered.model_version)
    remote = Registry.open(home, tracking_uri=server)
    assert remote.aliases("flit_text") == {"candidate": "1", "champion": "1"}
    assert remote.metric_history("flit_text").equals(registry.metric_history("flit_text"))
    picture = f"{server}/get-artifact?path=plots/map.png&run_uuid={registered.run_id}"
    assert urllib.request.urlopen(picture, timeout=10).read() == b"a picture"

    second = remote.log_candidate(record(2))
    fresh = remote.log_candidate(record(1, space="bird_interests"))
    assert (second.model_version, fresh.model_version) == ("2", "1")
    assert remote.log_candidate(record(2)) == second
    assert registry.metric_history("flit_text").height == 2
    mlflow.set_tracking_uri(server)
    for name in ("flit_text@champion", "bird_interests@candidate"):
        answer = mlflow.pyfunc.load_model(f"models:/{name}").predict(["012"])
        assert answer["vector"][0] == record(1).vectors.matrix[0].tolist()
