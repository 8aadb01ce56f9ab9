"""A home that a small demo has made, once for all workers; each test takes a copy of it."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEMO = ("demo", "--birds", "30", "--nights", "2")

Shell = Callable[[Path, str], "subprocess.CompletedProcess[str]"]


def _load_pages() -> ModuleType:
    specification = importlib.util.spec_from_file_location("pages", Path(__file__).with_name("pages.py"))
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["pages"] = module
    specification.loader.exec_module(module)
    return module


pages_module = _load_pages()


@pytest.fixture(scope="session")
def pages() -> ModuleType:
    """`pages.py`: the blocks, spans, tables and links of README and docs."""
    return pages_module


def environment() -> dict[str, str]:
    """This one without what would lead a command elsewhere, and with this installation's programs first."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("NIGHTJAR_", "MLFLOW_", "PREFECT_"))
    }
    kept["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    return kept


@pytest.fixture(scope="session")
def shell() -> Shell:
    """Run a script in a folder, stopping at the first command that fails."""

    def run(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=folder, env=environment(), capture_output=True, text=True, timeout=600,
        )  # fmt: skip

    return run


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `pipelines.yaml`, `docs/`, the `home` of a small demo, and its `demo.out` and `demo.err`."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "documented"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "demo.out").exists():
            _make(folder)
    return folder


def _make(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "pipelines.yaml", folder)
    shutil.copytree(ROOT / "docs", folder / "docs")
    done = subprocess.run(["nightjar", *DEMO], cwd=folder, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (folder / "demo.err").write_text(done.stderr, encoding="utf-8")
    (folder / "demo.out").write_text(done.stdout, encoding="utf-8")


@pytest.fixture
def folder(demo_folder: Path, tmp_path: Path) -> Path:
    """A copy of its own of `demo_folder`."""
    return Path(shutil.copytree(demo_folder, tmp_path / "work"))
