"""The warehouse file: its schema, its upgrades, its transactions and what it shuts out."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest

from warehouse.duckdb.database import SQL, Schema, Warehouse, WarehouseError

COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable, column_default, comment
    FROM duckdb_columns() WHERE NOT internal AND table_name IN (SELECT table_name FROM duckdb_tables()) ORDER BY ALL
"""

CONSTRAINTS = """
    SELECT table_name, constraint_type, constraint_text, constraint_column_names FROM duckdb_constraints() ORDER BY ALL
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "home" / "warehouse.duckdb"


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    """A copy of the schema whose migrations and tables a test may add to."""
    folder = tmp_path / "edition"
    shutil.copytree(SQL / "tables", folder / "tables")
    (folder / "migrations").mkdir()
    return folder


def migrate(edition: Path, version: int, statements: str) -> None:
    (edition / "migrations" / f"{version:04}_step.sql").write_text(statements, encoding="utf-8")


def test_every_table_and_column_says_what_it_holds(place: Path) -> None:
    with Warehouse.open(place) as warehouse:
        tables = warehouse.rows("SELECT table_name, comment FROM duckdb_tables()")
        columns = warehouse.rows(COLUMNS)
    assert [table for table, comment in tables if not comment] == []
    assert [column[:2] for column in columns if not column[-1]] == []
    assert len(columns) > len(tables) > 10


def test_one_file_a_table(place: Path) -> None:
    with Warehouse.open(place) as warehouse:
        tables = {table for (table,) in warehouse.rows("SELECT table_name FROM duckdb_tables()")}
    assert tables == {file.stem for file in (SQL / "tables").glob("*.sql")}


def test_every_core_table_has_its_query() -> None:
    tables = {file.stem for file in (SQL / "tables").glob("core_*.sql")}
    assert tables == {file.stem for file in (SQL / "features").glob("*.sql")}


def test_a_home_of_the_first_edition_becomes_what_a_fresh_one_is(place: Path, tmp_path: Path) -> None:
    first = tmp_path / "first"
    (first / "tables").mkdir(parents=True)
    shutil.copy(Path(__file__).parent / "edition_1.sql", first / "tables" / "all.sql")
    row = "'interactions', 'a', 'x', 9, '2024-03-01', 5, 2, 1, 1, 1, 'loaded', NULL, DATE '2024-03-01'"
    with Warehouse.open(place, schema=Schema(first)) as warehouse:
        assert warehouse.version == 1
        warehouse.execute(f"INSERT INTO ledger_file VALUES ({row})")
        warehouse.execute(
            "INSERT INTO raw_erasure VALUES (TIMESTAMP '2024-03-01', 'b', NULL, DATE '2024-03-01', 1, 1, false)"
        )
    with Warehouse.open(place) as upgraded, Warehouse.open(tmp_path / "fresh.duckdb") as fresh:
        for described in (COLUMNS, CONSTRAINTS):
            assert upgraded.rows(described) == fresh.rows(described)
        assert upgraded.rows(
            "SELECT lines, accepted, duplicates, conflicts, quarantined FROM ledger_file"
        ) == [(5, 2, 1, 0, 1)]
        assert upgraded.rows("SELECT bird_id, conflict FROM raw_erasure") == [("b", False)]


def test_an_older_home_is_upgraded_to_what_a_fresh_one_is(place: Path, edition: Path) -> None:
    with Warehouse.open(place, schema=Schema(edition)) as warehouse:
        before = warehouse.version
        warehouse.execute("INSERT INTO feature_partition VALUES ('core_bird', '2026-01-01', 'x', '{}', 3)")
    step = (
        "ALTER TABLE feature_partition ADD COLUMN host VARCHAR;"
        "COMMENT ON COLUMN feature_partition.host IS 'Where.';"
    )
    migrate(edition, 2, step)
    migrate(edition, 3, "CREATE TABLE later (a INTEGER); COMMENT ON TABLE later IS 'Later.';")
    table = edition / "tables" / "feature_partition.sql"
    table.write_text(table.read_text() + step)
    (edition / "tables" / "later.sql").write_text((edition / "migrations" / "0003_step.sql").read_text())

    with Warehouse.open(place, schema=Schema(edition)) as warehouse:
        assert (before, warehouse.version) == (1, 3)
        assert warehouse.rows("SELECT version FROM schema_version ORDER BY 1") == [(1,), (2,), (3,)]
        assert warehouse.rows("SELECT rows, host FROM feature_partition") == [(3, None)]
        upgraded = warehouse.rows(COLUMNS)
    with Warehouse.open(place.with_name("fresh.duckdb"), schema=Schema(edition)) as warehouse:
        assert warehouse.version == 3
        assert warehouse.rows(COLUMNS) == upgraded


def test_a_newer_home_is_refused_in_one_line(place: Path, edition: Path) -> None:
    known = Schema().version
    for number in range(2, known + 2):
        migrate(edition, number, f"CREATE TABLE later_{number} (a INTEGER);")
    with Warehouse.open(place, schema=Schema(edition)):
        pass
    with pytest.raises(
        WarehouseError, match=f"version {known + 1} was made by a newer Nightjar, this one knows {known}"
    ) as caught:
        Warehouse.open(place)
    assert "\n" not in str(caught.value)


def test_a_failing_migration_leaves_the_home_as_it_was(place: Path, edition: Path) -> None:
    with Warehouse.open(place, schema=Schema(edition)) as warehouse:
        before = warehouse.rows(COLUMNS)
    older = Schema(shutil.copytree(edition, edition.with_name("older")))
    migrate(edition, 2, "CREATE TABLE done (a INTEGER);")
    migrate(edition, 3, "CREATE TABLE half_done (a INTEGER); ALTER TABLE no_such_table ADD COLUMN b INTEGER;")
    with pytest.raises(duckdb.CatalogException, match="no_such_table"):
        Warehouse.open(place, schema=Schema(edition))
    with Warehouse.open(place, schema=older) as warehouse:
        assert warehouse.rows(COLUMNS) == before
        assert warehouse.version == 1


def test_a_failing_first_schema_leaves_nothing(place: Path, edition: Path) -> None:
    (edition / "tables" / "zzz.sql").write_text("CREATE TABLE zzz (a NO_SUCH_TYPE);")
    with pytest.raises(duckdb.CatalogException, match="NO_SUCH_TYPE"):
        Warehouse.open(place, schema=Schema(edition))
    with Warehouse.open(place) as warehouse:
        assert warehouse.version == Schema().version


@pytest.mark.parametrize("numbers", [[3], [2, 4], [2, 2]])
def test_migrations_are_numbered_without_gaps(edition: Path, numbers: list[int]) -> None:
    for count, number in enumerate(numbers):
        (edition / "migrations" / f"{number:04}_step{count}.sql").write_text("SELECT 1;")
    with pytest.raises(ValueError, match="expected versions 2, 3, … each once, found"):
        Schema(edition).version  # noqa: B018


def test_reading_needs_a_warehouse_that_is_there_and_up_to_date(place: Path, edition: Path) -> None:
    with pytest.raises(WarehouseError, match="no warehouse yet; run `nightjar nightly` first"):
        Warehouse.open(place, read_only=True)
    assert not place.parent.exists()
    with Warehouse.open(place, schema=Schema(edition)):
        pass
    older = Schema(shutil.copytree(edition, edition.with_name("older")))
    migrate(edition, 2, "CREATE TABLE later (a INTEGER);")
    with pytest.raises(WarehouseError, match="schema version 1 must be upgraded to 2"):
        Warehouse.open(place, read_only=True, schema=Schema(edition))
    with Warehouse.open(place, read_only=True, schema=older) as warehouse:
        assert warehouse.version == 1
        with pytest.raises(duckdb.InvalidInputException, match="read-only"):
            warehouse.execute("DELETE FROM ledger_file")


def test_what_is_no_database_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "warehouse.duckdb"
    file.write_bytes(b"not a database" * 1000)
    with pytest.raises(WarehouseError, match="cannot be opened as a warehouse") as caught:
        Warehouse.open(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_home_that_cannot_be_made_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, no folder")
    with pytest.raises(WarehouseError, match=r"cannot make its folder .* use another --home"):
        Warehouse.open(tmp_path / "home" / "deeper" / "warehouse.duckdb")


def test_one_process_may_open_it_twice_but_in_one_mode(place: Path) -> None:
    with Warehouse.open(place) as first, Warehouse.open(place) as second:
        first.execute("INSERT INTO feature_partition VALUES ('core_bird', '2026-01-01', 'x', '{}', 3)")
        assert second.rows("SELECT rows FROM feature_partition") == [(3,)]
        with pytest.raises(WarehouseError, match="this process has the warehouse open in another mode"):
            Warehouse.open(place, read_only=True)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_a_transaction_is_all_or_nothing(place: Path, error: type[BaseException]) -> None:
    with Warehouse.open(place) as warehouse:
        with pytest.raises(error), warehouse.transaction():
            warehouse.execute("INSERT INTO schema_version VALUES (77)")
            raise error
        with warehouse.transaction():
            warehouse.execute("INSERT INTO schema_version VALUES (78)")
    with duckdb.connect(place) as connection:
        found = connection.execute("SELECT version FROM schema_version ORDER BY 1").fetchall()
        assert found == [(Schema().version,), (78,)]


def test_queries_cannot_reach_files(place: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with Warehouse.open(place) as warehouse:
        for statement in (
            f"SELECT * FROM read_csv('{secret}')",
            f"COPY ledger_file TO '{tmp_path}/stolen.csv'",
            f"ATTACH '{tmp_path}/other.duckdb'",
            "SET enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error, match=r"disabled|locked"):
                warehouse.execute(statement)
    assert not (tmp_path / "stolen.csv").exists()


def test_a_frame_can_be_queried_as_long_as_it_is_lent(place: Path) -> None:
    frame = pl.DataFrame({"id": ["012", "ü"], "rows": [1, 2]})
    with Warehouse.open(place) as warehouse:
        with warehouse.view_of("lent", frame):
            assert warehouse.frame("SELECT * FROM lent ORDER BY id").equals(frame)
        with pytest.raises(duckdb.CatalogException, match="lent"):
            warehouse.rows("SELECT * FROM lent")


def test_work_beyond_the_memory_limit_spills(place: Path) -> None:
    words = "SELECT hash(i)::VARCHAR || repeat('x', 40) AS word FROM range(1_500_000) AS numbers(i)"
    rank = "SELECT row_number() OVER (ORDER BY word) AS place FROM words"
    with Warehouse.open(place, memory_limit="64MiB") as warehouse:
        found = warehouse.rows(f"WITH words AS ({words}) SELECT count(*), max(place) FROM ({rank})")
        assert place.with_suffix(".tmp").exists()
    assert found == [(1_500_000, 1_500_000)]
