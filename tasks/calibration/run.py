"""Score methods, each in a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from tasks.calibration.one import Request
from tasks.calibration.score import MethodScore
from tasks.child_processes import end_with_parent
from tasks.embeddings.contract import Report
from warehouse.errors import NightjarError


class CalibrationError(NightjarError):
    """A method could not be scored on a set."""


def run(request: Request, report: Report, environment: Mapping[str, str]) -> MethodScore:
    """Start a process, wait for its score. CalibrationError with its reason where it has none."""
    command = [sys.executable, "-m", "tasks.calibration.one"]
    with ExitStack() as stack:
        with _interrupt_held():
            process = stack.enter_context(
                subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    env=dict(environment),
                    start_new_session=True,  # a terminal's Ctrl-C is heard here, and ends it by the way out
                    preexec_fn=end_with_parent,
                )
            )
            stack.callback(process.kill)
        signal.siginterrupt(signal.SIGINT, True)  # polars' handler would have the wait for a line go on
        return _heard(process, request, report)


@contextmanager
def _interrupt_held() -> Iterator[None]:
    """A Ctrl-C inside is raised at the end: what Python calls around a fork would swallow it. Main thread only."""
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if heard:
        raise KeyboardInterrupt


def _heard(process: subprocess.Popen[str], request: Request, report: Report) -> MethodScore:
    assert process.stdin is not None and process.stdout is not None
    json.dump(request.as_json(), process.stdin)
    process.stdin.close()
    for line in process.stdout:
        told = json.loads(line)
        if "score" in told:
            return MethodScore.from_json(told["score"])
        if "refused" in told:
            raise CalibrationError(told["refused"])
        report(told["done"], told["total"])
    name = request.what if isinstance(request.what, str) else request.what.method
    raise CalibrationError(
        f"{name}: its process ended with code {process.wait()} and no score; what it said stands above"
    )
