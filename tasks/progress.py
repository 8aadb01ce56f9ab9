"""Long work says what it is doing; who listens is decided elsewhere (a terminal, a log, nobody)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

logger = logging.getLogger("nightjar")

Report = Callable[[int, int], None]
"""Called with (steps done, steps in all)."""


class Listener(Protocol):
    """What shows progress."""

    def started(self, step: str) -> None: ...
    def advanced(self, step: str, done: int, total: int) -> None: ...
    def finished(self, step: str, note: str) -> None: ...


class LogListener:
    """Writes the beginning and the end of each step to the log."""

    def started(self, step: str) -> None:
        logger.info("%s: started", step)

    def advanced(self, step: str, done: int, total: int) -> None:
        logger.debug("%s: %d of %d", step, done, total)

    def finished(self, step: str, note: str) -> None:
        logger.info("%s: %s", step, note)


class Step:
    """A step under way: call it with (done, total); give `note` what the last line should say."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.note = "done"

    def __call__(self, done: int, total: int) -> None:
        _listener.advanced(self.name, done, total)


_listener: Listener = LogListener()


@contextmanager
def step(name: str) -> Iterator[Step]:
    """Announce a step; its end is announced only where it did not fail."""
    current = Step(name)
    _listener.started(name)
    yield current
    _listener.finished(name, current.note)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Let `listener` hear every step inside the block, in all threads of the process."""
    global _listener
    before, _listener = _listener, listener
    try:
        yield
    finally:
        _listener = before


@contextmanager
def heard_also_by(listener: Listener) -> Iterator[None]:
    """Let `listener` hear every step inside the block, beside whoever listens already."""
    with heard_by(Both(_listener, listener)):
        yield


class Both:
    """Two listeners; what the first shows is not held up by the second."""

    def __init__(self, first: Listener, second: Listener) -> None:
        self._both = (first, second)

    def started(self, step: str) -> None:
        for one in self._both:
            one.started(step)

    def advanced(self, step: str, done: int, total: int) -> None:
        for one in self._both:
            one.advanced(step, done, total)

    def finished(self, step: str, note: str) -> None:
        for one in self._both:
            one.finished(step, note)
