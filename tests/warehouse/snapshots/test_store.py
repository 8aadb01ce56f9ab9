from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from warehouse.snapshots import (
    DamagedSnapshotError,
    Decision,
    Gate,
    Keep,
    Manifest,
    Snapshot,
    SnapshotError,
    SnapshotStore,
    Standing,
    verify,
)

WHEN = datetime.fromisoformat("2026-03-01T04:00")
Add = Callable[..., str]


def decision(kind: Any, version: str, why: str = "looked at it") -> Decision:
    return Decision(decision=kind, version=version, who="ada", when=WHEN, why=why)


@pytest.fixture
def add(store: SnapshotStore, planted: ModuleType) -> Add:
    """Write version `number`, pointing at it if told; returns its name."""

    def add(number: int, *, point: bool = False, verdict: str = "pass", **changes: Any) -> str:
        content = planted.content_of(number, rows=5, dim=3)
        manifest = planted.manifest_of(content, number, **({"gate": Gate(verdict=verdict)} | changes))
        store.write(content, manifest)
        if point:
            store.point("flits", manifest.version, WHEN)
        return str(manifest.version)

    return add


def current(store: SnapshotStore) -> tuple[str, int]:
    pointer = store.current("flits")
    assert pointer is not None
    return pointer.version, pointer.sequence


def test_a_written_version_is_complete_and_not_current(store: SnapshotStore, add: Add, root: Path) -> None:
    version = add(1)
    assert sorted(path.name for path in (root / "flits" / version).iterdir()) == [
        "manifest.json",
        "rotation.npy",
        "vectors.parquet",
    ]
    assert store.versions("flits") == [version]
    assert store.spaces() == ["flits"]
    assert store.current("flits") is None
    manifest = store.manifest("flits", version)
    assert [entry.path for entry in manifest.files] == ["rotation.npy", "vectors.parquet"]
    assert manifest.ann["kind"] == "exact"
    assert list(verify(root)) == []


def test_a_version_is_meant_by_its_name_or_by_its_day_alone(store: SnapshotStore, add: Add) -> None:
    first, second = add(1), add(2)
    assert store.named("flits", second) == store.named("flits", second[:10]) == second
    assert store.named("flits", "2026-02") == "2026-02", "a month means none, though one begins so"
    assert store.named("flits", "newest") == "newest"
    other = add(1, fingerprint="f" * 64)
    assert store.named("flits", other) == other
    with pytest.raises(SnapshotError, match=f"2 versions begin so: {first}, {other}; name one"):
        store.named("flits", first[:10])


def test_writing_again_returns_what_is_there(store: SnapshotStore, planted: ModuleType, root: Path) -> None:
    content = planted.content_of(1)
    first = store.write(content, planted.manifest_of(content, 1))
    before = {path: path.stat().st_mtime_ns for path in (root / "flits" / first.version).iterdir()}
    again = store.write(
        content, planted.manifest_of(content, 1, created_at=datetime.fromisoformat("2030-01-01"))
    )
    assert again == first
    assert {path: path.stat().st_mtime_ns for path in (root / "flits" / first.version).iterdir()} == before


def test_another_fingerprint_of_the_same_name_is_refused(store: SnapshotStore, planted: ModuleType) -> None:
    content = planted.content_of(1)
    store.write(content, planted.manifest_of(content, 1, fingerprint="a" * 64))
    with pytest.raises(SnapshotError, match=r"expected fingerprint a{12}b.*, found a{64}"):
        store.write(content, planted.manifest_of(content, 1, fingerprint="a" * 12 + "b" * 52))


def test_writing_over_a_damaged_version_is_refused(store: SnapshotStore, add: Add, root: Path) -> None:
    version = add(1)
    (root / "flits" / version / "rotation.npy").write_bytes(b"")
    with pytest.raises(DamagedSnapshotError, match=r"rotation.npy: expected \d+ bytes, found 0"):
        add(1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rows": 4}, "says 4 rows of 3 dimensions, there are 5 of 3"),
        ({"dim": 2}, "says 5 rows of 2 dimensions"),
    ],
)
def test_a_manifest_that_does_not_fit_leaves_nothing(
    store: SnapshotStore, add: Add, root: Path, changes: dict[str, int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        add(1, **changes)
    assert [path.name for path in (root / "flits").iterdir()] == [".lock"]


def test_vectors_must_have_the_length_that_the_manifest_says(
    store: SnapshotStore, planted: ModuleType
) -> None:
    content = planted.content_of(1, rows=4, dim=3)
    content.vectors.matrix[2] *= 2
    with pytest.raises(ValueError, match="1 of 4 have not; the first is 'f000002' with 2"):
        store.write(content, planted.manifest_of(content, 1))
    content.vectors.matrix[2] = 0
    store.write(content, planted.manifest_of(content, 1))


def test_the_pointer_has_the_keys_of_the_contract(store: SnapshotStore, add: Add, root: Path) -> None:
    version = add(1, point=True)
    pointer = json.loads((root / "flits" / "current.json").read_text())
    assert pointer == {
        "version": version,
        "manifest_sha256": pointer["manifest_sha256"],
        "published_at": "2026-03-01T04:00:00Z",
        "sequence": 1,
        "decision": None,
    }


def test_pointing_again_changes_nothing(store: SnapshotStore, add: Add, root: Path) -> None:
    version = add(1, point=True)
    before = (root / "flits" / "current.json").stat()
    store.point("flits", version, datetime.fromisoformat("2031-01-01"))
    after = (root / "flits" / "current.json").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_the_sequence_only_grows(store: SnapshotStore, add: Add) -> None:
    versions = [add(number, point=True) for number in (1, 2, 3)]
    assert current(store) == (versions[2], 3)
    store.point("flits", versions[0], WHEN, decision("rollback", versions[0]))
    assert current(store) == (versions[0], 4)


def test_a_backfill_does_not_move_the_pointer_back(store: SnapshotStore, add: Add) -> None:
    newer, older = add(5, point=True), add(4)
    with pytest.raises(SnapshotError, match=f"{older} is of an earlier day than {newer}"):
        store.point("flits", older, WHEN)
    with pytest.raises(SnapshotError, match="earlier day"):
        store.point("flits", older, WHEN, decision("release", older))
    assert current(store) == (newer, 1)
    assert store.decisions("flits").decisions == ()


def test_a_damaged_version_does_not_become_current(store: SnapshotStore, add: Add, root: Path) -> None:
    first = add(1, point=True)
    second = add(2)
    file = root / "flits" / second / "vectors.parquet"
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(DamagedSnapshotError, match=r"vectors.parquet: expected SHA-256 \w+, found"):
        store.point("flits", second, WHEN)
    assert current(store) == (first, 1)


def test_a_held_version_needs_a_person(store: SnapshotStore, add: Add, root: Path) -> None:
    held = add(1, verdict="block")
    assert store.standing("flits", held) is Standing.HELD
    with pytest.raises(SnapshotError, match=f"{held} is held; `nightjar release flits {held}`"):
        store.point("flits", held, WHEN)
    assert len(Snapshot.open(root, "flits", held)) == 5
    kept = store.point("flits", held, WHEN, decision("release", held, "the new tokens are meant")).decision
    assert kept is not None and kept.why == "the new tokens are meant" and kept.from_version is None
    assert store.decisions("flits").decisions == (kept,)
    assert store.standing("flits", held) is Standing.RELEASED
    line = json.loads((root / "flits" / "decisions.jsonl").read_text())
    assert {"decision", "version", "who", "when", "why", "from"} <= set(line)


def test_the_predecessor_is_the_newest_released_version_of_an_earlier_day(
    store: SnapshotStore, add: Add
) -> None:
    one, two, held = add(1), add(2, verdict="warn"), add(3, verdict="block")
    assert store.released("flits", before=date(2026, 1, 2)) is None
    assert store.released("flits", before=date(2026, 1, 3)) == one
    assert store.released("flits", before=date(2026, 1, 4)) == two
    assert store.released("flits") == two
    store.decide("flits", decision("release", held))
    assert store.released("flits") == held
    store.decide("flits", decision("discard", held))
    store.decide("flits", decision("discard", two))
    assert store.released("flits") == one


def test_within_a_day_the_version_made_last_counts(store: SnapshotStore, add: Add) -> None:
    early = add(1, fingerprint="f" * 64, created_at=datetime.fromisoformat("2026-02-01"))
    late = add(1, fingerprint="0" * 64, created_at=datetime.fromisoformat("2026-02-02"))
    add(1, fingerprint="5" * 64, created_at=datetime.fromisoformat("2026-02-03"), verdict="block")
    assert early > late
    assert store.released("flits") == late


def test_a_rollback_withdraws_what_is_newer_than_its_target(store: SnapshotStore, add: Add) -> None:
    one, two, three = (add(number, point=True) for number in (1, 2, 3))
    held = add(4, verdict="block")
    kept = store.point("flits", one, WHEN, decision("rollback", one)).decision
    assert kept is not None
    assert (kept.from_version, kept.withdraws) == (three, (two, three, held))
    assert store.released("flits") == one
    assert store.standing("flits", two) is Standing.WITHDRAWN
    with pytest.raises(SnapshotError, match=f"{three} is withdrawn"):
        store.point("flits", three, WHEN)
    five = add(5, point=True)
    assert store.released("flits") == five, "a version trained after the rollback is not withdrawn"
    assert store.released("flits", before=date(2026, 1, 6)) == one


def test_a_release_takes_back_a_withdrawal(store: SnapshotStore, add: Add) -> None:
    one, two = add(1, point=True), add(2, point=True)
    store.point("flits", one, WHEN, decision("rollback", one))
    store.point("flits", two, WHEN, decision("release", two))
    assert current(store) == (two, 4)
    assert store.released("flits") == two


def test_a_rollback_within_a_day(store: SnapshotStore, add: Add) -> None:
    early = add(1, fingerprint="f" * 64, created_at=datetime.fromisoformat("2026-02-01"), point=True)
    late = add(1, fingerprint="0" * 64, created_at=datetime.fromisoformat("2026-02-02"), point=True)
    store.point("flits", early, WHEN, decision("rollback", early))
    assert store.standing("flits", late) is Standing.WITHDRAWN
    assert store.released("flits") == early


def test_decisions_that_make_no_sense_are_refused(store: SnapshotStore, add: Add) -> None:
    one, two = add(1), add(2, point=True)
    with pytest.raises(SnapshotError, match="is not older than"):
        store.point("flits", two, WHEN, decision("rollback", two))
    with pytest.raises(SnapshotError, match="cannot make"):
        store.point("flits", one, WHEN, decision("rollback", two))
    with pytest.raises(SnapshotError, match="cannot make"):
        store.point("flits", two, WHEN, decision("discard", two))
    with pytest.raises(SnapshotError, match="is current; `nightjar rollback` first"):
        store.decide("flits", decision("discard", two))
    with pytest.raises(SnapshotError, match="moves the pointer"):
        store.decide("flits", decision("rollback", one))
    with pytest.raises(SnapshotError, match="no such version of flits; the newest is"):
        store.decide("flits", decision("release", "2026-01-09-aaaaaaaaaaaa"))
    store.decide("flits", decision("discard", one))
    with pytest.raises(SnapshotError, match="is discarded"):
        store.point("flits", one, WHEN, decision("rollback", one))
    assert [entry.decision for entry in store.decisions("flits").decisions] == ["discard"]


@pytest.mark.parametrize("why", ["", "  "])
def test_a_decision_needs_a_reason(why: str) -> None:
    with pytest.raises(ValueError, match="why"):
        decision("release", "2026-01-09-aaaaaaaaaaaa", why)


@pytest.mark.parametrize("name", ["../flits", "", ".lock", "a/b", "a b"])
def test_names_cannot_leave_the_folder(store: SnapshotStore, name: str) -> None:
    with pytest.raises(SnapshotError, match="is no name of a space"):
        store.versions(name)
    with pytest.raises(SnapshotError, match="is no version of flits"):
        store.manifest("flits", name)


def keep(**numbers: int) -> Keep:
    return Keep(**numbers)


def test_pruning_keeps_the_newest_and_one_a_day(store: SnapshotStore, add: Add, root: Path) -> None:
    twice = [
        add(5, fingerprint=letter * 64, created_at=datetime.fromisoformat(f"2026-02-01T{hour:02d}:00"))
        for hour, letter in enumerate("abc")
    ]
    versions = [add(number) for number in range(1, 5)]
    store.point("flits", twice[2], WHEN)
    assert store.prune("flits", keep(current=1, daily=3)) == [*versions[:2], *twice[:2]]
    assert store.versions("flits") == [*versions[2:], twice[2]]
    assert store.prune("flits", keep(current=1, daily=3)) == []
    assert list(verify(root)) == []


def test_pruning_spares_current_predecessor_parent_and_decisions(store: SnapshotStore, add: Add) -> None:
    versions = {number: add(number) for number in range(1, 7)}
    store.decide("flits", decision("discard", versions[1]))
    child = add(7, parent_version=versions[2], point=True)
    for number in range(8, 11):
        add(number)
    pruned = store.prune("flits", keep(current=1, daily=0))
    assert {versions[1], versions[2], versions[6], child} <= set(store.versions("flits"))
    assert set(pruned) >= {versions[3], versions[4], versions[5]}
    assert store.released("flits", before=store.manifest("flits", child).day) == versions[6]


def test_pruning_lets_a_held_version_wait_as_long_as_its_day(store: SnapshotStore, add: Add) -> None:
    old, recent = add(1, verdict="block"), add(3, verdict="block")
    add(2), add(4, point=True)
    assert store.prune("flits", keep(current=1, daily=2)) == [old]
    assert recent in store.versions("flits")


def test_pruning_spares_what_a_version_of_another_space_is_built_on(store: SnapshotStore, add: Add) -> None:
    versions = [add(number) for number in range(1, 5)]
    add(6, space="birds", inputs={"parents": {"flits": versions[0]}}, gate=Gate(verdict="block"))
    store.point("flits", versions[3], WHEN)
    assert store.prune("flits", keep(current=1, daily=0)) == [versions[1]]
    assert store.versions("flits") == [versions[0], *versions[2:]]


def test_a_night_does_not_prune_what_a_backfill_made(store: SnapshotStore, add: Add) -> None:
    backfilled = [add(number, backfilled=True) for number in range(1, 4)]
    nights = [add(number) for number in range(4, 8)]
    store.point("flits", nights[-1], WHEN)
    assert store.prune("flits", keep(current=1, daily=1)) == nights[:-2]
    assert store.versions("flits") == [*backfilled, *nights[-2:]]
    assert store.prune("flits", keep(current=1, daily=1, backfilled=2)) == backfilled[:1]
    assert store.prune("flits", keep(current=1, daily=1, backfilled=0)) == backfilled[1:]


def test_leftovers_of_a_killed_process_are_swept_and_nothing_else(
    store: SnapshotStore, add: Add, root: Path
) -> None:
    version = add(1, point=True)
    for name in (".aside-2026-01-02-aaaaaaaaaaaa", ".aside-removed-2026-01-01-bbbbbbbbbbbb"):
        (root / "flits" / name).mkdir()
        (root / "flits" / name / "vectors.parquet").write_bytes(b"half")
    (root / "flits" / ".aside-current.json").write_bytes(b"{")
    (root / "flits" / "notes.txt").write_text("mine")
    assert [finding.file for finding in verify(root)] == ["flits/notes.txt"]
    add(2)
    assert sorted(path.name for path in (root / "flits").iterdir() if not path.is_dir()) == [
        ".lock",
        "current.json",
        "notes.txt",
    ]
    assert version in store.versions("flits")
    assert not list((root / "flits").glob(".aside*"))


def test_an_interrupted_write_leaves_nothing(root: Path, planted: ModuleType) -> None:
    def interrupt(step: str) -> None:
        if step == "vectors written":
            raise KeyboardInterrupt

    content = planted.content_of(1)
    with pytest.raises(KeyboardInterrupt):
        SnapshotStore(root, interrupt).write(content, planted.manifest_of(content, 1))
    assert [path.name for path in (root / "flits").iterdir()] == [".lock"]


def test_manifest_is_the_one_written(store: SnapshotStore, planted: ModuleType) -> None:
    content = planted.content_of(1)
    finished: Manifest = store.write(content, planted.manifest_of(content, 1), planted.SMALL_INDEX)
    assert store.manifest("flits", finished.version) == finished
    assert finished.ann["kind"] == "IndexHNSWSQ"
    assert [entry.path for entry in finished.files] == ["index.faiss", "rotation.npy", "vectors.parquet"]


def test_documents_are_kept_beside_the_vectors(store: SnapshotStore, planted: ModuleType, root: Path) -> None:
    content = planted.content_of(1, rows=5, dim=3)
    manifest = planted.manifest_of(content, 1)
    documents = {"report.html": "<h1>§</h1>".encode(), "report.json": b"{}"}
    finished = store.write(content, manifest, documents=documents)
    for name, data in documents.items():
        entry = finished.file(name)
        assert entry is not None and (entry.bytes, entry.sha256) == (
            len(data),
            hashlib.sha256(data).hexdigest(),
        )
        assert (root / "flits" / finished.version / name).read_bytes() == data
    assert store.prune("flits", Keep(current=1, daily=1)) == [] and list(verify(root)) == []


@pytest.mark.parametrize("name", ["manifest.json", "vectors.parquet", "index.faiss", "rotation.npy"])
def test_a_document_cannot_take_the_place_of_a_file_of_ours(
    store: SnapshotStore, planted: ModuleType, root: Path, name: str
) -> None:
    content = planted.content_of(1, rows=5, dim=3)
    with pytest.raises(ValueError, match=name):
        store.write(content, planted.manifest_of(content, 1), documents={name: b"x"})
    assert store.versions("flits") == []


@pytest.mark.parametrize("name", ["../report.html", "a/b.html", "Report.html", ".hidden"])
def test_a_document_has_a_plain_name(
    store: SnapshotStore, planted: ModuleType, root: Path, name: str
) -> None:
    content = planted.content_of(1, rows=5, dim=3)
    with pytest.raises(ValueError, match="document"):
        store.write(content, planted.manifest_of(content, 1), documents={name: b"x"})
    assert not list(root.rglob("*eport*"))
