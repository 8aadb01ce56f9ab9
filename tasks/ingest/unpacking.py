"""Bytes of a landed file: unpacked, counted, hashed, and verified to their end, in bounded memory."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import zstandard

from tasks.ingest.landing import LandedFile, Stamp
from tasks.ingest.parameters import IngestParameters
from tasks.ingest.records import Refused

CHUNK_BYTES = 16 << 20
RATIO_FREE_BYTES = 16 << 20  # small files may repeat themselves as much as they like
_ZSTD_BITE = 1024  # unpacks to 32 MiB at the most: a block of 128 KiB needs 4 bytes
_ZSTD_WINDOW = 128 << 20
_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"PAR1": "Parquet", b"PK\x03\x04": "zip"}


@dataclass(slots=True)
class Opened:
    """A file being read."""

    file: LandedFile
    handle: BinaryIO
    limits: IngestParameters
    hasher: hashlib._Hash = field(default_factory=hashlib.sha256)
    hashed: int = 0
    unpacked: int = 0

    @classmethod
    @contextmanager
    def open(cls, file: LandedFile, limits: IngestParameters) -> Iterator[Opened]:
        """OSError where the file cannot be opened."""
        with file.place.open("rb", buffering=0) as handle:
            yield cls(file, handle, limits)

    def sha256(self) -> str:
        """Of all the bytes as landed, whatever part of them was read so far."""
        self.handle.seek(self.hashed)
        while chunk := self.handle.read(CHUNK_BYTES):
            self._hash(chunk)
        return self.hasher.hexdigest()

    def _hash(self, chunk: bytes) -> None:
        self.hasher.update(chunk)
        self.hashed += len(chunk)

    def chunks(self) -> Iterator[bytes]:
        """The unpacked content, in chunks of any size up to tens of MiB.

        Refused where it is not what its name says, is cut off, fails its checksum, or unpacks beyond the limits.
        """
        unpack = {"": _plain, "gz": _gunzip, "zst": _unzstd}[self.file.compression]
        for chunk in unpack(self._landed()):
            self.count(len(chunk))
            yield chunk
        self._check_unchanged()

    def count(self, unpacked: int) -> None:
        """Count bytes that this file has grown to; Refused beyond the limits."""
        self.unpacked += unpacked
        if self.unpacked > self.limits.max_file_bytes:
            raise Refused(f"unpacks to more than ingest.max_file_bytes = {self.limits.max_file_bytes}")
        allowed = max(RATIO_FREE_BYTES, self.limits.max_ratio * self.file.stamp.bytes)
        if self.unpacked > allowed:
            raise Refused(
                f"{self.file.stamp.bytes} bytes unpack to more than {int(allowed)}: ingest.max_ratio is "
                f"{self.limits.max_ratio:g}"
            )

    def _landed(self) -> Iterator[bytes]:
        """The bytes as landed, in chunks, hashed on the way."""
        position = 0
        self.handle.seek(0)
        while chunk := self.handle.read(CHUNK_BYTES):
            if position == 0:
                _check_magic(chunk, self.file)
            if position == self.hashed:
                self._hash(chunk)
            position += len(chunk)
            yield chunk
        if position == 0 and (self.file.compression or self.file.format == "parquet"):
            raise Refused("cut off: it holds 0 bytes, which is no whole file of its kind")

    def _check_unchanged(self) -> None:
        if Stamp.of(os.fstat(self.handle.fileno())) != self.file.stamp:
            raise Refused("changed while it was read; landed files must be moved here whole")


def _check_magic(head: bytes, file: LandedFile) -> None:
    found = next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "neither")
    expected = {"gz": "gzip", "zst": "zstd", "": "Parquet" if file.format == "parquet" else "neither"}[
        file.compression
    ]
    if found != expected and not (expected == "zstd" and _skippable(head)):
        if expected == "neither":
            raise Refused(f"not what its name says: a {found} file, expected plain {file.format}")
        raise Refused(
            f"not what its name says: expected {expected}, found bytes that begin {head[:4].hex(' ')}"
        )


def _skippable(head: bytes) -> bool:
    return len(head) >= 4 and head[0] & 0xF0 == 0x50 and head[1:4] == b"\x2a\x4d\x18"


def _plain(chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield from chunks


def _gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Members one after another; zlib checks each one's CRC and length at its end. Zero padding may follow."""
    member, ended = None, False
    for chunk in chunks:
        rest = chunk
        while rest:
            if member is None:
                rest = rest.lstrip(b"\0") if ended else rest
                if not rest:
                    break
                member = zlib.decompressobj(wbits=31)
            yield _checked(member.decompress, rest, CHUNK_BYTES)
            rest = member.unused_data if member.eof else member.unconsumed_tail
            if member.eof:
                member, ended = None, True
    if member is not None or not ended:
        raise Refused("cut off: the last gzip member does not end")


def _unzstd(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Frames one after another; a content checksum is verified where the frame has one."""
    frame, ended = None, False
    for chunk in chunks:
        for start in range(0, len(chunk), _ZSTD_BITE):
            rest = chunk[start : start + _ZSTD_BITE]
            while rest:
                if frame is None:
                    _check_window(rest)
                    frame = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
                yield _checked(frame.decompress, rest)
                rest = frame.unused_data if frame.eof else b""
                if frame.eof:
                    frame, ended = None, True
    if frame is not None or not ended:
        raise Refused("cut off: the last zstd frame does not end")


def _check_window(head: bytes) -> None:
    """Refused where the frame that begins here wants more memory than one may have: it is sound, but not for us."""
    try:
        window = zstandard.get_frame_parameters(head).window_size
    except zstandard.ZstdError:  # too short to tell, or a frame that is skipped: reading it will tell
        return
    if window > _ZSTD_WINDOW:
        raise Refused(
            f"its window of {window >> 20} MiB is more than {_ZSTD_WINDOW >> 20} MiB; compress it without --long, or "
            "with --long=27"
        )


def _checked(unpack: Callable[..., bytes], *arguments: Any) -> bytes:
    try:
        return unpack(*arguments)
    except (zlib.error, zstandard.ZstdError) as error:
        raise Refused(f"damaged: {error}") from error
