"""`nightjar copy`: the warehouse as a file of its own, which can be looked at for hours without stopping a night."""

from __future__ import annotations

import shutil
from pathlib import Path

from flows.commands.terminal import print_json, tell
from flows.settings import Settings, shown
from warehouse.duckdb.database import Warehouse, WarehouseError

DONE = 0
MAGIC_AT, MAGIC = 8, b"DUCK"
"""How every DuckDB file begins."""


def copy_warehouse(chosen: Settings, as_json: bool, file: Path) -> int:
    """Put a copy of the warehouse at `file`; an earlier copy there is replaced."""
    copied = copy_to(chosen, file.absolute())
    if as_json:
        print_json({"copy": str(file.absolute()), "bytes": copied})
    else:
        tell(
            f"{shown(file.absolute())}: a copy of the warehouse, {copied:,} bytes; open it with any DuckDB client"
        )
    return DONE


def copy_to(chosen: Settings, file: Path) -> int:
    """The size of the copy. WarehouseError where something else lies at `file`, or the copy cannot be written."""
    if file.exists() and (not _is_duckdb(file) or file.samefile(chosen.home.warehouse)):
        raise WarehouseError(
            f"{file}: expected a free name or an earlier copy, found another file; name another"
        )
    aside = file.with_name(f".{file.name}.aside")
    try:
        with Warehouse.of(chosen.home, read_only=True):  # as long as it is open, nobody writes
            shutil.copyfile(chosen.home.warehouse, aside)
            log = _write_ahead_log(chosen.home.warehouse)
            if log.exists():
                shutil.copyfile(log, _write_ahead_log(aside))
        Warehouse.open(aside).close()  # what a killed night left in the log becomes part of the file
        aside.replace(file)
    except OSError as error:
        raise WarehouseError(
            f"{file}: cannot be written ({error.strerror or error}); choose another place"
        ) from error
    finally:
        for left_behind in (aside, _write_ahead_log(aside)):
            left_behind.unlink(missing_ok=True)
    return file.stat().st_size


def _is_duckdb(file: Path) -> bool:
    if not file.is_file():
        return False
    with file.open("rb") as opened:
        return opened.read(MAGIC_AT + len(MAGIC))[MAGIC_AT:] == MAGIC


def _write_ahead_log(file: Path) -> Path:
    return file.with_name(f"{file.name}.wal")
