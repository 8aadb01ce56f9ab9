"""A window against its predecessor's: what is gone, and who made its last day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields

from tasks.comparison.inputs.volume import at_most
from tasks.comparison.inputs.window_profile import RECENT_DAYS, DayShape, Degree, Unevenness, WindowProfile

_FEWEST_DAYS, _ENOUGH_DAYS = 3, 7


@dataclass(frozen=True, slots=True)
class Known:
    """The predecessor's events on the days that both windows hold: are they still there?

    `before`, `after`: events of these `days`. `lost`, `gained`: added up day by day, shares of `before`. The day that
    lost most of its events: `worst_day`, `worst_share`. None where there is no such day.
    """

    days: int = 0
    before: int | None = None
    after: int | None = None
    lost: float | None = None
    gained: float | None = None
    worst_day: str | None = None
    worst_share: float | None = None

    @classmethod
    def of(cls, window: WindowProfile, before: WindowProfile) -> Known:
        old = _shared(before, window)
        if not old:
            return cls()
        new = {day: window.by_day.get(day, 0) for day in old}
        total = sum(old.values())
        missing = {day: max(0, old[day] - new[day]) for day in old}
        worst = max(old, key=lambda day: (missing[day] / old[day], day))
        gained = sum(max(0, new[day] - old[day]) for day in old)
        return cls(
            len(old),
            total,
            sum(new.values()),
            sum(missing.values()) / total,
            gained / total,
            worst if missing[worst] else None,
            missing[worst] / old[worst],
        )


def _shared(before: WindowProfile, window: WindowProfile) -> dict[str, int]:
    """The predecessor's days that lie in this window too."""
    begin, end = window.start or "", window.end
    return {day: count for day, count in before.by_day.items() if count and begin <= day <= end}


@dataclass(frozen=True, slots=True)
class Excess:
    """Events of the last day against the most of any reference day; `times` as for a surge. None: no judgement."""

    events: int | None = None
    usual: int | None = None
    times: float | None = None


@dataclass(frozen=True, slots=True)
class Concentration:
    """Do a few make the last day, or strangers? What spam does, and a popular day does not.

    `busiest_birds`: the five busiest. `newcomers`: birds that the window does not show earlier;
    `newcomers_together`: on the five flits that they touch most. Where the last day is the busiest of all, the
    references are raised to its level. `references`: days; those in the later half of the window, since on its first
    days all are newcomers.
    """

    busiest_birds: Excess = field(default_factory=Excess)
    newcomers: Excess = field(default_factory=Excess)
    newcomers_together: Excess = field(default_factory=Excess)
    references: int = 0

    @classmethod
    def of(cls, recent: Sequence[DayShape], last: str, before: str | None = None) -> Concentration:
        """Of the days that have events. Without three earlier ones, or on an empty last day, there is no judgement.

        Fewer than seven say little of what is usual: all of them are references, and twice as much is usual.
        `before`: the first day that is no reference, by default `last`: days that no gate has passed are none.
        """
        days = [shape for shape in recent if shape.day < min(last, before or last)]
        few = len(days) < _ENOUGH_DAYS
        references = days if few else days[len(recent) // 2 :]
        today = next((shape for shape in recent if shape.day == last), None)
        if today is None or len(days) < _FEWEST_DAYS:
            return cls(references=len(references))
        busier = max(1.0, today.events / max(shape.events for shape in references))

        def excess(count: Callable[[DayShape], int]) -> Excess:
            usual = max(count(shape) for shape in references)
            return Excess(count(today), usual, count(today) / at_most(usual * busier) / (2 if few else 1))

        return cls(
            excess(lambda shape: shape.busiest_birds),
            excess(lambda shape: shape.newcomers),
            excess(lambda shape: shape.newcomers_together),
            len(references),
        )


@dataclass(frozen=True, slots=True)
class WindowNumbers:
    """A window without its days; None where there is no window."""

    start: str | None = None
    end: str | None = None
    events: int | None = None
    birds: int | None = None
    flits: int | None = None
    pairs: int | None = None
    density: float | None = None
    bird_degree: Degree = field(default_factory=Degree)
    flit_degree: Degree = field(default_factory=Degree)
    bird_events: Unevenness = field(default_factory=Unevenness)
    flit_events: Unevenness = field(default_factory=Unevenness)
    last_day_bird_events: Unevenness = field(default_factory=Unevenness)
    last_day_flit_events: Unevenness = field(default_factory=Unevenness)

    @classmethod
    def of(cls, profile: WindowProfile | None) -> WindowNumbers:
        if profile is None:
            return cls()
        return cls(**{name.name: getattr(profile, name.name) for name in fields(cls)})


@dataclass(frozen=True, slots=True)
class DayCount:
    """Events of one day of the window: this version's, and the predecessor's, None where its window has no such day."""

    day: str
    events: int
    before: int | None


def day_counts(window: WindowProfile, before: WindowProfile | None) -> tuple[DayCount, ...]:
    old = {} if before is None else _shared(before, window)
    names = sorted({*window.by_day, *old})[-RECENT_DAYS:]
    return tuple(
        DayCount(
            day, window.by_day.get(day, 0), None if before is None or day > before.end else old.get(day, 0)
        )
        for day in names
    )
