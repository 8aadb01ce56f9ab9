"""Ingest: landed files → raw tables, with a ledger row a file and every line accounted for.

Files are taken in the order of landing, a batch a transaction: a run killed anywhere and started again ends in the
same tables. A file that stands unchanged costs a look at its size and times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from itertools import chain

from tasks.ingest.arrivals import ahead
from tasks.ingest.batch import LineBatch
from tasks.ingest.ingest_report import LINE_COUNTS, IngestReport, Pending
from tasks.ingest.judgement import JudgedLines
from tasks.ingest.landing import CountFile, LandedFile, Landing, Note, survey
from tasks.ingest.ledger import Ledger, Loaded, LoadedFile, Memory, Refusal, recall
from tasks.ingest.parameters import IngestParameters, Source, logs_of
from tasks.ingest.reading import Reading
from tasks.ingest.records import Refused
from tasks.ingest.unpacking import Opened
from warehouse.duckdb.database import Warehouse
from warehouse.home import Home

SMALL_BYTES = 16 << 20
READ_OF_A_COUNT, DIGITS, NAMED = 64, 18, 20
"""Bytes read of a file that holds one number, digits that the number may have, characters of it in a message."""
Report = Callable[[int, int], None]
"""Called with (files done, files to read)."""


def silent(done: int, total: int) -> None:
    """A `Report` for nobody."""


def pending(home: Home, sources: Mapping[str, Source], known_as_of: date) -> Pending:
    """What `ingest` would read: a look at names, sizes and times; nothing is written, no content is read."""
    landing = survey(home.landing, logs_of(sources), known_as_of)
    if home.warehouse.exists():
        with Warehouse.of(home, read_only=True) as warehouse:
            standing = recall(warehouse)
    else:
        standing = Memory()
    wanted = [file.path for file in landing.files if not standing.holds(file)]
    return Pending(tuple(wanted), len(landing.files) - len(wanted), landing.ignored)


def ingest(
    home: Home,
    parameters: IngestParameters,
    sources: Mapping[str, Source],
    day: date,
    known_as_of: date,
    report: Report = silent,
) -> IngestReport:
    """Take in what landed up to and including `known_as_of`; `day` is the run's, noted in the ledger.

    A line that cannot be accepted goes to quarantine, a file that cannot be read is refused and tried again by the
    next run; neither stops the others.
    """
    landing = survey(home.landing, logs_of(sources), known_as_of)
    with Warehouse.of(home) as warehouse:
        memory = recall(warehouse)
        run = _Run(home, warehouse, parameters, day, memory, memory.next_file_id)
        run.take_in(landing, report)
        run.note_deliveries(landing.counts)
        return run.report(landing, known_as_of)


@dataclass(slots=True)
class _Run:
    """One run over the landing folder."""

    home: Home
    warehouse: Warehouse
    parameters: IngestParameters
    day: date
    memory: Memory
    next_file_id: int
    unchanged: int = 0
    loaded: list[Loaded] = field(default_factory=list)
    refusals: list[Note] = field(default_factory=list)

    def take_in(self, landing: Landing, report: Report) -> None:
        wanted = [file for file in landing.files if not self.memory.holds(file)]
        self.unchanged = len(landing.files) - len(wanted)
        by_stream: dict[str, list[LandedFile]] = {}
        for file in wanted:
            by_stream.setdefault(file.log.stream.name, []).append(file)
        done = 0
        for files in by_stream.values():
            batch = LineBatch(Ledger(self.warehouse, self.day), files[0].log.stream, self.home.root)
            for file in files:
                self._file(file, batch)
                if batch.is_full:
                    batch.commit()
                done += 1
                report(done, len(wanted))
            batch.commit()

    def _file(self, file: LandedFile, batch: LineBatch) -> None:
        """Put one file into the batch, or note why not."""
        standing, sha256 = self.memory.of(file), ""
        try:
            if file.forbidden is not None:
                raise Refused(file.forbidden)
            with Opened.open(file, self.parameters) as opened:
                sha256 = opened.sha256() if standing else ""
                if standing and sha256 == standing.sha256:
                    self.unchanged += 1
                    batch.confirmed.append((file, standing))
                    return
                try:
                    self._read(opened, standing, batch)
                finally:
                    sha256 = opened.sha256()
        except (Refused, OSError) as error:
            reason = (
                str(error) if isinstance(error, Refused) else f"cannot be read: {error.strerror or error}"
            )
            batch.refusals.append(Refusal(file, sha256, reason))
            self.refusals.append(Note(file.path, reason))

    def _read(self, opened: Opened, standing: LoadedFile | None, batch: LineBatch) -> None:
        """Read one file into the batch, or, once it proves to be large, straight into the warehouse."""
        reading = Reading(opened, self.parameters, self.home.root)
        file_id = self.next_file_id

        def end() -> Loaded:
            counts = (reading.accepted, reading.quarantined, reading.left_out, reading.blank)
            fields = (dict(reading.unknown), dict(reading.lost))
            replaces = standing.file_id if standing else None
            late = self.memory.night_before(opened.file)
            return Loaded(opened.file, file_id, opened.sha256(), *counts, *fields, replaces, late)

        parts, held, size = reading.judged(), list[JudgedLines](), 0
        for judged in parts:
            held.append(judged)
            size += judged.bytes
            if size > SMALL_BYTES:
                with closing(ahead(chain(held, parts))) as rest:
                    batch.commit_large((opened.file, file_id), rest, end)
                break
        else:
            batch.add(end(), held)
        self.loaded.append(end())
        self.next_file_id += 1

    def note_deliveries(self, counts: Sequence[CountFile]) -> None:
        """Keep what was said to be delivered; a file that says no number is refused, and read again by the next run."""
        known = dict(self.warehouse.rows("SELECT path, modified_ns FROM delivered_count"))
        rows = []
        for count in counts:
            if known.get(count.path) == count.modified_ns:
                continue
            try:
                lines = _number_in(count)
            except (OSError, ValueError) as error:
                self.refusals.append(Note(count.path, f"expected one whole number of lines, found {error}"))
                continue
            rows.append((count.path, count.log.folder, str(count.landed_on), lines, count.modified_ns))
        with self.warehouse.transaction():
            for row in rows:
                self.warehouse.execute("INSERT OR REPLACE INTO delivered_count VALUES (?, ?, ?, ?, ?)", row)

    def report(self, landing: Landing, known_as_of: date) -> IngestReport:
        return IngestReport(
            read=len(self.loaded),
            unchanged=self.unchanged,
            **self._counts(),
            unknown_fields=self._by_stream(lambda loaded: loaded.unknown),
            lost_values=self._by_stream(lambda loaded: loaded.lost),
            late_files=self._late_files(known_as_of),
            dated_ahead=self.warehouse.rows(_DATED_AHEAD, {"day": self.day, "known_as_of": known_as_of})[0][
                0
            ],
            refusals=tuple(sorted(self.refusals, key=lambda note: note.path)),
            ignored=landing.ignored,
        )

    def _late_files(self, known_as_of: date) -> tuple[Note, ...]:
        """What this night counts and an earlier run of a night for its day, or of this day, had not seen."""
        paths = [loaded.file.path for loaded in self.loaded]
        found = self.warehouse.rows(_LATE, {"day": self.day, "known_as_of": known_as_of, "paths": paths})
        return tuple(
            Note(path, f"landed under {landed} after the night of {night} had run; this night counts it")
            for path, landed, night in found
        )

    def _by_stream(self, counts: Callable[[Loaded], Mapping[str, int]]) -> dict[str, dict[str, int]]:
        """Stream → the sum of what its loaded files counted, ordered."""
        sums: dict[str, Counter[str]] = {}
        for loaded in self.loaded:
            if counts(loaded):
                sums.setdefault(loaded.file.log.stream.name, Counter()).update(counts(loaded))
        return {stream: dict(sorted(found.items())) for stream, found in sorted(sums.items())}

    def _counts(self) -> dict[str, int]:
        """Sums over the files loaded, once all flags are set."""
        sums = ", ".join(f"coalesce(sum({name}), 0)::BIGINT" for name in LINE_COUNTS)
        paths = [loaded.file.path for loaded in self.loaded]
        query = (
            f"SELECT {sums} FROM ledger_file WHERE state = 'loaded' AND path IN (SELECT unnest(?::VARCHAR[]))"
        )
        return dict(zip(LINE_COUNTS, self.warehouse.rows(query, [paths])[0], strict=True))


def _number_in(count: CountFile) -> int:
    with count.place.open("rb") as file:
        said = file.read(READ_OF_A_COUNT).strip()
    if not said.isdigit() or len(said) > DIGITS:
        raise ValueError(repr(said.decode("utf-8", "replace")[:NAMED]))
    return int(said)


_LATE = """
SELECT path, landed_day, after_night FROM landed_file
WHERE after_night IS NOT NULL AND landed_day <= $known_as_of
    AND (after_night >= $day OR (landed_day < $day AND path IN (SELECT unnest($paths::VARCHAR[]))))
ORDER BY landed_day, path
"""
_DATED_AHEAD = """
SELECT count(*) FROM raw_interaction
WHERE NOT duplicate AND landed_day <= $known_as_of AND occurred_at >= $day::DATE + INTERVAL 1 DAY
"""
