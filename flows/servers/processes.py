"""Programs that are kept running: started in order, watched, started again, stopped in reverse order."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tasks.child_processes import end_with_parent
from warehouse.errors import NightjarError

POLL_S = 0.1
REPORTED_EVERY_S = 10
GRACE_S = 25
RESTARTS, WITHIN_S = 5, 600
KEPT_LOG_BYTES = 20_000_000


class ProgramError(NightjarError):
    """A program does not come up, or does not stay up; the message says where its log is."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program of ours. `is_ready` is asked until it says so, as long as the process lives: a busy machine needs
    minutes. It gets the time (s) at which the start began.

    `orphaned_by`: the signal that ends it when the supervisor is killed.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    is_ready: Callable[[float], bool]
    orphaned_by: signal.Signals = signal.SIGTERM


@dataclass(eq=False)
class Running:
    """A program, the process that runs it, and when it had to be started again."""

    program: Program
    log: Path
    process: subprocess.Popen[bytes] | None = None
    restarts: deque[float] = field(default_factory=lambda: deque(maxlen=RESTARTS))

    def start(self, stopping: Callable[[], bool], tell: Callable[[str], None]) -> None:
        """Start it and wait until it is ready, or until all is to stop; every 10 s `tell` what is waited for.

        ProgramError where it ends before.
        """
        keep_short(self.log)
        began = time.time()
        with self.log.open("ab") as file:
            self.process = subprocess.Popen(
                self.program.command,
                env=dict(self.program.environment),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
                preexec_fn=partial(end_with_parent, self.program.orphaned_by),
            )
        reported = began
        while not stopping() and not self.program.is_ready(began):
            if (code := self.process.poll()) is not None:
                raise ProgramError(
                    f"{self.program.name} ended ({describe_exit(code)}) before it was ready; see {self.log}"
                )
            if time.time() - reported > REPORTED_EVERY_S:
                reported = time.time()
                tell(f"waiting for {self.program.name}, {reported - began:.0f} s so far; see {self.log}")
            time.sleep(POLL_S)

    def stop(self) -> None:
        """Ask it to end, wait, and end by force what is left of it and of the processes that it started."""
        if self.process is None:
            return
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE_S)
        self.sweep()

    def sweep(self) -> None:
        """End by force whatever is left of it: it leads a session of its own."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Supervisor:
    """Keeps programs running, all or none of them.

    `tell` gets one line for whatever a person would want to know. `stop_soon` may be called from a signal handler.
    """

    def __init__(self, programs: Sequence[Program], logs: Path, tell: Callable[[str], None]) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self._running = [Running(program, logs / f"{program.name}.log") for program in programs]
        self._tell = tell
        self._stopping = False

    def stop_soon(self) -> None:
        """Let `start` and `watch` return. Nothing is locked: a signal may come while the same thread waits."""
        self._stopping = True

    def is_stopping(self) -> bool:
        return self._stopping

    def start(self) -> None:
        """Start every program, each when the one before it is ready."""
        for running in self._running:
            if not self._stopping:
                self._tell(f"starting {running.program.name}")
                running.start(self.is_stopping, self._tell)

    def watch(self) -> None:
        """Start again what dies, until it is to stop. ProgramError where one keeps dying."""
        while not self._stopping:
            time.sleep(POLL_S)
            for running in self._running:
                if running.process is not None and running.process.poll() is not None:
                    self._revive(running, running.process.returncode)

    def stop(self) -> None:
        """Stop every program, the last one started first."""
        for running in reversed(self._running):
            running.stop()

    def _revive(self, running: Running, code: int) -> None:
        name, at = running.program.name, time.monotonic()
        running.sweep()
        if len(running.restarts) == RESTARTS and at - running.restarts[0] < WITHIN_S:
            raise ProgramError(
                f"{name} ended {RESTARTS + 1} times within {WITHIN_S // 60} minutes, so all is stopped; "
                f"see {running.log}"
            )
        running.restarts.append(at)
        self._tell(f"{name} ended ({describe_exit(code)}) and is started again; see {running.log}")
        running.start(self.is_stopping, self._tell)
        if not self._stopping:
            self._tell(f"{name} is back")


def describe_exit(code: int) -> str:
    """How a process ended, for people."""
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"code {code}"


def keep_short(log: Path) -> None:
    """Put a long log aside, in the place of the one put aside before."""
    if log.exists() and log.stat().st_size > KEPT_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
