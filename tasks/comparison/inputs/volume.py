"""Is a day's number of events to be expected? Held against the same weekday, in the log's own spread.

The spread is learnt from how the log's earlier days differed from their own expectation, which makes a log of 80
events a day as quiet as one of 150,000: r = log((n + 1) / (expected + 1)) has the variance that chance gives a Poisson
number, plus what the log adds to it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np
import polars as pl

from tasks.comparison.inputs.window_profile import RECENT_DAYS, WindowProfile

Basis = Literal["same_weekday", "preceding_days"]
WEEKS, PRECEDING, FEWEST = 4, 7, 3
"""The same weekday of up to four weeks; else the median of up to seven preceding days, three at least."""
_PRIOR_SPREAD, _PRIOR_DAYS = 0.25, 4
"""Before a log is known: its days differ by a quarter, as sure as if seen on four days."""


@dataclass(frozen=True, slots=True)
class History:
    """Events by day, up to eight weeks up to and with `day`; empty days between are zero.

    `complete`: whether the days of the last week were there when their own night ran, more often than not; not
    where the log always lands later, nor where it came in bulk.
    """

    day: date
    counts: Mapping[date, int] = field(default_factory=dict)
    complete: bool = True

    @classmethod
    def of(cls, day: date, counts: Mapping[date, int]) -> History:
        """Of known counts. What is older than eight weeks is left out."""
        begin = day - timedelta(days=RECENT_DAYS)
        recent = {known: count for known, count in counts.items() if begin < known <= day}
        first = min(recent, default=day)
        days = (first + timedelta(days=offset) for offset in range((day - first).days + 1))
        return cls(day, {known: recent.get(known, 0) for known in days})

    @classmethod
    def read(cls, day: date, counts: pl.DataFrame) -> History:
        """Of occurred_on, in_time, known: a day counts as it was known at the same age as `day` is.

        Where most of it came later (bulk history, a file that was late), all of it counts.
        """
        usual = {
            known_day: in_time if 2 * in_time >= known else known
            for known_day, in_time, known in counts.iter_rows()
            if known_day != day
        }
        today = dict(zip(counts["occurred_on"], counts["in_time"], strict=True)).get(day, 0)
        lately = counts.filter(
            (pl.col("occurred_on") < day) & (pl.col("occurred_on") >= day - timedelta(days=PRECEDING))
        )
        late_days = lately.filter(2 * pl.col("in_time") < pl.col("known"))
        history = cls.of(day, {**usual, day: today})
        return cls(day, history.counts, 2 * len(late_days) <= len(lately))

    def holding(self, window: WindowProfile) -> History:
        """With the window's own counts on the days that it holds."""
        start = window.start or ""
        counts = {
            day: window.by_day.get(day.isoformat(), 0) if day.isoformat() >= start else count
            for day, count in self.counts.items()
        }
        return replace(self, counts=counts)

    @property
    def before(self) -> dict[date, int]:
        """Without the day itself."""
        return {known: count for known, count in self.counts.items() if known < self.day}


@dataclass(frozen=True, slots=True)
class Volume:
    """The last day's events against what was to be expected; None where nothing is.

    `references`: the days that `expected`, their median, is made of. `spread`: standard deviation of the log-ratio.
    `deviations`: log-ratio ÷ spread, negative where events are missing. `reason`: why there is none.
    """

    day: str | None = None
    events: int | None = None
    expected: float | None = None
    ratio: float | None = None
    spread: float | None = None
    deviations: float | None = None
    basis: Basis | None = None
    references: tuple[str, ...] = ()
    reason: str = "no history of the log"

    @classmethod
    def of(cls, history: History) -> Volume:
        day, counts = history.day, history.counts
        found = expectation(day, counts)
        if found is None:
            reason = f"{len(history.before)} earlier days, {FEWEST} needed"
            return cls(day.isoformat(), counts.get(day), reason=reason)
        if not history.complete and 2 * counts.get(day, 0) < found.events:
            reason = "most of a day's events land after its night"
            return cls(day.isoformat(), counts.get(day), reason=reason)
        residual = log_ratio(counts.get(day, 0), found.events)
        spread = math.sqrt(found.chance + _log_variance(history, found.basis))
        return cls(
            day.isoformat(),
            counts.get(day, 0),
            found.events,
            counts.get(day, 0) / found.events if found.events else None,
            spread,
            residual / spread,
            found.basis,
            tuple(known.isoformat() for known in found.days),
            "",
        )


@dataclass(frozen=True, slots=True)
class Expectation:
    """`events` to be expected, median of `days`; `chance`: variance of the log-ratio of Poisson numbers."""

    events: float
    days: tuple[date, ...]
    basis: Basis

    @property
    def chance(self) -> float:
        return (1 + 1 / len(self.days)) / (self.events + 1)


def expectation(day: date, counts: Mapping[date, int], basis: Basis | None = None) -> Expectation | None:
    """From the same weekday where it is known, else from the days before, or from `basis` alone."""
    if basis != "preceding_days":
        weekdays = [day - timedelta(weeks=week) for week in range(1, WEEKS + 1)]
        known = [weekday for weekday in weekdays if weekday in counts]
        if known or basis:
            return _median(known, counts, "same_weekday") if known else None
    known = [
        before for before in (day - timedelta(days=n) for n in range(1, PRECEDING + 1)) if before in counts
    ]
    return _median(known, counts, "preceding_days") if len(known) >= FEWEST else None


def log_ratio(events: float, expected: float) -> float:
    """The logarithm of events per expected event, both plus one, so that none is a number too."""
    return math.log((events + 1) / (expected + 1))


def _median(days: Sequence[date], counts: Mapping[date, int], basis: Basis) -> Expectation:
    return Expectation(float(np.median([counts[day] for day in days])), tuple(days), basis)


def _log_variance(history: History, basis: Basis) -> float:
    """What the log adds to chance, robustly, and pulled towards what is usual where few days are known."""
    earlier = ((day, expectation(day, history.before, basis)) for day in history.before)
    known = [(log_ratio(history.counts[day], found.events), found.chance) for day, found in earlier if found]
    if not known:
        return _PRIOR_SPREAD**2
    residuals, chance = np.abs(np.array(known)).T
    # Logs have heavier tails than a normal distribution: the wider of the middle and of the ninth tenth.
    scale = max(float(np.median(residuals)) / 0.6745, float(np.quantile(residuals, 0.9)) / 1.6449)
    learnt = max(0.0, scale**2 - float(np.median(chance)))
    weight = len(known) / (len(known) + _PRIOR_DAYS)
    return weight * learnt + (1 - weight) * _PRIOR_SPREAD**2


@dataclass(frozen=True, slots=True)
class Surge:
    """A day that towers above what was to be expected, and above every other day.

    `usual`: what was expected, or half of the busiest other day, whichever is more: a log that has seen a holiday is
    not surprised by the next. `times`: `events` ÷ the most that chance makes of `usual`, n + 3 √n + 9 (the upper end
    of what a Poisson number n may stand for, at three deviations). None without seven other days.
    """

    day: str | None = None
    events: int | None = None
    usual: float | None = None
    times: float | None = None

    @classmethod
    def of(cls, counts: Mapping[date, int], touched: Sequence[date]) -> Surge:
        """The highest of the days `touched`, each against all others."""
        if len(counts) <= PRECEDING:
            return cls()
        found = [cls._of_day(day, counts) for day in touched if day in counts]
        return max(found, key=lambda surge: (surge.times or 0.0, surge.day or ""), default=cls())

    @classmethod
    def _of_day(cls, day: date, counts: Mapping[date, int]) -> Surge:
        expected = expectation(day, counts)
        half = max(count for known, count in counts.items() if known != day) / 2
        usual = half if expected is None else max(expected.events, half)
        return cls(day.isoformat(), counts[day], usual, counts[day] / at_most(usual))


def at_most(count: float) -> float:
    """What chance may make of a Poisson number, at three deviations."""
    return count + 3 * math.sqrt(count) + 9
