"""Which code names a version, seen on a copy of the tree and on what a training runs through."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import warehouse
from tasks.embeddings.registry import METHODS
from tasks.versions import code_digest
from tasks.versions.code_digest import code_sha, modules_of
from warehouse.fingerprint import ROOT, file_digest

PROJECT = Path(warehouse.__file__).resolve().parent.parent
PROGRAM = """
import json
from tasks.embeddings.registry import METHODS
from tasks.versions.code_digest import code_sha
from warehouse.fingerprint import lock_sha
print(json.dumps({**{name: code_sha(method) for name, method in METHODS.items()}, "lock": lock_sha()}))
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The files that are looked at, and room for others."""
    for room in ("tasks", "warehouse"):
        shutil.copytree(PROJECT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "flows").mkdir()
    return tmp_path


def hashes(tree: Path) -> dict[str, str]:
    """The code digest of every method by the files of `tree`, and `lock`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(code_digest, "ROOT", tree)
        forget()
        found = {name: code_sha(method) for name, method in METHODS.items()}
    forget()
    return {**found, "lock": file_digest(tree / "warehouse" / "requirements.lock")}


def forget() -> None:
    """What was read of another tree."""
    for cached in (code_digest._code_sha, code_digest._meaning, code_digest._tree):
        cached.cache_clear()


def hashes_of_a_process(tree: Path) -> dict[str, str]:
    """The same as a process that runs from `tree` sees them."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM],
        env={"PYTHONPATH": str(tree), "PATH": "/usr/bin:/bin"},
        cwd=tree,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def changed(tree: Path, before: dict[str, str]) -> set[str]:
    after = hashes(tree)
    return {name for name in before if before[name] != after[name]}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_code_of_a_method_names_the_versions_of_its_kind_alone(tree: Path) -> None:
    before = hashes(tree)
    with (tree / "tasks/embeddings/interactions/item2vec.py").open("a", encoding="utf-8") as file:
        file.write("CHANGED = 1\n")
    assert changed(tree, before) == {"item2vec"}
    with (tree / "tasks/embeddings/gensim_training.py").open("a", encoding="utf-8") as file:
        file.write("CHANGED = 1\n")
    also = changed(tree, before)
    assert {"item2vec", "word2vec", "deepwalk", "causal_transformer"} <= also
    assert not also & {"pca", "tf_idf", "sentence_transformer", "ordinal", "lock"}


@pytest.mark.parametrize(
    "path",
    [
        "tasks/stages/train.py",
        "tasks/comparison/vectors/alignment.py",
        "tasks/comparison/vectors/rows.py",
        "tasks/embeddings/contract.py",
        "tasks/versions/documents.py",
        "tasks/versions/inputs.py",
        "warehouse/duckdb/features.py",
        "warehouse/snapshots/content.py",
        "warehouse/vectors.py",
        "warehouse/duckdb/sql/features/core_bird.sql",
    ],
)
def test_what_every_version_is_made_by_names_all(tree: Path, path: str) -> None:
    before = hashes(tree)
    with (tree / path).open("a", encoding="utf-8") as file:
        file.write("CHANGED = 1\n" if path.endswith(".py") else "LIMIT 7\n")
    assert changed(tree, before) == before.keys() - {"lock"}


def test_comments_docstrings_and_layout_name_no_version(tree: Path) -> None:
    before = hashes(tree)
    method = tree / "tasks/embeddings/interactions/item2vec.py"
    source = method.read_text(encoding="utf-8")
    method.write_text(
        source.replace('"""', '"""Told in other words. ', 1) + "\n\n# A reason.\n", encoding="utf-8"
    )
    edit(
        tree / "tasks/stages/train.py", 'plan.space}: train") as report:', 'plan.space}: train"  ) as report:'
    )
    query = tree / "warehouse/duckdb/sql/features/core_flit_sequence.sql"
    query.write_text("-- Another reason.\n\n" + query.read_text(encoding="utf-8"), encoding="utf-8")
    assert changed(tree, before) == set()


@pytest.mark.parametrize(
    "path",
    [
        "tasks/comparison/gate/table.py",
        "tasks/evaluation/split.py",
        "tasks/report/words.py",
        "tasks/stages/publish.py",
        "tasks/synthetic/flutter.py",
        "warehouse/duckdb/database.py",
        "warehouse/mlflow/client.py",
        "warehouse/snapshots/manifest.py",
    ],
)
def test_what_judges_tells_and_keeps_names_no_version(tree: Path, path: str) -> None:
    before = hashes(tree)
    with (tree / path).open("a", encoding="utf-8") as file:
        file.write("CHANGED = 1\n")
    (tree / "flows" / "other.py").write_text("x = 1\n", encoding="utf-8")
    assert changed(tree, before) == set()


def test_the_lock_file_counts_by_itself(tree: Path) -> None:
    before = hashes(tree)
    with (tree / "warehouse" / "requirements.lock").open("a", encoding="utf-8") as file:
        file.write("# another\n")
    assert changed(tree, before) == {"lock"}


def test_every_method_is_in_a_module_of_its_own_kind() -> None:
    for name, method in METHODS.items():
        modules = modules_of(method)
        assert method.fit.__module__ in modules and len(modules) < 40, name
        others = {other.fit.__module__ for other in METHODS.values()} - {method.fit.__module__}
        shared = {module for module in modules & others if not module.startswith("tasks.embeddings")}
        assert shared == set()


def test_a_wheel_names_versions_as_a_checkout_does(
    tree: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """It carries the lock and every file of the code."""
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
    assert hashes_of_a_process(installed) == hashes_of_a_process(tree) == hashes(tree)
    assert sorted(missing_files(tree, installed)) == []


def missing_files(tree: Path, installed: Path) -> Iterator[str]:
    for room in ("tasks", "warehouse"):
        for path in (tree / room).rglob("*.*"):
            place = path.relative_to(tree)
            if path.suffix not in (".md", ".pyc") and not (installed / place).exists():
                yield str(place)


def test_the_code_is_where_it_runs_from() -> None:
    assert ROOT == PROJECT
