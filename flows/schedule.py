"""When nights are due: the arithmetic of the schedule's cron expression, and which night a start is for."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from warehouse.errors import NightjarError

NAMES = re.compile(
    r"SUN|MON|TUE|WED|THU|FRI|SAT|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC", re.IGNORECASE
)
PLAIN = re.compile(r"[0-9*,/\s-]+")


class DayNotOverError(NightjarError):
    """A night was asked for before its day was over: its logs are still to come."""

    wrong_usage = True


def checked_cron(expression: str) -> str:
    """The expression, where it is one. ValueError where it is none, or means different things to different readers.

    Five fields of numbers, names, `*`, `,`, `-` and `/`: what Prefect, which starts the nights, reads alike.
    """
    fields = expression.split()
    if len(fields) != 5:
        raise ValueError(
            f"expected five fields such as '0 3 * * *' (minute, hour, day of month, month, day of week), "
            f"found {len(fields)} in {expression!r}"
        )
    unknown = PLAIN.sub("", NAMES.sub("0", expression))
    if unknown:
        raise ValueError(
            f"expected fields of numbers, names of days or months and * , - /, found {unknown!r}"
        )
    try:
        next(CronSim(expression, datetime(2000, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration) as error:
        raise ValueError(
            f"expected a time that comes, such as '0 3 * * *', found {expression!r} ({error})"
        ) from error
    return expression


def checked_timezone(name: str) -> str:
    """The name, where there is such a time zone. ValueError where there is none."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"expected a time zone such as UTC or Europe/Berlin, found {name!r}") from error
    return name


def last_due(cron: str, timezone: str, now: datetime) -> datetime:
    """The newest time at or before `now` (with its zone) that the schedule names, in UTC."""
    just_after = now.astimezone(ZoneInfo(timezone)) + timedelta(microseconds=1)
    return next(CronSim(cron, just_after, reverse=True)).astimezone(UTC)


def night_of(start: datetime) -> date:
    """The night that a run intended for `start` makes: the newest day (UTC) that was over by then."""
    return start.astimezone(UTC).date() - timedelta(days=1)


def require_over(day: date, known_as_of: date | None, today: date) -> None:
    """DayNotOverError unless `day` was over when `today` (UTC) began, and nothing is to be known of later days.

    A version of a day to come would be what is current until that day, whatever the nights before it make.
    """
    if day >= today:
        raise DayNotOverError(
            f"{day} is not over, it is {today} (UTC); the newest night that can be run is {today - timedelta(days=1)}"
        )
    if known_as_of is not None and known_as_of > today:
        raise DayNotOverError(
            f"known as of {known_as_of}: it is {today} (UTC); give that day or an earlier one"
        )
