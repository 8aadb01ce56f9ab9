"""What a served run shows of its steps: lines in its log, and a progress artifact for each step that takes long."""

from __future__ import annotations

import atexit
import contextvars
import logging
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.context import FlowRunContext
from prefect.exceptions import MissingContextError
from prefect.logging import get_run_logger
from prefect.logging.handlers import APILogHandler
from prefect.logging.loggers import LoggingAdapter
from prefect.runtime import flow_run

from tasks.progress import LogListener, heard_also_by

HEARD = ("nightjar", "sentence_transformers", "torch")
"""Loggers whose lines of level INFO belong into the run's log; PREFECT_LOGGING_EXTRA_LOGGERS must name them too."""
QUIET = ("gensim",)
"""Loggers of which only warnings belong there: they write lines for each epoch and each collection."""
GOODBYE_S = 3.0
"""How long the end of the process waits for the last writes."""

logger = logging.getLogger("nightjar")


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: how long a step goes on before it gets an artifact, and from one write to the next."""

    shown_after_s: float = 4.0
    every_s: float = 1.0


def hear_all() -> None:
    """Let every line of level INFO into the log of the run that this process serves."""
    for name in HEARD:
        if logging.getLogger(name).level == logging.NOTSET:
            logging.getLogger(name).setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


@contextmanager
def also_logged() -> Iterator[None]:
    """For a run of a command: what is shown on the terminal stands in the run's log too, steps among it.

    Warnings go on to stderr, as without a log.
    """
    told = logging.StreamHandler(sys.stderr)
    told.setLevel(logging.WARNING)
    handlers, before = (APILogHandler(logging.INFO), told), logger.level
    logger.setLevel(logging.INFO)
    for handler in handlers:
        logger.addHandler(handler)
    try:
        with heard_also_by(LogListener()):
            yield
    finally:
        logger.setLevel(before)
        for handler in handlers:
            logger.removeHandler(handler)


class RunListener:
    """A `tasks.progress.Listener` for the flow run that it is made in. Any thread may call it.

    Artifacts are written by a thread of their own: an API that is slow or gone costs the run nothing but the artifact.
    """

    def __init__(self, pace: Pace | None = None) -> None:
        self._log, self._run = get_run_logger(), UUID(str(flow_run.id))
        self._bars = _Bars(pace or Pace())
        hear_all()

    def started(self, step: str) -> None:
        self._here().info("%s: started", step)
        self._bars.start(step, UUID(str(flow_run.id)) if FlowRunContext.get() else self._run)

    def advanced(self, step: str, done: int, total: int) -> None:
        self._bars.advance(step, done, total)

    def finished(self, step: str, note: str) -> None:
        seconds = self._bars.end(step)
        self._here().info("%s: %s, %.1f s", step, note, seconds)

    def _here(self) -> logging.Logger | LoggingAdapter:
        """The log of the run that the step is in, maybe one inside the listener's; in other threads the listener's."""
        try:
            return get_run_logger()
        except MissingContextError:
            return self._log


@dataclass(slots=True)
class _Bar:
    """A step under way, and the part of it that the artifact shows."""

    step: str
    run: UUID
    since: float
    done: int = 0
    total: int = 0
    ended: bool = False
    artifact: UUID | None = None
    shown: tuple[int, int, bool] = (0, 0, False)

    @property
    def state(self) -> tuple[int, int, bool]:
        return self.done, self.total, self.ended

    @property
    def percent(self) -> float:
        return 100.0 if self.ended else min(100.0, 100.0 * self.done / self.total)

    @property
    def words(self) -> str:
        return f"{self.step}: {self.done:,} of {self.total:,}{', done' if self.ended else ''}"


class _Bars:
    """The steps under way, and the thread that shows them; it lives only while there are any."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._bars: dict[str, _Bar] = {}
        self._ended: list[_Bar] = []
        self._lock = threading.Lock()
        self._writer: threading.Thread | None = None
        self._hurry = threading.Event()
        atexit.register(self._say_goodbye)

    def start(self, step: str, run: UUID) -> None:
        with self._lock:
            self._bars[step] = _Bar(step, run, time.monotonic())

    def advance(self, step: str, done: int, total: int) -> None:
        with self._lock:
            bar = self._bars.get(step)
            if bar is None or total <= 0:
                return
            bar.done, bar.total = done, total
            if self._writer is None:
                context = contextvars.copy_context()  # the run's settings, which threads do not inherit
                self._writer = threading.Thread(target=context.run, args=(self._write,), daemon=True)
                self._writer.start()

    def end(self, step: str) -> float:
        """Seconds since it began."""
        with self._lock:
            bar = self._bars.pop(step, None)
            if bar is None:
                return 0.0
            if self._writer is not None and self._writer.is_alive() and bar.total > 0:
                bar.ended = True
                self._ended.append(bar)
            return time.monotonic() - bar.since

    def _write(self) -> None:
        try:
            with get_client(sync_client=True) as client:
                while self._look(client):
                    self._hurry.wait(self._pace.every_s)
        except Exception:
            logger.warning("progress artifacts are given up, the run goes on", exc_info=True)

    def _look(self, client: SyncPrefectClient) -> bool:
        """Write what has changed. False where nothing is left to be written, and then the thread ends."""
        with self._lock:
            ended, self._ended = self._ended, []
            bars = [*ended, *(bar for bar in self._bars.values() if bar.total > 0)]
            if not bars:
                self._writer = None
                return False
        for bar in bars:
            self._show(client, bar)
        return True

    def _show(self, client: SyncPrefectClient, bar: _Bar) -> None:
        with self._lock:
            state, percent, words = bar.state, bar.percent, bar.words
            long = not bar.ended and time.monotonic() - bar.since >= self._pace.shown_after_s
        if bar.artifact is not None and bar.shown != state:
            client.update_artifact(bar.artifact, ArtifactUpdate(description=words, data=percent))
        elif bar.artifact is None and long:
            key = artifact_key(bar.step)
            wanted = ArtifactCreate(
                key=key, type="progress", description=words, data=percent, flow_run_id=bar.run
            )
            bar.artifact = client.create_artifact(wanted).id
        bar.shown = state

    def _say_goodbye(self) -> None:
        """At the end of the process: no more waiting between two writes, and not for long on a slow API."""
        self._hurry.set()
        with self._lock:
            writer = self._writer
            self._bars = {}
        if writer is not None:
            writer.join(GOODBYE_S)


def artifact_key(step: str) -> str:
    """`flit_text: train` → `flit-text-train`: Prefect takes lower-case letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", step.lower()).strip("-")
