"""The command line as a person uses it: each call is a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NIGHT_LIMIT_S = 2400
"""A hang, not a slow machine."""
LONGEST_FIRST = ("test_globo", "test_travel", "test_kill_everywhere", "test_calibrate_transformer")
"""Begun in this order, so that no worker waits for a long file that another began last."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; in a file, and among the others, the order that was drawn."""
    items.sort(key=lambda item: [*LONGEST_FIRST, item.path.stem].index(item.path.stem))


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended. `document`: what it printed with `--json`; `said`: everything on stderr."""

    code: int
    document: dict[str, Any]
    said: str


@dataclass(frozen=True, slots=True)
class CommandLine:
    """`nightjar … --json` on one home. Called with the command and its own options."""

    home: Path
    landing: Path
    config: Path = ROOT / "pipelines.yaml"
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: object, config: Path | None = None) -> Ran:
        """Run to the end. A command that failed (code 1 or 2) fails the test, with what it said."""
        places = ["--home", self.home, "--landing", self.landing, "--config", config or self.config]
        command = [sys.executable, "-m", "flows.commands.command_line", *arguments, *places, "--json"]
        done = subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            env={**os.environ, **self.environment},
            timeout=NIGHT_LIMIT_S,
        )
        if done.returncode not in (0, 3):
            pytest.fail(f"{arguments} ended with code {done.returncode}\n{done.stderr}", pytrace=False)
        return Ran(done.returncode, json.loads(done.stdout), done.stderr)


def digests_below(folder: Path) -> dict[str, str]:
    """Relative path → SHA-256 of every file below `folder`."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="session")
def nightjar() -> type[CommandLine]:
    """`nightjar(home, landing)` is a command line for that home."""
    return CommandLine


@pytest.fixture(scope="session")
def digests() -> Callable[[Path], dict[str, str]]:
    """The bytes of a folder as digests, to compare before and after."""
    return digests_below
