"""One landed file, from bytes to judged lines, in bounded memory."""

from __future__ import annotations

import logging
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import BinaryIO, cast

from tasks.ingest.delimited import Delimited, csv_records, read_header, without_header
from tasks.ingest.jsonl import CR_BETWEEN, JsonLines
from tasks.ingest.judgement import JudgedLines, Window, columns_of, judge, required_columns
from tasks.ingest.landing import LandedFile
from tasks.ingest.parameters import Format, IngestParameters
from tasks.ingest.parquet import ParquetRows
from tasks.ingest.records import LineFault, Parsed, Records, Refused, lines_of
from tasks.ingest.unpacking import Opened

OFFENDERS_NAMED = 3
FIELDS_NAMED = 10
_SPOOL_BYTES = 32 << 20
_FAILURE_CHARACTERS = 200
logger = logging.getLogger("nightjar")


@dataclass(slots=True)
class Reading:
    """Reads one file and counts what it finds. `scratch`: where a packed Parquet file may be unpacked to."""

    opened: Opened
    limits: IngestParameters
    scratch: Path
    accepted: int = 0
    quarantined: int = 0
    left_out: int = 0
    blank: int = 0
    untimely: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    offenders: list[LineFault] = field(default_factory=list)

    @property
    def lines(self) -> int:
        return self.accepted + self.quarantined + self.left_out + self.blank

    @property
    def file(self) -> LandedFile:
        return self.opened.file

    def judged(self) -> Iterator[JudgedLines]:
        """The lines, part by part. Refused, at any time, where the file cannot be taken in: then none counts."""
        try:
            yield from self._judged()
        except (Refused, OSError):
            raise
        except Exception as error:
            logger.exception("%s: the reader failed", self.file.path)
            what = " ".join(f"{type(error).__name__}: {error}".split())[:_FAILURE_CHARACTERS]
            raise Refused(
                f"Nightjar failed to read it ({what}); please report this, with the file"
            ) from error

    def _judged(self) -> Iterator[JudgedLines]:
        log, window = self.file.log, Window.of(self.file.landed_on, self.limits)
        for parsed in self._parsed():
            judged = judge(parsed, log, window, self.limits.max_line_bytes)
            self._count(parsed, judged)
            yield judged
        self._check_share()

    def _parsed(self) -> Iterator[Parsed]:
        if self.file.format == "parquet":
            return self._rows()
        lines = _of_its_kind(lines_of(self.opened.chunks(), self.limits.max_line_bytes), self.file.format)
        return self._json_lines(lines) if self.file.format == "jsonl" else self._delimited(lines)

    def _json_lines(self, lines: Iterator[Records]) -> Iterator[Parsed]:
        reader = JsonLines(columns_of(self.file.log), self.limits.max_line_bytes)
        for records in lines:
            yield from reader.parse(records)

    def _delimited(self, lines: Iterator[Records]) -> Iterator[Parsed]:
        pieces = csv_records(lines, self.limits.max_line_bytes)
        first = next(pieces, None)
        if first is None:
            return
        header = read_header(first, required_columns(self.file.log), self.limits.max_line_bytes)
        columns = tuple(column for column in columns_of(self.file.log) if column.name in header)
        time = self.file.log.column(self.file.log.stream.time) or ""
        reader = Delimited(columns, header, self.limits.max_line_bytes, time)
        for records in chain([without_header(first)], pieces):
            if len(records):
                yield from reader.parse(records)

    def _rows(self) -> Iterator[Parsed]:
        log, limits = self.file.log, self.limits
        reader = ParquetRows(
            columns_of(log),
            required_columns(log),
            required_columns(log) | ({name for _, name in log.read_fields} if log.source.strict else set()),
            limits.max_line_bytes,
            limits.max_rows,
            self.opened.count,
        )
        with tempfile.SpooledTemporaryFile(_SPOOL_BYTES, dir=str(self.scratch)) as spool:
            for chunk in self.opened.chunks():
                if self.file.compression:
                    spool.write(chunk)
            source = cast(BinaryIO, spool) if self.file.compression else self.opened.handle
            source.seek(0)
            yield from reader.parse(source)

    def _count(self, parsed: Parsed, judged: JudgedLines) -> None:
        self.accepted += judged.table.num_rows
        self.quarantined += len(judged.faults)
        self.left_out += judged.left_out
        self.blank += parsed.blank
        self.untimely += sum(fault.reason.startswith("untimely") for fault in judged.faults)
        self.unknown.update(parsed.unknown)
        self.lost.update(parsed.odd)
        self.lost.update(judged.lost)
        self.offenders += judged.faults[: OFFENDERS_NAMED - len(self.offenders)]
        if self.lines > self.limits.max_rows:
            raise Refused(f"more lines than ingest.max_rows = {self.limits.max_rows}")

    def _check_share(self) -> None:
        """Refused where so many lines are faulty that this is rather the wrong file than a bad day."""
        limits, source = self.limits, self.file.log.source
        share, key = limits.quarantine_share, "ingest.quarantine_share"
        if source.quarantine_share is not None:
            share, key = source.quarantine_share, f"sources.{self.file.log.name}.quarantine_share"
        counted = self.lines - self.left_out
        faulty, untimely_share = self.quarantined - self.untimely, max(share, limits.untimely_share)
        if faulty >= limits.quarantine_floor and faulty > share * counted:
            self._refuse(f"{faulty} of {counted} lines are faulty", faulty / counted, f"{key} = {share:.1%}")
        if self.untimely >= limits.quarantine_floor and self.untimely > untimely_share * counted:
            limit = f"ingest.untimely_share = {limits.untimely_share:.1%}"
            self._refuse(f"{self.untimely} of {counted} lines are untimely", self.untimely / counted, limit)
        none_taken = self.quarantined and not self.accepted + self.left_out
        objects = any(fault.raw.lstrip().startswith(b"{") for fault in self.offenders)
        if self.file.format == "jsonl" and none_taken and not objects:
            raise Refused("not what its name says: no line is an object")

    def _refuse(self, what: str, share: float, limit: str) -> None:
        first = "; ".join(f"line {fault.line_number}: {fault.reason}" for fault in self.offenders)
        found = ""
        if self.unknown and any(fault.reason.startswith("incomplete") for fault in self.offenders):
            found = f"; fields found that nothing reads: {', '.join(sorted(self.unknown)[:FIELDS_NAMED])}"
        if any(fault.reason.startswith("unlisted") for fault in self.offenders):
            found += "; `values:` of the source maps what the log calls otherwise, or leaves it out"
        raise Refused(f"{what}, {share:.1%}, more than {limit}; {first}{found}")


_UTF_16 = 0.2
"""Share of NUL bytes at the beginning of a file above which it is no UTF-8: half of them in the UTF-16 of ASCII."""
_SAMPLE_BYTES = 1024
_CR_ENDS = "lines end with CR alone (old Mac); write LF or CR LF"


def _of_its_kind(pieces: Iterator[Records], kind: Format) -> Iterator[Records]:
    """The same pieces. Refused where the first shows that the file holds no lines of its kind, but something known."""
    first = next(pieces, None)
    if first is None or not len(first):
        return
    sample = first.data[:_SAMPLE_BYTES]
    if sample.count(0) > _UTF_16 * len(sample):
        raise Refused("not what its name says: UTF-16 or UTF-32, expected UTF-8")
    if kind == "csv" and b"\r" in _unquoted(first.raw(0)):
        raise Refused(_CR_ENDS)
    if kind == "jsonl" and len(first) == 1 and CR_BETWEEN.search(first.data):
        raise Refused(_CR_ENDS)
    if kind == "jsonl" and _is_one_array(first):
        raise Refused("the file is one JSON array, not an object a line; write each object on its own line")
    yield first
    yield from pieces


def _unquoted(record: bytes) -> bytes:
    """What stands outside of quotes."""
    return b"".join(record.split(b'"')[::2])


def _is_one_array(first: Records) -> bool:
    """Whether an array begins that the first line does not end, or that is all there is."""
    filled = (raw for raw in map(first.raw, range(len(first))) if raw.strip())
    line = next(filled, b"").strip()
    if not line.startswith(b"["):
        return False
    inner = line[1:].lstrip()
    if next(filled, None) is None:
        return inner.startswith(b"{")
    return inner == b"" or (inner.startswith(b"{") and not line.endswith(b"]"))
