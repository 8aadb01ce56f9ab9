"""The landing folder: which files are there, what their names say, and which may not be read.

Names are matched, never expanded: a file called `*.jsonl` is a file called `*.jsonl`.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Literal

from tasks.ingest.parameters import Format, Log

Compression = Literal["", "gz", "zst"]
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SUFFIX = re.compile(
    r"(?P<stem>.*?)(?:\.(?P<format>jsonl|csv|parquet))?(?:\.(?P<compression>gz|zst))?", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class LandedOn:
    """When a file arrived: a UTC day or hour, half-open."""

    start: datetime
    hourly: bool

    @property
    def day(self) -> date:
        return self.start.date()

    @property
    def end(self) -> datetime:
        """The first moment after the day or hour."""
        return self.start + (timedelta(hours=1) if self.hourly else timedelta(days=1))

    def __str__(self) -> str:
        """As the ledger says it: YYYY-MM-DD or YYYY-MM-DDTHH; the texts sort by time."""
        return self.start.strftime("%Y-%m-%dT%H" if self.hourly else "%Y-%m-%d")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells a revision without reading the file."""

    bytes: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@dataclass(frozen=True, slots=True)
class LandedFile:
    """A file that belongs to a log. `path` is relative to the landing folder, with forward slashes.

    `forbidden`: why it may not be read, or None.
    """

    log: Log
    path: str
    place: Path
    landed_on: LandedOn
    format: Format
    compression: Compression
    stamp: Stamp
    forbidden: str | None = None

    @property
    def order(self) -> tuple[str, str]:
        """The total order of landing; within a file, the line number follows."""
        return str(self.landed_on), self.path


@dataclass(frozen=True, slots=True)
class CountFile:
    """A file that says how many lines of a log were delivered. `path` is relative to the landing folder."""

    log: Log
    path: str
    place: Path
    landed_on: LandedOn
    modified_ns: int


@dataclass(frozen=True, slots=True)
class Note:
    """A file and what is to be said about it."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Landing:
    """What lies in the landing folder: files in the order of landing, and what is none of the declared logs'.

    `counts`: what was delivered with them, ordered by path.
    """

    files: tuple[LandedFile, ...] = ()
    ignored: tuple[Note, ...] = field(default=())
    counts: tuple[CountFile, ...] = ()


def survey(landing: Path, logs: Iterable[Log], known_as_of: date) -> Landing:
    """List the files of `logs` that landed up to and including `known_as_of`. Reads names and stamps, no content."""
    logs = tuple(logs)
    if not landing.is_dir():
        return Landing()
    files: list[LandedFile] = []
    counts: list[CountFile] = []
    ignored = _strangers(landing, logs)
    root = landing.resolve()
    for log in logs:
        folder = landing / log.folder
        if not folder.exists() and not folder.is_symlink():
            continue
        if not folder.resolve().is_relative_to(root) or not folder.is_dir():
            ignored.append(
                Note(log.folder, "not a folder inside the landing folder; put the files themselves here")
            )
            continue
        for path, entry in _entries(log, folder, root):
            found = _recognise(log, path, entry, root)
            if isinstance(found, Note):
                ignored.append(found)
            elif found.landed_on.day > known_as_of:
                continue
            elif isinstance(found, CountFile):
                counts.append(found)
            else:
                files.append(found)
    files.sort(key=lambda file: file.order)
    counts.sort(key=lambda count: count.path)
    return Landing(tuple(files), tuple(sorted(ignored, key=lambda note: note.path)), tuple(counts))


def _strangers(landing: Path, logs: tuple[Log, ...]) -> list[Note]:
    """Entries of the landing folder itself that no log reads: a log that nobody declared must not go unnoticed."""
    known = {log.folder.split("/")[0] for log in logs}
    return [
        Note(_shown(entry.name), "no source in pipelines.yaml reads this; declare it under `sources:`")
        for entry in os.scandir(landing)
        if entry.name not in known and not entry.name.startswith(".")
    ]


def _entries(log: Log, folder: Path, root: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Path below `folder` and entry of what lies as deep as the source's pattern leads; folders inside `root` alone."""
    level: list[tuple[str, Path]] = [("", folder)]
    for _ in range(log.source.pattern.count("/")):
        deeper = []
        for above, place in level:
            for entry in os.scandir(place):
                if _is_folder(entry) and Path(entry.path).resolve().is_relative_to(root):
                    deeper.append((f"{above}{entry.name}/", Path(entry.path)))
                else:
                    yield f"{above}{entry.name}", entry
        level = deeper
    for above, place in level:
        yield from ((f"{above}{entry.name}", entry) for entry in os.scandir(place))


def _recognise(log: Log, name: str, entry: os.DirEntry[str], root: Path) -> LandedFile | CountFile | Note:
    """What `entry` is, which lies at `name` below the source's folder."""
    path = f"{log.folder}/{name}"
    counted = None if log.delivered is None else log.delivered.fullmatch(name)
    if counted is not None:
        landed_on = _landed_on(counted.groupdict())
        if landed_on is None or not entry.is_file(follow_symlinks=False):
            return Note(_shown(path), "no regular file, or the name holds no such day or hour")
        return CountFile(log, path, Path(entry.path), landed_on, entry.stat().st_mtime_ns)
    if _is_folder(entry) and log.pattern.fullmatch(name) is None:
        example = (
            "/".join([entry.name.replace(day[0], "{landed_on}"), "*"])
            if (day := _DAY.search(entry.name))
            else ""
        )
        hint = f"; a source that keeps files in folders says so: `pattern: {example!r}`" if example else ""
        return Note(_shown(path), f"a folder; put the files themselves into {log.folder}/{hint}")
    named = _read_name(log, name)
    if isinstance(named, str):
        return Note(_shown(path), named)
    landed_on, kind, compression = named
    place, forbidden = Path(entry.path), None
    try:
        if entry.is_symlink():
            place = place.resolve(strict=True)
            if not place.is_relative_to(root):
                forbidden = "a symbolic link that leads out of the landing folder; put the file itself here"
        status = entry.stat(follow_symlinks=forbidden is None)
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        forbidden, status = f"cannot be read: {_reason_of(error)}", entry.stat(follow_symlinks=False)
    if forbidden is None and not stat.S_ISREG(status.st_mode):
        return Note(_shown(path), "not a regular file")
    return LandedFile(log, path, place, landed_on, kind, compression, Stamp.of(status), forbidden)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # links in a circle
        return False


def _read_name(log: Log, name: str) -> tuple[LandedOn, Format, Compression] | str:
    """What the file name says, or why it says nothing."""
    if not name.isprintable() or name != name.encode("utf-8", "replace").decode("utf-8"):
        return "the name holds characters that cannot be shown"
    match = log.pattern.fullmatch(name)
    suffix = _SUFFIX.fullmatch(name)
    if match is None or suffix is None:
        return f"the name does not follow {log.source.pattern!r}"
    kind = log.source.format or suffix["format"]
    if kind is None:
        return "the name does not end in .jsonl, .csv or .parquet, with .gz or .zst after it if compressed"
    landed_on = _landed_on(match.groupdict())
    if landed_on is None:
        return "the name holds no such day or hour"
    return landed_on, kind, suffix["compression"] or ""  # type: ignore[return-value]


def _landed_on(parts: dict[str, str | None]) -> LandedOn | None:
    text = parts.get("day") or f"{parts.get('year')}-{parts.get('month')}-{parts.get('day_of_month')}"
    hour = parts.get("hour")
    try:
        start = datetime.combine(date.fromisoformat(text), time(int(hour or 0)), tzinfo=UTC)
    except ValueError:
        return None
    return LandedOn(start.replace(tzinfo=None), hour is not None)


def _reason_of(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error)


def _shown(path: str) -> str:
    return path if path.isprintable() else ascii(path)[1:-1]
