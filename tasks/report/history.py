"""Metrics and verdicts over the versions of a space, as charts."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.report.charts import Point, timeline
from tasks.report.facts import HistoryRow
from tasks.report.markup import Markup, tag
from tasks.report.numbers import count, interval, number, plain, plural, times
from tasks.report.parts import badge, figure, folded, quiet, section, table


def history(rows: Sequence[HistoryRow], version: str) -> Markup | None:
    """`rows` oldest first, the version itself last; None where it is the only one."""
    if len(rows) < 2:
        return None
    names = [row.day for row in rows]
    held = sum(row.verdict == "block" for row in rows)
    told = f"{plural(len(rows), 'version')}, {held} held back by the gate. ● pass ▲ warn ■ block"
    return section(
        "history",
        "History",
        quiet(told),
        *(_chart(title, points, names, form) for title, points, form in _charts(rows) if _known(points)),
        folded("The numbers", _table(rows, version)),
    )


def _charts(rows: Sequence[HistoryRow]) -> list[tuple[str, list[Point], str]]:
    recall = [
        Point(row.recall.value, row.verdict, row.recall.low, row.recall.high, row.popularity) for row in rows
    ]
    noise = [
        Point(row.multiple, row.verdict, reference=None if row.multiple is None else 1.0) for row in rows
    ]
    return [
        ("Recall with its interval; dashed: popularity", recall, "{:.3f}"),
        ("Movement as a multiple of the noise; dashed: noise alone", noise, "{:.1f}×"),
        ("Cosine to the version before", [Point(row.cosine, row.verdict) for row in rows], "{:.3f}"),
        ("Rows", [Point(float(row.rows), row.verdict) for row in rows], "{:,.0f}"),
    ]


def _known(points: Sequence[Point]) -> bool:
    return sum(point.value is not None for point in points) > 1


def _chart(title: str, points: Sequence[Point], names: Sequence[str], form: str) -> Markup:
    return figure(title, timeline(points, names, title, form))


def _table(rows: Sequence[HistoryRow], version: str) -> Markup:
    columns = [
        "day",
        "verdict",
        "#rows",
        "#recall",
        "#popularity",
        "#cosine",
        "#50 nearest",
        "#noise",
        "did not pass",
    ]
    cells = [
        [
            tag("b", row.day) if row.version == version else row.day,
            badge(row.verdict),
            count(row.rows),
            interval(row.recall.value, row.recall.low, row.recall.high),
            number(row.popularity),
            number(row.cosine),
            number(row.overlap_at_50, 2),
            times(row.multiple),
            ", ".join(plain(rule) for rule in row.breached),
        ]
        for row in reversed(rows)
    ]
    return table(columns, cells, "Versions of the space, newest first")
