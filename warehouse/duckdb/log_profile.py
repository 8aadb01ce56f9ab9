"""What the logs of a day look like, counted in the warehouse: only numbers leave it.

Every query is bounded by `known_as_of` and by half-open days. Earlier days are read as they were known at the same
age, so that late events do not make the last day look smaller than those before it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal

import polars as pl

from warehouse.duckdb.database import SQL, Warehouse
from warehouse.duckdb.partitions import require_built

Series = Literal["acts", "flits"]
_TABLE = {"acts": "core_flit_sequence", "flits": "core_flit_text"}


def read_day(warehouse: Warehouse, day: date, known_as_of: date, since: date | None = None) -> pl.DataFrame:
    """measure, key, value: what happened and what landed on `day`, as known at `known_as_of`; ordered.

    Keys are kinds, surfaces ('' where none was logged), hours of the day, streams and languages; else ''. `since`: the
    first day of those before `day` on which a bird must have been seen so as not to be new; None: new birds are not
    counted, which spares reading those days.
    """
    require_built(warehouse, "core_flit_text", known_as_of)
    return warehouse.frame(_query("day"), {"day": day, "known_as_of": known_as_of, "since": since})


def read_counts(
    warehouse: Warehouse, series: Series, day: date, known_as_of: date, days: int
) -> pl.DataFrame:
    """occurred_on, in_time, known: `series` on each of the `days` days up to and with `day`, without empty days.

    `known`: by `known_as_of`; `in_time`: of these what had landed at the age that `day` has at `known_as_of`.
    """
    require_built(warehouse, _TABLE[series], known_as_of)
    parameters = {
        "first": day - timedelta(days=days - 1),
        "day": day,
        "known_as_of": known_as_of,
        "lag": (known_as_of - day).days,
    }
    return warehouse.frame(_query(f"{series}_by_day"), parameters)


def read_files(warehouse: Warehouse, day: date, known_as_of: date, days: int) -> pl.DataFrame:
    """landed_day, stream, files, lines: loaded files of the `days` days up to and with `day`, ordered."""
    first = day - timedelta(days=days - 1)
    return warehouse.frame(_query("files_by_day"), {"first": first, "day": day, "known_as_of": known_as_of})


def read_paths(warehouse: Warehouse, stream: str, day: date) -> list[str]:
    """The loaded files of a stream that landed on the day, ordered."""
    query = """
        SELECT path FROM ledger_file
        WHERE state = 'loaded' AND stream = ? AND left(landed_on, 10)::DATE = ? ORDER BY path
    """
    return [path for (path,) in warehouse.rows(query, [stream, day])]


def read_untimely(
    warehouse: Warehouse, day: date, known_as_of: date, start: datetime, night: date | None
) -> dict[str, int]:
    """File → its events from `start` to the end of `day`, of files that landed under a past day after its night had run
    and that a night after `night` took in; the key '' has the events of the day's own files that are dated after it. No
    file where `night` is None.
    """
    parameters = {"day": day, "known_as_of": known_as_of, "start": start, "night": night}
    return {path: int(events) for path, events in warehouse.rows(_query("untimely"), parameters)}


def read_new_texts(warehouse: Warehouse, day: date, known_as_of: date, days: int, most: int) -> pl.DataFrame:
    """flit_id, posted_on, text_hash, lang, characters, letters, capitals, latin; ordered by (posted_on, flit_id).

    Of the flits posted on the `days` days up to and with `day`, at most `most` of each; text_hash is null where there
    is no text.
    """
    require_built(warehouse, "core_flit_text", known_as_of)
    parameters = {
        "first": day - timedelta(days=days - 1),
        "day": day,
        "known_as_of": known_as_of,
        "most": most,
    }
    return warehouse.frame(_query("new_texts"), parameters)


def _query(name: str) -> str:
    return (SQL / "profiles" / f"{name}.sql").read_text(encoding="utf-8")
