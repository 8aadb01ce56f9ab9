"""Files of item sequences: one user a line, `user item item …`, in the order in which the items were touched."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

EXPECTED = "expected `user item item …`, separated by spaces, one user a line"


def read_lines(path: Path) -> dict[str, list[str]]:
    """User → items in order, in the order of the file; plain text in UTF-8, or `.gz` of it.

    ValueError in one line, with file, line number, what was expected and found, where the file is anything else.
    Memory: the file's contents as Python strings, about 80 bytes an item.
    """
    users: dict[str, list[str]] = {}
    first: dict[str, int] = {}
    for number, line in numbered(path):
        user, *items = line.split() or [""]
        if not items:
            raise ValueError(f"{path}, line {number}: {EXPECTED}; found {_shown(line)}")
        if user in first:
            raise ValueError(
                f"{path}, line {number}: expected each user on one line, found {user!r} on line {first[user]} too"
            )
        first[user] = number
        users[user] = items
    if not users:
        raise ValueError(f"{path}, line 1: {EXPECTED}; found an empty file")
    return users


def numbered(path: Path) -> Iterator[tuple[int, str]]:
    """Lines of UTF-8 from 1, of a file or of its `.gz`; ValueError, in one line, where it is not whole."""
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                yield number, line.decode()
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path}, line {number}: expected UTF-8, found byte {error.object[error.start]:#04x}"
        ) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(
            f"{path}, after line {number}: expected a whole gzip file, found: {error}"
        ) from error


def _shown(line: str) -> str:
    text = line.strip()
    return f"{text[:40]!r}" if text else "a blank line"
