"""What sections are made of: tables, figures, badges, what somebody wrote."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.report.markup import Content, Markup, tag
from tasks.report.numbers import plain


def section(anchor: str, title: str, *content: Content) -> Markup:
    return tag("section", tag("h2", title), *content, id=anchor)


def quiet(*content: Content) -> Markup:
    return tag("p", *content, class_="quiet")


def code(text: str) -> Markup:
    return tag("code", text)


def wrote(text: str) -> Markup:
    """What somebody else wrote, in a direction of its own."""
    return tag("bdi", text)


def badge(outcome: str) -> Markup:
    """An outcome by colour, shape and word."""
    return tag("span", plain(outcome), class_=f"badge {outcome}")


def figure(caption: Content, chart: Markup, *key: Markup) -> Markup:
    return tag("figure", tag("figcaption", caption), chart, tag("ul", *key, class_="key") if key else None)


def key(kind: str, meaning: str) -> Markup:
    return tag("li", meaning, class_=kind)


def table(
    columns: Sequence[str], rows: Sequence[Sequence[Content]], name: str, kinds: Sequence[str] = ()
) -> Markup:
    """A table that scrolls by itself; names in the first column, `#` before the name of a column of numbers.

    `kinds`: the class of each row.
    """
    numbers = [column.startswith("#") for column in columns]
    head = (
        tag("th", column.lstrip("#"), scope="col", class_="number" if right else None)
        for column, right in zip(columns, numbers, strict=True)
    )
    body = (
        tag("tr", *_cells(row, numbers), class_=kind or None)
        for row, kind in zip(rows, kinds or [""] * len(rows), strict=True)
    )
    whole = tag("table", tag("thead", tag("tr", *head)), tag("tbody", *body))
    return tag("div", whole, class_="scroll", role="region", aria_label=name, tabindex="0")


def _cells(row: Sequence[Content], numbers: Sequence[bool]) -> list[Markup]:
    first, *others = row
    return [
        tag("th", first, scope="row"),
        *(
            tag("td", cell, class_="number" if right else None)
            for cell, right in zip(others, numbers[1:], strict=True)
        ),
    ]


def listed(*pairs: tuple[str, Content]) -> Markup:
    """Names with what they stand for; pairs without content are left out."""
    return tag(
        "dl", *((tag("dt", name), tag("dd", content)) for name, content in pairs if content not in (None, ""))
    )


def folded(summary: str, *content: Content) -> Markup:
    """What a reader opens if they want."""
    return tag("details", tag("summary", summary), *content)
