"""What a person may set about the rules for the inputs. A limit is the last value that passes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tasks.comparison.gate.rule_parameters import Count, Level, RuleParameters, Share

Times = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class EventsMissing(RuleParameters):
    """Share of the events that the predecessor learnt from, on days that both windows hold, and that are gone.

    Late events only add: a healthy log loses none, a bird that asks to be forgotten takes its own.
    """

    level: Level = "warn"
    limit: Share = 0.01


class EventsLost(RuleParameters):
    """As `events_missing`, so many that the log is damaged."""

    level: Level = "block"
    limit: Share = 0.08


class DayVolume(RuleParameters):
    """Events of the last day against the same weekdays, in deviations of this log, either way."""

    level: Level = "warn"
    limit: Times = 3.5


class DaySurge(RuleParameters):
    """Events of a day that the predecessor did not know so, against what was expected of it, beyond chance.

    What was expected is half of the busiest other day of eight weeks at least.
    """

    level: Level = "block"
    limit: Times = 3.5


class MissingHours(RuleParameters):
    """Hours with next to no event in which the same weekday always had many."""

    level: Level = "warn"
    limit: Count = 0


class MissingFiles(RuleParameters):
    """Files fewer than land on every other day, all streams together."""

    level: Level = "warn"
    limit: Count = 0


class RefusedFiles(RuleParameters):
    """Files of the day that could not be read to their end."""

    level: Level = "warn"
    limit: Count = 0


class Concentration(RuleParameters):
    """Events of the last day's five busiest birds, against the most of such five on any reference day."""

    level: Level = "block"
    limit: Times = 1.5


class NewcomerBurst(RuleParameters):
    """Events of unknown birds on the five flits that they touch most, against the most of any reference day."""

    level: Level = "block"
    limit: Times = 1.5


class Newcomers(RuleParameters):
    """Events of birds that the window shows on no earlier day, against the most of any reference day."""

    level: Level = "warn"
    limit: Times = 1.25


class QuarantineShare(RuleParameters):
    """Share of the day's lines in quarantine, above the most of the same weekdays and beyond chance."""

    level: Level = "warn"
    limit: Share = 0.01


class DuplicateShare(RuleParameters):
    """Share of the day's lines that repeat another, above the most of the same weekdays and beyond chance."""

    level: Level = "warn"
    limit: Share = 0.05


class LateShare(RuleParameters):
    """Share of the events that landed on the day and belong to earlier ones, above the most of the same weekdays."""

    level: Level = "warn"
    limit: Share = 0.20
