"""What the folded parts of the page are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from tasks.report.numbers import count, number, plain, share, short

Cell = str | Markup | None
MOST_BARS = 12
"""Counts that are drawn as bars; more are columns."""


class Bar(NamedTuple):
    """`value` from 0 on, `shown` beside it; `mark`: what it is held against."""

    name: str
    value: float
    shown: str
    mark: float | None = None


class Bars(NamedTuple):
    """Bars, or columns where there are many, from 0 on. `bar`, `mark`: what those stand for; `unit`: of the axis."""

    title: str
    rows: Sequence[Bar]
    bar: str
    mark: str
    unit: str

    @property
    def top(self) -> float:
        return max([0.0, *(row.value for row in self.rows), *(row.mark or 0 for row in self.rows)]) or 1.0

    @property
    def ends(self) -> tuple[str, str]:
        """Of the axis."""
        if self.unit == "events":
            return "0", f"{count(self.top)} events"
        return "0", share(self.top) if self.unit == "share" else number(self.top)

    @property
    def key(self) -> list[tuple[str, str]]:
        """What bar and mark stand for, by class."""
        marked = any(row.mark for row in self.rows)
        mark = "level-of" if self.many else "mark-of"
        return [("bar-of", self.bar), *([(mark, self.mark or "usual")] if marked else [])]

    @property
    def many(self) -> bool:
        return len(self.rows) > MOST_BARS


class Line(NamedTuple):
    """`points`: a version's value, interval and what it is held against, each at 0 to 1 of the height; its verdict."""

    title: str
    ends: tuple[str, str]
    days: tuple[str, str]
    points: Sequence[dict[str, Any]]


class ReportTable(NamedTuple):
    """Names in the first column; `#` before the name of a column of numbers."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    kinds: Sequence[str] = ()


class ReportPart(NamedTuple):
    """What is folded: a title, a few words beside it, sentences, named values, charts and tables within."""

    anchor: str
    title: str
    digest: str
    says: Sequence[Cell] = ()
    pairs: Sequence[tuple[str, str]] = ()
    charts: Sequence[Bars | Line] = ()
    tables: Sequence[ReportTable] = ()


def with_code(text: str) -> Markup:
    """What stands between backticks as code."""
    parts = text.split("`")
    return Markup("").join(code(part) if at % 2 else part for at, part in enumerate(parts))


def code(text: str) -> Markup:
    return Markup("<code>{}</code>").format(text)


def badge(outcome: str) -> Markup:
    """An outcome by colour, shape and word."""
    return Markup('<span class="badge {}">{}</span>').format(outcome, plain(outcome))


def wrote(text: str) -> Markup:
    """What somebody else wrote, in a direction of its own."""
    return Markup("<bdi>{}</bdi>").format(short(text))


def cut(name: str, characters: int = 16) -> str:
    line = short(name)
    return line if len(line) <= characters else f"{line[: characters - 1]}…"
