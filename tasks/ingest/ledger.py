"""Ledger entries that bring no lines in: refused files, and files that were touched but say the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tasks.ingest.landing import LandedFile
from tasks.ingest.memory import Standing
from warehouse.database import Warehouse

_RETIRE_REFUSALS = """
UPDATE ledger_file SET state = 'superseded', reason = concat_ws('; ', reason, $why)
WHERE path = $path AND sha256 <> $sha256 AND state = 'refused'
"""

_REFUSE = """
INSERT INTO ledger_file
    (stream, path, sha256, bytes, landed_on, lines, accepted, duplicates, quarantined, blank, state, reason, loaded_for)
VALUES ($stream, $path, $sha256, $bytes, $landed_on, 0, 0, 0, 0, 0, 'refused', $reason, $loaded_for)
ON CONFLICT (path, sha256) DO UPDATE SET
    stream = excluded.stream, bytes = excluded.bytes, landed_on = excluded.landed_on, lines = 0, accepted = 0,
    duplicates = 0, quarantined = 0, blank = 0, state = 'refused', reason = excluded.reason,
    loaded_for = excluded.loaded_for
"""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Writes for the run of one day, each entry in a transaction of its own."""

    warehouse: Warehouse
    loaded_for: date

    def refuse(self, file: LandedFile, sha256: str, reason: str) -> None:
        """Note a refusal; an earlier content of the file stays in place. `sha256` is empty where it is not known."""
        with self.warehouse.transaction():
            self._retire_refusals(file, sha256, "found with other bytes")
            self.warehouse.execute(
                _REFUSE,
                {
                    "stream": file.log.stream.name,
                    "path": file.path,
                    "sha256": sha256,
                    "bytes": file.stamp.bytes,
                    "landed_on": str(file.landed_on),
                    "reason": reason,
                    "loaded_for": self.loaded_for,
                },
            )

    def confirm(self, file: LandedFile, standing: Standing) -> None:
        """The file has other times but the bytes that stand: remember the times."""
        with self.warehouse.transaction():
            self._retire_refusals(file, standing.sha256, "the bytes loaded before are back")
            self.warehouse.execute(
                "UPDATE landed_file SET modified_ns = ?, changed_ns = ? WHERE file_id = ?",
                [file.stamp.modified_ns, file.stamp.changed_ns, standing.file_id],
            )

    def _retire_refusals(self, file: LandedFile, sha256: str, why: str) -> None:
        self.warehouse.execute(_RETIRE_REFUSALS, {"path": file.path, "sha256": sha256, "why": why})
