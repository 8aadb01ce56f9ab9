"""A whole `nightjar` command as a process: seconds, memory of it and its children, and what it said of its steps."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
SAMPLE_S = 0.05
_STEP = re.compile(r"^✓ (?P<step>.*?)\s{2,}(?P<note>.*\S)\s+(?P<seconds>[\d.]+) s$")


@dataclass(frozen=True, slots=True)
class Step:
    """One finished step of a night as it was announced."""

    name: str
    note: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command cost. `cpu_s`: user and system, of the command and the children that it waited for.

    `peak_mib`: resident memory of the largest process. `peak_tree_mib`: of the command and all that it started,
    together; what they share counts more than once.
    """

    code: int
    wall_s: float
    cpu_s: float
    peak_mib: float
    peak_tree_mib: float
    steps: tuple[Step, ...]
    document: Mapping[str, Any]

    def seconds_of(self, *names: str) -> float:
        """Of the steps whose name is one of these, or ends with it after the space's name."""
        return sum(step.seconds for step in self._steps_of(names))

    def note_of(self, name: str) -> str:
        """What the first such step ended with; empty where there was none."""
        return next((step.note for step in self._steps_of((name,))), "")

    def _steps_of(self, names: tuple[str, ...]) -> list[Step]:
        return [step for step in self.steps if step.name.rpartition(": ")[2] in names]


@dataclass(frozen=True, slots=True)
class Nightjar:
    """The command line on one home."""

    home: Path
    landing: Path
    config: Path = ROOT / "pipelines.yaml"

    def __call__(self, *arguments: object, config: Path | None = None) -> Cost:
        """Run to the end; SystemExit with what it said where it failed."""
        places = ["--home", self.home, "--landing", self.landing, "--config", config or self.config, "--json"]
        command = [sys.executable, "-m", "flows.commands.command_line", *arguments, *places]
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
            began = time.perf_counter()
            process = subprocess.Popen(list(map(str, command)), cwd=ROOT, stdout=out, stderr=said)
            with _Watch(process.pid) as watch:
                _, status, usage = os.wait4(process.pid, 0)
            wall_s = time.perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0), said.seek(0)
            text, spoken = out.read().decode(), said.read().decode()
        if process.returncode not in (0, 3):
            raise SystemExit(
                f"{' '.join(map(str, arguments))} ended with code {process.returncode}\n{spoken}"
            )
        return Cost(
            code=process.returncode,
            wall_s=wall_s,
            cpu_s=usage.ru_utime + usage.ru_stime,
            peak_mib=max(usage.ru_maxrss / 1024, watch.largest / 2**20),
            peak_tree_mib=watch.together / 2**20,
            steps=steps_in(spoken),
            document=json.loads(text),
        )


def steps_in(said: str) -> tuple[Step, ...]:
    """The steps that a command announced as finished, in order."""
    found = (_STEP.match(line) for line in said.splitlines())
    return tuple(Step(one["step"], one["note"], float(one["seconds"])) for one in found if one)


class _Watch:
    """Samples the resident bytes of a process and its descendants: `largest` of one, and `together`."""

    def __init__(self, pid: int) -> None:
        self.largest = self.together = 0
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            root = psutil.Process(self._pid)
            while not self._done.wait(SAMPLE_S):
                resident = [_resident(process) for process in (root, *root.children(recursive=True))]
                self.largest = max(self.largest, *resident)
                self.together = max(self.together, sum(resident))
        except psutil.NoSuchProcess:
            return


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
