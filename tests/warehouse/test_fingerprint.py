"""Which files count as code of a version, seen on a copy of the tree."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import warehouse
from warehouse.fingerprint import ROOT, TELLS

PROJECT = Path(warehouse.__file__).resolve().parent.parent
PROGRAM = "from warehouse.fingerprint import code_sha, lock_sha; print(code_sha(), lock_sha())"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The files that are looked at, and room for others."""
    for room in ("tasks", "warehouse"):
        shutil.copytree(PROJECT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "flows").mkdir()
    return tmp_path


def hashes(tree: Path) -> tuple[str, str]:
    """code_sha and lock_sha as a process that runs from `tree` sees them."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM],
        env={"PYTHONPATH": str(tree), "PATH": "/usr/bin:/bin"},
        cwd=tree,
        capture_output=True,
        text=True,
        check=True,
    )
    code, lock = done.stdout.split()
    return code, lock


@pytest.mark.parametrize(
    "path",
    [
        "tasks/stages/train.py",
        "tasks/embeddings/interactions/item2vec.py",
        "warehouse/duckdb/sql/features/core_bird.sql",
    ],
)
def test_code_that_makes_versions_counts(tree: Path, path: str) -> None:
    before = hashes(tree)
    with (tree / path).open("a", encoding="utf-8") as file:
        file.write("CHANGED = 1\n" if path.endswith(".py") else "\n")
    after = hashes(tree)
    assert after[0] != before[0] and after[1] == before[1]


def test_a_file_that_is_renamed_counts(tree: Path) -> None:
    before = hashes(tree)
    (tree / "tasks" / "stages" / "train.py").rename(tree / "tasks" / "stages" / "training.py")
    assert hashes(tree)[0] != before[0]


def test_the_lock_file_counts(tree: Path) -> None:
    before = hashes(tree)
    with (tree / "warehouse" / "requirements.lock").open("a", encoding="utf-8") as file:
        file.write("# another\n")
    assert hashes(tree)[0] == before[0] and hashes(tree)[1] != before[1]


def test_what_makes_no_version_does_not_count(tree: Path) -> None:
    before = hashes(tree)
    for told in ("tasks/synthetic/flutter.py", "tasks/report/words.py", "warehouse/mlflow/client.py"):
        assert told.startswith(TELLS)
        with (tree / told).open("a", encoding="utf-8") as file:
            file.write("CHANGED = 1\n")
    (tree / "flows" / "other.py").write_text("x = 1\n", encoding="utf-8")
    (tree / "tasks" / "notes.txt").write_text("notes", encoding="utf-8")
    (tree / "tasks" / "__pycache__").mkdir(exist_ok=True)
    (tree / "tasks" / "__pycache__" / "train.pyc").write_bytes(b"compiled")
    assert hashes(tree) == before


def test_a_wheel_carries_the_lock(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """An installed Nightjar names its versions as a checkout of the same code does."""
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PROJECT / name, tree)
    wheels = tmp_path_factory.mktemp("wheels")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        str(tree),
    ]
    subprocess.run([*command, "--wheel-dir", str(wheels)], check=True, capture_output=True)
    (wheel,) = wheels.glob("*.whl")
    installed = tmp_path_factory.mktemp("installed")
    zipfile.ZipFile(wheel).extractall(installed)
    assert hashes(installed) == hashes(tree)
    files = [path for room in ("tasks", "warehouse") for path in (tree / room).rglob("*.*")]
    wanted = [path.relative_to(tree) for path in files if path.suffix not in (".md", ".pyc")]
    assert [str(path) for path in wanted if not (installed / path).exists()] == []


def test_what_is_left_out_is_there() -> None:
    assert [name for name in TELLS if not (ROOT / name).exists()] == []
