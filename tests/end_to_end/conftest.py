"""Shared homes; what they are made of is in `place.py`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def load(name: str) -> ModuleType:
    """A helper beside this file, once a process."""
    known = f"nightjar_end_to_end_{name}"
    if known not in sys.modules:
        specification = importlib.util.spec_from_file_location(known, Path(__file__).with_name(f"{name}.py"))
        assert specification is not None and specification.loader is not None
        sys.modules[known] = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(sys.modules[known])
    return sys.modules[known]


place = load("place")
books, common, first_night, landing = place.books, place.common, place.first_night, place.landing
lived, prefect_server, second_night = place.lived, place.prefect_server, place.second_night


@pytest.fixture(scope="session")
def tools() -> ModuleType:
    """`place.py`: constants and helpers."""
    return place


@pytest.fixture(scope="session")
def reading() -> ModuleType:
    """`reading.py`: the ids that landing files name."""
    return load("reading")


@pytest.fixture(scope="session")
def kills() -> ModuleType:
    """`kills.py`: what a killed night must come to."""
    return load("kills")
