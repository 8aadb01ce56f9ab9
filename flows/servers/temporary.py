"""A Prefect server for the length of one command, over the home's own database.

Prefect can start one by itself, but that one outlives a killed parent and hears the terminal's Ctrl-C before the flow
has recorded its end. This one does neither.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

from tasks.child_processes import end_with_parent
from warehouse.errors import NightjarError
from warehouse.home import Home

STARTUP_LIMIT_S = 120


class ServerError(NightjarError):
    """The server did not come up; the message says where its log is."""


class PrefectServer:
    """The Prefect server of one command: the configured one, or one of its own, started when first needed.

    There is one a process: Prefect's client keeps the address that it saw first.
    """

    def __init__(self, home: Home, api_url: str | None) -> None:
        self._folder = home.prefect
        self._configured = api_url is not None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            _send_logs()
            self._process.terminate()
            self._process.wait()

    def ensure_running(self) -> None:
        """Start a server on a free loopback port unless one is configured or runs already; wait until it answers."""
        if self._configured or self._process is not None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        log, port = self._folder / "temporary-server.log", _free_port()
        with log.open("wb") as file:
            self._process = _start(port, file.fileno())
        _wait_until_healthy(self._process, port, log)
        os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"


def _send_logs() -> None:
    """Hand over the lines that Prefect's client has not sent yet, while there is a server to take them."""
    if "prefect.logging.handlers" in sys.modules:
        from prefect.logging.handlers import APILogHandler

        APILogHandler().flush()


def _start(port: int, log: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning", "--lifespan", "on"]
    environment = {
        **os.environ,
        "PREFECT_UI_ENABLED": "0",
        "PREFECT__SERVER_EPHEMERAL": "1",
        "PREFECT__SERVER_FINAL": "1",
    }
    return subprocess.Popen(
        command, env=environment, stdout=log, stderr=log, start_new_session=True, preexec_fn=end_with_parent
    )


def _wait_until_healthy(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(STARTUP_LIMIT_S * 10):
        if process.poll() is not None:
            raise ServerError(
                f"the Prefect server ended with code {process.returncode} before it was ready; see {log}"
            )
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise ServerError(f"the Prefect server was not ready after {STARTUP_LIMIT_S} s; see {log}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
