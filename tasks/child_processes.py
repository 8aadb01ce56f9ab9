"""Children that do not outlive their parent."""

from __future__ import annotations

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent(how: signal.Signals = signal.SIGTERM) -> None:
    """Ask Linux to send `how` to this process when its parent dies, even by SIGKILL.

    Elsewhere nothing is asked: what is left over ends by itself, or is found by the next start.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, how)
