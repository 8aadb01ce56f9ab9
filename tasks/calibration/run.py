"""Score methods, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping

from tasks.calibration.one import Request
from tasks.calibration.score import Score
from tasks.embeddings.contract import Report
from warehouse.errors import NightjarError


class CalibrationError(NightjarError):
    """A method could not be scored on a set."""


def run(request: Request, report: Report, environment: Mapping[str, str]) -> Score:
    """Start a process, wait for its score. CalibrationError with its reason where it has none."""
    command = [sys.executable, "-m", "tasks.calibration.one"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(environment)
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        json.dump(request.as_json(), process.stdin)
        process.stdin.close()
        for line in process.stdout:
            told = json.loads(line)
            if "score" in told:
                return Score.from_json(told["score"])
            if "refused" in told:
                raise CalibrationError(told["refused"])
            report(told["done"], told["total"])
    name = request.what if isinstance(request.what, str) else request.what.method
    raise CalibrationError(
        f"{name}: its process ended with code {process.returncode} and no score; what it said stands above"
    )
