"""Fixtures for every test: where the real data lies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# A busy machine is no fault: time limits are not tests.
settings.register_profile("nightjar", deadline=None)
settings.load_profile("nightjar")


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
