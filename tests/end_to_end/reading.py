"""The ids that landing files name, read with none of the project's code: the other side of the books."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import zstandard

WHEN = {"interactions": "occurred_at", "flits": "posted_at", "birds": "joined_at", "follows": "occurred_at"}
NEEDED = {
    "interactions": ("event_id", "bird_id", "flit_id", "kind"),
    "flits": ("flit_id", "bird_id"),
    "birds": ("bird_id",),
    "follows": ("event_id", "bird_id", "followee_id", "action"),
}
CHOICES: dict[str, set[str | None]] = {
    "kind": {"view", "click", "like", "reply", "reflit", "share", "hide", "report"},
    "action": {"follow", "unfollow"},
    "media": {"text", "photo", "video", "sound", None},
}


def known_birds(landing: Path, day: date) -> set[str]:
    """Every bird that joined, interacted, posted, followed or was followed by the end of `day`."""
    names = ("bird_id", "followee_id")
    return {
        row[name] for stream in WHEN for row in valid(landing, stream, day) for name in names if name in row
    }


def known_flits(landing: Path, day: date) -> set[str]:
    """Every flit that was posted or touched by the end of `day`."""
    return {row["flit_id"] for stream in ("interactions", "flits") for row in valid(landing, stream, day)}


def texts(landing: Path, day: date) -> set[str]:
    """Every text that was posted by the end of `day`, as it was written."""
    return {row["text"] for row in valid(landing, "flits", day)}


def valid(landing: Path, stream: str, day: date) -> Iterator[dict[str, Any]]:
    """The sound lines of a stream that landed up to `day` and happened before its midnight."""
    for path in sorted((landing / stream).iterdir()):
        if path.name[:10] <= day.isoformat():
            yield from (row for row in rows(path) if _is_sound(stream, row, day))


def rows(path: Path) -> Iterator[dict[str, Any]]:
    if path.name.endswith(".parquet"):
        yield from pq.read_table(path).to_pylist()
        return
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    elif path.suffix == ".zst":
        data = zstandard.ZstdDecompressor().decompress(data)
    lines = data.split(b"\n")[:-1]
    header = next(csv.reader([lines.pop(0).decode()])) if ".csv" in path.name else None
    for line in lines:
        try:
            text = line.decode()
            found = json.loads(text) if header is None else _csv(header, text)
        except ValueError:
            continue
        if isinstance(found, dict):
            yield found


def _csv(header: list[str], text: str) -> dict[str, Any] | None:
    values = next(csv.reader(io.StringIO(text)), [])
    if len(values) != len(header):
        return None
    return {name: value or None for name, value in zip(header, values, strict=True)}


def _is_sound(stream: str, row: dict[str, Any], day: date) -> bool:
    if any(row.get(name) is None for name in (*NEEDED[stream], WHEN[stream])):
        return False
    if any(row[name] not in allowed for name, allowed in CHOICES.items() if name in row):
        return False
    when = row[WHEN[stream]]
    if isinstance(when, str):
        try:
            when = datetime.fromisoformat(when)
        except ValueError:
            return False
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return bool(when < datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1))


def happened_before(landing: Path, stream: str, landed: date, day: date) -> list[dict[str, Any]]:
    """The sound lines that landed on `landed` and happened before the end of `day`."""
    files = (landing / stream).glob(f"{landed}*")
    return [row for path in sorted(files) for row in rows(path) if _is_sound(stream, row, day)]
