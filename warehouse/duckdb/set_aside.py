"""What is set aside: birds, files, hours and days that a version was held back for, until a person decides.

A night that its inputs hold back proposes what the following nights leave out. `counted_interaction`, `counted_flit`
and `counted_follow` are the one place where that is read: the feature tables and all that counts the log stand on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from warehouse.duckdb.database import Warehouse, WarehouseError

What = Literal["bird", "file", "hour", "day"]
PERSON = "person"
"""In place of the rule, where a person named it."""
WHATS: tuple[What, ...] = ("bird", "file", "hour", "day")


@dataclass(frozen=True, slots=True)
class Aside:
    """One thing. `since`: a bird is left out from there on, an hour or a day begins there; of a file its landed day."""

    what: What
    key: str
    since: datetime

    @classmethod
    def of(cls, what: What, key: str, day: date) -> Aside:
        """`day`: on which it was found. WarehouseError for an hour or a day that cannot be read."""
        try:
            since = datetime.fromisoformat(key) if what in ("hour", "day") else datetime.combine(day, time())
        except ValueError as error:
            raise WarehouseError(f"{key!r} is no {what}; expected one such as {_EXAMPLES[what]}") from error
        return cls(what, key, since)

    @classmethod
    def typed(cls, text: str, day: date) -> Aside:
        """`bird:b0402`, `file:interactions/2026-03-06.jsonl`, `hour:2026-03-06T04`, `day:2026-03-06`."""
        what, _, key = text.partition(":")
        if what not in WHATS or not key:
            raise WarehouseError(
                f"{text!r} says nothing that can be left out; expected one of {', '.join(_EXAMPLES.values())}"
            )
        return cls.of(what, key, day)


_EXAMPLES = {
    "bird": "bird:b0402",
    "file": "file:interactions/2026-03-06.jsonl",
    "hour": "hour:2026-03-06T04",
    "day": "day:2026-03-06",
}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What one version has set aside that is still left out. `things`: (what, key), ordered.

    `events`: how many accepted interactions that takes away, of the `whole` that occurred from its beginning on.
    """

    space: str
    version: str
    rule: str
    decision: str
    known_from: date
    things: tuple[tuple[str, str], ...]
    events: int
    whole: int


def propose(
    warehouse: Warehouse, space: str, version: str, night: date, named: Sequence[tuple[Aside, str]]
) -> int:
    """Set aside `named`, each with the rule that names it, from the night after `night` on; how many are new."""
    rows = [
        (one.what, one.key, one.since, night + timedelta(days=1), space, version, rule) for one, rule in named
    ]
    before = _count(warehouse)
    with warehouse.transaction():
        for row in rows:
            warehouse.execute(
                "INSERT INTO set_aside (what, key, since, known_from, space, version, rule, decision) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, 'proposed') ON CONFLICT DO NOTHING",
                row,
            )
    return _count(warehouse) - before


def _count(warehouse: Warehouse) -> int:
    return int(warehouse.rows("SELECT count(*) FROM set_aside")[0][0])


@dataclass(frozen=True, slots=True)
class Word:
    """What a person says of the things that a version has set aside. `first`: the first night that it holds for."""

    decision: Literal["released", "discarded"]
    first: date
    who: str
    why: str
    at: datetime


def decide(warehouse: Warehouse, space: str, version: str, word: Word) -> int:
    """Count in what the version has set aside, or keep it out; also where other versions name the same. How many.

    What was counted in and is kept out again is left out from `word.first` on.
    """
    changed = warehouse.rows(
        """
        UPDATE set_aside SET
            decision = $decision, who = $who, why = $why, decided_at = $at,
            known_from = CASE WHEN $decision = 'discarded' AND counted_from IS NOT NULL THEN $first ELSE known_from END,
            counted_from = CASE WHEN $decision = 'released' THEN coalesce(counted_from, $first) END
        WHERE (what, key, since) IN (
            SELECT (what, key, since) FROM set_aside WHERE space = $space AND version = $version
        )
        RETURNING what
        """,
        {
            "decision": word.decision,
            "who": word.who,
            "why": word.why,
            "at": word.at,
            "first": word.first,
            "space": space,
            "version": version,
        },
    )
    return len(changed)


def in_force(warehouse: Warehouse, known_as_of: date) -> list[tuple[str, str, datetime]]:
    """(what, key, since) of all that a run for `known_as_of` leaves out, ordered."""
    query = """
        SELECT DISTINCT what, key, since FROM set_aside
        WHERE known_from <= $night AND (counted_from IS NULL OR $night < counted_from) ORDER BY ALL
    """
    return [(what, key, since) for what, key, since in warehouse.rows(query, {"night": known_as_of})]


def enforce(warehouse: Warehouse, known_as_of: date) -> None:
    """Let the views `counted_…` leave out what is in force; feature tables are computed from them afterwards."""
    due = in_force(warehouse, known_as_of)
    if due != warehouse.rows("SELECT what, key, since FROM set_aside_in_force ORDER BY ALL"):
        with warehouse.transaction():
            warehouse.execute("DELETE FROM set_aside_in_force")
            for row in due:
                warehouse.execute("INSERT INTO set_aside_in_force VALUES (?, ?, ?)", row)
    warehouse.show_counted()


def read_left_out(warehouse: Warehouse, known_as_of: date) -> list[LeftOut]:
    """By version, what is left out for `known_as_of`, and how many accepted interactions that takes away in all."""
    query = """
        WITH left_out AS (
            SELECT * FROM set_aside
            WHERE known_from <= $night AND (counted_from IS NULL OR $night < counted_from)
        )
        SELECT space, version, rule, decision, min(known_from), list((what, key) ORDER BY what, key)
        FROM left_out GROUP BY space, version, rule, decision ORDER BY space, version, rule, decision
    """
    found = []
    for space, version, rule, decision, known_from, things in warehouse.rows(query, {"night": known_as_of}):
        events, whole = warehouse.rows(
            _EVENTS, {"space": space, "version": version, "rule": rule, "night": known_as_of}
        )[0]
        named = tuple((str(what), str(key)) for what, key in things)
        found.append(LeftOut(space, version, rule, decision, known_from, named, int(events), int(whole)))
    return found


_EVENTS = """
    WITH aside AS (SELECT * FROM set_aside WHERE space = $space AND version = $version AND rule = $rule),
    counted AS (
        SELECT
            EXISTS (SELECT 1 FROM aside WHERE what = 'bird' AND key = raw.bird_id AND raw.occurred_at >= aside.since)
            OR raw.file_id IN (SELECT file_id FROM landed_file JOIN aside ON key = path WHERE what = 'file')
            OR date_trunc('hour', raw.occurred_at) IN (SELECT since FROM aside WHERE what = 'hour')
            OR date_trunc('day', raw.occurred_at) IN (SELECT since::DATE FROM aside WHERE what = 'day') AS out,
            raw.occurred_at >= (SELECT min(since) FROM aside) AS later
        FROM raw_interaction AS raw
        WHERE NOT raw.duplicate AND raw.landed_day <= $night
    )
    SELECT count(*) FILTER (out), count(*) FILTER (out OR later) FROM counted
"""
