"""Planted versions in a store of their own, and a process that publishes them."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from warehouse.snapshots import SnapshotStore

PUBLISHER = Path(__file__).with_name("publisher.py")

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def planted() -> ModuleType:
    """`publisher.py`: `content_of`, `manifest_of`, `publish`."""
    specification = importlib.util.spec_from_file_location("publisher", PUBLISHER)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


@pytest.fixture
def store(root: Path) -> SnapshotStore:
    return SnapshotStore(root)


@pytest.fixture
def run_publisher() -> Run:
    """Run `publisher.py` with arguments to its end, in a process of its own."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(PUBLISHER), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)

    return run


@pytest.fixture
def start_publisher() -> Callable[..., subprocess.Popen[str]]:
    """Start `publisher.py` and go on."""

    def start(*arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, str(PUBLISHER), *map(str, arguments)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return start
