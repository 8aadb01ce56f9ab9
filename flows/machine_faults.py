"""Faults of the machine as one line for people: cause, path, remedy."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb

from warehouse.errors import NightjarError
from warehouse.home import Home

FULL = {errno.ENOSPC, errno.EDQUOT}
SAID = ("No space left on device", "disk is full", "Disk quota exceeded")
NO_ROOM_BYTES = 4 << 20
"""With less room than this, a server whose database lies there answers with errors of its own."""


def in_one_line(error: BaseException, home: Home) -> str | None:
    """What is wrong with the disk or the warehouse, and what to do, or a fault that is known; None for all others."""
    chain = list(_causes(error))
    full = next((one for one in chain if _says_full(one)), None)
    if full is not None or _free(home.root) < NO_ROOM_BYTES:
        place = getattr(full, "filename", None) or home.root
        return (
            f"{place}: no room is left on the disk ({_free(home.root) >> 20} MiB free); make room, then run the "
            "same command again: what is finished is kept"
        )
    for one in chain:
        if isinstance(one, duckdb.Error):
            message = " ".join(str(one).split())
            return (
                f"{home.warehouse}: {message}; run the command again, and where it fails alike, `nightjar repair` "
                "builds the warehouse anew from the landing folder"
            )
        if isinstance(one, OSError) and one.filename is not None:
            return f"{one.filename}: {one.strerror}; mend that, then run the same command again"
    return str(error) if isinstance(error, NightjarError) else None


def _says_full(error: BaseException) -> bool:
    return (isinstance(error, OSError) and error.errno in FULL) or any(words in str(error) for words in SAID)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The fault and what led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _free(folder: Path) -> int:
    """Bytes that are free where `folder` is, or would be made."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return shutil.disk_usage(there).free
