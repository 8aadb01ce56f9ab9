"""A publishing process ended anywhere: readers see whole versions, and the next run ends in the same bytes."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from warehouse import Snapshot
from warehouse.snapshots import Decision, Gate, SnapshotStore, verify

Run = Callable[..., "subprocess.CompletedProcess[str]"]
LAST = 3
STEPS = [
    "folder made",
    "vectors written",
    "rotation written",
    "index written",
    "document written",
    "manifest written",
    "version visible",
    "pointer moved",
    "version out of sight",
]
KILLED = -signal.SIGKILL


def digests(root: Path) -> dict[str, str]:
    """Every file that a reader or a person sees, and its SHA-256."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.startswith(".lock")
    }


def expect_whole(root: Path, planted: ModuleType) -> None:
    """Nothing to find, and what is current is one of the planted versions, entire."""
    assert list(verify(root)) == []
    if not (root / "flits" / "current.json").exists():
        return
    read = Snapshot.open(root, "flits")
    number = (read.manifest.day - planted.FIRST_DAY).days
    assert np.array_equal(read.matrix, planted.content_of(number).vectors.matrix)
    assert len(read.nearest("f000001", k=5)) == 5


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, planted: ModuleType) -> dict[str, str]:
    root = tmp_path_factory.mktemp("undisturbed")
    for number in range(1, LAST + 1):
        planted.publish(SnapshotStore(root), number)
    return digests(root)


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_named_step(
    root: Path, planted: ModuleType, run_publisher: Run, undisturbed: dict[str, str], step: str
) -> None:
    store = SnapshotStore(root)
    for number in range(1, LAST):
        planted.publish(store, number)
    assert run_publisher(root, LAST, LAST, "--kill-at-step", step).returncode == KILLED
    expect_whole(root, planted)
    planted.publish(store, LAST)
    assert digests(root) == undisturbed


def test_killed_before_any_change_to_a_file(
    root: Path, planted: ModuleType, run_publisher: Run, undisturbed: dict[str, str], tmp_path: Path
) -> None:
    """Nine of the changes that three nights make to files and folders, evenly spread."""
    counted = run_publisher(tmp_path / "counted", 1, LAST, "--count-events").stdout.splitlines()
    total = counted.count("event")
    assert set(STEPS) <= {line.removeprefix("step ") for line in counted}
    assert total > 24
    places = np.unique(np.linspace(1, total, 9).astype(int)).tolist()
    assert len(places) == 9
    for event in places:
        place = tmp_path / f"killed-{event}"
        assert run_publisher(place, 1, LAST, "--kill-at-event", event).returncode == KILLED, event
        if place.exists():
            expect_whole(place, planted)
        for number in range(1, LAST + 1):
            if not (place / "flits" / "current.json").exists() or number >= _current(place, planted):
                planted.publish(SnapshotStore(place), number)
        assert digests(place) == undisturbed, event


def _current(root: Path, planted: ModuleType) -> int:
    return int((Snapshot.open(root, "flits").manifest.day - planted.FIRST_DAY).days)


def test_killed_at_any_time_again_and_again(
    root: Path, planted: ModuleType, start_publisher: Callable[..., subprocess.Popen[str]]
) -> None:
    """Kills by the clock, wherever they fall, until twelve nights are out."""
    kills, night = 0, 1
    random = np.random.default_rng(11)
    while night <= 12:
        process = start_publisher(root, night, 12)
        try:
            process.wait(timeout=float(random.uniform(0.4, 1.2)))
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
        assert process.returncode in (0, KILLED), process.communicate()[1]
        if not (root / "flits").exists():
            continue
        expect_whole(root, planted)
        if (root / "flits" / "current.json").exists():
            night = _current(root, planted) + (process.returncode == 0)
        if kills >= 6:
            break
    planted.publish(SnapshotStore(root), 12)
    assert _current(root, planted) == 12
    assert list(verify(root)) == []


def test_killed_between_a_decision_and_the_pointer(root: Path, planted: ModuleType) -> None:
    """The decision is kept, the pointer stays; deciding again moves it."""

    class Killed(BaseException):
        pass

    def kill(step: str) -> None:
        if step == "decision kept":
            raise Killed

    content = planted.content_of(1)
    manifest = SnapshotStore(root).write(content, planted.manifest_of(content, 1, gate=Gate(verdict="block")))
    when = datetime.fromisoformat("2026-03-01")
    release = Decision(decision="release", version=manifest.version, who="ada", when=when, why="fine")
    with pytest.raises(Killed):
        SnapshotStore(root, kill).point("flits", manifest.version, when, release)
    store = SnapshotStore(root)
    assert store.current("flits") is None
    assert len(store.decisions("flits").decisions) == 1
    assert store.released("flits") == manifest.version
    assert list(verify(root)) == []
    assert store.point("flits", manifest.version, when, release).sequence == 1


def test_readers_go_on_while_another_process_publishes(
    root: Path, planted: ModuleType, start_publisher: Callable[..., subprocess.Popen[str]]
) -> None:
    planted.publish(SnapshotStore(root), 1)
    expected = {number: planted.content_of(number).vectors.matrix.tobytes() for number in range(1, 17)}
    follower = Snapshot.open(root, "flits")
    process = start_publisher(root, 2, 16)
    seen = set()
    while process.poll() is None:
        follower.refresh()
        for read in (follower, Snapshot.open(root, "flits")):
            number = (read.manifest.day - planted.FIRST_DAY).days
            assert read.matrix.tobytes() == expected[number]
            seen.add(number)
    assert process.returncode == 0, process.communicate()[1]
    assert follower.refresh().problem is None
    assert (follower.manifest.day - planted.FIRST_DAY).days == 16
    assert len(seen) > 1
    assert follower.manifest.version == SnapshotStore(root).released("flits")


def test_two_writers_take_turns(
    root: Path,
    planted: ModuleType,
    start_publisher: Callable[..., subprocess.Popen[str]],
    undisturbed: dict[str, str],
) -> None:
    writers = [start_publisher(root, 1, LAST) for _ in range(2)]
    outcomes = [writer.communicate()[1] for writer in writers]
    assert all(
        writer.returncode == 0 or "is of an earlier day" in text
        for writer, text in zip(writers, outcomes, strict=True)
    )
    planted.publish(SnapshotStore(root), LAST)
    assert list(verify(root)) == []
    assert {name: digest for name, digest in digests(root).items() if "current.json" not in name} == {
        name: digest for name, digest in undisturbed.items() if "current.json" not in name
    }
