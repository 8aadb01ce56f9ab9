"""Children that do not outlive their parent."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent(how: signal.Signals = signal.SIGTERM) -> None:
    """Ask Linux to send `how` to this process when its parent dies, even by SIGKILL.

    Elsewhere nothing is asked: what is left over is found by the next start.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, how)


def end_with_runner(runner: int | None) -> None:
    """End this process, at once, together with the runner that started it; the runner may be gone already.

    Whatever runs is then in the hands of a runner that lives, and what is left of a dead one is easily told.
    """
    if runner is None:
        return
    end_with_parent(signal.SIGKILL)
    if os.getppid() != runner:
        os.kill(os.getpid(), signal.SIGKILL)
