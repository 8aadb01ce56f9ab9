from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from warehouse import Snapshot
from warehouse.snapshots import Content, Decision, Manifest, SnapshotError, SnapshotStore, verify
from warehouse.snapshots.manifest import FileEntry
from warehouse.snapshots.parquet import write_vectors
from warehouse.vectors import Vectors, as_ids

FILES = ["manifest.json", "vectors.parquet", "index.faiss", "rotation.npy"]
WHEN = datetime.fromisoformat("2026-03-01")


@pytest.fixture
def version(store: SnapshotStore, planted: ModuleType) -> str:
    manifest: Manifest = planted.publish(store, 1)
    return manifest.version


def test_a_whole_store_has_no_finding(
    store: SnapshotStore, planted: ModuleType, root: Path, version: str
) -> None:
    planted.publish(store, 2)
    planted.publish(store, 3)
    assert list(verify(root)) == []
    assert list(verify(root, "flits")) == []
    with pytest.raises(SnapshotError, match="no such space; there are: flits"):
        list(verify(root, "birds"))


@pytest.mark.parametrize("name", FILES)
def test_every_flipped_byte_is_noticed(root: Path, version: str, name: str) -> None:
    """By `verify` and by a reader, also where the version is named; 40 places a file, the ends among them."""
    file = root / "flits" / version / name
    whole = file.read_bytes()
    for place in np.unique(np.linspace(0, len(whole) - 1, 40).astype(int)).tolist():
        damaged = bytearray(whole)
        damaged[place] ^= 1 << (place % 8)
        file.write_bytes(damaged)
        findings = list(verify(root))
        assert any(finding.file == f"flits/{version}/{name}" for finding in findings), place
        for opened in (None, version):
            with pytest.raises(SnapshotError, match=name.replace(".", r"\.")):
                Snapshot.open(root, "flits", opened)
    file.write_bytes(whole)
    assert list(verify(root)) == []


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["missing", "empty", "shorter", "longer"])
def test_a_file_of_another_size_is_noticed(root: Path, version: str, name: str, damage: str) -> None:
    file = root / "flits" / version / name
    whole = file.read_bytes()
    damaged = {"empty": b"", "shorter": whole[:-1], "longer": whole + b"\n", "missing": None}[damage]
    file.unlink()
    if damaged is not None:
        file.write_bytes(damaged)
    assert any(finding.file.endswith(name) for finding in verify(root))
    with pytest.raises(SnapshotError):
        Snapshot.open(root, "flits")


def test_a_finding_says_what_where_and_what_to_do(root: Path, version: str) -> None:
    (root / "flits" / version / "rotation.npy").unlink()
    (finding,) = verify(root)
    assert (finding.space, finding.version, finding.file) == (
        "flits",
        version,
        f"flits/{version}/rotation.npy",
    )
    assert finding.expected.endswith("bytes") and finding.found == "no file"
    assert "restore the version from a backup" in str(finding)


def test_strays_are_named_and_damage_nothing(store: SnapshotStore, root: Path, version: str) -> None:
    """Also in a version that is written again or pointed to."""
    (root / "flits" / version / "old.bin").write_bytes(b"?")
    (root / "flits" / "notes").mkdir()
    found = list(verify(root))
    assert {finding.file for finding in found} == {f"flits/{version}/old.bin", "flits/notes"}
    assert all(finding.stray and "look, then remove it" in str(finding) for finding in found)
    assert store.point("flits", version, WHEN).version == version
    vectors = root / "flits" / version / "vectors.parquet"
    vectors.write_bytes(vectors.read_bytes()[:-1] + b"!")
    assert [finding.file for finding in verify(root) if not finding.stray] == [
        f"flits/{version}/vectors.parquet"
    ]


def test_a_version_under_another_name_is_noticed(root: Path, version: str) -> None:
    shutil.copytree(root / "flits" / version, root / "flits" / "2026-01-09-aaaaaaaaaaaa")
    shutil.copytree(root / "flits", root / "birds")
    found = {finding.file for finding in verify(root)}
    assert "flits/2026-01-09-aaaaaaaaaaaa/manifest.json" in found
    assert f"birds/{version}/manifest.json" in found
    assert f"flits/{version}/manifest.json" not in found


@pytest.mark.parametrize(
    ("replaced", "by"), [("version", "2026-01-09-aaaaaaaaaaaa"), ("manifest_sha256", "0" * 64)]
)
def test_a_pointer_astray_is_noticed(
    store: SnapshotStore, root: Path, version: str, replaced: str, by: str
) -> None:
    file = root / "flits" / "current.json"
    pointer = store.current("flits")
    assert pointer is not None
    file.write_text(file.read_text().replace(str(getattr(pointer, replaced)), by))
    assert [finding.file for finding in verify(root)] == ["flits/current.json"]
    with pytest.raises(SnapshotError):
        Snapshot.open(root, "flits")


def test_torn_and_missing_decisions_are_noticed(store: SnapshotStore, root: Path, version: str) -> None:
    release = Decision(decision="release", version=version, who="ada", when=WHEN, why="fine")
    store.point("flits", version, WHEN, release)
    assert list(verify(root)) == []
    file = root / "flits" / "decisions.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"decision": "disc')
    (finding,) = verify(root)
    assert (finding.file, finding.found) == ("flits/decisions.jsonl", "18 bytes of one")
    file.unlink()
    (finding,) = verify(root)
    assert (finding.file, finding.found) == ("flits/decisions.jsonl", "no such decision")


def reseal(folder: Path, manifest: Manifest, **changes: object) -> None:
    """Make the digests fit again, as a faulty writer would."""
    import hashlib

    files = tuple(
        FileEntry(
            path=path.name, bytes=path.stat().st_size, sha256=hashlib.sha256(path.read_bytes()).hexdigest()
        )
        for path in sorted(folder.iterdir())
        if path.name != "manifest.json"
    )
    sealed = manifest.model_copy(update={"files": files, **changes})
    (folder / "manifest.json").write_bytes(sealed.to_bytes())


def disordered() -> Content:
    content = Content(Vectors(as_ids(["a", "b"]), np.eye(2, 8, dtype=np.float32)))
    content.vectors.ids[:] = ["b", "a"]
    return content


def unfinished() -> Content:
    content = Content(Vectors(as_ids(["a", "b"]), np.eye(2, 8, dtype=np.float32)))
    content.vectors.matrix[1, 1] = np.inf
    return content


def long() -> Content:
    return Content(Vectors(as_ids(["a", "b"]), 2 * np.eye(2, 8, dtype=np.float32)))


@pytest.mark.parametrize(
    ("make", "message"),
    [(disordered, "ids must be sorted"), (unfinished, "hold NaN or infinity"), (long, "2 of another length")],
)
def test_rows_that_break_their_promise_are_noticed_under_fitting_digests(
    store: SnapshotStore, planted: ModuleType, root: Path, version: str, make: type, message: str
) -> None:
    folder = root / "flits" / version
    manifest = store.manifest("flits", version)
    for name in ("index.faiss", "rotation.npy"):
        (folder / name).unlink()
    content = make()
    write_vectors(folder / "vectors.parquet", content)
    reseal(folder, manifest, rows=2, score=planted.manifest_of(content).score)
    (finding, pointer) = verify(root)
    assert finding.file.endswith("vectors.parquet") and message in finding.found
    assert pointer.file == "flits/current.json"


def test_rows_dim_index_and_rotation_must_fit_the_manifest(
    store: SnapshotStore, planted: ModuleType, root: Path, version: str
) -> None:
    folder, manifest = root / "flits" / version, store.manifest("flits", version)
    reseal(folder, manifest, rows=299)
    assert next(iter(verify(root))).found == "300 rows"
    reseal(folder, manifest, dim=9)
    assert "fixed_size_list<float32>[9]" in next(iter(verify(root))).found
    np.save(folder / "rotation.npy", 2 * np.eye(8))
    reseal(folder, manifest)
    assert next(iter(verify(root))).file.endswith("rotation.npy")
    (folder / "rotation.npy").write_bytes(b"no array")
    (folder / "index.faiss").write_bytes(b"no index")
    reseal(folder, manifest)
    assert [finding.file.rsplit("/")[-1] for finding in verify(root)] == [
        "index.faiss",
        "rotation.npy",
        "current.json",
    ]


DOCUMENTS = ["report.html", "report.json"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_damaged_document_is_noticed_and_keeps_no_reader_from_the_vectors(
    store: SnapshotStore, root: Path, version: str, name: str
) -> None:
    """What people read is checked where all is checked, and before a version is published; not by each reader."""
    file = root / "flits" / version / name
    file.write_bytes(file.read_bytes() + b" ")
    assert [finding.file for finding in verify(root)] == [f"flits/{version}/{name}"]
    assert Snapshot.open(root, "flits").version == version
    with pytest.raises(SnapshotError, match=name):
        store.point("flits", version, WHEN)
    file.unlink()
    assert [finding.found for finding in verify(root)] == ["no file"]
    assert Snapshot.open(root, "flits", version).version == version


def test_a_document_nobody_listed_is_a_stranger(store: SnapshotStore, root: Path, version: str) -> None:
    (root / "flits" / version / "notes.html").write_text("<h1>look</h1>")
    assert [finding.file for finding in verify(root)] == [f"flits/{version}/notes.html"]
