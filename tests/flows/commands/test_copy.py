"""`nightjar copy`: whole, replaced whole, and in nobody's way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from flows.commands.copy_warehouse import copy_warehouse
from flows.settings import Settings
from warehouse.duckdb.database import Warehouse, WarehouseError

if TYPE_CHECKING:
    from tests.flows.conftest import Planted


@pytest.fixture
def chosen(planted: Planted) -> Settings:
    return Settings(planted.home, planted.home.root / "pipelines.yaml", None, None)


def rows(file: Path) -> int:
    with duckdb.connect(file, read_only=True) as opened:
        return int(opened.sql("SELECT count(*) FROM ledger_file").fetchall()[0][0])


def test_a_copy_is_one_file_that_a_later_one_replaces(
    planted: Planted, chosen: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copies" / "logs.duckdb"
    copy.parent.mkdir()
    planted.land(1)
    assert copy_warehouse(chosen, True, copy) == 0
    assert json.loads(capsys.readouterr().out) == {"copy": str(copy), "bytes": copy.stat().st_size}
    with duckdb.connect(copy, read_only=True):
        planted.land(2)  # whoever looks at the copy stops nobody
    copy_warehouse(chosen, False, copy)
    assert rows(copy) == 2
    assert list(copy.parent.iterdir()) == [copy]


def test_what_a_killed_writer_left_in_its_log_is_in_the_copy(
    planted: Planted, chosen: Settings, tmp_path: Path
) -> None:
    planted.land(1)
    with Warehouse.of(planted.home) as warehouse:
        warehouse.execute("PRAGMA disable_checkpoint_on_shutdown")
        warehouse.execute("INSERT INTO ledger_file SELECT * REPLACE ('other' AS path) FROM ledger_file")
    assert planted.home.warehouse.with_name("warehouse.duckdb.wal").exists()
    copy_warehouse(chosen, False, tmp_path / "copy.duckdb")
    assert rows(tmp_path / "copy.duckdb") == 2


def test_nothing_but_an_earlier_copy_is_replaced(planted: Planted, chosen: Settings, tmp_path: Path) -> None:
    planted.land(1)
    notes = tmp_path / "notes.txt"
    notes.write_text("not a database")
    for taken in (notes, planted.home.warehouse):
        with pytest.raises(WarehouseError, match="expected a free name or an earlier copy"):
            copy_warehouse(chosen, False, taken)
    assert notes.read_text() == "not a database"
    with pytest.raises(WarehouseError, match=r"nowhere/copy.duckdb: cannot be written"):
        copy_warehouse(chosen, False, tmp_path / "nowhere" / "copy.duckdb")
