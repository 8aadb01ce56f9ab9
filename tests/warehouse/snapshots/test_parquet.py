from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from warehouse.snapshots import Content
from warehouse.snapshots.parquet import matrix_of, read_table, strings_of, vectors_of, write_vectors
from warehouse.vectors import Vectors, as_ids

identifiers = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
finite = st.floats(width=32, allow_nan=False, allow_infinity=False)


@st.composite
def contents(draw: st.DrawFn) -> Content:
    ids = draw(st.lists(identifiers, unique=True, max_size=12))
    shape = (len(ids), draw(st.integers(1, 5)))
    floats = arrays.arrays(np.float32, shape, elements=finite)
    output, raw, raw_output = (draw(st.none() | floats) for _ in range(3))
    provenance = draw(st.none() | st.just(as_ids("text" for _ in ids)))
    return Content(Vectors.of(ids, draw(floats)), output, raw, raw_output, provenance)


def bytes_of(path: Path) -> pa.Buffer:
    return pa.py_buffer(path.read_bytes())


@given(content=contents())
@settings(deadline=None)
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, content: Content) -> None:
    path = tmp_path_factory.mktemp("vectors") / "vectors.parquet"
    write_vectors(path, content)
    table = read_table(bytes_of(path))
    back = vectors_of(table, content.vectors.dim)
    assert list(back.ids) == list(content.vectors.ids)
    for name, matrix in content.matrices().items():
        assert matrix_of(table, name, content.vectors.dim).tobytes() == matrix.tobytes()
    if content.provenance is not None:
        assert list(strings_of(table, "provenance")) == list(content.provenance)
    expected = {"id", *content.matrices()} | ({"provenance"} if content.provenance is not None else set())
    assert set(table.column_names) == expected


def test_types_are_those_of_the_contract(planted: ModuleType, tmp_path: Path) -> None:
    write_vectors(tmp_path / "v.parquet", planted.content_of(1, rows=20, dim=4))
    schema = pq.read_schema(tmp_path / "v.parquet")
    floats = pa.list_(pa.float32(), 4)
    assert schema.names == ["id", "vector", "output", "raw", "raw_output", "provenance"]
    assert schema.types == [pa.string(), floats, floats, floats, floats, pa.string()]
    column = pq.ParquetFile(tmp_path / "v.parquet").metadata.row_group(0).column(1)
    assert column.compression == "ZSTD"
    assert "BYTE_STREAM_SPLIT" in column.encodings
    assert pl.read_parquet(tmp_path / "v.parquet").schema["vector"] == pl.Array(pl.Float32, 4)


def test_row_groups_are_bounded_and_rows_survive_them(tmp_path: Path) -> None:
    dim = 4096
    matrix = np.arange(2500 * dim, dtype=np.float32).reshape(2500, dim)
    content = Content(Vectors(as_ids(f"{row:05d}" for row in range(2500)), matrix))
    write_vectors(tmp_path / "v.parquet", content)
    metadata = pq.ParquetFile(tmp_path / "v.parquet").metadata
    assert [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)] == [
        1024,
        1024,
        452,
    ]
    read = vectors_of(read_table(bytes_of(tmp_path / "v.parquet"), ["id", "vector"]), dim)
    assert np.array_equal(read.matrix, matrix)


def test_same_rows_same_bytes(planted: ModuleType, tmp_path: Path) -> None:
    digests = set()
    for name in ("a", "b"):
        write_vectors(tmp_path / name, planted.content_of(5))
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    write_vectors(tmp_path / "other", planted.content_of(6))
    assert len(digests) == 1
    assert hashlib.sha256((tmp_path / "other").read_bytes()).hexdigest() not in digests


def test_a_wrong_width_is_told(planted: ModuleType, tmp_path: Path) -> None:
    write_vectors(tmp_path / "v", planted.content_of(1, rows=3, dim=4))
    with pytest.raises(ValueError, match=r"expected fixed_size_list<float32>\[5\], found .*\[4\]"):
        vectors_of(read_table(bytes_of(tmp_path / "v")), 5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"output": np.zeros((2, 3), np.float32)}, r"output: expected shape \(2, 2\)"),
        ({"raw": np.zeros((2, 2))}, "raw: expected float32, found float64"),
        ({"raw_output": np.full((2, 2), np.nan, np.float32)}, "raw_output: 2 of 2 rows hold NaN"),
        ({"provenance": as_ids(["text"])}, r"\(1,\) provenances for \(2,\) ids"),
        ({"rotation": np.eye(3)}, r"rotation of shape \(2, 2\), found \(3, 3\)"),
    ],
)
def test_what_does_not_fit_the_vectors_is_refused(change: dict[str, object], message: str) -> None:
    vectors = Vectors.of(["a", "b"], np.eye(2, dtype=np.float32))
    with pytest.raises(ValueError, match=message):
        Content(vectors, **change)  # type: ignore[arg-type]


def test_an_id_that_is_no_unicode_is_refused() -> None:
    with pytest.raises(ValueError, match=r"row 1 is not valid Unicode"):
        Content(Vectors.of(["a", "\ud800"], np.eye(2, dtype=np.float32)))


def test_reading_starts_no_thread(tmp_path: Path) -> None:
    """Arrow's pool, started by a threaded read, aborts a part of the processes that end right after it."""
    path = tmp_path / "table.parquet"
    pq.write_table(pa.table({"id": ["x"] * 50, "value": [1.0] * 50}), path)
    script = (
        "import os, sys, pyarrow as pa; from warehouse.snapshots.parquet import read_table; "
        "before = len(os.listdir('/proc/self/task')); "
        "read_table(pa.memory_map(sys.argv[1]).read_buffer()); "
        "print(len(os.listdir('/proc/self/task')) - before)"
    )
    command = [sys.executable, "-c", script, str(path)]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "0"
