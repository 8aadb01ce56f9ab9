"""A registry on a database of its own. Creating one takes seconds, so it is created once and copied."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from warehouse.home import Home
from warehouse.mlflow import Dataset, Registry, VersionRecord, server_command, server_environment
from warehouse.vectors import Vectors

PATIENCE_S = 120
IDS = ["012", "flit with space", "flït", "line\nbreak", "zebra 🦓"]


def home_at(root: Path) -> Home:
    return Home(root, root / "landing")


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose MLflow database is fresh."""
    root = tmp_path_factory.mktemp("untouched")
    Registry.open(home_at(root))
    return root


@pytest.fixture
def home(untouched: Path, tmp_path: Path) -> Home:
    root = tmp_path / "home"
    shutil.copytree(untouched, root)
    return home_at(root)


@pytest.fixture(scope="session")
def serve() -> Callable[..., AbstractContextManager[str]]:
    """`with serve(home) as address`: a server on the home, and how it lets in with `auth="user:password"`."""
    return _serve


@pytest.fixture(scope="session")
def served_home(untouched: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    root = tmp_path_factory.mktemp("served") / "home"
    shutil.copytree(untouched, root)
    return home_at(root)


@pytest.fixture(scope="session")
def server(served_home: Home) -> Iterator[str]:
    """The address of a server on `served_home`, which tests share: each has spaces of its own."""
    with _serve(served_home) as address:
        yield address


@contextmanager
def _serve(home: Home, database: str | None = None, auth: str | None = None) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = home.root / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            server_command(home, port, database, auth=auth is not None),
            env=os.environ | server_environment(home, database, auth),
            stdout=output, stderr=output, cwd=home.root, start_new_session=True,
        )  # fmt: skip
    try:
        _wait_for_health(f"http://127.0.0.1:{port}/health", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _wait_for_health(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(PATIENCE_S * 5):
        assert process.poll() is None, log.read_text()
        try:
            if urllib.request.urlopen(url, timeout=2).status == 200:
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"no health after {PATIENCE_S} s: {log.read_text()}")


@pytest.fixture
def registry(home: Home) -> Registry:
    return Registry.open(home)


@pytest.fixture
def tracking(home: Home) -> Iterator[Any]:
    """MLflow as a consumer uses it, pointed at the home's database."""
    import mlflow

    from warehouse.mlflow import database_uri

    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(database_uri(home))
    yield mlflow
    mlflow.set_tracking_uri(before)


@pytest.fixture
def record(tmp_path: Path) -> Callable[..., VersionRecord]:
    """A version of a space: five ids with planted vectors, the metrics of one night, one plot."""
    plot = tmp_path / "map.png"
    plot.write_bytes(b"a picture")

    def make(day: int = 1, **changes: Any) -> VersionRecord:
        night = date(2015, 12, day)
        values: dict[str, Any] = {
            "space": "flit_text",
            "version": f"{night}-0123456789ab",
            "day": night,
            "known_as_of": night,
            "fingerprint": "0123456789ab" + "0" * 52,
            "verdict": "pass",
            "conclusion": "pass; recall@10 0.11",
            "space_id": "one-0123456789ab",
            "deciding": {"recall_at_10": 0.1 + day / 100},
            "vectors": Vectors.of(IDS, np.eye(5, 3, dtype=np.float32) + np.float32(0.1) * day),
            "parent_version": None if day == 1 else f"2015-12-{day - 1:02}-0123456789ab",
            "prefect_flow_run_id": "flow-run",
            "parameters": {"method": "item2vec", "params": {"dimensions": 3, "epochs": 2}},
            "evaluation": {
                "recall_at_10": 0.1 + day / 100,
                "recall_at_10_low": 0.1,
                "cold_recall_at_10": None,
            },
            "coverage": {"trained": 5, "too_rare": 2},
            "drift": {"cosine_mean": None if day == 1 else 0.98},
            "datasets": [
                Dataset("sequences", "a" * 63 + str(day), "warehouse.duckdb", 100),
                Dataset("hold_out", "b" * 64, "warehouse.duckdb", 20, "evaluation"),
            ],
            "files": [plot],
        }
        return VersionRecord(**(values | changes))

    return make
