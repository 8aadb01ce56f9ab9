"""Fixtures for every test: where the real data lies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder that holds `travel/`, `globo/`, …: NIGHTJAR_REAL_DATA, or `../shared/data` beside the project."""
    folder = Path(os.environ.get("NIGHTJAR_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "travel").is_dir():
        pytest.fail(f"{folder}: no real data here; set NIGHTJAR_REAL_DATA to the folder with travel/", pytrace=False)
    return folder
