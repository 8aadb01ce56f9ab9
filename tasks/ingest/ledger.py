"""The ledger: a row for each content of each landed file, and what stands of it, so that an unchanged one need not be
read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa

from tasks.ingest.landing import LandedFile, Stamp
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.partitions import newest_night


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file whose lines stand in the raw tables."""

    file_id: int
    sha256: str
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Memory:
    """The files that stand, by path. `newest_night`: the last day for which a night has run, None before the first."""

    files: Mapping[str, LoadedFile] = field(default_factory=dict)
    newest_night: date | None = None

    def night_before(self, file: LandedFile) -> date | None:
        """The newest night that had run without the file, which landed under its day or before; None: in time."""
        late = self.newest_night is not None and file.landed_on.day <= self.newest_night
        return self.newest_night if late else None

    def of(self, file: LandedFile) -> LoadedFile | None:
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
    files = {
        path: LoadedFile(file_id, sha256, Stamp(size, modified, changed))
        for path, file_id, sha256, size, modified, changed in warehouse.rows(_STANDING)
    }
    return Memory(files, newest_night(warehouse))


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file whose lines go in.

    `accepted` still counts duplicates and conflicts. `replaces`: the file_id of an earlier self. `after_night`: as
    `Memory.night_before` says.
    """

    file: LandedFile
    file_id: int
    sha256: str
    accepted: int
    quarantined: int
    left_out: int
    blank: int
    unknown: dict[str, int]
    lost: dict[str, int]
    replaces: int | None
    after_night: date | None

    @property
    def lines(self) -> int:
        return self.accepted + self.quarantined + self.left_out + self.blank


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that does not go in; what stands of an earlier content stays. `sha256`: empty where it is not known."""

    file: LandedFile
    sha256: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """Writes ledger_file and landed_file for the run of one day. Call it within a transaction."""

    warehouse: Warehouse
    loaded_for: date

    def enter(self, files: Sequence[Loaded]) -> None:
        """Enter loaded files; other contents of their paths are superseded."""
        rows = [_row(loaded, self.loaded_for) for loaded in files]
        with self.warehouse.view_of("loaded", pa.Table.from_pylist(rows, _SCHEMA)):
            for statement in _ENTER:
                self.warehouse.execute(statement)

    def refuse(self, refusal: Refusal) -> None:
        file = refusal.file
        self._retire_refusals(file, refusal.sha256, "found with other bytes")
        values = {
            "stream": file.log.stream.name,
            "path": file.path,
            "sha256": refusal.sha256,
            "bytes": file.stamp.bytes,
            "landed_on": str(file.landed_on),
            "reason": refusal.reason,
            "loaded_for": self.loaded_for,
        }
        self.warehouse.execute(_REFUSE, values)

    def confirm(self, file: LandedFile, standing: LoadedFile) -> None:
        """The file has other times but the bytes that stand: remember the times."""
        self._retire_refusals(file, standing.sha256, "the bytes loaded before are back")
        self.warehouse.execute(
            "UPDATE landed_file SET modified_ns = ?, changed_ns = ? WHERE file_id = ?",
            [file.stamp.modified_ns, file.stamp.changed_ns, standing.file_id],
        )

    def _retire_refusals(self, file: LandedFile, sha256: str, why: str) -> None:
        self.warehouse.execute(_RETIRE_REFUSALS, {"path": file.path, "sha256": sha256, "why": why})


_STANDING = """
SELECT path, file_id, sha256, bytes, modified_ns, changed_ns
FROM landed_file JOIN ledger_file USING (path, sha256)
"""

_SCHEMA = pa.schema(
    [
        ("file_id", pa.int32()),
        ("stream", pa.string()),
        ("path", pa.string()),
        ("sha256", pa.string()),
        ("bytes", pa.int64()),
        ("landed_on", pa.string()),
        ("landed_day", pa.date32()),
        ("lines", pa.int64()),
        ("accepted", pa.int64()),
        ("quarantined", pa.int64()),
        ("left_out", pa.int64()),
        ("blank", pa.int64()),
        ("modified_ns", pa.int64()),
        ("changed_ns", pa.int64()),
        ("unknown_fields", pa.string()),
        ("lost_values", pa.string()),
        ("after_night", pa.date32()),
        ("loaded_for", pa.date32()),
    ]
)

_ENTER = (
    """
    UPDATE ledger_file SET
        state = 'superseded',
        reason = concat_ws('; ', ledger_file.reason, 'replaced by sha256 ' || loaded.sha256)
    FROM loaded
    WHERE ledger_file.path = loaded.path AND ledger_file.sha256 <> loaded.sha256
        AND ledger_file.state <> 'superseded'
    """,
    """
    INSERT INTO ledger_file BY NAME
    SELECT stream, path, sha256, bytes, landed_on, lines, accepted, 0 AS duplicates, 0 AS conflicts, quarantined,
        left_out, 0 AS erased, blank, 'loaded' AS state, NULL AS reason, loaded_for
    FROM loaded
    ON CONFLICT (path, sha256) DO UPDATE SET
        stream = excluded.stream, bytes = excluded.bytes, landed_on = excluded.landed_on, lines = excluded.lines,
        accepted = excluded.accepted, duplicates = excluded.duplicates, conflicts = excluded.conflicts,
        quarantined = excluded.quarantined, left_out = excluded.left_out, erased = excluded.erased,
        blank = excluded.blank, state = excluded.state, reason = excluded.reason, loaded_for = excluded.loaded_for
    """,
    "DELETE FROM landed_file WHERE path IN (SELECT path FROM loaded)",
    """
    INSERT INTO landed_file
    SELECT file_id, path, sha256, landed_day, modified_ns, changed_ns, unknown_fields, lost_values, after_night
    FROM loaded ORDER BY file_id
    """,
)

_RETIRE_REFUSALS = """
UPDATE ledger_file SET state = 'superseded', reason = concat_ws('; ', reason, $why)
WHERE path = $path AND sha256 <> $sha256 AND state = 'refused'
"""

_REFUSE = """
INSERT INTO ledger_file
    (stream, path, sha256, bytes, landed_on, lines, accepted, duplicates, conflicts, quarantined, left_out, erased,
     blank, state, reason, loaded_for)
VALUES ($stream, $path, $sha256, $bytes, $landed_on, 0, 0, 0, 0, 0, 0, 0, 0, 'refused', $reason, $loaded_for)
ON CONFLICT (path, sha256) DO UPDATE SET
    stream = excluded.stream, bytes = excluded.bytes, landed_on = excluded.landed_on, lines = 0, accepted = 0,
    duplicates = 0, conflicts = 0, quarantined = 0, left_out = 0, erased = 0, blank = 0, state = 'refused',
    reason = excluded.reason, loaded_for = excluded.loaded_for
"""


def _row(loaded: Loaded, loaded_for: date) -> dict[str, Any]:
    file = loaded.file
    return {
        "file_id": loaded.file_id,
        "stream": file.log.stream.name,
        "path": file.path,
        "sha256": loaded.sha256,
        "bytes": file.stamp.bytes,
        "landed_on": str(file.landed_on),
        "landed_day": file.landed_on.day,
        "lines": loaded.lines,
        "accepted": loaded.accepted,
        "quarantined": loaded.quarantined,
        "left_out": loaded.left_out,
        "blank": loaded.blank,
        "modified_ns": file.stamp.modified_ns,
        "changed_ns": file.stamp.changed_ns,
        "unknown_fields": json.dumps(loaded.unknown, sort_keys=True, ensure_ascii=False),
        "lost_values": json.dumps(loaded.lost, sort_keys=True, ensure_ascii=False),
        "after_night": loaded.after_night,
        "loaded_for": loaded_for,
    }
