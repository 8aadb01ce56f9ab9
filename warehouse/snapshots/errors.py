"""What can go wrong with a snapshot.

Each message names the file, what was expected and found, and the remedy.
"""

from __future__ import annotations

from warehouse.errors import NightjarError


class SnapshotError(NightjarError):
    """A snapshot cannot be written, published or read as asked."""


class SpaceNameError(SnapshotError):
    """What is no name of a space, such as `../other`, was given as one."""

    wrong_usage = True


class DamagedSnapshotError(SnapshotError):
    """Bytes on disk are not what was published."""


class SpaceMismatchError(SnapshotError):
    """Vectors of two space ids would be compared."""
