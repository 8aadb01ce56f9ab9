"""What a run of ingest did, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tasks.ingest.landing import Note

LINE_COUNTS = ("lines", "accepted", "duplicates", "conflicts", "quarantined", "left_out", "erased", "blank")
"""How lines are counted, in a file and in a run: the first is the sum of all others."""
RARE_COUNTS = ("conflicts", "left_out", "erased")
"""What most logs never have: people see it where there is some."""


@dataclass(frozen=True, slots=True)
class IngestReport:
    """Counts over the files that this run loaded; `lines` is the sum of the other LINE_COUNTS.

    `conflicts`: lines with a known event_id and other content. `left_out`: rows that a source leaves out by `values`.
    `erased`: lines of a bird or flit that was forgotten.
    `read`: files loaded. `unchanged`: files that stand as they were loaded. `refusals` and `ignored` name the others.
    `unknown_fields`: stream → field outside the schema → in how many lines of the loaded files it occurred.
    `late_files`: files that landed under a day whose night had run without them. `dated_ahead`: events that are known
    and occurred after the day: they count from their own day on.
    `lost_values`: stream → what of accepted lines was not taken (`dwell_ms: mistyped`, `score: NaN`) → how often.
    """

    read: int = 0
    unchanged: int = 0
    lines: int = 0
    accepted: int = 0
    duplicates: int = 0
    conflicts: int = 0
    quarantined: int = 0
    left_out: int = 0
    erased: int = 0
    blank: int = 0
    unknown_fields: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    lost_values: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    late_files: tuple[Note, ...] = ()
    dated_ahead: int = 0
    refusals: tuple[Note, ...] = ()
    ignored: tuple[Note, ...] = ()

    @property
    def refused(self) -> int:
        return len(self.refusals)

    def document(self) -> dict[str, Any]:
        """Dicts, lists, texts and numbers only."""
        plain = {**asdict(self), "refused": self.refused}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in plain.items()}


@dataclass(frozen=True, slots=True)
class Pending:
    """What a run of ingest would read. False where it would read nothing.

    `files`: paths in the order of landing, never loaded, changed since, or refused so far. `unchanged`: how many
    files stand as they were loaded. `ignored`: what lies in the landing folder and belongs to no source.
    """

    files: tuple[str, ...] = ()
    unchanged: int = 0
    ignored: tuple[Note, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.files)

    def document(self) -> dict[str, Any]:
        """As a run of ingest with nothing to read would report."""
        return IngestReport(unchanged=self.unchanged, ignored=self.ignored).document()
