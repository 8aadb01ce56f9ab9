"""Where the version comes from: topics, logs, lineage."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.report.charts import Bar, bars, columns
from tasks.report.facts import Facts, Origin, TopicFact, TopicsFact, WordFact
from tasks.report.inputs import CountChart, Inputs, InputTable
from tasks.report.markup import Markup, tag
from tasks.report.numbers import NOTHING, count, number, of_kind, plain, plural, share, signed, times
from tasks.report.parts import code, figure, folded, key, listed, quiet, section, table, wrote

CHARTED, MOST_BARS = 8, 12
"""Topics drawn; counts that are drawn as bars, more are columns."""


def topics(of: TopicsFact) -> Markup | None:
    """Topics by how much their share of the attention grew or shrank."""
    if not of.topics:
        return None
    ordered = sorted(of.topics, key=lambda one: (-abs(_growth(one) or 0.0), one.name))
    known = [one for one in ordered if _growth(one) is not None]
    told = "Parts of the space that hold together, by how much their share of the events grew or shrank."
    if of.usual_growth is not None:
        told += (
            f" On the {plural(of.days, 'day')} before, none grew by more than {100 * of.usual_growth:.1f} pp."
        )
    caption = "Share of the events of the last day; the line is what it was on the days before"
    rows = [
        Bar(_cut(one.name), one.share_today or 0.0, _points(one), one.share_before) for one in known[:CHARTED]
    ]
    keys = (key("bar-of", "last day"), key("mark-of", "before"))
    return section(
        "topics",
        "Topics that grew or shrank",
        quiet(told),
        figure(caption, bars(rows, caption), *keys) if rows else None,
        _words(of.words),
        folded(f"All {plural(len(ordered), 'topic')}", _topic_table(ordered)),
    )


def _words(of: Sequence[WordFact]) -> Markup | None:
    """What birds turned to, word by word: a trend has a name."""
    if not of:
        return None
    caption = (
        "Words whose share of the attention grew farthest out of what is usual; the line: the days before"
    )
    rows = [
        Bar(
            one.word,
            one.share_today,
            f"{100 * (one.share_today - one.share_before):+.1f} pp",
            one.share_before,
        )
        for one in of
    ]
    return figure(caption, bars(rows, caption), key("bar-of", "last day"), key("mark-of", "before"))


def _topic_table(of: Sequence[TopicFact]) -> Markup:
    rows = [
        [
            tag("span", wrote(one.name), tag("div", wrote(", ".join(one.words)), class_="quiet")),
            share(one.share_before),
            share(one.share_today),
            _points(one),
            count(one.ids),
            count(one.added),
        ]
        for one in of
    ]
    return table(["topic", "#before", "#last day", "#change", "#ids", "#new"], rows, "Topics")


def _growth(one: TopicFact) -> float | None:
    return None if one.share_before is None or one.share_today is None else one.share_today - one.share_before


def _points(one: TopicFact) -> str:
    """Growth in percentage points."""
    growth = _growth(one)
    return NOTHING if growth is None else f"{signed(100 * growth, 1)} pp"


def _cut(name: str) -> str:
    return name if len(name) <= 16 else f"{name[:15]}…"


def inputs(of: Inputs | None) -> Markup | None:
    if of is None:
        return None
    charts, tables = (_counts(chart) for chart in of.charts), (_readings(one) for one in of.tables)
    return section("inputs", "What came in", *(tag("p", line) for line in of.says), *charts, *tables)


def _counts(of: CountChart) -> Markup:
    """Bars, or columns where there are many."""
    usual, other = [one.usual for one in of.counts], of.usual or "usual"
    if len(of.counts) > MOST_BARS:
        chart = columns([one.events for one in of.counts], usual, [one.name for one in of.counts], of.title)
    else:
        chart = bars(
            [Bar(plain(one.name), one.events, count(one.events), one.usual) for one in of.counts], of.title
        )
    mark = "level-of" if len(of.counts) > MOST_BARS else "mark-of"
    keys = [key("bar-of", "this night"), *([key(mark, other)] if any(usual) else [])]
    held = any(one is not None for one in usual)
    rows = [[plain(one.name), count(one.events), *([count(one.usual)] if held else [])] for one in of.counts]
    numbers = table(["", "#events", *([f"#{other}"] if held else [])], rows, of.title)
    return tag("div", figure(of.title, chart, *keys), folded("The numbers", numbers))


def _readings(of: InputTable) -> Markup:
    held = any(one.usual is not None for one in of.readings)
    rows = [
        [one.name, of_kind(one.value, one.kind), *([of_kind(one.usual, one.kind)] if held else [])]
        for one in of.readings
    ]
    return table([of.title, "#this night", *([f"#{of.usual}"] if held else [])], rows, of.title)


def lineage(facts: Facts) -> Markup:
    of, subject = facts.lineage, facts.subject
    parents = [(tag("div", code(f"{name} {version}"))) for name, version in of.parents.items()]
    reasons = [f"{count(ids)} {plain(reason)}" for reason, ids in of.coverage.items()]
    settings = [[one.name, code(one.old), code(one.new)] for one in of.settings]
    return section(
        "lineage",
        "What it is made of",
        listed(
            ("predecessor", code(subject.predecessor) if subject.predecessor else "none, the first version"),
            (
                "logs",
                _same(of.same_logs, "the same logs as the predecessor", "other logs than the predecessor"),
            ),
            ("code", _same(of.same_code, "the same code", "other code than the predecessor")),
            (
                "parameters",
                None if settings or subject.predecessor is None else "the same as the predecessor's",
            ),
            ("built on", parents or None),
            ("seed", None if of.seed is None else str(of.seed)),
            ("alignment", of.alignment),
            ("without a vector", ", ".join(reasons) or "nobody"),
            ("since the first", _origin(of.origin)),
        ),
        table(["parameter", "before", "after"], settings, "Parameters that changed") if settings else None,
        folded("Digests", listed(*((name, code(digest)) for name, digest in of.digests.items()))),
    )


def _same(same: bool | None, yes: str, no: str) -> str:
    return "" if same is None else yes if same else no


def _origin(of: Origin | None) -> str:
    if of is None:
        return ""
    parts = [f"cosine {number(of.cosine)}" if of.cosine is not None else ""]
    parts.append(
        f"{share(of.overlap_at_50, 0)} of the 50 nearest kept" if of.overlap_at_50 is not None else ""
    )
    parts.append(f"{times(of.multiple)} the noise" if of.multiple is not None else "")
    days = f" ({plural(of.days, 'day')} ago)" if of.days is not None else ""
    return f"{', '.join(filter(None, parts))}, against {of.version}{days}"
