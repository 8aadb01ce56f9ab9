"""One run at a time on a home. The lock is the kernel's: a killed run leaves none behind."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.errors import NightjarError


class HomeBusyError(NightjarError):
    """Another run writes to this home."""


@contextmanager
def only_writer(home: Path) -> Iterator[None]:
    """Hold the home for writing while the block runs. HomeBusyError at once where another process holds it."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "writer.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise HomeBusyError(
                f"{home}: another run (process {holder}) is writing to this home; wait for it or stop it"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
