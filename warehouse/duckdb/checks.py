"""Checks of the warehouse: each file of `sql/checks/` is a query that returns the rows that break a rule."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import polars as pl

from warehouse.duckdb.database import SQL, Warehouse, WarehouseError

SHOWN_OFFENDERS = 3
"""Rows of a broken check that a message has room for."""
COMPUTED = "core_"
"""What the names of checks of feature tables begin with; the others are of what landed."""
OF_FEATURES = (
    "the features were computed wrongly and are not kept; run the night with the edition of Nightjar before"
)
OF_LINES = "the features are not kept; run `nightjar repair`, then the night again"


def run_checks(warehouse: Warehouse, days: Collection[date] | None = None) -> dict[str, pl.DataFrame]:
    """Name of each check → its offenders on `days`, all days where None: an empty frame where nothing offends.

    `days` are partitions of the feature tables, and days on which files landed. Run them once features are computed:
    until then, partitions that a revision made stale offend.
    """
    looked_at = {"days": sorted(_all_days(warehouse) if days is None else days)}
    files = sorted((SQL / "checks").glob("*.sql"))
    return {file.stem: warehouse.frame(file.read_text(encoding="utf-8"), looked_at) for file in files}


def require_sound(warehouse: Warehouse, days: Collection[date]) -> None:
    """WarehouseError that names the first offenders where a check is broken on one of `days`."""
    broken = [
        (name, rows) for name, rows in run_checks(warehouse, days).items() if days and not rows.is_empty()
    ]
    if broken:
        told = "; ".join(say_broken(name, rows) for name, rows in broken)
        computed = all(name.startswith(COMPUTED) for name, _ in broken)
        raise WarehouseError(f"{warehouse.path}: {told}; {OF_FEATURES if computed else OF_LINES}")


def say_broken(name: str, rows: pl.DataFrame) -> str:
    """Which check is broken, by how many rows, and the first of them."""
    shown = [
        "(" + ", ".join(f"{column} {value}" for column, value in row.items()) + ")"
        for row in rows.head(SHOWN_OFFENDERS).iter_rows(named=True)
    ]
    more = ["…"] if len(rows) > SHOWN_OFFENDERS else []
    return f"check {name} is broken by {len(rows):,} row{'s'[: len(rows) != 1]}: {', '.join(shown + more)}"


def _all_days(warehouse: Warehouse) -> set[date]:
    query = "SELECT left(landed_on, 10)::DATE FROM ledger_file UNION SELECT day FROM feature_partition"
    return {day for (day,) in warehouse.rows(query)}
