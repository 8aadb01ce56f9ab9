"""What changed in what a space learns from: the log of the night, and the window that it trained on.

Vectors cannot show that a tenth of the log is missing; counts do. Every number stands beside its reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from tasks.comparison.inputs.churn import Churn
from tasks.comparison.inputs.day_drift import Files, LineShares, MissingHours, PartDrifts
from tasks.comparison.inputs.day_profile import DayProfile
from tasks.comparison.inputs.joins import DayJoins, Joins
from tasks.comparison.inputs.new_texts import NewTexts
from tasks.comparison.inputs.suspects import Suspects
from tasks.comparison.inputs.turnover import turnover
from tasks.comparison.inputs.volume import History, Surge, Volume
from tasks.comparison.inputs.window_drift import Concentration, DayCount, Known, WindowNumbers, day_counts
from tasks.comparison.inputs.window_profile import WindowProfile


@dataclass(frozen=True, slots=True)
class InputDay:
    """What is judged of one day of the log. `today`: the day itself; `suspects`: where somebody stands out on it."""

    today: DayProfile = field(default_factory=DayProfile)
    volume: Volume = field(default_factory=Volume)
    hours: MissingHours = field(default_factory=MissingHours)
    concentration: Concentration = field(default_factory=Concentration)
    lines: LineShares = field(default_factory=LineShares)
    files: Files = field(default_factory=Files)
    parts: PartDrifts = field(default_factory=PartDrifts)
    suspects: Suspects = field(default_factory=Suspects)
    joins: Joins = field(default_factory=Joins)


@dataclass(frozen=True, slots=True)
class Untimely:
    """Events that no earlier night had seen on their day, or that are dated after the last one.

    `late`: of the window, from `files` that landed under a past day after its night had run, and that the
    predecessor did not know. `ahead`: of the day's files, dated after it. None where that is not known.
    """

    late: int | None = None
    files: tuple[str, ...] = ()
    ahead: int | None = None


@dataclass(frozen=True, slots=True)
class LeftOutEvents:
    """What was set aside for one version and rule, and is left out. `things`: (what, key); `events`: theirs in all.

    `since`: the first night that left it out; `decision`: proposed, or discarded by a person.
    """

    space: str
    version: str
    rule: str
    decision: str
    since: str
    things: tuple[tuple[str, str], ...]
    events: int


@dataclass(frozen=True, slots=True)
class InputDrift:
    """All that is known about how the inputs changed. The same fields every night; None where one has no meaning.

    `today`, `reference`: the night's log and that of the same weekday a week before, or of the nearest reference.
    `window`, `before`: this version's window and its predecessor's. `days`: the last eight weeks of the windows.
    `turnover`: the part of the windows that came or aged out since the predecessor. `earlier`: the days between the
    predecessor's and the last one, the newest first: no gate has passed them. `set_aside`: what is left out.
    """

    known: Known = field(default_factory=Known)
    volume: Volume = field(default_factory=Volume)
    surge: Surge = field(default_factory=Surge)
    hours: MissingHours = field(default_factory=MissingHours)
    concentration: Concentration = field(default_factory=Concentration)
    lines: LineShares = field(default_factory=LineShares)
    files: Files = field(default_factory=Files)
    churn: Churn = field(default_factory=Churn)
    today: DayProfile = field(default_factory=DayProfile)
    reference: DayProfile = field(default_factory=DayProfile)
    window: WindowNumbers = field(default_factory=WindowNumbers)
    before: WindowNumbers = field(default_factory=WindowNumbers)
    days: tuple[DayCount, ...] = ()
    turnover: float | None = None
    parts: PartDrifts = field(default_factory=PartDrifts)
    texts: NewTexts = field(default_factory=NewTexts)
    earlier: tuple[InputDay, ...] = ()
    suspects: Suspects = field(default_factory=Suspects)
    set_aside: tuple[LeftOutEvents, ...] = ()
    joins: Joins = field(default_factory=Joins)
    untimely: Untimely = field(default_factory=Untimely)

    @property
    def judged(self) -> tuple[InputDay, ...]:
        """Every day since the predecessor's, the last one first."""
        last = InputDay(
            self.today,
            self.volume,
            self.hours,
            self.concentration,
            self.lines,
            self.files,
            self.parts,
            self.suspects,
            self.joins,
        )
        return (last, *self.earlier)


@dataclass(frozen=True, slots=True)
class LoggedDay:
    """What is known of the log of one day.

    `references`: days of the same weekday, or where none is known the days before. `history`: of what the space learns
    from, None: of the window itself. `files`: day → stream → files that landed on the days before.
    """

    today: DayProfile = field(default_factory=DayProfile)
    references: Sequence[DayProfile] = ()
    history: History | None = None
    files: Mapping[date, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Background:
    """What else is known of the log. `churn`: of the two windows; `texts`: of the last day's flits.

    `earlier`: the days since the predecessor's, the newest first. `joins`: what met, day by day.
    """

    churn: Churn = field(default_factory=Churn)
    texts: NewTexts = field(default_factory=NewTexts)
    earlier: Sequence[LoggedDay] = ()
    joins: Mapping[date, DayJoins] = field(default_factory=dict)


def compare_inputs(
    last: LoggedDay | None = None,
    window: WindowProfile | None = None,
    before: WindowProfile | None = None,
    background: Background | None = None,
) -> InputDrift:
    """Hold the night's log against its references, and the window against `before`.

    Whatever is None or empty leaves its part without numbers: a first night has nothing to be compared with.
    """
    logged, known = last or LoggedDay(), background or Background()
    if logged.history is None:
        logged = replace(logged, history=_history_of(window))
    first = min((day.today.day for day in known.earlier if day.today.day), default=None)
    today = _judge(logged, window, first, known.joins)
    return InputDrift(
        Known() if window is None or before is None else Known.of(window, before),
        today.volume,
        Surge() if logged.history is None else Surge.of(*_surging(logged.history, window, before)),
        today.hours,
        today.concentration,
        today.lines,
        today.files,
        known.churn,
        today.today,
        logged.references[0] if logged.references else DayProfile(),
        WindowNumbers.of(window),
        WindowNumbers.of(before),
        () if window is None else day_counts(window, before),
        None if window is None or before is None else turnover(window, before),
        today.parts,
        known.texts,
        tuple(_judge(day, window, first, known.joins) for day in known.earlier),
        joins=today.joins,
    )


def _judge(
    logged: LoggedDay, window: WindowProfile | None, first: str | None, joins: Mapping[date, DayJoins]
) -> InputDay:
    """`first`: the first day that no gate has passed."""
    day = logged.today
    return InputDay(
        day,
        Volume() if logged.history is None else Volume.of(logged.history),
        MissingHours.of(day, logged.references),
        Concentration() if window is None else Concentration.of(window.recent, day.day or window.end, first),
        LineShares.of(day, logged.references),
        Files.of(day, logged.files),
        PartDrifts.of(day, logged.references),
        joins=_joins_of(day, joins, first),
    )


def _joins_of(day: DayProfile, joins: Mapping[date, DayJoins], first: str | None) -> Joins:
    if day.day is None:
        return Joins()
    return Joins.of(date.fromisoformat(day.day), joins, date.fromisoformat(first) if first else None)


def _history_of(window: WindowProfile | None) -> History | None:
    if window is None:
        return None
    return History.of(date.fromisoformat(window.end), _by_date(window.by_day))


def _surging(
    history: History, window: WindowProfile | None, before: WindowProfile | None
) -> tuple[dict[date, int], list[date]]:
    """Counts of the last eight weeks, and the days that the predecessor knew otherwise, or not at all."""
    held = {} if window is None else History.of(history.day, _by_date(window.by_day)).counts
    counts = {**history.counts, **held}
    touched = [history.day]
    if window is not None and before is not None:
        touched += [day for day in held if (before.by_day.get(day.isoformat(), 0)) < held[day]]
    return counts, touched


def _by_date(by_day: Mapping[str, int]) -> dict[date, int]:
    return {date.fromisoformat(day): count for day, count in by_day.items()}
