"""Files that a home keeps for itself, each with its SHA-256 beside it: `.NAME.sha256`.

They can all be made again, so one that is damaged is removed, with a line in the log, as if it had never been made. A
file without a seal is of an earlier edition and taken as it is.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from warehouse.files import write_file
from warehouse.fingerprint import file_digest

logger = logging.getLogger("nightjar")

SUFFIX = ".sha256"


def seal_of(path: Path) -> Path:
    """Where the seal of a file is."""
    return path.with_name(f".{path.name}{SUFFIX}")


def seal(path: Path, content_at: Path) -> None:
    """Write the seal that `path` will have once `content_at` has its name: the seal is there first."""
    write_file(seal_of(path), file_digest(content_at).encode())


def is_sound(path: Path) -> bool:
    """Whether a file that is there holds what was written."""
    try:
        expected = seal_of(path).read_text()
    except FileNotFoundError:
        return True
    except UnicodeDecodeError:
        return False
    return file_digest(path) == expected


def there(path: Path) -> bool:
    """Whether a file is there and sound; one that is damaged is removed, and the log says so."""
    if not path.exists():
        return False
    if is_sound(path):
        return True
    logger.error("%s: damaged, its bytes are not what was written; it is made again", path)
    remove(path)
    return False


def remove(path: Path) -> None:
    """Remove a file and its seal."""
    path.unlink(missing_ok=True)
    seal_of(path).unlink(missing_ok=True)


def move(path: Path, target: Path) -> None:
    """Give a file and its seal another name."""
    if seal_of(path).exists():
        seal_of(path).replace(seal_of(target))
    path.replace(target)


def damaged(folder: Path) -> Iterator[Path]:
    """Sealed files below `folder` that do not hold what was written, in order."""
    for mark in sorted(folder.rglob(f".*{SUFFIX}")):
        path = mark.with_name(mark.name[1 : -len(SUFFIX)])
        if path.is_file() and not is_sound(path):
            yield path
