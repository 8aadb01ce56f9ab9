"""`current.json`: the version that consumers follow."""

from __future__ import annotations

from pydantic import PositiveInt, ValidationError

from warehouse.files import rename, write_file
from warehouse.snapshots.canonical import Frozen, Moment, Sha256, canonical_bytes, parse_object
from warehouse.snapshots.decisions import Decision
from warehouse.snapshots.errors import DamagedSnapshotError
from warehouse.snapshots.layout import CURRENT, SpaceFolder, VersionName


class Current(Frozen):
    """What is current, since when, and why where a person decided it. `sequence` counts the moves, from 1."""

    version: VersionName
    manifest_sha256: Sha256
    published_at: Moment
    sequence: PositiveInt
    decision: Decision | None = None


def read_current(folder: SpaceFolder) -> Current | None:
    """What is current, None where nothing has been published.

    DamagedSnapshotError where the file is not whole.
    """
    try:
        data = folder.current.read_bytes()
    except FileNotFoundError:
        return None
    try:
        return Current.model_validate(parse_object(data, folder.current))
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(str(part) for part in problem["loc"])
        raise DamagedSnapshotError(
            f"{folder.current}: {place}: {problem['msg']}; restore it from a backup, or remove it and "
            "publish again"
        ) from error


def replace_current(folder: SpaceFolder, current: Current) -> None:
    """Point at another version, atomically. A reader sees the old pointer or the new one, never a part."""
    aside = folder.aside(CURRENT)
    write_file(aside, canonical_bytes(current.document()))
    rename(aside, folder.current)
