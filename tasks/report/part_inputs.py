"""What came in: topics that grew or shrank, and what the logs of the night were like."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from tasks.comparison.inputs.input_drift import InputDrift
from tasks.comparison.inputs.topics import TopicAttention
from tasks.report.elements import Bar, Bars, Cell, ReportPart, ReportTable, cut, with_code, wrote
from tasks.report.facts import Facts
from tasks.report.numbers import NOTHING, count, of_kind, plain, plural, share, short, signed
from tasks.report.words import say_set_aside

MOST_TOPICS, DAYS = 8, 28
"""Topics that are drawn; days of a window, the last of them."""
DAY = (
    ("birds with an event", "today.birds", "reference.birds", "count"),
    ("of them new", "today.new_birds", "reference.new_birds", "count"),
    ("flits touched", "today.flits", "reference.flits", "count"),
    ("flits posted", "today.posted", "reference.posted", "count"),
    ("characters of a text, mean", "today.text_length.mean", "reference.text_length.mean", "number"),
    ("quarantined, of the lines", "lines.quarantined.share", "lines.quarantined.usual", "share"),
    ("duplicates, of the lines", "lines.duplicates.share", "lines.duplicates.usual", "share"),
    ("late, of the events that landed", "lines.late.share", "lines.late.usual", "share"),
    ("events of the five busiest birds", "concentration.busiest_birds.events",
     "concentration.busiest_birds.usual", "count"),
    ("events of newcomers", "concentration.newcomers.events", "concentration.newcomers.usual", "count"),
)  # fmt: skip
"""Of the day's log: name, the number and what is usual as attributes of `InputDrift`, and how it reads."""
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


def topics(facts: Facts) -> ReportPart | None:
    """Topics by how much their share of the attention grew or shrank, and the words that grew."""
    of, trends = facts.statistics.topics, facts.statistics.trends
    if not of.topics:
        return None
    ordered = sorted(of.topics, key=lambda one: (-abs(one.growth or 0.0), one.name))
    known = [one for one in ordered if one.growth is not None]
    told = "Parts of the space that hold together, by how much their share of the events grew or shrank."
    if of.usual_growth is not None:
        told += (
            f" On the {plural(of.days, 'day')} before, none grew by more than {100 * of.usual_growth:.1f} pp."
        )
    bars = [
        Bar(cut(one.name), one.share_today or 0.0, _points(one.growth), one.share_before)
        for one in known[:MOST_TOPICS]
    ]
    words = [
        Bar(cut(one.word), one.share_today, _points(one.growth), one.share_before) for one in trends.words
    ]
    charts = [
        Bars("Share of the events of the last day", bars, "last day", "days before", "share"),
        Bars(
            "Words whose share grew farthest out of what is usual", words, "last day", "days before", "share"
        ),
    ]
    digest = (
        f"{cut(known[0].name, 40)} {_points(known[0].growth)}" if known else plural(len(ordered), "topic")
    )
    columns = ["topic", "#before", "#last day", "#change", "#ids", "#new"]
    table = ReportTable("Topics", columns, [_topic(one) for one in ordered])
    return ReportPart(
        "topics",
        "Topics that grew or shrank",
        digest,
        [told],
        (),
        [chart for chart in charts if chart.rows],
        [table],
    )


def _topic(one: TopicAttention) -> list[Cell]:
    shares = share(one.share_before), share(one.share_today), _points(one.growth)
    return [wrote(one.name), *shares, count(one.ids), count(one.added)]


def _points(growth: float | None) -> str:
    """Growth in percentage points."""
    return NOTHING if growth is None else f"{signed(100 * growth, 1)} pp"


def inputs(of: InputDrift) -> ReportPart | None:
    """What the logs of the night were like, each number beside what is usual."""
    charts, tables = list(_counts(of)), list(_readings(of))
    if not charts and not tables:
        return None
    volume = of.volume
    digest = "" if volume.events is None else f"{count(volume.events)} events on {volume.day}"
    if volume.ratio is not None and volume.events is not None:
        digest += f", {share(volume.ratio, 0)} of the {count(volume.expected)} expected"
    return ReportPart("inputs", "What came in", digest, list(_told_of_inputs(of)), (), charts, tables)


def _told_of_inputs(of: InputDrift) -> Iterator[Cell]:
    volume, hours = of.volume, of.hours.hours
    if volume.events is not None and (volume.basis or volume.reason):
        yield (
            f"Expected by: {plain(volume.basis)}."
            if volume.basis
            else f"No expectation: {short(volume.reason)}."
        )
    if hours:
        named = ", ".join(f"{hour:02d}:00" for hour in hours)
        yield f"Next to no event in {plural(len(hours), 'hour')} (UTC): {named}."
    if of.files.missing:
        yield f"{plural(of.files.missing, 'file')} fewer than on every day but one of the two weeks before."
    for aside in of.set_aside:
        things = [f"{what} {short(key, 60)}" for what, key in aside.things]
        ways = [
            f"nightjar {verb} {aside.space} {aside.version} --reason …" for verb in ("release", "discard")
        ]
        added = plural(aside.events, "event")
        said = say_set_aside(aside.decision, aside.since, aside.rule, things, added, ways)
        yield with_code(f"{said[0].upper()}{said[1:]}.")
    if of.known.worst_day and of.known.worst_share:
        yield f"{of.known.worst_day} has lost {share(of.known.worst_share)} of the events that the predecessor knew."


def _counts(of: InputDrift) -> Iterator[Bars]:
    """By kind, surface and hour beside the reference day; by day beside what the predecessor knew."""
    then, usual = of.reference, f"as on {of.reference.day}" if of.reference.day else ""
    parts = (("kind", of.today.kinds, then.kinds), ("surface", of.today.surfaces, then.surfaces))
    for what, now, before in parts:
        names = sorted({*now, *before}, key=lambda name: (-now.get(name, 0), name))
        bars = [
            Bar(
                cut(name) or "not said",
                now.get(name, 0),
                count(now.get(name, 0)),
                before.get(name) if before else None,
            )
            for name in names
        ]
        if any(names):
            yield Bars(f"Events by {what}", bars, "this night", usual, "events")
    hours = [
        Bar(f"{hour:02d}", events, count(events), then.hours[hour] if hour < len(then.hours) else None)
        for hour, events in enumerate(of.today.hours)
    ]
    if hours:
        yield Bars("Events by hour, UTC", hours, "this night", usual, "events")
    if len(of.days) > 1:
        days = [Bar(day.day[5:], day.events, count(day.events), day.before) for day in of.days[-DAYS:]]
        title = "Events by day, as it learnt from them"
        yield Bars(title, days, "this version", "as the predecessor knew them", "events")


def _readings(of: InputDrift) -> Iterator[ReportTable]:
    day = [(name, attrgetter(here)(of), attrgetter(usual)(of), kind) for name, here, usual, kind in DAY]
    window = [
        (name, attrgetter(key)(of.window), attrgetter(key)(of.before), kind) for name, key, kind in WINDOW
    ]
    churn = [(name, attrgetter(key)(of), None, "share") for name, key in CHURN]
    for title, usual, readings in (
        ("The day", "usual", day),
        ("The window it learnt from", "predecessor", window),
        ("Since the predecessor", "", churn),
    ):
        known = [one for one in readings if one[1] is not None]
        held = bool(usual) and any(one[2] is not None for one in known)
        rows = [
            [name, of_kind(value, kind), *([of_kind(other, kind)] if held else [])]
            for name, value, other, kind in known
        ]
        if rows:
            yield ReportTable(title, [title, "#this night", *([f"#{usual}"] if held else [])], rows)
