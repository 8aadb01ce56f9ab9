"""Names as functions of content: digests of values, files and code."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TELLS = (
    "tasks/calibration/",
    "tasks/gate_trials/",
    "tasks/report/",
    "tasks/stages/attribute.py",
    "tasks/stages/canaries.py",
    "tasks/stages/register.py",
    "tasks/stages/report.py",
    "tasks/synthetic/",
    "tasks/versions/canary_results.py",
    "tasks/versions/history.py",
    "warehouse/mlflow/",
)
"""Code that no byte of a version's vectors follows from."""


def digest(*parts: Any) -> str:
    """Hex SHA-256 of the parts as canonical JSON. TypeError for what JSON cannot say."""
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Hex SHA-256 of a file's bytes, read in chunks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def code_sha() -> str:
    """Hex SHA-256 of the code that decides a version's bytes: Python and SQL of tasks and warehouse.

    What only tells of versions, tries gates or makes logs is left out (`TELLS`): it renames no version.
    """
    files = sorted(path for room in ("tasks", "warehouse") for path in (ROOT / room).rglob("*"))
    code = [(path.relative_to(ROOT).as_posix(), path) for path in files if path.suffix in {".py", ".sql"}]
    return digest([[name, file_digest(path)] for name, path in code if not name.startswith(TELLS)])


@cache
def lock_sha() -> str:
    """Hex SHA-256 of the lock file, the exact versions of all libraries; a wheel carries it beside this module."""
    return file_digest(Path(__file__).with_name("requirements.lock"))
