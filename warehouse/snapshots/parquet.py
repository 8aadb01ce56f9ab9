"""`vectors.parquet`: the same rows make the same bytes, and only rows that keep their promises are read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.parts import Parts
from warehouse.snapshots.content import Content
from warehouse.vectors import Ids, Matrix, Vectors

MATRICES = ("vector", "output", "raw", "raw_output")
PART, WEIGHT = "part", "weight"
_GROUP_BYTES = 16 * 1024 * 1024


def write_vectors(path: Path, content: Content) -> None:
    """Write ids, matrices and provenance, sorted by id; parts and weights where entities have several vectors.

    Zstandard over BYTE_STREAM_SPLIT floats; row groups of about 16 MiB of vectors, so that readers of parts
    stay small. Nothing in the file depends on the time or the place.
    """
    columns: dict[str, pa.Array] = {"id": pa.array(content.rows.ids, pa.string())}
    columns |= {name: _fixed_size(matrix) for name, matrix in content.matrices().items()}
    if content.provenance is not None:
        columns["provenance"] = pa.array(content.provenance, pa.string())
    if content.parts is not None:
        columns |= {PART: pa.array(content.parts.part), WEIGHT: pa.array(content.parts.weight)}
    pq.write_table(
        pa.table(columns),
        path,
        compression="zstd",
        row_group_size=max(1024, _GROUP_BYTES // (4 * content.vectors.dim)),
        use_dictionary=["provenance"] if content.provenance is not None else False,
        use_byte_stream_split=[f"{name}.list.element" for name in content.matrices()],
        version="2.6",
    )


def read_table(buffer: pa.Buffer, columns: Sequence[str] | None = None) -> pa.Table:
    """The columns, or all, of a file's bytes, each as one chunk; ArrowException where it is no Parquet.

    Without threads: a process that ends while Arrow's pool is still starting is aborted (SIGABRT).
    """
    file = pq.ParquetFile(pa.BufferReader(buffer))
    return file.read(None if columns is None else list(columns), use_threads=False).combine_chunks()


def column_names(buffer: pa.Buffer) -> list[str]:
    return list(pq.read_schema(pa.BufferReader(buffer)).names)


def rows_of(table: pa.Table, dim: int) -> Vectors | Parts:
    """What a row of the file is: a part where there is a column of parts or of weights, else an entity."""
    parted = {PART, WEIGHT} & set(table.column_names)
    return parts_of(table, dim) if parted else vectors_of(table, dim)


def vectors_of(table: pa.Table, dim: int) -> Vectors:
    """Ids and `vector`; ValueError where they are not sorted, unique, finite, or not `dim` wide."""
    return Vectors(strings_of(table, "id"), matrix_of(table, "vector", dim))


def parts_of(table: pa.Table, dim: int) -> Parts:
    """Ids, parts, weights and `vector`; ValueError where they break what `Parts` promises, or have other types."""
    numbers = {}
    for name, type_ in ((PART, pa.int32()), (WEIGHT, pa.float32())):
        column = table.column(name)
        if column.type != type_ or column.null_count:
            raise ValueError(
                f"{name}: expected {type_}, found {column.type} with {column.null_count} missing"
            )
        numbers[name] = column.to_numpy()
    return Parts(strings_of(table, "id"), numbers[PART], numbers[WEIGHT], matrix_of(table, "vector", dim))


def matrix_of(table: pa.Table, name: str, dim: int) -> Matrix:
    """A column of vectors as a read-only matrix of shape (n, dim), without a copy."""
    column = table.column(name)
    if column.type != pa.list_(pa.float32(), dim):
        raise ValueError(f"{name}: expected fixed_size_list<float32>[{dim}], found {column.type}")
    if column.null_count:
        raise ValueError(f"{name}: {column.null_count} of {len(column)} vectors are missing")
    values = [chunk.flatten().to_numpy() for chunk in column.chunks]
    matrix = values[0] if len(values) == 1 else np.concatenate([np.empty(0, np.float32), *values])
    result: Matrix = matrix.reshape(len(column), dim)
    result.flags.writeable = False
    return result


def strings_of(table: pa.Table, name: str) -> Ids:
    """A column of strings as a read-only object array."""
    column = table.column(name)
    if column.type != pa.string() or column.null_count:
        raise ValueError(f"{name}: expected strings, found {column.type} with {column.null_count} missing")
    strings: Ids = column.to_numpy().astype(object)
    strings.flags.writeable = False
    return strings


def _fixed_size(matrix: Matrix) -> pa.Array:
    return pa.FixedSizeListArray.from_arrays(
        pa.array(np.ascontiguousarray(matrix).reshape(-1)), matrix.shape[1]
    )
