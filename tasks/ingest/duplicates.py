"""Which lines repeat an earlier one, in the total order (landed_on, path, line_number), whatever came in when.

Flags are recomputed for the keys that a batch touches: keys that occur twice in it, that stood in the table before, or
that a revision takes away. Where another file's line changes its flag, that file's ledger row follows.
"""

from __future__ import annotations

from dataclasses import dataclass

from tasks.ingest.streams import Stream
from warehouse.duckdb.database import Warehouse

_TWICE = """
CREATE OR REPLACE TEMP TABLE touched AS
SELECT {key} AS key FROM {table} WHERE file_id >= {first} GROUP BY key HAVING count(*) > 1
"""
_KNOWN = """
INSERT INTO touched
SELECT DISTINCT {key} FROM {table}
WHERE file_id < {first} AND {key} IN (SELECT {key} FROM {table} WHERE file_id >= {first})
"""
_TAKEN_AWAY = (
    "INSERT INTO touched SELECT DISTINCT {key} FROM {table} WHERE file_id IN (SELECT file_id FROM replaced)"
)

_FLIPPED = """
CREATE OR REPLACE TEMP TABLE flipped AS
WITH standing AS (
    SELECT line.rowid AS row_id, line.*, ledger_file.landed_on, landed_file.path
    FROM {table} AS line
    JOIN landed_file USING (file_id)
    JOIN ledger_file USING (path, sha256)
    WHERE {key} IN (SELECT key FROM touched)
),
judged AS (
    SELECT row_id, file_id, duplicate, {repeats} AS repeats
    FROM standing
    WINDOW earlier AS (PARTITION BY {key} ORDER BY landed_on, path, line_number)
)
SELECT row_id, file_id, repeats FROM judged WHERE repeats <> duplicate
"""
_FLAG = "UPDATE {table} SET duplicate = repeats FROM flipped WHERE {table}.rowid = flipped.row_id"
_COUNT = """
UPDATE ledger_file SET accepted = accepted - more, duplicates = duplicates + more
FROM (
    SELECT path, sha256, sum(CASE WHEN repeats THEN 1 ELSE -1 END)::BIGINT AS more
    FROM flipped JOIN landed_file USING (file_id)
    GROUP BY path, sha256
) AS change
WHERE ledger_file.path = change.path AND ledger_file.sha256 = change.sha256
"""


@dataclass(frozen=True, slots=True)
class Duplicates:
    """The duplicate flags of one stream's table.

    `first_file_id`: files from this one on belong to the batch. Expects a table `replaced` with the file_ids of the
    earlier selves of its revisions.
    """

    warehouse: Warehouse
    stream: Stream
    first_file_id: int

    def note_touched(self) -> None:
        """While the batch's lines and the earlier selves both stand: find the keys whose flags may change."""
        self._run(_TWICE)
        if self.warehouse.rows(
            f"SELECT 1 FROM {self.stream.table} WHERE file_id < {self.first_file_id} LIMIT 1"
        ):
            self._run(_KNOWN)
            self._run(_TAKEN_AWAY)

    def flag(self) -> None:
        """Once the earlier selves are gone: set the flags of these keys, and the counts of the files they are in."""
        if self.warehouse.rows("SELECT 1 FROM touched LIMIT 1"):
            for statement in (_FLIPPED, _FLAG, _COUNT):
                self._run(statement)

    def _run(self, statement: str) -> None:
        names = {
            "table": self.stream.table,
            "key": self._key,
            "first": self.first_file_id,
            "repeats": self._repeats,
        }
        self.warehouse.execute(statement.format(**names))

    @property
    def _key(self) -> str:
        """A struct where several fields identify a line: nulls in structs are equal."""
        return self.stream.key[0] if len(self.stream.key) == 1 else _struct(self.stream.key)

    @property
    def _repeats(self) -> str:
        if not self.stream.states:
            return "row_number() OVER earlier > 1"
        state = _struct(self.stream.names)
        return f"row_number() OVER earlier > 1 AND {state} IS NOT DISTINCT FROM lag({state}) OVER earlier"


def _struct(names: tuple[str, ...]) -> str:
    return "{" + ", ".join(f"'{name}': {name}" for name in names) + "}"
