"""Ctrl-C while a line is logged."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from flows.commands import interruption
from flows.commands.interruption import Interruption


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGALRM)}
    signal.signal(signal.SIGINT, Interruption())
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number, kept in before.items():
        signal.signal(number, kept)


class InterruptedHandler(logging.Handler):
    """Ctrl-C is pressed while it writes."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        signal.raise_signal(signal.SIGINT)
        self.written.append(record.getMessage())


def test_it_interrupts_at_once() -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_line_is_logged_whole_and_the_interruption_follows() -> None:
    log, handler = logging.Logger("test"), InterruptedHandler()
    log.addHandler(handler)
    with pytest.raises(KeyboardInterrupt):
        log.error("whole")
        while True:
            time.sleep(0.001)
    assert handler.written == ["whole"]


def test_a_log_that_hangs_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interruption, "LOGGED_WITHIN_S", 0.1)

    class Hanging(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            signal.raise_signal(signal.SIGINT)
            while True:
                time.sleep(0.001)

    log = logging.Logger("test")
    log.addHandler(Hanging())
    with pytest.raises(KeyboardInterrupt):
        log.error("never")


STORM = """
import os, queue, signal, sys, threading, time
from flows.commands.interruption import Interruption
signal.signal(signal.SIGINT, Interruption())
lines, heard, end = queue.Queue(), 0, time.monotonic() + 3
answered = threading.Semaphore(0)
def press():
    while time.monotonic() < end - 0.5:
        answered.acquire()
        time.sleep(0.0005)
        os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=press, daemon=True).start()
while time.monotonic() < end:
    try:
        answered.release()
        while time.monotonic() < end:
            lines.put_nowait("a line")
    except KeyboardInterrupt:
        heard += 1
print("heard", heard > 10, lines.mutex.acquire(timeout=1), flush=True)
os._exit(0)
"""


def test_a_queue_is_left_open_by_hundreds_of_interruptions() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STORM], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "heard True True\n", done.stdout + done.stderr
