"""A small Flutter, landed once, and a reader of landing files that shares no code with it."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import zstandard

from tasks.synthetic import Flutter, LandedNight, MadeFile, SyntheticParameters

KINDS = {"view", "click", "like", "reply", "reflit", "share", "hide", "report"}
REQUIRED = {
    "interactions": ("event_id", "occurred_at", "bird_id", "flit_id", "kind"),
    "flits": ("flit_id", "bird_id", "posted_at", "text"),
    "birds": ("bird_id", "joined_at"),
    "follows": ("event_id", "occurred_at", "bird_id", "followee_id", "action"),
    "erasures": ("requested_at",),
}
CHOICES = {
    "kind": KINDS,
    "action": {"follow", "unfollow"},
    "media": {"text", "photo", "video", "sound", None},
}
OPTIONAL = {
    "interactions": {"surface", "session_id", "dwell_ms"},
    "flits": {"media", "lang", "hashtags", "reply_to", "sensitive", "advertiser_id"},
    "birds": {"geo", "born_on"},
    "follows": set(),
    "erasures": {"bird_id", "flit_id"},
}


@dataclass(slots=True)
class Books:
    """What the contract says of the lines of one file; `differing`: duplicates that say something else."""

    accepted: int = 0
    duplicates: int = 0
    quarantined: int = 0
    blank: int = 0
    differing: int = 0
    unknown: set[str] = field(default_factory=set)
    rows: list[dict[str, Any]] = field(default_factory=list)


def unpacked(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(data)
    return zstandard.ZstdDecompressor().decompress(data) if path.suffix == ".zst" else data


def records(path: Path) -> Iterator[dict[str, Any] | str]:
    """Each line as a record, or `blank`, or `broken`."""
    if ".parquet" in path.name:
        yield from pq.read_table(path).to_pylist()
        return
    lines = unpacked(path).split(b"\n")[:-1]
    header = next(csv.reader([lines.pop(0).decode()])) if ".csv" in path.name else None
    for line in lines:
        yield _record(line, header)


def _record(line: bytes, header: list[str] | None) -> dict[str, Any] | str:
    if not line.strip():
        return "blank"
    try:
        text = line.decode()
        if header is None:
            found = json.loads(text)
            return found if isinstance(found, dict) else "broken"
    except ValueError:
        return "broken"
    values = next(csv.reader(io.StringIO(text)))
    if len(values) != len(header):
        return "broken"
    return {name: value or None for name, value in zip(header, values, strict=True)}


def valid(stream: str, record: dict[str, Any]) -> bool:
    if any(record.get(name) is None for name in REQUIRED[stream]):
        return False
    if stream == "erasures" and not (record["bird_id"] or record["flit_id"]):
        return False
    time = record[next(name for name in REQUIRED[stream] if name.endswith("_at"))]
    if isinstance(time, str):
        try:
            datetime.fromisoformat(time)
        except ValueError:
            return False
    return all(record[name] in allowed for name, allowed in CHOICES.items() if name in record)


def key_of(stream: str, record: dict[str, Any]) -> str:
    return str(record["event_id"] if stream in ("interactions", "follows") else record[f"{stream[:-1]}_id"])


def normal(record: dict[str, Any]) -> dict[str, Any]:
    """The same record, whatever the format it came in."""
    said = {}
    for name, value in record.items():
        if name.endswith("_at") and isinstance(value, str):
            value = datetime.fromisoformat(value).replace(tzinfo=None)
        said[name] = value if isinstance(value, datetime | list) or value is None else str(value)
    return said


def common(record: dict[str, Any]) -> dict[str, Any]:
    """Without the field that appears one night."""
    return {name: value for name, value in record.items() if name != "client"}


def read_back(landing: Path) -> dict[str, Books]:
    """The books of every file, by path, in the order of landing: (landed_on, path, line)."""
    books: dict[str, Books] = {}
    for stream, required in REQUIRED.items():
        states: dict[str, Any] = {}
        for path in sorted(
            (landing / stream).glob("*"), key=lambda path: (path.name.split(".")[0], path.name)
        ):
            book = books.setdefault(f"{stream}/{path.name}", Books())
            for record in records(path):
                _enter(book, stream, record, states)
            book.unknown -= set(required) | OPTIONAL[stream]
    return books


def _enter(book: Books, stream: str, record: dict[str, Any] | str, states: dict[str, Any]) -> None:
    if record == "blank":
        book.blank += 1
    elif isinstance(record, str) or not valid(stream, record):
        book.quarantined += 1
    else:
        book.unknown |= set(record)
        said = normal(record)
        key = json.dumps(said, default=str, sort_keys=True) if stream == "erasures" else key_of(stream, said)
        events = stream in ("interactions", "follows", "erasures")
        repeated = key in states if events else states.get(key) == said
        book.differing += repeated and common(states[key]) != common(said)
        states[key] = said
        book.duplicates += repeated
        book.accepted += not repeated
        if not repeated:
            book.rows.append(said)


@dataclass(frozen=True, slots=True)
class Landed:
    """A Flutter, where it landed, what it says it landed, and what is there."""

    flutter: Flutter
    folder: Path
    nights: list[LandedNight]
    books: dict[str, Books]

    @property
    def files(self) -> list[MadeFile]:
        return [file for night in self.nights for file in night.files]

    def rows(self, stream: str) -> list[dict[str, Any]]:
        return [
            row for path, book in self.books.items() if path.startswith(f"{stream}/") for row in book.rows
        ]

    def kinds(self) -> Counter[str]:
        return Counter(row["kind"] for row in self.rows("interactions"))


Land = Callable[[SyntheticParameters, Path], Landed]


def land_everything(parameters: SyntheticParameters, folder: Path) -> Landed:
    flutter = Flutter(parameters)
    nights = [flutter.land_history(folder), *(flutter.land(folder, day) for day in flutter.nights)]
    return Landed(flutter, folder, nights, read_back(folder))


@pytest.fixture(scope="session")
def land() -> Land:
    """Lands a whole world and reads it back."""
    return land_everything


@pytest.fixture(scope="session")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Landed:
    """A world with enough of everything: 1,000 birds, 14 days and 5 nights, spam on the last."""
    parameters = SyntheticParameters(
        birds=1000, history_days=14, nights=5, spam_share=0.3, late_share=0.05, dirt_share=0.01, trend="space"
    )
    return land_everything(parameters, tmp_path_factory.mktemp("landing"))
