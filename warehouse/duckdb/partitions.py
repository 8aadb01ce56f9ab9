"""Feature tables are made of partitions that remember what they were made from: only stale ones are redone.

Two kinds of table. A *landed* table has a partition for every day on which files landed; the partition holds
what the lines of that day say and is a pure function of the files that landed up to it, the SQL and the
parameters. As known at K is then: the partitions with day ≤ K. A *nightly* table has a partition a night, for
day D as known at K.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, Literal

from warehouse.duckdb.database import Warehouse, WarehouseError, feature_query
from warehouse.duckdb.set_aside import in_force
from warehouse.fingerprint import digest

Stream = Literal["interactions", "flits", "birds", "follows", "erasures"]
STREAMS: tuple[Stream, ...] = ("birds", "erasures", "flits", "follows", "interactions")


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """A table `name`, filled by `sql/features/<name>.sql`, and the streams whose lines that query reads."""

    name: str
    streams: tuple[Stream, ...]
    nightly: bool = False


FEATURE_TABLES = {
    table.name: table
    for table in (
        FeatureTable("core_interaction", ("interactions",)),
        FeatureTable("core_flit_sequence", ("interactions",)),
        FeatureTable("core_flit_text", ("flits",)),
        FeatureTable("core_reply_edge", ("flits", "interactions")),
        FeatureTable("core_follow_edge", ("follows",)),
        FeatureTable("core_visit", ("interactions",), nightly=True),
        FeatureTable("core_bird", ("birds", "flits", "follows", "interactions"), nightly=True),
    )
}


@dataclass(frozen=True, slots=True)
class Build:
    """How to fill a table: the query and the values of its parameters, those of time apart."""

    table: FeatureTable
    query: str
    parameters: Mapping[str, Any]

    @classmethod
    def of(cls, name: str, parameters: Mapping[str, Any]) -> Build:
        return cls(FEATURE_TABLES[name], feature_query(name), parameters)


def accepted_lines(warehouse: Warehouse, known_as_of: date) -> int:
    """Lines of all streams that count, of the files that landed until a day, inclusive."""
    ((accepted,),) = warehouse.rows(
        "SELECT coalesce(sum(accepted), 0) FROM ledger_file WHERE state = 'loaded' AND landed_on[:10] <= ?",
        [known_as_of.isoformat()],
    )
    return int(accepted)


def loaded_files(
    warehouse: Warehouse, known_as_of: date, streams: Iterable[Stream] = STREAMS
) -> list[tuple[str, str, str]]:
    """(stream, path, sha256) of every loaded file that landed on or before `known_as_of`, in this order.

    They determine all content of the streams as known at that day: fingerprints are made of them.
    """
    return sorted(
        (stream, path, sha256) for _, stream, path, sha256 in _landed(warehouse, known_as_of, streams)
    )


def newest_night(warehouse: Warehouse) -> date | None:
    """The last day for which a night has run, whatever it made; None before the first."""
    query = (
        "SELECT greatest((SELECT max(loaded_for) FROM ledger_file), (SELECT max(day) FROM feature_partition))"
    )
    found: date | None = warehouse.rows(query)[0][0]
    return found


@dataclass(frozen=True, slots=True)
class News:
    """What landed since a day. `lines`: accepted ones. `empty`, `refused`: files of which no line could be accepted.

    `due`: events and flits that had landed before, dated ahead, and whose day has come since.
    """

    lines: int
    empty: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    due: int = 0


def landed_since(warehouse: Warehouse, since: date | None, day: date, known_as_of: date) -> News:
    """What landed after the day `since` and up to `known_as_of`, or earlier but once the night of `since` had run.

    What is dated after `since` and up to `day` (inclusive) is news too, whenever it landed until `known_as_of`. `since`
    None: all that landed. Erasures are no news: there is nothing to learn from them.
    """
    query = """
        SELECT path, state, accepted FROM ledger_file LEFT JOIN landed_file USING (path, sha256)
        WHERE state <> 'superseded' AND stream <> 'erasures' AND ledger_file.landed_on[:10] <= $known_as_of::VARCHAR
            AND ($since::DATE IS NULL OR ledger_file.landed_on[:10] > $since::VARCHAR OR after_night >= $since::DATE)
        ORDER BY path
    """
    found = warehouse.rows(query, {"since": since, "known_as_of": known_as_of})
    return News(
        sum(accepted for _, state, accepted in found if state == "loaded"),
        tuple(path for path, state, accepted in found if state == "loaded" and not accepted),
        tuple(path for path, state, _ in found if state == "refused"),
        0 if since is None else _come_due(warehouse, since, day, known_as_of),
    )


def _come_due(warehouse: Warehouse, since: date, day: date, known_as_of: date) -> int:
    counted = " + ".join(
        f"""(SELECT count(*) FROM {table} WHERE NOT duplicate AND landed_day <= $known_as_of
            AND {when} >= $since + INTERVAL 1 DAY AND {when} < $day + INTERVAL 1 DAY)"""
        for table, when in (("raw_interaction", "occurred_at"), ("raw_flit", "posted_at"))
    )
    found: int = warehouse.rows(
        f"SELECT {counted}", {"since": since, "day": day, "known_as_of": known_as_of}
    )[0][0]
    return found


def stale_partitions(warehouse: Warehouse, build: Build, day: date, known_as_of: date) -> dict[date, str]:
    """The partitions to compute for night `day` as known at `known_as_of`, and the digest of each."""
    query = "SELECT day, digest FROM feature_partition WHERE table_name = ? AND day <= ?"
    recorded = dict(warehouse.rows(query, [build.table.name, day if build.table.nightly else known_as_of]))
    aside = in_force(warehouse, known_as_of)
    if build.table.nightly:
        files = loaded_files(warehouse, known_as_of, build.table.streams)
        due = {
            day: digest(
                build.query, build.parameters, files, *([[str(one) for one in aside]] if aside else [])
            )
        }
    else:
        due = _chained_digests(build, _landed(warehouse, known_as_of, build.table.streams), recorded, aside)
    return {partition: name for partition, name in due.items() if recorded.get(partition) != name}


def overwrite_partitions(
    warehouse: Warehouse, build: Build, known_as_of: date, stale: Mapping[date, str]
) -> int:
    """Compute the partitions `stale` (day → digest) and replace them, with their records; the caller has a transaction.

    Returns the rows written. A partition without rows is recorded too.
    """
    if not stale:
        return 0
    name, days = build.table.name, list(stale)
    warehouse.execute(f"DELETE FROM {name} WHERE day IN (SELECT unnest($days::DATE[]))", {"days": days})
    for moment in _moments(build.table, days, known_as_of):
        warehouse.execute(f"INSERT INTO {name} BY NAME\n{build.query}", {**build.parameters, **moment})
    return _record(warehouse, build, stale)


def require_built(warehouse: Warehouse, name: str, day: date) -> None:
    """WarehouseError where the table `name` lacks a partition that a reader of `day` needs.

    `day` is the night for a nightly table, known_as_of for a landed one.
    """
    table = FEATURE_TABLES[name]
    recorded = {
        partition
        for (partition,) in warehouse.rows("SELECT day FROM feature_partition WHERE table_name = ?", [name])
    }
    needed = {day} if table.nightly else {landed for landed, *_ in _landed(warehouse, day, table.streams)}
    if missing := needed - recorded:
        raise WarehouseError(
            f"{warehouse.path}: {name} lacks {len(missing)} of {len(needed)} partitions up to {day}, "
            f"the first is {min(missing)}; run `nightjar nightly --day {day}`"
        )


def _landed(
    warehouse: Warehouse, known_as_of: date, streams: Iterable[Stream]
) -> list[tuple[date, str, str, str]]:
    """(landed day, stream, path, sha256) in this order."""
    query = """
        SELECT left(landed_on, 10)::DATE AS landed_day, stream, path, sha256 FROM ledger_file
        WHERE state = 'loaded' AND landed_day <= $known_as_of AND list_contains($streams, stream)
        ORDER BY ALL
    """
    return warehouse.rows(query, {"known_as_of": known_as_of, "streams": list(streams)})


def _chained_digests(
    build: Build,
    files: Sequence[tuple[date, str, str, str]],
    recorded: Iterable[date],
    aside: Sequence[tuple[str, str, datetime]] = (),
) -> dict[date, str]:
    """Digest of each day's partition, over all files up to the day, and all that is set aside from days up to it.

    A recorded day whose files are all gone is due too, so that it becomes empty; it adds nothing to the
    chain.
    """
    by_day = {day: [file[1:] for file in group] for day, group in groupby(files, key=lambda file: file[0])}
    chain, known = digest(build.query, build.parameters), set(recorded)
    due = {}
    left_out = {
        day: [[what, key, since.isoformat()] for what, key, since in group]
        for day, group in groupby(sorted(aside, key=lambda one: one[2]), key=lambda one: one[2].date())
    }
    for day in sorted({*by_day, *known, *left_out}):
        if day in by_day:
            chain = digest(chain, by_day[day])
        if day in left_out:
            chain = digest(chain, sorted(left_out[day]))
        if day in by_day or day in known:
            due[day] = chain
    return due


def _moments(table: FeatureTable, days: Sequence[date], known_as_of: date) -> list[dict[str, Any]]:
    """The parameters of time, one set an INSERT: a landed table computes all its days in one statement."""
    if table.nightly:
        return [{"day": day, "known_as_of": known_as_of} for day in days]
    return [{"days": list(days)}]


def _record(warehouse: Warehouse, build: Build, stale: Mapping[date, str]) -> int:
    name, days = build.table.name, list(stale)
    warehouse.execute(
        "DELETE FROM feature_partition WHERE table_name = $name AND day IN (SELECT unnest($days::DATE[]))",
        {"name": name, "days": days},
    )
    written = warehouse.rows(
        f"""
        INSERT INTO feature_partition
        SELECT $name, due.day, due.digest, $parameters, coalesce(found.rows, 0)
        FROM (SELECT unnest($days::DATE[]) AS day, unnest($digests::VARCHAR[]) AS digest) AS due
        LEFT JOIN (SELECT day, count(*) AS rows FROM {name} GROUP BY day) AS found USING (day)
        RETURNING rows
        """,
        {
            "name": name,
            "days": days,
            "digests": list(stale.values()),
            "parameters": json.dumps(dict(build.parameters), sort_keys=True),
        },
    )
    return sum(rows for (rows,) in written)
