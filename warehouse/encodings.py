"""Vectors of texts by content hash: a text is encoded once in its life.

A store is a folder of shards. A shard is a Parquet file (text_hash: string, sorted and unique; vector:
fixed_size_list<float32>[d]) named after the SHA-256 of its bytes: it is written once, whole, and whoever
opens it sees whether it still holds what was written. There is one writer, as for everything in a home.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.errors import NightjarError
from warehouse.vectors import Matrix, Vectors, as_ids

logger = logging.getLogger("nightjar")


class EncodingsError(NightjarError):
    """Texts have no sound vector in the store; the message names the folder and the remedy."""


@dataclass(frozen=True, slots=True)
class Encodings:
    """The store of one model: `HOME/encodings/<first 16 hex of what decides its vectors>`."""

    folder: Path

    @classmethod
    def of(cls, root: Path, digest: str) -> Encodings:
        return cls(root / digest[:16])

    def known(self) -> pl.Series:
        """The hashes that have a sound vector, sorted and unique; every byte is verified.

        For the writer: a damaged shard is removed, with a line in the log, so that its texts are encoded
        again, and so is what a killed writer left behind.
        """
        for left_behind in self.folder.glob(".*.aside"):
            left_behind.unlink()
        hashes = [pl.Series("text_hash", [], dtype=pl.String)]
        for path in self._paths():
            content = path.read_bytes()
            if _is_sound(path, content):
                hashes.append(pl.Series("text_hash", _parse(content, ["text_hash"])["text_hash"]))
            else:
                logger.error(
                    "%s: damaged, its bytes are not what was written; its texts are encoded again", path
                )
                path.unlink()
        return pl.concat(hashes).unique().sort()

    def add(self, vectors: Vectors) -> Path:
        """Keep the vectors of texts, `vectors.ids` being their hashes. Equal vectors make the same file."""
        content = _serialise(vectors)
        path = self.folder / f"{hashlib.sha256(content).hexdigest()}.parquet"
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.stem}.aside")
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
        _sync_folder(self.folder)
        return path

    def dim(self) -> int | None:
        """The length of the vectors, None while there are none."""
        paths = self._paths()
        return int(pq.read_schema(paths[0]).field("vector").type.list_size) if paths else None

    def read(self, hashes: Iterable[str], dim: int) -> Vectors:
        """The vectors of `hashes` (each named once in the result). Memory: the result and one shard.

        EncodingsError where a shard is damaged, has another dimension than `dim`, or a hash has no vector.
        """
        wanted = as_ids(sorted(set(hashes)))
        matrix = np.empty((len(wanted), dim), dtype=np.float32)
        found = np.zeros(len(wanted), dtype=bool)
        for shard in self._shards():
            if shard.dim != dim:
                raise EncodingsError(
                    f"{self.folder}: a shard has dimension {shard.dim}, expected {dim}; remove the folder"
                )
            rows = shard.rows(wanted)
            matrix[rows >= 0] = shard.matrix[rows[rows >= 0]]
            found |= rows >= 0
        if not found.all():
            first = wanted[np.flatnonzero(~found)[0]]
            raise EncodingsError(
                f"{self.folder}: {int((~found).sum())} of {len(wanted)} texts have no vector, "
                f"the first is {first!r}; run the night again"
            )
        return Vectors(wanted, matrix)

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob("*.parquet"))

    def _shards(self) -> Iterator[Vectors]:
        for path in self._paths():
            content = path.read_bytes()
            if not _is_sound(path, content):
                raise EncodingsError(
                    f"{path}: damaged, its bytes are not what was written; run the night again"
                )
            table = _parse(content, None)
            yield Vectors(as_ids(table["text_hash"].to_pylist()), _as_matrix(table["vector"]))


def _is_sound(path: Path, content: bytes) -> bool:
    return hashlib.sha256(content).hexdigest() == path.stem


def _parse(content: bytes, columns: list[str] | None) -> pa.Table:
    # Without threads: a process that ends while Arrow's pool is still starting is aborted (SIGABRT).
    return pq.ParquetFile(pa.BufferReader(content)).read(columns, use_threads=False)


def _serialise(vectors: Vectors) -> bytes:
    table = pa.table(
        {
            "text_hash": pa.array(vectors.ids, pa.string()),
            "vector": pa.FixedSizeListArray.from_arrays(pa.array(vectors.matrix.ravel()), vectors.dim),
        }
    )
    buffer = io.BytesIO()
    # Bytes of like significance beside each other compress better; dictionaries only help repeated values.
    encoding = {"text_hash": "PLAIN", "vector.list.element": "BYTE_STREAM_SPLIT"}
    pq.write_table(table, buffer, compression="zstd", use_dictionary=False, column_encoding=encoding)
    return buffer.getvalue()


def _as_matrix(column: pa.ChunkedArray) -> Matrix:
    values = column.combine_chunks()
    flat = values.flatten().to_numpy(zero_copy_only=False)
    return np.ascontiguousarray(flat, dtype=np.float32).reshape(len(values), values.type.list_size)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
