"""`nightjar up` as a process, and Prefect's API as its clients use it."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
import psutil

from tests.end_to_end.place import Place, all_gone
from tests.system.postgres import free_port

READY_S = 600
END_S = 300
RUN_S = 600
Found = TypeVar("Found")
PROCESSES = {
    "run": "prefect.engine",
    "prefect": "flows.servers.prefect_app",
    "runner": "flows.servers.runner",
    "mlflow": "mlflow",
}
"""Job → what is in the command line of the process that does it."""


@dataclass(slots=True)
class Up:
    """A running `nightjar up`: its process, and what it said when it was ready."""

    place: Place
    process: subprocess.Popen[bytes]
    document: dict[str, Any]
    auth: tuple[str, str] | None = None
    api: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.api = httpx.Client(base_url=f"{self.prefect}/api", auth=self.auth, timeout=30)

    @property
    def prefect(self) -> str:
        return str(self.document["prefect"])

    @property
    def mlflow(self) -> str:
        return str(self.document["mlflow"])

    @property
    def said(self) -> str:
        """What it wrote to stderr."""
        return (self.place.root / "up.err").read_text()

    def get(self, path: str) -> Any:
        return self._ask("GET", path).json()

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._ask("POST", path, json=dict(body or {})).json()

    def _ask(self, method: str, path: str, **sent: Any) -> httpx.Response:
        """Like Prefect's own client, ask again where the server is busy with its database."""
        for pause_s in (0.5, 1, 2, 4, 8):
            answer = self.api.request(method, path, **sent)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(pause_s)
        return answer.raise_for_status()

    def deployment(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/deployments/name/{name}/{name}")
        return found

    def start_run(self, name: str, **parameters: object) -> str:
        """Ask for a run of a deployment; its id."""
        run = self.post(
            f"/deployments/{self.deployment(name)['id']}/create_flow_run",
            {"parameters": parameters, "state": {"type": "SCHEDULED"}},
        )
        return str(run["id"])

    def runs(self, **filters: object) -> list[dict[str, Any]]:
        """Flow runs by Prefect's filters, oldest first."""
        found: list[dict[str, Any]] = self.post(
            "/flow_runs/filter", {"flow_runs": filters, "sort": "START_TIME_ASC", "limit": 200}
        )
        return found

    def run(self, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/flow_runs/{run_id}")
        return found

    def wait_for_end(self, run_id: str, patience_s: float = RUN_S) -> dict[str, Any]:
        """The run once it has ended."""
        ended = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
        return wait_until(lambda: self._seen(run_id), lambda run: run.get("state_type") in ended, patience_s)

    def wait_for_completion(self, run_id: str, patience_s: float) -> None:
        """Until the run is completed. One whose process died is crashed for a moment, then started again."""
        ended = ("COMPLETED", "FAILED", "CANCELLED")
        run = wait_until(lambda: self._seen(run_id), lambda run: run.get("state_type") in ended, patience_s)
        assert run["state_type"] == "COMPLETED", (run["state"], self.logs(run_id))

    def _seen(self, run_id: str) -> dict[str, Any]:
        """The run; nothing while the server is away."""
        try:
            return self.run(run_id)
        except httpx.TransportError:
            return {}

    def logs(self, run_id: str) -> str:
        """The lines of a run's log."""
        lines = self.post(
            "/logs/filter",
            {"logs": {"flow_run_id": {"any_": [run_id]}}, "sort": "TIMESTAMP_ASC", "limit": 200},
        )
        return "\n".join(line["message"] for line in lines)

    def artifacts(self, run_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.post(
            "/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run_id]}}, "limit": 200}
        )
        return found

    def process_of(self, name: str) -> psutil.Process:
        """The oldest process that does this job."""
        words = PROCESSES[name]
        found = [process for process in self.place.processes() if words in " ".join(process.cmdline())]
        assert found, [process.cmdline() for process in self.place.processes()]
        return min(found, key=lambda process: process.create_time())

    def stop(self) -> None:
        """SIGTERM to it alone; it must end all that it started, and say that it is done."""
        self.api.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(END_S) == 0, self.said
        assert all_gone(self.place), f"still there: {self.place.processes()}"

    def kill(self) -> None:
        """End everything that it started, and itself, by force: the machine loses power."""
        self.api.close()
        for process in self.place.processes():
            process.kill()
        self.process.kill()
        self.process.wait(END_S)
        assert all_gone(self.place), f"still there: {self.place.processes()}"


@contextmanager
def up(place: Place, **environment: str) -> Iterator[Up]:
    """Start `nightjar up` on free ports, wait until it says that it is ready, stop it at the end."""
    running = start_up(place, **environment)
    try:
        yield running
    finally:
        running.stop()


def start_up(place: Place, **environment: str) -> Up:
    """Start `nightjar up` on free ports and wait until it says that it is ready."""
    ports = ("--prefect-port", free_port(), "--mlflow-port", free_port())
    out, err = place.root / "up.out", place.root / "up.err"
    began = time.monotonic()
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            place.command("up", "--json", *ports),
            env=place.environment | environment, cwd=place.root, stdout=stdout, stderr=stderr,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    while not out.read_text().endswith("\n"):
        assert process.poll() is None, err.read_text()
        if time.monotonic() - began > READY_S:
            process.send_signal(signal.SIGTERM)
            process.wait(END_S)
            raise AssertionError(f"not ready after {READY_S} s:\n{err.read_text()}")
        time.sleep(0.05)
    auth = environment.get("NIGHTJAR_AUTH")
    user, _, password = (auth or "").partition(":")
    return Up(place, process, json.loads(out.read_text()), (user, password) if auth else None)


def wait_until(look: Callable[[], Found], good: Callable[[Found], bool], patience_s: float = RUN_S) -> Found:
    """What `look` finds as soon as it is good. AssertionError where it does not become so."""
    until = time.monotonic() + patience_s
    while True:
        found = look()
        if good(found):
            return found
        assert time.monotonic() < until, f"after {patience_s:.0f} s still: {found}"
        time.sleep(0.5)
