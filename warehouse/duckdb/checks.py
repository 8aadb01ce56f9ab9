"""Checks of the warehouse: each file of `sql/checks/` is a query that returns the rows that break a rule."""

from __future__ import annotations

import polars as pl

from warehouse.duckdb.database import SQL, Warehouse


def run_checks(warehouse: Warehouse) -> dict[str, pl.DataFrame]:
    """Name of each check → its offenders: an empty frame for every one where the warehouse is sound.

    Run them after the features stage: until then, partitions that a revision made stale offend.
    """
    files = sorted((SQL / "checks").glob("*.sql"))
    return {file.stem: warehouse.frame(file.read_text(encoding="utf-8")) for file in files}
