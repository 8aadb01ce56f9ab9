"""Entities with several vectors: written, read, searched and verified part by part."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.parts import Parts
from warehouse.snapshots import Content, IndexParameters, Score, Snapshot, SnapshotStore
from warehouse.snapshots.canonical import SEAL, sealed_bytes
from warehouse.snapshots.integrity import verify
from warehouse.vectors import Vectors, as_ids

DIM = 4


def parts_of(rows: list[tuple[str, int, float, list[float]]]) -> Parts:
    ids, part, weight, vectors = zip(*rows, strict=True) if rows else ([], [], [], np.empty((0, DIM)))
    return Parts(
        as_ids(ids), np.array(part, np.int32), np.array(weight, np.float32), np.array(vectors, np.float32)
    )


AXES = np.eye(DIM).tolist()
TORN = parts_of(
    [
        ("cat", 0, 1.0, AXES[0]),
        ("torn", 0, 0.4, AXES[0]),
        ("torn", 1, 0.6, AXES[1]),
        ("wren", 0, 1.0, AXES[1]),
    ]
)
"""`torn` likes what cat likes and, more so, what wren likes."""


def content_of(parts: Parts) -> Content:
    return Content(parts.summary(), provenance=as_ids(["medoid"] * len(parts)), parts=parts)


def publish(root: Path, planted: ModuleType, content: Content, minimum_rows: int = 10**6) -> str:
    manifest = planted.manifest_of(content, score=Score())
    store = SnapshotStore(root)
    store.write(content, manifest, IndexParameters(minimum_rows=minimum_rows, recall_sample=20))
    store.point("flits", manifest.version, manifest.created_at)
    return str(manifest.version)


def many(count: int = 300, seed: int = 0) -> Parts:
    """1 to 3 unit vectors for each of many ids."""
    generator = np.random.default_rng(seed)
    rows = [
        (f"b{bird:04}", part, float(generator.uniform(0.1, 1)), list(vector / np.linalg.norm(vector)))
        for bird in range(count)
        for part, vector in enumerate(generator.normal(size=(generator.integers(1, 4), DIM)))
    ]
    return parts_of(rows)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 4), max_size=8), st.integers(0, 100))
def test_summary_and_heaviest_are_what_a_loop_finds(counts: list[int], seed: int) -> None:
    generator = np.random.default_rng(seed)
    parts = parts_of(
        [
            (f"b{bird}", part, float(weight), list(generator.normal(size=DIM)))
            for bird, count in enumerate(counts)
            for part, weight in enumerate(generator.uniform(0.1, 1, size=count))
        ]
    )
    summary, heaviest = parts.summary(), parts.heaviest()
    assert list(summary.ids) == [f"b{bird}" for bird in range(len(counts))]
    for row, id_ in enumerate(summary.ids):
        own = parts.of(id_)
        assert len(own) == counts[row]
        mean = np.average(own.matrix, axis=0, weights=own.weight)
        np.testing.assert_allclose(summary.matrix[row], mean, atol=1e-5)
        assert np.array_equal(parts.matrix[heaviest[row]], own.matrix[own.weight.argmax()])


def test_parts_that_cancel_out_are_summed_up_by_the_heaviest() -> None:
    parts = parts_of([("b", 0, 0.5, [1, 0, 0, 0]), ("b", 1, 0.5, [-1, 0, 0, 0])])
    assert parts.summary().matrix.tolist() == [[1, 0, 0, 0]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"part": np.array([0, 1, 0, 0], np.int32)}, r"sorted and unique: row 1 is 'torn' 1, row 2 'torn' 0"),
        ({"part": np.array([0, 1, 1, 0], np.int32)}, "sorted and unique"),
        ({"part": np.array([-1, 0, 1, 0], np.int32)}, "from 0, found -1"),
        ({"ids": as_ids(["wren", "torn", "torn", "cat"])}, "row 0 is 'wren' 0, row 1 'torn' 0"),
        ({"weight": np.array([1, 0, 1, 1], np.float32)}, "above 0"),
        ({"weight": np.ones(4)}, "float32, found int32, float64"),
        ({"weight": np.ones(3, np.float32)}, "do not fit"),
        ({"matrix": np.full((4, DIM), np.nan, np.float32)}, "NaN"),
    ],
)
def test_parts_keep_their_promises(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(TORN, **change)


def test_a_part_is_found_where_ids_differ_by_a_zero_character() -> None:
    parts = parts_of([("b", 0, 1, AXES[0]), ("b", 1, 1, AXES[1]), ("b\0", 0, 1, AXES[2])])
    assert len(parts.of("b")) == 2 and len(parts.of("b\0")) == 1 and len(parts.of("a")) == 0


def test_what_is_published_is_what_is_read(root: Path, planted: ModuleType) -> None:
    publish(root, planted, content_of(TORN))
    snapshot = Snapshot.open(root, "flits")
    assert list(snapshot.ids) == ["cat", "torn", "wren"] and snapshot.manifest.rows == len(snapshot) == 3
    assert snapshot.vector("torn").tolist() == AXES[1]
    assert snapshot.vectors(["torn", "cat"]).tolist() == [AXES[1], AXES[0]]
    assert snapshot.matrix[1].tolist() == pytest.approx([0.4, 0.6, 0, 0])
    both = snapshot.parts("torn")
    assert both.part.tolist() == [0, 1] and both.weight.tolist() == pytest.approx([0.4, 0.6])
    assert both.matrix.tolist() == AXES[:2]
    frame = snapshot.frame()
    assert frame.columns == ["id", "vector", "provenance", "part", "weight"]
    assert frame["id"].to_list() == ["cat", "torn", "torn", "wren"] and frame["part"].to_list() == [
        0,
        0,
        1,
        0,
    ]
    assert frame.schema["part"] == pl.Int32 and frame.schema["weight"] == pl.Float32
    with pytest.raises(KeyError, match="nobody"):
        snapshot.parts("nobody")


def test_an_id_is_as_near_as_the_nearest_of_its_parts(root: Path, planted: ModuleType) -> None:
    publish(root, planted, content_of(TORN))
    snapshot = Snapshot.open(root, "flits")
    assert [tuple(found) for found in snapshot.nearest("torn")] == [("cat", 1.0), ("wren", 1.0)]
    assert snapshot.nearest("cat", 1) == [("torn", 1.0)]
    assert [found.id for found in snapshot.nearest(np.array(AXES[1]), 2)] == ["torn", "wren"]
    with pytest.raises(KeyError, match="nobody"):
        snapshot.nearest("nobody")


@pytest.mark.parametrize("minimum_rows", [10**6, 100])
def test_neighbours_are_those_of_a_loop_over_all_parts(
    root: Path, planted: ModuleType, minimum_rows: int
) -> None:
    parts = many()
    publish(root, planted, content_of(parts), minimum_rows)
    snapshot = Snapshot.open(root, "flits")
    for wanted in ("b0000", "b0150", "b0299"):
        cosines = parts.matrix @ parts.of(wanted).matrix.T
        best = {id_: float(cosines[parts.ids == id_].max()) for id_ in snapshot.ids if id_ != wanted}
        expected = sorted(best, key=lambda id_: -best[id_])[:10]
        found = snapshot.nearest(wanted, 10)
        assert [neighbour.id for neighbour in found] == expected
        assert [neighbour.score for neighbour in found] == pytest.approx([best[id_] for id_ in expected])


def test_spaces_of_one_vector_an_id_answer_with_one_part(root: Path, planted: ModuleType) -> None:
    content = planted.content_of(1)
    store = SnapshotStore(root)
    manifest = store.write(content, planted.manifest_of(content, 1))
    snapshot = Snapshot.open(root, "flits", manifest.version)
    one = snapshot.parts("f000003")
    assert one.weight.tolist() == [1.0] and np.array_equal(one.matrix[0], snapshot.vector("f000003"))


def test_a_sound_version_is_verified_without_findings(root: Path, planted: ModuleType) -> None:
    publish(root, planted, content_of(many()), 100)
    assert list(verify(root)) == []


DAMAGES = {
    "parts out of order": lambda table: table.take([0, 2, 1, 3]),
    "a part twice": lambda table: table.take([0, 1, 1, 3]),
    "ids out of order": lambda table: table.take([3, 1, 2, 0]),
    "no weights": lambda table: table.drop_columns(["weight"]),
    "no parts": lambda table: table.drop_columns(["part"]),
    "an id less": lambda table: table.take([1, 2, 3]),
    "a weight of zero": lambda table: table.set_column(4, "weight", pa.array([0, 1, 1, 1], pa.float32())),
    "weights of another type": lambda table: table.set_column(
        4, "weight", pa.array([1, 1, 1, 1], pa.float64())
    ),
    "a part that is missing": lambda table: table.set_column(
        3, "part", pa.array([0, None, 1, 0], pa.int32())
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_with_fitting_digests_is_found_by_what_rows_mean(
    root: Path, planted: ModuleType, damage: str
) -> None:
    """Whoever writes such a file can also write its SHA-256 into the manifest."""
    version = publish(root, planted, content_of(TORN))
    folder = root / "flits" / version
    pq.write_table(DAMAGES[damage](pq.read_table(folder / "vectors.parquet")), folder / "vectors.parquet")
    document = json.loads((folder / "manifest.json").read_bytes())
    document.pop(SEAL)
    data = (folder / "vectors.parquet").read_bytes()
    for entry in document["files"]:
        if entry["path"] == "vectors.parquet":
            entry |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (folder / "manifest.json").write_bytes(sealed_bytes(document))
    assert "vectors.parquet" in {finding.file.rpartition("/")[2] for finding in verify(root)}
    with pytest.raises(Exception, match=r"vectors\.parquet"):
        Snapshot.open(root, "flits", version)


def test_parts_of_other_ids_than_those_they_are_summed_up_to_are_refused() -> None:
    with pytest.raises(ValueError, match="4 parts are not of the 2 ids"):
        Content(Vectors.of(["cat", "wren"], np.eye(2, DIM)), parts=TORN)
    with pytest.raises(ValueError, match="no output side"):
        Content(TORN.summary(), output=TORN.matrix, parts=TORN)
