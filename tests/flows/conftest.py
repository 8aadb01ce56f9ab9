"""Homes with planted versions and ledgers, and one real Prefect server for all tests of the session."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from warehouse.duckdb.database import Warehouse
from warehouse.home import Home
from warehouse.snapshots import Content, Gate, IndexParameters, Manifest, Score, SnapshotStore
from warehouse.vectors import Vectors, as_ids

FIRST = date(2026, 3, 1)
AUTH = "wren:a longer secret"
LATE_AFTER_S = 6
STARTUP_LIMIT_S = 600


@dataclass(frozen=True, slots=True)
class Planted:
    """A home whose versions and ledger are put there by hand; days are counted from the 1st of March 2026, as 1."""

    home: Home
    landed: list[int] = field(default_factory=list)

    @property
    def store(self) -> SnapshotStore:
        return SnapshotStore(self.home.snapshots)

    @staticmethod
    def day(number: int) -> date:
        return FIRST + timedelta(days=number - 1)

    @staticmethod
    def moment(number: int, hour: int = 3) -> datetime:
        """An hour of the morning after the day: when its night runs."""
        return datetime(2026, 3, 1, hour, tzinfo=UTC) + timedelta(days=number)

    def version(self, space: str, number: int, verdict: str = "pass", **changes: Any) -> str:
        """Write a version of a day and, where the gate lets it pass, point to it; returns its name.

        Its parent is the newest released version of an earlier day.
        """
        salt, documents = changes.pop("salt", ""), changes.pop("documents", None)
        ids, point = changes.pop("ids", ("f1", "f2")), changes.pop("point", verdict != "block")
        fingerprint = hashlib.sha256(f"{space} {number} {salt}".encode()).hexdigest()
        day = self.day(number)
        values: dict[str, Any] = {
            "space": space, "version": f"{day}-{fingerprint[:12]}", "fingerprint": fingerprint, "space_id": "one",
            "parent_version": self.store.released(space, before=day), "day": day, "known_as_of": day, "entity": "flit",
            "dim": 2, "metric": "cosine", "normalised": True, "score": Score(), "rows": len(ids),
            "coverage": {}, "inputs": {},
            "parameters": {}, "code_sha": "c", "lock_sha": "l", "seed": None, "gate": Gate(verdict=verdict),
            "created_at": self.moment(number),
        } | changes  # fmt: skip
        content = Content(Vectors(as_ids(ids), np.eye(2, dtype=np.float32)[: len(ids)]))
        manifest = self.store.write(content, Manifest(**values), IndexParameters(), documents)
        current = self.store.current(space)
        if point and (current is None or self.store.manifest(space, current.version).day <= day):
            self.store.point(space, manifest.version, manifest.created_at)
        return manifest.version

    def land(self, *numbers: int, state: str = "loaded") -> None:
        """Write into the ledger that a file landed on each of these days."""
        with Warehouse.open(self.home.warehouse) as warehouse, warehouse.transaction():
            for number in numbers:
                day = self.day(number).isoformat()
                warehouse.rows(
                    "INSERT INTO ledger_file VALUES ('interactions', ?, ?, 9, ?, 3, 1, 1, 0, 1, 0, 0, 0, ?, NULL, ?)",
                    [
                        f"interactions/{day}.jsonl",
                        hashlib.sha256(day.encode()).hexdigest(),
                        f"{day}T04",
                        state,
                        day,
                    ],
                )


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    root = tmp_path / "home"
    root.mkdir()
    return Planted(Home(root, tmp_path / "landing"))


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the API of a whole Prefect server that asks for a password, with all its services."""
    root = tmp_path_factory.mktemp("server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    api = f"http://127.0.0.1:{port}/api"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment = inherited | {
        "PREFECT_HOME": str(root),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_UI_ENABLED": "false",
        "PREFECT_SERVER_API_AUTH_STRING": AUTH,
        "PREFECT_API_AUTH_STRING": AUTH,
        "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": str(LATE_AFTER_S),
        "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "1",
    }
    command = [sys.executable, "-m", "uvicorn", "--factory", "flows.servers.prefect_app:create_app"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
    with (root / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, cwd=root, stdout=log, stderr=log)
    try:
        _wait_for(f"{api}/health", server, root / "server.log")
        yield api
    finally:
        server.terminate()
        server.wait()


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTUP_LIMIT_S
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError:
            return  # it answers, if only that it wants a password
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    pytest.fail(f"no Prefect server: {log.read_text()[-2000:]}")


@pytest.fixture
def prefect_client(prefect_server: str) -> Iterator[Any]:
    """A client of that server; this process talks to it as long as the test runs."""
    from prefect.client.orchestration import get_client
    from prefect.settings import (
        PREFECT_API_AUTH_STRING,
        PREFECT_API_URL,
        PREFECT_LOGGING_TO_API_ENABLED,
        temporary_settings,
    )

    changes = {PREFECT_API_URL: prefect_server, PREFECT_API_AUTH_STRING: AUTH}
    changes |= {PREFECT_LOGGING_TO_API_ENABLED: "false"}  # its thread would look for a server of its own
    with temporary_settings(changes), get_client(sync_client=True) as client:
        yield client


@dataclass(frozen=True, slots=True)
class Receiver:
    """An HTTP server that keeps every JSON document that is posted to it."""

    url: str
    received: list[dict[str, Any]] = field(default_factory=list)
    content_types: set[str] = field(default_factory=set)

    def wait_for(self, count: int, patience_s: float = 30) -> list[dict[str, Any]]:
        """What has arrived once there are `count` documents, or after a while."""
        until = time.monotonic() + patience_s
        while len(self.received) < count and time.monotonic() < until:
            time.sleep(0.1)
        return list(self.received)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """An address on this machine that alerts can go to."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            ours.content_types.add(self.headers["Content-Type"])
            ours.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Nobody asked."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    ours = Receiver(f"http://127.0.0.1:{server.server_port}/hook")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield ours
    server.shutdown()
    server.server_close()
