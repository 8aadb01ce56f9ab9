"""Whether a space is stale: what an outside monitor asks. Pure: days and times in, the reason out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flows.configuration import Alerts, Schedule
from flows.schedule import last_due, night_of

NIGHT_MAY_TAKE = timedelta(hours=6)
"""A night that was to start so long ago, and `alerts.start_within` on top, should be there."""


@dataclass(frozen=True, slots=True)
class KnownDays:
    """What is known of a space: the days of its versions, ascending, and the day of the current one."""

    days: Sequence[date]
    current: date | None


@dataclass(frozen=True, slots=True)
class Arrivals:
    """`landed`: the newest day that logs landed on; None where nobody can tell, then the newest version's day counts.

    `silent`: the newest night that ran, where it is later than `landed`: it had no logs.
    """

    landed: date | None = None
    silent: date | None = None


def night_due(schedule: Schedule, alerts: Alerts, since: datetime | None, now: datetime) -> date | None:
    """The newest night that should be there at `now`; None where none was to start since `since`."""
    if since is None:
        return None
    due = last_due(schedule.cron, schedule.timezone, now - alerts.start_within - NIGHT_MAY_TAKE)
    return night_of(due) if due >= since else None


def stale_because(
    spaces: Mapping[str, KnownDays], stale_after: int, logs: Arrivals, due: date | None, today: date
) -> dict[str, str]:
    """Space → why it is stale; a space that is not stale is missing.

    `due`: the night that should be there. `today` (UTC): its day is not over yet.
    """
    nights = [day for known in spaces.values() for day in known.days]
    newest = logs.landed or max(nights, default=None)
    ran = [*nights, *([] if logs.silent is None else [logs.silent])]
    absent = due is not None and not any(day >= due for day in ran)
    found: dict[str, str] = {}
    for name, known in spaces.items():
        reason = _ahead(known, today)
        if reason is None and newest is not None:
            reason = _behind(known, stale_after, newest) or _silent(known, stale_after, logs)
        if reason is None and absent:
            reason = f"the night of {due} is not there, though the schedule has named its time"
        if reason is not None:
            found[name] = reason
    return found


def _ahead(known: KnownDays, today: date) -> str | None:
    """Why no night moves consumers any more, None where they do not follow a day to come."""
    if known.current is None or known.current < today:
        return None
    return (
        f"what is current is of {known.current}, a day that is not over, and no night before it will become current; "
        "`nightjar rollback` goes back"
    )


def _behind(known: KnownDays, stale_after: int, newest: date) -> str | None:
    """Why consumers of a space read something old, None where they do not, or where it has no version yet."""
    if not known.days:
        return None
    if known.current is None:
        days = (newest - known.days[0]).days
        return f"nothing is current, {_ago(days)} after its first version" if days >= stale_after else None
    days = (newest - known.current).days
    return f"what is current is {_ago(days)} behind the logs" if days >= stale_after else None


def _silent(known: KnownDays, stale_after: int, logs: Arrivals) -> str | None:
    """Why consumers read something old although nobody is behind the logs: none arrive."""
    if known.current is None or logs.silent is None:
        return None
    days = (logs.silent - known.current).days
    if days < stale_after:
        return None
    return f"no logs: nothing has landed after {logs.landed}, and what is current is {_ago(days)} behind the last night"


def _ago(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'}"
