"""What a command writes into a home is as open as the home itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.settings import keep_private
from warehouse.duckdb.database import Warehouse
from warehouse.home import Home


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_home_is_its_owners_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", tmp_path / "landing")
    keep_private(home)
    Warehouse.of(home).close()
    assert (mode(home.root), mode(home.warehouse)) == (0o700, 0o600)


@pytest.mark.parametrize(("opened", "file"), [(0o750, 0o640), (0o755, 0o644), (0o700, 0o600)])
def test_a_home_that_its_owner_opened_stays_open(tmp_path: Path, opened: int, file: int) -> None:
    home = Home(tmp_path / "home", tmp_path / "landing")
    home.root.mkdir()
    home.root.chmod(opened)
    keep_private(home)
    Warehouse.of(home).close()
    assert (mode(home.root), mode(home.warehouse)) == (opened, file)


def test_a_stricter_umask_stays(tmp_path: Path) -> None:
    os.umask(0o077)
    tmp_path.chmod(0o755)
    keep_private(Home(tmp_path, tmp_path / "landing"))
    assert os.umask(0o022) == 0o077
