"""What stands in the warehouse of each landed file, so that an unchanged one need not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tasks.ingest.landing import LandedFile, Stamp
from warehouse.duckdb.database import Warehouse

_STANDING = """
SELECT path, file_id, sha256, bytes, modified_ns, changed_ns
FROM landed_file JOIN ledger_file USING (path, sha256)
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """A file whose lines stand in the raw tables."""

    file_id: int
    sha256: str
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Memory:
    """The files that stand, by path."""

    files: Mapping[str, Standing] = field(default_factory=dict)

    def of(self, file: LandedFile) -> Standing | None:
        return self.files.get(file.path)

    def holds(self, file: LandedFile) -> bool:
        """Whether the file stands as it is: the same size and times mean the same bytes."""
        standing = self.of(file)
        return standing is not None and standing.stamp == file.stamp and file.forbidden is None

    @property
    def next_file_id(self) -> int:
        return 1 + max((standing.file_id for standing in self.files.values()), default=0)


def recall(warehouse: Warehouse) -> Memory:
    """What `warehouse` holds."""
    return Memory(
        {
            path: Standing(file_id, sha256, Stamp(size, modified, changed))
            for path, file_id, sha256, size, modified, changed in warehouse.rows(_STANDING)
        }
    )
