"""Where the files of a space lie, and which names are ours.

All paths are relative to the root of the snapshots.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints

from warehouse.snapshots.errors import SnapshotError, SpaceNameError

MANIFEST = "manifest.json"
VECTORS = "vectors.parquet"
INDEX = "index.faiss"
ROTATION = "rotation.npy"
CURRENT = "current.json"
DECISIONS = "decisions.jsonl"
LOCK = ".lock"
ASIDE = ".aside-"
"""Begins the name of everything under way; what a killed process leaves behind is recognised by it."""

SPACE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$"
VERSION_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9a-f]{12}$"

SpaceName = Annotated[str, StringConstraints(pattern=SPACE_PATTERN)]
VersionName = Annotated[str, StringConstraints(pattern=VERSION_PATTERN)]


def version_name(day: date, fingerprint: str) -> str:
    """`<day>-<first 12 hex of the fingerprint>`."""
    return f"{day.isoformat()}-{fingerprint[:12]}"


def day_of(version: str) -> date:
    """The day that a version's name begins with."""
    return date.fromisoformat(version[:10])


def is_space(name: str) -> bool:
    return re.fullmatch(SPACE_PATTERN, name) is not None


def is_version(name: str) -> bool:
    return re.fullmatch(VERSION_PATTERN, name) is not None


@dataclass(frozen=True, slots=True)
class SpaceFolder:
    """The folder of one space. SpaceNameError where the name cannot be one, such as `../other`."""

    root: Path
    space: str

    def __post_init__(self) -> None:
        if not is_space(self.space):
            raise SpaceNameError(
                f"{self.space!r} is no name of a space: letters, digits, _ and - are allowed; see "
                "`nightjar status`"
            )

    @property
    def path(self) -> Path:
        return self.root / self.space

    @property
    def current(self) -> Path:
        return self.path / CURRENT

    @property
    def decisions(self) -> Path:
        return self.path / DECISIONS

    @property
    def lock(self) -> Path:
        return self.path / LOCK

    def version(self, version: str) -> Path:
        """The folder of a version, whether it exists or not.

        SnapshotError where the name cannot be a version.
        """
        if not is_version(version):
            raise SnapshotError(
                f"{version!r} is no version of {self.space}: expected <YYYY-MM-DD>-<12 hex>; see `nightjar "
                "status`"
            )
        return self.path / version

    def aside(self, name: str) -> Path:
        """Where `name` is made before it becomes visible."""
        return self.path / f"{ASIDE}{name}"

    def leftovers(self) -> list[Path]:
        """What killed processes left under way. Only meaningful while holding the lock."""
        return sorted(path for path in self._entries() if path.name.startswith(ASIDE))

    def versions(self) -> list[str]:
        """Visible versions, oldest day first; within a day by name."""
        return sorted(path.name for path in self._entries() if is_version(path.name) and path.is_dir())

    def _entries(self) -> list[Path]:
        return list(self.path.iterdir()) if self.path.is_dir() else []


def spaces(root: Path) -> list[str]:
    """Names of the spaces that have a folder."""
    return (
        sorted(path.name for path in root.iterdir() if path.is_dir() and is_space(path.name))
        if root.is_dir()
        else []
    )
