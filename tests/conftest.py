"""Fixtures for every test: the command line in this process, and where the real data lies."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# A busy machine is no fault: time limits are not tests. CI draws the same examples at every run, so that a change is
# judged and not the dice; every other run searches on.
settings.register_profile("nightjar", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("nightjar")


class Answer(NamedTuple):
    """A command's exit code, and what it wrote to stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)

    @property
    def messages(self) -> list[str]:
        """The lines on stderr."""
        return self.err.splitlines()


@pytest.fixture(scope="session")
def ask() -> Callable[..., Answer]:
    """`ask(folder, *arguments)`: the command line in this process, in a folder; another process takes a second more.

    For what is refused or only read. What starts Prefect or MLflow belongs into a process of its own: they read
    their settings when they are first imported.
    """

    def run(folder: Path, *arguments: object) -> Answer:
        from flows.commands.command_line import main

        environment, loaded = dict(os.environ), {"prefect", "mlflow"} & set(sys.modules)
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(folder)
            patch.setattr(sys, "argv", ["nightjar", *map(str, arguments)])
            for name in environment:
                if name.startswith(("NIGHTJAR_", "PREFECT_", "MLFLOW_")):
                    del os.environ[name]
            code: Any = 0
            try:
                main()
            except SystemExit as ended:
                code = ended.code
            finally:
                os.environ.clear()
                os.environ.update(environment)
        assert {"prefect", "mlflow"} & set(sys.modules) == loaded, f"{arguments} needs a process of its own"
        return Answer(code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder that holds `travel/`, `globo/`, …: at NIGHTJAR_REAL_DATA or `../shared`, or in `data/` below."""
    root = Path(os.environ.get("NIGHTJAR_REAL_DATA", ROOT.parent / "shared"))
    for folder in (root, root / "data"):
        if (folder / "travel").is_dir():
            return folder.resolve()
    pytest.fail(
        f"{root}: no real data here; set NIGHTJAR_REAL_DATA to the folder with travel/", pytrace=False
    )
