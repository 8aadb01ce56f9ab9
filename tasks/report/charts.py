"""Small charts as SVG. Places are percentages of the width, heights pixels: text keeps its size on every screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.report.facts import Interval
from tasks.report.markup import Markup, join, tag

LABEL, PLOT, ROW = 30.0, 52.0, 26
"""Percent of the width for names and for bars, the rest for numbers; pixels of a row."""
LINE = 44
"""Pixels of a row whose name stands above it."""
SHAPES = {"pass": "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0", "warn": "M0-6L6 5L-6 5Z", "block": "M-5-5H5V5H-5Z"}
"""Verdicts by shape as well as by colour, around their place."""


@dataclass(frozen=True, slots=True)
class Bar:
    """`value` from 0 on, `mark`: what it is held against; `shown`: the number beside it."""

    name: str
    value: float
    shown: str
    mark: float | None = None


@dataclass(frozen=True, slots=True)
class Dot:
    """A value with its interval."""

    name: str
    of: Interval
    shown: str
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """A version on a line: `value` None where it was not measured."""

    value: float | None
    verdict: str
    low: float | None = None
    high: float | None = None
    reference: float | None = None


def picture(height: float, title: str, *content: Markup | None) -> Markup:
    """A chart that is as wide as its place; `title` is what a screen reader says."""
    return tag("svg", *content, class_="chart", role="img", aria_label=title, width="100%", height=height)


def bars(rows: Sequence[Bar], title: str) -> Markup:
    """A bar a row, its mark a line across it."""
    top = max([0.0, *(row.value for row in rows), *(row.mark or 0 for row in rows)]) or 1.0
    return picture(ROW * len(rows), title, *(_bar(at, row, top) for at, row in enumerate(rows)))


def _bar(at: int, row: Bar, top: float) -> Markup:
    middle = ROW * (at + 0.5)
    mark = LABEL + PLOT * row.mark / top if row.mark else None
    return join(
        [
            _text(0, middle + 4, row.name),
            tag("rect", class_="track", x=f"{LABEL}%", y=middle - 7, width=f"{PLOT}%", height=14, rx=2),
            tag(
                "rect",
                class_="bar",
                x=f"{LABEL}%",
                y=middle - 7,
                width=_percent(PLOT * row.value / top),
                height=14,
                rx=2,
            ),
            None if mark is None else _line(mark, middle - 10, mark, middle + 10, "mark"),
            _text(100, middle + 4, row.shown, "end"),
        ]
    )


def dots(rows: Sequence[Dot], title: str) -> Markup:
    """An interval a row around its value, from 0, or around 0 where a value lies below it."""
    ends = [value for row in rows for value in (row.of.value, row.of.low, row.of.high) if value is not None]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    span = _Span(low, high if high > low else low + 1)
    return picture(LINE * len(rows), title, *(_dot(at, row, span) for at, row in enumerate(rows)))


def _dot(at: int, row: Dot, span: _Span) -> Markup:
    name, middle = LINE * at + 15, LINE * at + 30
    kind = "ours" if row.ours else "theirs"
    bounds = None
    if row.of.low is not None and row.of.high is not None:
        bounds = _line(span(row.of.low), middle, span(row.of.high), middle, f"range {kind}")
    dot = None
    if row.of.value is not None:
        dot = tag("circle", class_=f"dot {kind}", cx=_percent(span(row.of.value)), cy=middle, r=5)
    scale = [_line(0, middle, 100, middle, "grid"), _line(span(0), middle - 6, span(0), middle + 6, "axis")]
    return join([_text(0, name, row.name), _text(100, name, row.shown, "end"), *scale, bounds, dot])


def columns(
    values: Sequence[float], usual: Sequence[float | None], names: Sequence[str], title: str
) -> Markup:
    """A column a value, a line where it usually ends; as many names below as fit."""
    top = max([0.0, *values, *(value or 0 for value in usual)]) or 1.0
    wide, every = 100 / max(1, len(values)), -(-len(values) // 8)
    parts = [_line(0, 110, 100, 110, "axis"), _text(0, 4, f"{top:,.0f}", class_="small")]
    for at, (value, other, name) in enumerate(zip(values, usual, names, strict=True)):
        tall, left = 100 * value / top, wide * at
        parts.append(
            tag(
                "rect",
                class_="bar",
                x=_percent(left + wide / 8),
                y=110 - tall,
                width=_percent(wide * 0.75),
                height=tall,
            )
        )
        if other is not None:
            level = 110 - 100 * other / top
            parts.append(_line(left, level, left + wide, level, "mark"))
        if at % every == 0:
            parts.append(_text(left, 126, name, class_="small"))
    return picture(132, title, *parts)


def timeline(points: Sequence[Point], names: Sequence[str], title: str, form: str) -> Markup:
    """A value over versions with its interval, a dashed reference, and the verdict of each as its mark."""
    ends = [
        end
        for point in points
        for end in (point.value, point.low, point.high, point.reference)
        if end is not None
    ]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    if ends and min(ends) > 0.5 * max(ends):  # a likeness near 1: from 0 on, nothing could be seen to change
        low = min(ends) - 0.2 * (max(ends) - min(ends) or max(ends) * 0.1)
    chart = _Chart(points, low, high if high > low else low + 1)
    labels = (
        _text(0, 14, form.format(high), class_="small"),
        _text(0, 132, form.format(low), class_="small"),
    )
    days = (_text(chart.x(0), 152, names[0], class_="small"), _text(100, 152, names[-1], "end", "small"))
    grid = (_line(0, 18, 100, 18, "grid"), _line(0, 118, 100, 118, "axis"))
    return picture(
        158, title, *grid, *chart.ranges(), *chart.lines(), *chart.marks(), *labels, *days[: len(set(names))]
    )


@dataclass(frozen=True, slots=True)
class _Span:
    """From values to percent of the width, a little room at both ends."""

    low: float
    high: float

    def __call__(self, value: float) -> float:
        return 2 + 96 * (value - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class _Chart:
    points: Sequence[Point]
    low: float
    high: float

    def x(self, at: int) -> float:
        return 3 + 94 * at / max(1, len(self.points) - 1) if len(self.points) > 1 else 50

    def y(self, value: float) -> float:
        return 118 - 100 * (value - self.low) / (self.high - self.low)

    def ranges(self) -> Iterator[Markup]:
        for at, point in enumerate(self.points):
            if point.low is not None and point.high is not None:
                yield _line(self.x(at), self.y(point.low), self.x(at), self.y(point.high), "range ours")

    def lines(self) -> Iterator[Markup]:
        for at in range(1, len(self.points)):
            before, after = self.points[at - 1], self.points[at]
            pairs = ((before.reference, after.reference, "reference"), (before.value, after.value, "line"))
            for old, new, kind in pairs:
                if old is not None and new is not None:
                    yield _line(self.x(at - 1), self.y(old), self.x(at), self.y(new), kind)

    def marks(self) -> Iterator[Markup]:
        for at, point in enumerate(self.points):
            if point.value is not None:
                yield tag(
                    "svg",
                    tag("path", d=SHAPES.get(point.verdict, SHAPES["pass"]), class_=f"verdict {point.verdict}"),
                    x=_percent(self.x(at)), y=self.y(point.value), overflow="visible",
                )  # fmt: skip


def _text(x: float, y: float, content: str, anchor: str | None = None, class_: str | None = None) -> Markup:
    return tag("text", content, x=_percent(x), y=y, text_anchor=anchor, class_=class_)


def _line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    return tag("line", class_=class_, x1=_percent(x1), y1=y1, x2=_percent(x2), y2=y2)


def _percent(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") + "%"
