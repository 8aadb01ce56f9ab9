"""The warehouse: one DuckDB file, one writer, a schema that upgrades itself.

`sql/tables/` holds the schema of a fresh home, one file a table. `sql/migrations/NNNN_name.sql` takes a home
made by an older edition from version NNNN − 1 to NNNN. `sql/checks/` holds queries that return offenders.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import polars as pl

from warehouse.errors import NightjarError
from warehouse.home import WAIT_S, Home

logger = logging.getLogger("nightjar")

SQL = Path(__file__).parent / "sql"
STORAGE_VERSION = "v1.5.0"
LOOK_S = 2.0
"""How long a command waits that shows the warehouse, and can do without."""
POLL_S, SAID_AFTER_S = 0.05, 2.0
"""Between two tries to open a warehouse that is in use, and after how long the log says what is waited for."""
SHOWN_COMMAND = 80
"""Characters of another program's command line that a message has room for."""


class WarehouseError(NightjarError):
    """The warehouse cannot be opened or used; the message names the file and the remedy."""


class OutdatedWarehouseError(WarehouseError):
    """An older edition made the warehouse, and whoever only reads cannot upgrade it."""


class UnreadableWarehouseError(WarehouseError):
    """The file is damaged, or no warehouse at all."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The statements that make and upgrade a warehouse; a folder with `tables/` and `migrations/`.

    A fresh home is made from `tables/` alone; it must equal one that went through every migration.
    """

    folder: Path = SQL

    @property
    def tables(self) -> list[Path]:
        return sorted((self.folder / "tables").glob("*.sql"))

    @property
    def migrations(self) -> dict[int, Path]:
        """Version reached → file, in ascending order. ValueError where a number is missing or given twice."""
        files = sorted((self.folder / "migrations").glob("[0-9]*.sql"))
        versions = [int(file.name.split("_")[0]) for file in files]
        if versions != list(range(2, 2 + len(files))):
            raise ValueError(
                f"{self.folder}/migrations: expected versions 2, 3, … each once, found {versions}"
            )
        return dict(zip(versions, files, strict=True))

    @property
    def version(self) -> int:
        """The version of a fresh home: 1 before the first migration."""
        return max(self.migrations, default=1)


class Warehouse:
    """A connection to `warehouse.duckdb`; use it as a context manager, open late and close early."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self.connection = connection
        self.path = path

    @classmethod
    def of(cls, home: Home, *, read_only: bool = False, wait_s: float | None = None) -> Self:
        """The warehouse of a home; one that is in use is waited for as long as the home says, or `wait_s`."""
        return cls.open(home.warehouse, read_only=read_only, wait_s=home.wait_s if wait_s is None else wait_s)

    @classmethod
    def bring_up_to_date(cls, home: Home) -> None:
        """Upgrade the warehouse that an older edition made. Who finds nothing to do has only read."""
        try:
            cls.of(home, read_only=True).close()
        except OutdatedWarehouseError:
            cls.of(home).close()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        read_only: bool = False,
        wait_s: float = WAIT_S,
        memory_limit: str = "1GiB",
        schema: Schema | None = None,
    ) -> Self:
        """Open `path`; as a writer, create it or upgrade it first.

        Queries that need more than `memory_limit` spill into a folder beside the file. Within a process a
        file can be open several times, always in the same mode and with the same limit. WarehouseError where
        another process still holds the file after `wait_s`, where it was made by a newer edition, and,
        read-only, where it does not exist or waits for an upgrade.
        """
        if read_only and not path.exists():
            raise WarehouseError(f"{path}: no warehouse yet; run `nightjar nightly` first")
        if not read_only:
            _make_folder(path)
            if not path.exists():
                _make(path, schema or Schema())
        warehouse = cls(_connect(path, read_only, memory_limit, wait_s), path)
        try:
            warehouse._bring_up_to(schema or Schema(), read_only)
            warehouse.show_counted()
            warehouse._close_the_file_system()
        except BaseException:
            warehouse.connection.close()
            raise
        return warehouse

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()

    def execute(self, statement: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> None:
        """Run one statement, or several without parameters."""
        with self._stopped_by_ctrl_c():
            self.connection.execute(statement, parameters or None)

    def rows(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
        with self._stopped_by_ctrl_c():
            return self.connection.execute(query, parameters or None).fetchall()

    def frame(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> pl.DataFrame:
        """The result as a Polars frame. Order rows in the query: without ORDER BY they come in any order."""
        with self._stopped_by_ctrl_c():
            table = self.connection.execute(query, parameters or None).to_arrow_table()
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        return frame

    def read_whole(self) -> None:
        """Read every value of every table. UnreadableWarehouseError where one cannot be read."""
        try:
            for (table,) in self.rows("SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY 1"):
                self.rows(f'SELECT max(hash(t)) FROM "{table}" t')
        except duckdb.Error as error:
            raise UnreadableWarehouseError(f"{self.path}: {_why_not_opened(error, 0)}") from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: commit at the end, roll back on any exception, Ctrl-C included."""
        self.connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    @contextmanager
    def view_of(self, name: str, data: Any) -> Iterator[None]:
        """Let queries read a Polars frame or an Arrow table as the view `name`."""
        self.connection.register(name, data.to_arrow() if isinstance(data, pl.DataFrame) else data)
        try:
            yield
        finally:
            self.connection.unregister(name)

    @property
    def version(self) -> int:
        """The schema version of the file, 0 where it is empty."""
        exists = self.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'schema_version'")
        return int(self.rows("SELECT max(version) FROM schema_version")[0][0]) if exists else 0

    def show_counted(self) -> None:
        """Make the views `counted_…` of this connection: what stands in the raw tables, and is not set aside.

        Where nothing is, they cost nothing.
        """
        known = {table for (table,) in self.rows("SELECT table_name FROM duckdb_tables()")}
        aside = "set_aside_in_force" in known and bool(self.rows("SELECT 1 FROM set_aside_in_force LIMIT 1"))
        for file in sorted((SQL / "views").glob("*.sql")):
            raw = file.stem.replace("counted_", "raw_")
            query = file.read_text(encoding="utf-8") if aside else f"SELECT * FROM {raw} WHERE NOT duplicate"
            if raw in known:
                self.execute(f"CREATE OR REPLACE TEMP VIEW {file.stem} AS {query}")

    @contextmanager
    def _stopped_by_ctrl_c(self) -> Iterator[None]:
        """DuckDB tells of Ctrl-C as of a query that failed, which a night would take for the fault of one space.

        The query itself goes on, and a connection cannot be closed before its end, unless it is interrupted.
        """
        try:
            yield
        except RuntimeError as error:
            if isinstance(error.__cause__, KeyboardInterrupt):
                self.connection.interrupt()
                raise error.__cause__ from None
            raise

    def _bring_up_to(self, schema: Schema, read_only: bool) -> None:
        found = self.version
        if found > schema.version:
            raise WarehouseError(
                f"{self.path}: schema version {found} was made by a newer Nightjar, "
                f"this one knows {schema.version}; upgrade Nightjar or use another --home"
            )
        if found == schema.version:
            return
        if read_only:
            raise OutdatedWarehouseError(
                f"{self.path}: schema version {found} must be upgraded to {schema.version}; "
                "run `nightjar nightly` once"
            )
        with self.transaction():
            if found == 0:
                self._apply(schema.tables, schema.version)
                return
            for version, file in schema.migrations.items():
                if version > found:
                    self._apply([file], version)

    def _apply(self, files: Sequence[Path], version: int) -> None:
        for file in files:
            self.execute(file.read_text(encoding="utf-8"))
        self.execute("INSERT INTO schema_version VALUES (?)", [version])

    def _close_the_file_system(self) -> None:
        """Queries read the warehouse and what Python hands in, never a file or a network address."""
        # A connection of this process that has the file open already has closed it for all.
        if not self.rows("SELECT current_setting('lock_configuration')")[0][0]:
            self.execute("SET enable_external_access = false")
            self.execute("SET lock_configuration = true")


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WarehouseError(f"{path}: cannot make its folder ({error}); use another --home") from error


def _connect(path: Path, read_only: bool, memory_limit: str, wait_s: float) -> duckdb.DuckDBPyConnection:
    config: dict[str, Any] = {
        "memory_limit": memory_limit,
        "storage_compatibility_version": STORAGE_VERSION,
        "temp_directory": str(path.with_suffix(".tmp")),
    }
    since, said = time.monotonic(), False
    while True:
        try:
            return duckdb.connect(path, read_only=read_only, config=config)
        except duckdb.Error as error:
            waited, holder = time.monotonic() - since, _holder(error)
            if holder is None or waited >= wait_s:
                fault = UnreadableWarehouseError if _is_unreadable(error) else WarehouseError
                raise fault(f"{path}: {_why_not_opened(error, waited)}") from error
        if not said and waited >= SAID_AFTER_S:
            logger.warning("%s: waiting, at most %.0f s, for %s, which has it open", path, wait_s, holder)
            said = True
        time.sleep(POLL_S)


def _make(path: Path, schema: Schema) -> None:
    """Make an empty warehouse aside and give it its name: what a full disk or a kill cuts short never has it."""
    aside = path.with_name(f".{path.name}.aside")
    aside.unlink(missing_ok=True)
    try:
        warehouse = Warehouse(duckdb.connect(aside), path)
        try:
            warehouse._bring_up_to(schema, read_only=False)
        finally:
            warehouse.close()
        aside.replace(path)
    except duckdb.IOException as error:
        raise WarehouseError(f"{path}: cannot be made ({' '.join(str(error).split())})") from error
    finally:
        aside.unlink(missing_ok=True)
        aside.with_name(f"{aside.name}.wal").unlink(missing_ok=True)


def _is_unreadable(error: duckdb.Error) -> bool:
    """Whether the file's own bytes are at fault, not another program, a right, the disk, or a newer DuckDB."""
    if isinstance(error, duckdb.ConnectionException) or _holder(error) is not None:
        return False
    return not any(words in str(error) for words in ("No space left", "Permission denied", "version number"))


def _holder(error: duckdb.Error) -> str | None:
    """The process, and its program, that has the file open in another one's way; None where that is not the fault."""
    message = " ".join(str(error).split())
    if "Conflicting lock" not in message:
        return None
    found = re.search(r"held in (.+?) \(PID (\d+)\)", message)
    if found is None:
        return "another process"
    return f"process {found[2]} ({_command_of(found[2]) or found[1]})"


def _command_of(process: str) -> str:
    """What was typed to start a process, its beginning; nothing where the system does not tell."""
    try:
        words = Path(f"/proc/{process}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return ""
    return " ".join(" ".join(words).split())[:SHOWN_COMMAND]


def _why_not_opened(error: duckdb.Error, waited_s: float) -> str:
    """One line: what is in the way, and the remedy."""
    holder = _holder(error)
    if holder is not None:
        waited = f", still after {waited_s:.0f} s" if waited_s >= SAID_AFTER_S else ""
        return (
            f"{holder} has the warehouse open{waited}, and only one may; wait for it or stop it, then try again; "
            "to look at the warehouse for long, look at a copy: `nightjar copy FILE`"
        )
    if isinstance(error, duckdb.ConnectionException):
        return "this process has the warehouse open in another mode; close that connection first"
    message = " ".join(str(error).split())
    if not _is_unreadable(error):
        return f"cannot be opened ({message}); mend that, then try again"
    return (
        f"cannot be opened as a warehouse ({message}); `nightjar repair` puts it aside and makes it anew from the "
        "landing folder, or restore it from a backup"
    )


def feature_query(name: str) -> str:
    """The SELECT that fills the feature table `name`."""
    return (SQL / "features" / f"{name}.sql").read_text(encoding="utf-8")
