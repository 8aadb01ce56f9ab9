"""Names as functions of content: digests of values, files and code."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def digest(*parts: Any) -> str:
    """Hex SHA-256 of the parts as canonical JSON. TypeError for what JSON cannot say."""
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Hex SHA-256 of a file's bytes, read in chunks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def lock_sha() -> str:
    """Hex SHA-256 of the lock file, the exact versions of all libraries; a wheel carries it beside this module."""
    return file_digest(Path(__file__).with_name("requirements.lock"))
