"""The log of a day against reference days: hours, files and kinds of events that are missing, lines of no use."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tasks.comparison.inputs.day_profile import DayProfile
from tasks.comparison.inputs.usual import log_deviations

ENOUGH = 12.0
"""Events that a run of empty hours should have had, for it to be missing: by chance one in 160,000 is empty."""
NEARLY_NONE = 0.05
"""Of what was expected in an hour: less is a stray, from a client with a wrong clock."""
_FEWEST_DAYS, _ENOUGH_DAYS, _USUAL_DAYS = 2, 7, 14
PartKind = Literal["kind", "surface", "source"]


@dataclass(frozen=True, slots=True)
class MissingHours:
    """Hours with no event, or next to none, where the references always had some.

    `hours`: hours of the day, UTC, of runs that chance does not explain. `expected`: events that the likeliest
    of all empty runs should have had, None where nothing was judged. `references`: the days compared with.
    """

    hours: tuple[int, ...] = ()
    expected: float | None = None
    references: tuple[str, ...] = ()

    @classmethod
    def of(cls, today: DayProfile, references: Sequence[DayProfile]) -> MissingHours:
        """Runs of empty hours in which, at the day's own level, at least `ENOUGH` events were expected.

        Of the references the quietest counts, hour by hour.
        """
        busy = [reference for reference in references if reference.events]
        if today.events is None or not busy:
            return cls()
        quietest = np.min([reference.hours for reference in busy], axis=0).astype(np.float64)
        hours = np.array(today.hours)
        awake = hours > NEARLY_NONE * quietest
        level = min(1.0, hours[awake].sum() / max(1.0, quietest[awake].sum())) if awake.any() else 1.0
        runs = [
            (run, level * float(quietest[run].sum()))
            for run in _runs(hours <= NEARLY_NONE * level * quietest)
        ]
        missing = [hour for run, expected in runs if expected >= ENOUGH for hour in run]
        named = tuple(reference.day for reference in busy if reference.day)
        return cls(tuple(missing), max((expected for _, expected in runs), default=0.0), named)


def _runs(true: NDArray[np.bool_]) -> list[list[int]]:
    runs: list[list[int]] = []
    for hour in np.flatnonzero(true).tolist():
        if runs and runs[-1][-1] == hour - 1:
            runs[-1].append(hour)
        else:
            runs.append([hour])
    return runs


@dataclass(frozen=True, slots=True)
class Part:
    """The day's events of one kind, on one surface or of one source, against the same on the reference days.

    `expected`: median of the references, less where the rest of the day is quieter than theirs. `spread`: standard
    deviation of log((n + 1) / (expected + 1)). `deviations`: that ratio ÷ spread, negative where events are missing.
    """

    of: PartKind
    name: str
    events: int
    expected: float
    spread: float
    deviations: float


@dataclass(frozen=True, slots=True)
class PartDrifts:
    """What the events of the day are made of. `fewest`: the parts below what is expected, the farthest out first.

    None without references, and for a log of one kind, surface and source.
    """

    fewest: tuple[Part, ...] | None = None

    @classmethod
    def of(cls, today: DayProfile, references: Sequence[DayProfile]) -> PartDrifts:
        """A part that is gone altogether is farther out than one of which a single event is left."""
        busy = [reference for reference in references if reference.events]
        if today.events is None or not busy or not _parts(busy):
            return cls()
        whole = np.array([reference.events for reference in busy], dtype=np.float64)
        found = []
        for of, name in _parts(busy):
            before = np.array([_counted(reference, of).get(name, 0) for reference in busy], dtype=np.float64)
            events = _counted(today, of).get(name, 0)
            usual, rest = float(np.median(before)), float(np.median(whole - before))
            level = min(1.0, (today.events - events + 1) / (rest + 1))
            found.append(_part(of, name, events, usual, level, before))
        short = sorted((part for part in found if part.deviations < 0), key=lambda part: part.deviations)
        return cls(tuple(short))


def _counted(profile: DayProfile, of: PartKind) -> Mapping[str, int]:
    return {"kind": profile.kinds, "surface": profile.surfaces, "source": profile.sources}[of]


def _parts(references: Sequence[DayProfile]) -> list[tuple[PartKind, str]]:
    """Every part that a reference has; a log of one part has none that could be missing by itself."""
    kinds: tuple[PartKind, ...] = ("kind", "surface", "source")
    named = {of: sorted({name for one in references for name in _counted(one, of)}) for of in kinds}
    return [(of, name) for of in kinds for name in named[of] if len(named[of]) > 1]


def _part(
    of: PartKind, name: str, events: int, usual: float, level: float, before: NDArray[np.float64]
) -> Part:
    expected = level * usual
    spread, deviations = log_deviations(events, expected, before, usual)
    return Part(of, name, events, expected, spread, deviations)


@dataclass(frozen=True, slots=True)
class LineShare:
    """A share of the day's lines against the same share of the references, None where there is none.

    `usual`: the largest of the references. `excess`: how far the share is above it beyond chance: of n lines only
    n − 3 √n count (three deviations of a Poisson number).
    """

    share: float | None = None
    usual: float | None = None
    excess: float | None = None

    @classmethod
    def of(cls, today: tuple[int, int], references: Sequence[tuple[int, int]]) -> LineShare:
        """Each argument: (lines of a kind, all lines)."""
        part, whole = today
        share = part / whole if whole else None
        usual = max((before / lines for before, lines in references if lines), default=None)
        if share is None or usual is None:
            return cls(share, usual)
        certain = max(0.0, part - 3 * math.sqrt(part)) / whole
        return cls(share, usual, max(0.0, certain - usual))


@dataclass(frozen=True, slots=True)
class LineShares:
    """What of the day's lines was no use, or late."""

    quarantined: LineShare = field(default_factory=LineShare)
    duplicates: LineShare = field(default_factory=LineShare)
    late: LineShare = field(default_factory=LineShare)

    @classmethod
    def of(cls, today: DayProfile, references: Sequence[DayProfile]) -> LineShares:
        def share(part: str, whole: str) -> LineShare:
            pairs = [
                (getattr(profile, part) or 0, getattr(profile, whole) or 0)
                for profile in (today, *references)
            ]
            return LineShare.of(pairs[0], pairs[1:])

        return cls(share("quarantined", "lines"), share("duplicates", "lines"), share("late", "landed"))


@dataclass(frozen=True, slots=True)
class Files:
    """Files that landed on the day: how many are missing of those that usually land, by stream.

    `usual`: at least so many landed on each day but one of the two weeks before; on every day, where fewer than seven
    are known. `missing`: the sum, None where fewer than two days are known.
    """

    landed: Mapping[str, int] = field(default_factory=dict)
    usual: Mapping[str, int] = field(default_factory=dict)
    missing: int | None = None
    refused: int | None = None

    @classmethod
    def of(cls, today: DayProfile, files: Mapping[date, Mapping[str, int]]) -> Files:
        """`files`: day → stream → files, of the days before; a day on which nothing landed is not there."""
        if today.day is None:
            return cls()
        day = date.fromisoformat(today.day)
        first = min(files, default=day)
        days = [known for n in range(1, _USUAL_DAYS + 1) if (known := day - timedelta(days=n)) >= first]
        if len(days) < _FEWEST_DAYS:
            return cls(today.files, {}, None, today.refused_files)
        streams = sorted({stream for landed in files.values() for stream in landed})
        usual = {
            stream: sorted(files.get(known, {}).get(stream, 0) for known in days)[len(days) >= _ENOUGH_DAYS]
            for stream in streams
        }
        missing = sum(max(0, count - today.files.get(stream, 0)) for stream, count in usual.items())
        return cls(today.files, usual, missing, today.refused_files)
