"""What became of each day in each space: what status shows, what a backfill has to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Literal

from warehouse.duckdb.database import LOOK_S, Warehouse, WarehouseError
from warehouse.duckdb.partitions import newest_night
from warehouse.home import Home
from warehouse.snapshots import Current, Manifest, SnapshotStore, Standing

State = Literal["done", "held", "discarded", "withdrawn", "missing", "no_logs", "dropped"]
"""`dropped`: there was a version, retention has deleted it since. `no_logs`: there is none, and nothing landed that
day. `missing`: there is none, and none is known of."""

_STATES: Mapping[Standing, State] = {
    Standing.RELEASED: "done",
    Standing.HELD: "held",
    Standing.DISCARDED: "discarded",
    Standing.WITHDRAWN: "withdrawn",
}
_FIRST_COUNTS = (Standing.RELEASED, Standing.HELD, Standing.WITHDRAWN, Standing.DISCARDED)
"""Which of several versions of a day speaks for it, after the one that is current."""


@dataclass(frozen=True, slots=True)
class DayState:
    """One day in one space. `version` and `verdict`: None where there is none.

    `logs_landed`: whether a file of which lines were accepted landed that day; None where nobody can tell, since the
    warehouse is missing or in use.
    """

    day: date
    space: str
    state: State
    version: str | None
    verdict: str | None
    current: bool
    logs_landed: bool | None

    def document(self) -> dict[str, Any]:
        """Texts, booleans and None only."""
        return asdict(self) | {"day": self.day.isoformat()}


def day_table(home: Home, spaces: Sequence[str], first: date, last: date) -> list[DayState]:
    """Every day from `first` to `last`, both included, in every space; by day, then in the order of `spaces`."""
    landed = landings(home)
    store = SnapshotStore(home.snapshots)
    histories = {space: VersionDays.of(store, space) for space in spaces}
    return [_state(store, histories[space], day, landed) for day in each_day(first, last) for space in spaces]


def missing_nights(home: Home, spaces: Sequence[str], before: date, at_most: int) -> list[date]:
    """The newest `at_most` nights before `before` (exclusive) that a space lacks, oldest first.

    A space lacks a night after its first version's day for which it has none. One without a version lacks nothing;
    what retention has deleted is not lacking, nor is a day on which nothing landed.
    """
    store, landed = SnapshotStore(home.snapshots), landings(home)
    last = before - timedelta(days=1)
    lacking = {day for space in spaces for day in missing_days(store, space, last, landed)}
    return sorted(lacking)[max(0, len(lacking) - at_most) :]


def missing_days(store: SnapshotStore, space: str, last: date, landed: Landings | None) -> list[date]:
    """Days after the space's first version up to `last` (inclusive) that have no version and never had one.

    On a day on which nothing `landed` there was nothing to make. None: every day counts.
    """
    history = VersionDays.of(store, space)
    if not history.versions:
        return []
    days = each_day(min(history.versions), last)
    return [
        day
        for day in days
        if day not in history.versions
        and not (landed is not None and landed.none_on(day))
        and not history.was_dropped(store, day)
    ]


@dataclass(frozen=True, slots=True)
class Landings:
    """Days on which a file landed of which lines were accepted, as nights up to `known_until` have found them."""

    days: frozenset[date]
    known_until: date | None

    def none_on(self, day: date) -> bool:
        """Whether nothing landed on a day. What lies there since the last night, nobody has looked at yet."""
        return day not in self.days and self.known_until is not None and day <= self.known_until


def landings(home: Home) -> Landings | None:
    """What the warehouse says; None where it is missing or in use."""
    try:
        with Warehouse.of(home, read_only=True, wait_s=LOOK_S) as warehouse:
            return Landings(frozenset(day for (day,) in warehouse.rows(_LANDED)), newest_night(warehouse))
    except WarehouseError:
        return None


def each_day(first: date, last: date) -> Iterator[date]:
    """`first` to `last`, both included; nothing where `last` is earlier."""
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))


@dataclass(frozen=True, slots=True)
class VersionDays:
    """The versions of a space by day, and what is current."""

    space: str
    versions: Mapping[date, Sequence[str]]
    current: Current | None

    @classmethod
    def of(cls, store: SnapshotStore, space: str) -> VersionDays:
        versions: dict[date, list[str]] = {}
        for version in store.versions(space):
            versions.setdefault(_day_of(version), []).append(version)
        return cls(space, versions, store.current(space))

    def was_dropped(self, store: SnapshotStore, day: date) -> bool:
        """Whether the next version names a predecessor of `day` or later: then there were versions, now deleted."""
        later = [known for known in self.versions if known > day]
        if not later:
            return False
        parents = (
            store.manifest(self.space, version).parent_version for version in self.versions[min(later)]
        )
        return any(parent is not None and _day_of(parent) >= day for parent in parents)

    def speaker(self, store: SnapshotStore, day: date) -> tuple[Manifest, Standing] | None:
        """The version that says what became of a day: the current one, else a released, else the newest made."""
        known = [
            (store.manifest(self.space, version), store.standing(self.space, version))
            for version in self.versions.get(day, ())
        ]
        current = self.current.version if self.current else None
        return max(
            known,
            key=lambda one: (
                one[0].version == current,
                -_FIRST_COUNTS.index(one[1]),
                one[0].created_at,
                one[0].version,
            ),
            default=None,
        )


def _state(store: SnapshotStore, history: VersionDays, day: date, landed: Landings | None) -> DayState:
    has_logs = None if landed is None else day in landed.days
    found = history.speaker(store, day)
    if found is None:
        absent: State = "no_logs" if landed is not None and landed.none_on(day) else "missing"
        state: State = "dropped" if history.was_dropped(store, day) else absent
        return DayState(day, history.space, state, None, None, current=False, logs_landed=has_logs)
    manifest, standing = found
    current = history.current is not None and history.current.version == manifest.version
    return DayState(
        day, history.space, _STATES[standing], manifest.version, manifest.gate.verdict, current, has_logs
    )


def _day_of(version: str) -> date:
    """The day that a version's name begins with."""
    return date.fromisoformat(version[:10])


_LANDED = """
SELECT DISTINCT landed_on[:10]::DATE FROM ledger_file WHERE state = 'loaded' AND accepted > 0 AND stream <> 'erasures'
"""
