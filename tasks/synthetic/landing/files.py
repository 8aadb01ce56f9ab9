"""A landing file's bytes, and its books."""

from __future__ import annotations

import gzip
import io
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import zstandard

from tasks.synthetic.landing.faults import TIMES, Flaws, blank_lines, spoil_lines
from tasks.synthetic.parameters import Format

_ISO = "%Y-%m-%dT%H:%M:%S%.3fZ"
_ASIDE = ".aside"
_GZIP_LEVEL = 4
_ZSTD_LEVEL = 3


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file as written, and what a careful ingest must find in it.

    `path` is relative to the landing folder. `duplicates` counts on everything before having landed; of them,
    `resent` landed on an earlier day. `late`: accepted rows that happened before the day (not in bulk
    history). `unknown_fields`: those that the contract does not know.
    """

    stream: str
    path: str
    accepted: int
    duplicates: int
    quarantined: int
    blank: int
    resent: int
    late: int
    unknown_fields: tuple[str, ...]

    @property
    def lines(self) -> int:
        return self.accepted + self.duplicates + self.quarantined + self.blank


def encoded(rng: np.random.Generator, stream: str, flaws: Flaws, kind: Format) -> tuple[bytes, int]:
    """The bytes of a file, and how many blank lines it has."""
    if kind == "parquet":
        return _parquet(flaws), 0
    lines, header = _lines(stream, flaws.rows.frame, kind)
    dirty, _ = _lines(stream, flaws.dirty, kind)
    dirty = spoil_lines(rng, dirty)
    for place, line in zip(flaws.dirty_at[::-1].tolist(), dirty, strict=True):
        lines.insert(place, line)
    blank = blank_lines(rng, len(lines))
    for place in blank.tolist():
        lines.insert(place, b"   " if kind.startswith("jsonl") else b"")
    return _compressed(b"\n".join([*header, *lines, b""]), kind), len(blank)


def _lines(stream: str, frame: pl.DataFrame, kind: Format) -> tuple[list[bytes], list[bytes]]:
    """Lines without their ends, and the header."""
    time = pl.col(TIMES[stream])
    said = frame.with_columns(time.dt.strftime(_ISO).fill_null("yesterday"))
    out = io.BytesIO()
    if kind.startswith("jsonl"):
        said.write_ndjson(out)
    else:
        said.write_csv(out)
    lines = out.getvalue().split(b"\n")[:-1]
    return (lines, []) if kind.startswith("jsonl") else (lines[1:], lines[:1])


def _compressed(data: bytes, kind: Format) -> bytes:
    if kind.endswith(".gz"):
        return gzip.compress(data, _GZIP_LEVEL, mtime=0)
    if kind.endswith(".zst"):
        return zstandard.ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True).compress(data)
    return data


def _parquet(flaws: Flaws) -> bytes:
    place = np.concatenate([np.arange(len(flaws.rows)), flaws.dirty_at - 0.5])
    frame = pl.concat([flaws.rows.frame, flaws.dirty])[np.argsort(place, kind="stable")]
    out = io.BytesIO()
    frame.write_parquet(out, compression="zstd")
    return out.getvalue()


def write_whole(landing: Path, path: str, data: bytes) -> None:
    """Write aside and rename, so that nobody sees half a file."""
    aside, place = landing / _ASIDE / path.replace("/", "-"), landing / path
    aside.parent.mkdir(parents=True, exist_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    aside.write_bytes(data)
    aside.replace(place)


def clear_aside(landing: Path) -> None:
    """Take away the folder for half-written files, with what a killed run left in it."""
    if (landing / _ASIDE).exists():
        shutil.rmtree(landing / _ASIDE)
