"""One run at a time on a home. The lock is the kernel's: a killed run leaves none behind."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from warehouse.errors import NightjarError

POLL_S = 1.0


class HomeBusyError(NightjarError):
    """Another run writes to this home."""


@contextmanager
def only_writer(home: Path, patience_s: float = 0) -> Iterator[None]:
    """Hold the home for writing while the block runs.

    HomeBusyError where another process still holds it after `patience_s`.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "writer.lock").open("a+") as file:
        until = time.monotonic() + patience_s
        while not _locked(file):
            if time.monotonic() >= until:
                file.seek(0)
                holder = file.read().strip() or "unknown"
                raise HomeBusyError(
                    f"{home}: another run (process {holder}) is writing to this home; wait for it or stop it"
                )
            time.sleep(POLL_S)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
