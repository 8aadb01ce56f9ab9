"""A Prefect server for the length of one command, over the home's own database.

Prefect can start one by itself, but that one outlives a killed parent and hears the terminal's Ctrl-C before the flow
has recorded its end. This one does neither.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Self

from tasks.child_processes import end_with_parent
from warehouse.errors import NightjarError
from warehouse.home import Home

START_WITHIN_S = 300.0
ATTEMPTS = 2
ANSWER_S, POLL_S, SAID_EVERY_S = 2.0, 0.1, 30.0
CONFIGURED_WITHIN_S = 10.0
"""How long a configured server, which somebody else keeps running, is asked again."""
Report = Callable[[int, int], None]
"""Called with (seconds waited, seconds at most)."""

logger = logging.getLogger("nightjar")


class ServerError(NightjarError):
    """There is no server to talk to; the message says where its log is."""


def silent(waited_s: int, at_most_s: int) -> None:
    """A `Report` for nobody."""


class PrefectServer:
    """The Prefect server of one command: the configured one, or one of its own, started when first needed.

    There is one a process: Prefect's client keeps the address that it saw first.
    """

    def __init__(self, home: Home, api_url: str | None, start_within_s: float = START_WITHIN_S) -> None:
        self._folder = home.prefect
        self._configured = api_url
        self._start_within_s = start_within_s
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            _send_logs()
            self._process.terminate()
            self._process.wait()

    def ensure_running(self, report: Report = silent) -> None:
        """Start a server on a free loopback port unless one is configured or runs already; wait until it answers.

        One that does not answer in time is ended and started once more. ServerError where there is none after that.
        """
        if self._configured is not None:
            try:
                _ask_until(time.monotonic() + CONFIGURED_WITHIN_S, self._configured, lambda: None)
            except TimeoutError as error:
                raise ServerError(f"{self._configured}: Prefect does not answer ({error})") from error
            return
        if self._process is not None:
            return
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._start(report)
                return
            except ServerError as error:
                if attempt == ATTEMPTS:
                    raise
                logger.warning("%s; it is started once more", error)

    def _start(self, report: Report) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        log, port = self._folder / "temporary-server.log", _free_port()
        with log.open("wb") as file:
            process = _start(port, file.fileno())
        api, began, said = f"http://127.0.0.1:{port}/api", time.monotonic(), 0.0

        def watch() -> None:
            nonlocal said
            waited = time.monotonic() - began
            report(int(waited), int(self._start_within_s))
            if waited - said >= SAID_EVERY_S:
                said = waited
                logger.warning(
                    "waiting for Prefect's server to start, %.0f s of at most %.0f s",
                    waited,
                    self._start_within_s,
                )
            if process.poll() is not None:
                raise ServerError(
                    f"Prefect's server ended with code {process.returncode} before it was ready; see {log}"
                )

        try:
            _ask_until(began + self._start_within_s, api, watch)
        except BaseException as error:
            process.kill()
            process.wait()
            if isinstance(error, TimeoutError):
                raise ServerError(
                    f"Prefect's server was not ready after {self._start_within_s:.0f} s; see {log}"
                ) from error
            raise
        self._process = process
        os.environ["PREFECT_API_URL"] = api


def _send_logs() -> None:
    """Hand over the lines that Prefect's client has not sent yet, while there is a server to take them."""
    if "prefect.logging.handlers" in sys.modules:
        from prefect.logging.handlers import APILogHandler

        APILogHandler().flush()


def _start(port: int, log: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "uvicorn", "--factory", "flows.servers.prefect_app:create_app"]
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


def _ask_until(end: float, api: str, watch: Callable[[], None]) -> None:
    """Ask a server's health until it answers, if only that it wants a password; TimeoutError at the time `end`."""
    while True:
        watch()
        try:
            with urllib.request.urlopen(f"{api.rstrip('/')}/health", timeout=ANSWER_S):
                return
        except urllib.error.HTTPError:
            return
        except OSError as error:
            if time.monotonic() >= end:
                raise TimeoutError(str(error)) from error
            time.sleep(POLL_S)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
