"""Fixtures of the system tests: homes, a PostgreSQL, a receiver of alerts, a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.place import books, common, first_night, landing, second_night
from tests.system.browser import Chromium, chromium
from tests.system.postgres import Cluster, running_cluster
from tests.system.receiver import Receiver, receiving

__all__ = ["books", "common", "first_night", "landing", "second_night"]

HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", type=Path, help="keep screenshots for the README in this folder")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever lies here is a system test."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.system)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL for all tests that want one; each makes databases of its own."""
    with running_cluster() as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def window() -> Iterator[Chromium]:
    with chromium() as running:
        yield running
