"""`nightjar repair` mends what can be mended, deletes nothing, and says what stays."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from flows.commands.drift import show_verification
from flows.commands.repair import show_repair
from flows.configuration import load_configuration
from flows.machine_faults import in_one_line
from flows.settings import Settings
from tasks.stages.ingest import ingest
from warehouse.duckdb.database import Warehouse, WarehouseError

if TYPE_CHECKING:
    from tests.flows.conftest import Planted

LOG = '{"event_id": "e1", "occurred_at": "2026-03-01T08:15:00Z", "bird_id": "b", "flit_id": "f", "kind": "like"}\n'


@pytest.fixture
def chosen(planted: Planted) -> Settings:
    config = planted.home.root.parent / "pipelines.yaml"
    config.write_text("sources: {interactions: {}}\npipelines: {flits: {entity: flit, method: item2vec}}\n")
    return Settings(planted.home, config, None, None)


def repaired(chosen: Settings, capsys: pytest.CaptureFixture[str]) -> tuple[int, Any]:
    code = show_repair(chosen, True)
    return code, json.loads(capsys.readouterr().out)


def landed(planted: Planted) -> Path:
    file = planted.home.landing / "interactions" / "2026-03-01.jsonl"
    file.parent.mkdir(parents=True)
    file.write_text(LOG)
    return file


@pytest.mark.parametrize("damage", ["cut", "inside"])
def test_a_damaged_warehouse_is_made_anew_from_the_landing_folder(
    planted: Planted, chosen: Settings, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    planted.land(*range(1, 3))
    landed(planted)
    content = planted.home.warehouse.read_bytes()
    broken = content[:300] if damage == "cut" else content[:12288] + bytes(len(content) - 12288)
    planted.home.warehouse.write_bytes(broken)
    if damage == "cut":
        with pytest.raises(WarehouseError, match="`nightjar repair`"):
            Warehouse.of(planted.home, read_only=True)
    code, document = repaired(chosen, capsys)
    assert code == 0 and document["left"] == []
    (one,) = document["repaired"]
    assert "1 landed files, 1 lines" in one["done"]
    with Warehouse.of(planted.home, read_only=True) as warehouse:
        assert warehouse.rows("SELECT event_id FROM raw_interaction") == [("e1",)]
    (aside,) = planted.home.root.glob("warehouse.duckdb.damaged-*")
    assert aside.read_bytes() == broken
    assert repaired(chosen, capsys) == (0, {"repaired": [], "left": []})


def test_a_warehouse_whose_ledger_does_not_add_up_is_made_anew(
    planted: Planted, chosen: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    landed(planted)
    configuration = load_configuration(chosen.config)
    ingest(planted.home, configuration.ingest, configuration.sources, date(2026, 3, 1), date(2026, 3, 1))
    with Warehouse.of(planted.home) as warehouse:
        warehouse.execute("UPDATE ledger_file SET blank = 7")
    code, document = repaired(chosen, capsys)
    assert code == 0 and document["left"] == []
    (one,) = document["repaired"]
    assert "check ledger_adds_up is broken by 1 row: (path interactions/2026-03-01.jsonl, " in one["what"]
    assert repaired(chosen, capsys) == (0, {"repaired": [], "left": []})


@pytest.mark.parametrize("damage", [None, b"{", b'{\n  "sequence": 7,\n  "x"'])
def test_a_pointer_leads_to_the_newest_released_version_again(
    planted: Planted, chosen: Settings, capsys: pytest.CaptureFixture[str], damage: bytes | None
) -> None:
    planted.version("flits", 1)
    released = planted.version("flits", 2)
    planted.version("flits", 3, "block")
    pointer = planted.home.snapshots / "flits" / "current.json"
    if damage is None:
        pointer.unlink()
    else:
        pointer.write_bytes(damage)
    code, document = repaired(chosen, capsys)
    assert code == 0 and document["repaired"][0]["what"] == "flits/current.json"
    current = planted.store.current("flits")
    assert current is not None and current.version == released
    assert current.sequence > (7 if damage and b"7" in damage else 2)


def test_what_only_a_backup_can_mend_is_said(
    planted: Planted, chosen: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    version = planted.version("flits", 1)
    vectors = planted.home.snapshots / "flits" / version / "vectors.parquet"
    vectors.write_bytes(b"nothing")
    code, document = repaired(chosen, capsys)
    assert code == 1 and document["repaired"] == []
    assert len(document["left"]) == 1 and "backup" in document["left"][0]


def test_a_warehouse_is_not_there_before_it_is_whole(planted: Planted, tmp_path: Path) -> None:
    broken = tmp_path / "sql"
    (broken / "tables").mkdir(parents=True)
    (broken / "tables" / "one.sql").write_text("CREATE TABLE one (a INTEGER); nonsense")
    from warehouse.duckdb.database import Schema

    with pytest.raises(duckdb.ParserException):
        Warehouse.open(planted.home.warehouse, schema=Schema(broken))
    assert list(planted.home.root.iterdir()) == []
    with Warehouse.of(planted.home):
        assert [path.name for path in planted.home.root.iterdir()] == ["warehouse.duckdb"]


def test_faults_of_the_machine_are_a_line_with_cause_path_and_remedy(planted: Planted) -> None:
    full = RuntimeError("HTTP 500")
    full.__cause__ = OSError(28, "No space left on device", "/data/x")
    line = in_one_line(full, planted.home)
    assert line is not None and line.startswith("/data/x: no room is left") and "make room" in line
    with pytest.raises(IsADirectoryError) as caught:
        planted.home.root.read_bytes()
    line = in_one_line(caught.value, planted.home)
    assert line is not None and line.startswith(f"{planted.home.root}: Is a directory")
    assert in_one_line(ValueError("a bug"), planted.home) is None


def test_stray_files_are_named_a_line_each_and_fail_nothing(
    planted: Planted, chosen: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the home, among the spaces, in a space, in a version; what Nightjar keeps there is none."""
    version = planted.version("flits", 1)
    Warehouse.of(planted.home).close()
    root, inside = planted.home.root, f"snapshots/flits/{version}"
    for name in ("writer.lock", "mlflow.db-wal", "warehouse.duckdb.damaged-1", ".hidden"):
        (root / name).write_text("")
    for name in ("notes.txt", "snapshots/list.csv", "snapshots/flits/old", f"{inside}/vectors.bak"):
        (root / name).write_text("stray")
    assert show_verification(chosen, True, None) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["sound"], document["findings"]) == (True, [])
    assert sorted(document["strays"]) == [
        f"flits/{version}/vectors.bak", "flits/old", "notes.txt", "snapshots/list.csv",
    ]  # fmt: skip
    assert show_verification(chosen, False, None) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("stray: ")]
    assert len(lines) == 4
    assert repaired(chosen, capsys) == (0, {"repaired": [], "left": []})
    (root / inside / "vectors.parquet").unlink()
    assert show_verification(chosen, True, None) == 1
    assert len(json.loads(capsys.readouterr().out)["findings"]) == 1
