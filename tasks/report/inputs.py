"""What the logs of the night were like: charts and numbers, each with what is usual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tasks.report.found import Found, short
from tasks.report.numbers import count, plain, plural, share
from tasks.report.words import listed

UNNAMED = "not said"
"""Events of a log that does not tell their surface."""
SHOWN_ASIDE = 20
"""Things that the document names of those that are set aside."""
DAYS = 28
"""Of a window, the last of them."""
BUSIEST = "concentration.busiest_birds"
NUMBERS = (
    ("birds with an event", "today.birds", "reference.birds", "count"),
    ("of them new", "today.new_birds", "reference.new_birds", "count"),
    ("flits touched", "today.flits", "reference.flits", "count"),
    ("flits posted", "today.posted", "reference.posted", "count"),
    ("characters of a text, mean", "today.text_length.mean", "reference.text_length.mean", "number"),
    ("quarantined, of the lines", "lines.quarantined.share", "lines.quarantined.usual", "share"),
    ("duplicates, of the lines", "lines.duplicates.share", "lines.duplicates.usual", "share"),
    ("late, of the events that landed", "lines.late.share", "lines.late.usual", "share"),
    ("events of the five busiest birds", f"{BUSIEST}.events", f"{BUSIEST}.usual", "count"),
    ("events of newcomers", "concentration.newcomers.events", "concentration.newcomers.usual", "count"),
)  # fmt: skip
"""Of the day: name, place of the number, of what is usual, and how it reads."""
WINDOW = (
    ("events", "events", "count"),
    ("birds", "birds", "count"),
    ("flits", "flits", "count"),
    ("density of the graph", "density", "share"),
    ("flits of a bird, mean", "bird_degree.mean", "number"),
    ("birds of a flit, mean", "flit_degree.mean", "number"),
    ("Gini of birds (0 alike, 1 one has all)", "bird_events.gini", "number"),
    ("Gini of flits", "flit_events.gini", "number"),
)
CHURN = (
    ("birds that are new", "churn.birds.new_share"),
    ("birds that are gone", "churn.birds.vanished_share"),
    ("flits that are new", "churn.flits.new_share"),
    ("flits that are gone", "churn.flits.vanished_share"),
    ("known events that are gone", "known.lost"),
    ("known days with more events than before", "known.gained"),
)


@dataclass(frozen=True, slots=True)
class Count:
    """Events under one name; `usual`: what there should have been, None where nothing is known of it."""

    name: str
    events: float
    usual: float | None = None


@dataclass(frozen=True, slots=True)
class CountChart:
    """Counts that belong together, such as those of the kinds; `usual`: what they are held against."""

    title: str
    usual: str
    counts: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class InputReading:
    """A number about the logs. `kind`: count, share or number."""

    name: str
    value: float | None
    usual: float | None
    kind: str


@dataclass(frozen=True, slots=True)
class InputTable:
    """Readings that are held against the same thing, which `usual` names."""

    title: str
    usual: str
    readings: tuple[InputReading, ...]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What came in, and how that differs from what is usual; `says`: what a person should know first."""

    says: tuple[str, ...] = ()
    charts: tuple[CountChart, ...] = ()
    tables: tuple[InputTable, ...] = ()


def read_inputs(found: Found) -> Inputs | None:
    """None where nothing was measured."""
    told = Inputs(tuple(_says(found)), tuple(_charts(found)), tuple(_tables(found)))
    return told if told.charts or told.tables else None


def _says(found: Found) -> Iterator[str]:
    volume = found.part("volume")
    events, expected = volume.number("events"), volume.number("expected")
    if events is not None:
        against = (
            f", {share(volume.number('ratio'), 0)} of the {count(expected)} expected" if expected else ""
        )
        basis = f" ({plain(volume.text('basis'))})" if against and volume.text("basis") else ""
        reason = f" ({short(volume.text('reason'))})" if volume.text("reason") else ""
        yield f"{count(events)} events on {volume.text('day')}{against}{basis}{reason}."
    hours = [hour for hour in found.at("hours.hours") or () if isinstance(hour, int)]
    if hours:
        named = ", ".join(f"{hour:02d}:00" for hour in hours)
        yield f"Next to no event in {plural(len(hours), 'hour')} (UTC): {named}."
    missing = found.whole("files.missing")
    if missing:
        yield f"{plural(missing, 'file')} fewer than on every day but one of the two weeks before."
    for aside in found.items("set_aside"):
        yield _left_out(aside)
    worst, lost = found.text("known.worst_day"), found.number("known.worst_share")
    if worst and lost:
        yield f"{worst} has lost {share(lost)} of the events that the predecessor knew."


def _left_out(aside: Found) -> str:
    """What is set aside, since when, and what counting it in would change."""
    things = [one for one in aside.at("things") or () if len(one) == 2]
    named = listed([f"{what} {short(key, 60)}" for what, key in things])
    named = named if len(things) < SHOWN_ASIDE else f"{named}, as far as it is named here"
    space, version = aside.text("space"), aside.text("version")
    release, discard = (f"`nightjar {verb} {space} {version}`" for verb in ("release", "discard"))
    return (
        f"Set aside since the night of {aside.text('since')} ({aside.text('rule')}, {aside.text('decision')}): "
        f"{named}. {plural(aside.whole('events') or 0, 'event')} would count; {release} counts them in, "
        f"{discard} keeps them out."
    )


def _charts(found: Found) -> Iterator[CountChart]:
    """By kind, surface and hour beside the reference day; by day beside what the predecessor knew."""
    reference = found.text("reference.day")
    usual = f"as on {reference}" if reference else ""
    for title, key in (("Events by kind", "kinds"), ("Events by surface", "surfaces")):
        counts = tuple(_counts(found.mapping(f"today.{key}"), found.mapping(f"reference.{key}")))
        if any(count.name != UNNAMED for count in counts):
            yield CountChart(title, usual, counts)
    hours = tuple(_hours(found))
    if hours:
        yield CountChart("Events by hour, UTC", usual, hours)
    days = found.items("days")[-DAYS:]
    if len(days) > 1:
        known = (
            Count(day.text("day")[5:], day.number("events") or 0.0, day.number("before")) for day in days
        )
        yield CountChart(
            "Events by day, as it learnt from them", "as the predecessor knew them", tuple(known)
        )


def _counts(now: Mapping[str, float], then: Mapping[str, float]) -> Iterator[Count]:
    """Most events first."""
    for name in sorted({*now, *then}, key=lambda name: (-now.get(name, 0), name)):
        yield Count(short(name, 30) or UNNAMED, now.get(name, 0), then.get(name, 0) if then else None)


def _hours(found: Found) -> Iterator[Count]:
    now, then = (list(found.at(f"{day}.hours") or ()) for day in ("today", "reference"))
    for hour, events in enumerate(now):
        yield Count(f"{hour:02d}", events, then[hour] if hour < len(then) else None)


def _tables(found: Found) -> Iterator[InputTable]:
    day = tuple(
        InputReading(name, found.number(place), found.number(usual), kind)
        for name, place, usual, kind in NUMBERS
    )
    window = tuple(
        InputReading(name, found.number(f"window.{key}"), found.number(f"before.{key}"), kind)
        for name, key, kind in WINDOW
    )
    churn = tuple(InputReading(name, found.number(place), None, "share") for name, place in CHURN)
    for title, usual, readings in (
        ("The day", "usual", day),
        ("The window it learnt from", "predecessor", window),
        ("Since the predecessor", "", churn),
    ):
        known = tuple(reading for reading in readings if reading.value is not None)
        if known:
            yield InputTable(title, usual, known)
