from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse import Snapshot
from warehouse.snapshots import (
    Content,
    DamagedSnapshotError,
    Decision,
    Manifest,
    SnapshotError,
    SnapshotStore,
    SpaceMismatchError,
)
from warehouse.vectors import Vectors, as_ids

WHEN = datetime.fromisoformat("2026-03-01")
ids = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), unique=True, max_size=8)


def publish(
    store: SnapshotStore, planted: ModuleType, content: Content, number: int = 1, **changes: object
) -> Manifest:
    manifest: Manifest = store.write(
        content, planted.manifest_of(content, number, **changes), planted.SMALL_INDEX
    )
    store.point("flits", manifest.version, WHEN)
    return manifest


@pytest.fixture
def snapshot(store: SnapshotStore, planted: ModuleType, root: Path) -> Snapshot:
    publish(store, planted, planted.content_of(1))
    return Snapshot.open(str(root), "flits")


@given(wanted=ids)
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_ids_come_back(
    planted: ModuleType, tmp_path_factory: pytest.TempPathFactory, wanted: list[str]
) -> None:
    root = tmp_path_factory.mktemp("home")
    matrix = np.eye(max(len(wanted), 1), dtype=np.float32)[: len(wanted)]
    vectors = Vectors.of(wanted, matrix)
    publish(SnapshotStore(root), planted, Content(vectors))
    read = Snapshot.open(root, "flits")
    assert len(read) == len(wanted)
    assert read.frame()["id"].to_list() == sorted(wanted)
    for row, name in enumerate(wanted):
        assert name in read
        assert np.array_equal(read.vector(name), matrix[row])
        assert sorted(near.id for near in read.nearest(name)) == sorted(set(wanted) - {name})
    assert np.array_equal(read.vectors(wanted), matrix)


def test_vectors_and_outputs_are_what_was_published(snapshot: Snapshot, planted: ModuleType) -> None:
    content = planted.content_of(1)
    assert np.array_equal(snapshot.matrix, content.vectors.matrix)
    assert snapshot.ids.tolist() == content.vectors.ids.tolist()
    wanted = ["f000007", "f000003", "f000007"]
    assert np.array_equal(snapshot.vectors(wanted), content.vectors.matrix[[7, 3, 7]])
    assert np.array_equal(snapshot.outputs(iter(wanted)), content.output[[7, 3, 7]])
    assert np.array_equal(snapshot.output("f000003"), content.output[3])
    assert snapshot.rotation is not None and np.array_equal(snapshot.rotation, content.rotation)
    assert snapshot.manifest.rows == len(snapshot) == 300


def test_what_is_returned_cannot_be_changed(snapshot: Snapshot) -> None:
    for array in (snapshot.matrix, snapshot.vector("f000001"), snapshot.outputs(["f000001"]), snapshot.ids):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_unknown_ids_are_told(snapshot: Snapshot) -> None:
    version = snapshot.version
    with pytest.raises(KeyError, match=rf"'f9' has no vector in flits {version} \(300 flits\).*coverage"):
        snapshot.vector("f9")
    with pytest.raises(KeyError, match="'x' and 1 more ids have no vector"):
        snapshot.vectors(["f000001", "x", "y"])
    with pytest.raises(KeyError, match="'f9' has"):
        snapshot.nearest("f9")
    assert "f9" not in snapshot
    assert 7 not in snapshot


def test_no_output_is_told(store: SnapshotStore, planted: ModuleType, root: Path) -> None:
    publish(store, planted, Content(planted.content_of(1).vectors))
    with pytest.raises(SnapshotError, match="has no output vectors, its scores are vector · vector"):
        Snapshot.open(root, "flits").output("f000001")


def test_nearest_agrees_with_numpy(snapshot: Snapshot, planted: ModuleType) -> None:
    matrix = planted.content_of(1).vectors.matrix.astype(np.float64)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    for row in range(0, 300, 30):
        cosines = matrix @ matrix[row]
        cosines[row] = -np.inf
        expected = np.argsort(-cosines, kind="stable")[:7]
        near = snapshot.nearest(f"f{row:06d}", k=7, exact=True)
        assert [entry.id for entry in near] == [f"f{at:06d}" for at in expected]
        np.testing.assert_allclose([score for _, score in near], cosines[expected], atol=1e-6)
        by_vector = snapshot.nearest(snapshot.vector(f"f{row:06d}"), k=8, exact=True)
        assert by_vector[0].id == f"f{row:06d}"
        assert [entry.id for entry in by_vector[1:]] == [entry.id for entry in near]


def test_planted_neighbours_are_found_through_the_index(
    store: SnapshotStore, planted: ModuleType, root: Path
) -> None:
    """Two camps that never mix: every neighbour of a camp's flit is of its camp."""
    random = np.random.default_rng(4)
    matrix = 0.1 * random.standard_normal((400, 8))
    matrix[:200, 0] += 1
    matrix[200:, 1] += 1
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    names = as_ids(f"{camp}{row:03d}" for camp in "ab" for row in range(200))
    manifest = publish(store, planted, Content(Vectors(names, matrix.astype(np.float32))))
    assert manifest.file("index.faiss") is not None
    read = Snapshot.open(root, "flits")
    for name in ("a000", "a199", "b000", "b100"):
        near = read.nearest(name, k=20)
        assert {entry.id[0] for entry in near} == {name[0]}
        assert name not in [entry.id for entry in near]
        assert [entry.score for entry in near] == sorted((entry.score for entry in near), reverse=True)


def test_the_output_side_is_scored_by_inner_product(snapshot: Snapshot, planted: ModuleType) -> None:
    content = planted.content_of(1)
    scores = content.output.astype(np.float64) @ content.vectors.matrix[5].astype(np.float64)
    expected = [row for row in np.argsort(-scores, kind="stable") if row != 5][:5]
    near = snapshot.nearest("f000005", k=5, side="output")
    assert [entry.id for entry in near] == [f"f{row:06d}" for row in expected]
    np.testing.assert_allclose([entry.score for entry in near], scores[expected], rtol=1e-12)


def test_bad_queries_are_refused(snapshot: Snapshot) -> None:
    with pytest.raises(ValueError, match="k must be at least 1, found 0"):
        snapshot.nearest("f000001", k=0)
    with pytest.raises(ValueError, match=r"shape \(8,\), found \(3,\)"):
        snapshot.nearest([1.0, 2.0, 3.0])


def test_the_frame_has_all_columns(snapshot: Snapshot, planted: ModuleType) -> None:
    frame = snapshot.frame()
    assert frame.columns == ["id", "vector", "output", "raw", "raw_output", "provenance"]
    assert frame.schema["vector"] == pl.Array(pl.Float32, 8)
    assert np.array_equal(frame["raw"].to_numpy(), planted.content_of(1).raw)
    assert frame["provenance"].to_list() == planted.content_of(1).provenance.tolist()


def test_a_version_can_be_named_and_stays(store: SnapshotStore, planted: ModuleType, root: Path) -> None:
    first = publish(store, planted, planted.content_of(1), 1)
    second = publish(store, planted, planted.content_of(2), 2)
    named = Snapshot.open(root, "flits", first.version)
    assert named.version == first.version
    assert Snapshot.open(root, "flits").version == second.version
    assert named.refresh().changed is False
    assert named.version == first.version


def test_refresh_follows_the_pointer(store: SnapshotStore, planted: ModuleType, root: Path) -> None:
    first = publish(store, planted, planted.content_of(1), 1)
    read = Snapshot.open(root, "flits")
    assert (read.refresh().changed, read.version) == (False, first.version)
    second = publish(store, planted, planted.content_of(2), 2)
    refreshed = read.refresh()
    assert (refreshed.changed, refreshed.version, refreshed.problem) == (True, second.version, None)
    assert np.array_equal(read.vector("f000001"), planted.content_of(2).vectors.matrix[1])
    back = Decision(decision="rollback", version=first.version, who="ada", when=WHEN, why="worse")
    store.point("flits", first.version, WHEN, back)
    assert read.refresh().version == first.version


def test_refresh_keeps_the_old_version_where_the_newer_is_damaged(
    store: SnapshotStore, planted: ModuleType, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = publish(store, planted, planted.content_of(1), 1)
    read = Snapshot.open(root, "flits")
    second = publish(store, planted, planted.content_of(2), 2)
    file = root / "flits" / second.version / "vectors.parquet"
    file.write_bytes(file.read_bytes()[:-9])
    with caplog.at_level(logging.WARNING):
        refreshed = read.refresh()
    assert (refreshed.changed, refreshed.version) == (False, first.version)
    assert refreshed.problem is not None and "vectors.parquet: expected" in refreshed.problem
    assert f"flits stays at {first.version}" in caplog.text
    assert np.array_equal(read.vector("f000001"), planted.content_of(1).vectors.matrix[1])
    with pytest.raises(DamagedSnapshotError, match=r"vectors.parquet"):
        Snapshot.open(root, "flits")


@pytest.mark.parametrize("damage", ["", "{}\n", "null\n", '{"version": "x"}\n'])
def test_refresh_survives_a_damaged_pointer(snapshot: Snapshot, root: Path, damage: str) -> None:
    (root / "flits" / "current.json").write_text(damage)
    problem = snapshot.refresh().problem
    assert problem is not None and "current.json" in problem
    assert "f000001" in snapshot


def test_refresh_does_not_follow_an_older_pointer(
    store: SnapshotStore, planted: ModuleType, root: Path
) -> None:
    publish(store, planted, planted.content_of(1), 1)
    old = (root / "flits" / "current.json").read_bytes()
    second = publish(store, planted, planted.content_of(2), 2)
    read = Snapshot.open(root, "flits")
    (root / "flits" / "current.json").write_bytes(old)
    problem = read.refresh().problem
    assert problem is not None and "expected a sequence from 2, found 1" in problem
    assert read.version == second.version
    (root / "flits" / "current.json").unlink()
    assert "found no file" in (read.refresh().problem or "")


def test_space_ids_are_not_mixed(store: SnapshotStore, planted: ModuleType, root: Path) -> None:
    first = publish(store, planted, planted.content_of(1), 1, space_id="one")
    read = Snapshot.open(root, "flits")
    publish(store, planted, planted.content_of(2), 2, space_id="two")
    with pytest.raises(SpaceMismatchError, match=r"expected space id one, found two; .*must not be compared"):
        read.refresh()
    assert read.version == first.version
    assert read.require("one") is read
    with pytest.raises(SpaceMismatchError, match="expected space id two, found one"):
        read.require("two")


def test_nothing_to_open_is_told(store: SnapshotStore, planted: ModuleType, root: Path) -> None:
    with pytest.raises(SnapshotError, match="no such space; there are: none"):
        Snapshot.open(root, "flits")
    content = planted.content_of(1)
    manifest = store.write(content, planted.manifest_of(content, 1))
    with pytest.raises(SnapshotError, match="no version of flits is current; 1 are there by name"):
        Snapshot.open(root, "flits")
    with pytest.raises(SnapshotError, match=f"no such version of flits; the newest is {manifest.version}"):
        Snapshot.open(root, "flits", "2026-01-01-000000000000")


def test_a_pointer_to_another_manifest_is_not_followed(
    store: SnapshotStore, planted: ModuleType, root: Path, snapshot: Snapshot
) -> None:
    file = root / "flits" / snapshot.version / "manifest.json"
    changed = snapshot.manifest.model_copy(update={"space_id": "another"})
    file.write_bytes(changed.to_bytes())
    with pytest.raises(DamagedSnapshotError, match=r"current.json expects SHA-256"):
        Snapshot.open(root, "flits")
    assert Snapshot.open(root, "flits", snapshot.version).space_id == "another"


def test_a_pruned_version_can_be_read_to_the_end(
    store: SnapshotStore, planted: ModuleType, root: Path
) -> None:
    planted.publish(store, 1)
    read = Snapshot.open(root, "flits")
    for number in range(2, 6):
        planted.publish(store, number)
    assert read.version not in store.versions("flits")
    assert len(read.nearest("f000001", k=5)) == 5
    assert np.array_equal(read.frame()["output"].to_numpy(), planted.content_of(1).output)


def test_a_moved_home_works_and_holds_no_place(snapshot: Snapshot, root: Path, tmp_path: Path) -> None:
    place = os.fsencode(str(tmp_path))
    assert not [path for path in root.rglob("*") if path.is_file() and place in path.read_bytes()]
    root.rename(tmp_path / "elsewhere")
    assert Snapshot.open(tmp_path / "elsewhere", "flits").nearest("f000001") == snapshot.nearest("f000001")


def test_threads_share_a_snapshot_while_it_is_refreshed(
    store: SnapshotStore, planted: ModuleType, root: Path
) -> None:
    expected = {number: planted.content_of(number).vectors.matrix[1].tobytes() for number in range(1, 6)}
    planted.publish(store, 1)
    read = Snapshot.open(root, "flits")
    wrong: list[object] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            try:
                near = read.nearest("f000001", k=3)
                if read.vector("f000001").tobytes() not in expected.values() or len(near) != 3:
                    wrong.append(read.version)
            except Exception as error:  # noqa: BLE001 - whatever a thread meets is the test's to report
                wrong.append(error)

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(2, 6):
        planted.publish(store, number)
        assert read.refresh().changed
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert read.vector("f000001").tobytes() == expected[5]


def test_reading_imports_no_heavy_library(store: SnapshotStore, planted: ModuleType, root: Path) -> None:
    content = planted.content_of(1)
    manifest = store.write(content, planted.manifest_of(content, 1))
    store.point("flits", manifest.version, WHEN)
    script = f"""
import sys
from warehouse import Snapshot
snap = Snapshot.open({str(root)!r}, "flits")
snap.nearest("f000001", k=3), snap.frame(), snap.refresh()
unwanted = "prefect mlflow torch duckdb faiss gensim sentence_transformers sklearn scipy tasks flows".split()
print(sorted(set(unwanted) & set(sys.modules)))
"""
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    assert ran.stdout.strip() == "[]"
