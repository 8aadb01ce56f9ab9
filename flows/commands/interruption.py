"""Ctrl-C as a KeyboardInterrupt that leaves no lock of a log taken."""

from __future__ import annotations

import logging
import queue
import signal
import time
from types import FrameType

REPEATED_AFTER_S = 0.02
LOGGED_WITHIN_S = 5.0
"""What is still being logged after so long hangs, and is interrupted."""


class Interruption:
    """A handler of SIGINT. Interrupts at once, but not while a line is logged or put into a queue: then soon after.

    Python raises between any two steps, also between the taking of a lock and the block that gives it back. The lock
    of a queue of Prefect's log would stay taken, and the line that tells of the interruption wait for ever.
    """

    def __init__(self) -> None:
        self._asked_at: float | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        asked_at = self._asked_at or time.monotonic()
        if _is_logging(frame) and time.monotonic() - asked_at < LOGGED_WITHIN_S:
            self._asked_at = asked_at
            signal.signal(signal.SIGALRM, self)
            signal.setitimer(signal.ITIMER_REAL, REPEATED_AFTER_S)
            return
        self._asked_at = None
        raise KeyboardInterrupt


def _is_logging(frame: FrameType | None) -> bool:
    while frame is not None:
        code = frame.f_code
        if code.co_filename == logging.__file__ or (code.co_filename, code.co_name) == (
            queue.__file__,
            "put",
        ):
            return True
        frame = frame.f_back
    return False
