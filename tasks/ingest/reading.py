"""One landed file, from bytes to judged lines, in bounded memory."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import BinaryIO, cast

from tasks.ingest.delimited import Delimited, csv_records, read_header, without_header
from tasks.ingest.faults import Fault, Refused
from tasks.ingest.jsonl import JsonLines
from tasks.ingest.judgement import Judged, Window, columns_of, judge, required_columns
from tasks.ingest.landing import LandedFile
from tasks.ingest.parameters import IngestParameters
from tasks.ingest.parquet import ParquetRows
from tasks.ingest.records import Parsed, Records, lines_of
from tasks.ingest.unpacking import Opened

OFFENDERS_NAMED = 3
_SPOOL_BYTES = 32 << 20


@dataclass(slots=True)
class Reading:
    """Reads one file and counts what it finds. `scratch`: where a packed Parquet file may be unpacked to."""

    opened: Opened
    limits: IngestParameters
    scratch: Path
    accepted: int = 0
    quarantined: int = 0
    blank: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    offenders: list[Fault] = field(default_factory=list)

    @property
    def lines(self) -> int:
        return self.accepted + self.quarantined + self.blank

    @property
    def file(self) -> LandedFile:
        return self.opened.file

    def judged(self) -> Iterator[Judged]:
        """The lines, part by part. Refused, at any time, where the file cannot be taken in: then none counts."""
        log, window = self.file.log, Window.of(self.file.landed_on, self.limits)
        for parsed in self._parsed():
            judged = judge(parsed, log, window, self.limits.max_line_bytes)
            self._count(parsed, judged)
            yield judged
        self._check_share()

    def _parsed(self) -> Iterator[Parsed]:
        if self.file.format == "parquet":
            return self._rows()
        lines = lines_of(self.opened.chunks(), self.limits.max_line_bytes)
        return self._json_lines(lines) if self.file.format == "jsonl" else self._delimited(lines)

    def _json_lines(self, lines: Iterator[Records]) -> Iterator[Parsed]:
        reader = JsonLines(columns_of(self.file.log), self.limits.max_line_bytes)
        for records in lines:
            yield reader.parse(records)

    def _delimited(self, lines: Iterator[Records]) -> Iterator[Parsed]:
        pieces = csv_records(lines, self.limits.max_line_bytes)
        first = next(pieces, None)
        if first is None:
            return
        header = read_header(first, required_columns(self.file.log))
        columns = tuple(column for column in columns_of(self.file.log) if column.name in header)
        reader = Delimited(columns, header, self.limits.max_line_bytes)
        for records in chain([without_header(first)], pieces):
            if len(records):
                yield reader.parse(records)

    def _rows(self) -> Iterator[Parsed]:
        log, limits = self.file.log, self.limits
        reader = ParquetRows(
            columns_of(log), required_columns(log), limits.max_line_bytes, limits.max_rows, self.opened.count
        )
        with tempfile.SpooledTemporaryFile(_SPOOL_BYTES, dir=str(self.scratch)) as spool:
            for chunk in self.opened.chunks():
                if self.file.compression:
                    spool.write(chunk)
            source = cast(BinaryIO, spool) if self.file.compression else self.opened.handle
            source.seek(0)
            yield from reader.parse(source)

    def _count(self, parsed: Parsed, judged: Judged) -> None:
        self.accepted += judged.table.num_rows
        self.quarantined += len(judged.faults)
        self.blank += parsed.blank
        self.unknown.update(parsed.unknown)
        self.offenders += judged.faults[: OFFENDERS_NAMED - len(self.offenders)]
        if self.lines > self.limits.max_rows:
            raise Refused(f"more lines than ingest.max_rows = {self.limits.max_rows}")

    def _check_share(self) -> None:
        limit = self.limits.quarantine_share
        if self.lines and self.quarantined > limit * self.lines:
            first = "; ".join(f"line {fault.line_number}: {fault.reason}" for fault in self.offenders)
            raise Refused(
                f"{self.quarantined} of {self.lines} lines are faulty, {self.quarantined / self.lines:.1%}, more than "
                f"ingest.quarantine_share = {limit:.1%}; {first}"
            )
