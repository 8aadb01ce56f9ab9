"""Runs that do not outlive their runner."""

from __future__ import annotations

import os
import signal

from tasks.child_processes import end_with_parent


def end_with_runner(runner: int | None) -> None:
    """End this process, at once, together with the runner that started it; the runner may be gone already.

    Whatever runs is then in the hands of a runner that lives, and what is left of a dead one is easily told.
    """
    if runner is None:
        return
    end_with_parent(signal.SIGKILL)
    if os.getppid() != runner:
        os.kill(os.getpid(), signal.SIGKILL)
