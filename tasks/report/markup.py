"""HTML and SVG from values: text is escaped wherever it comes from, only what `tag` made is taken as it is."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

VOID = frozenset({"br", "col", "meta"})


class Markup(str):
    """Finished HTML or SVG."""

    __slots__ = ()


Content = str | Markup | float | None | Iterable["Content"]
"""What stands in an element: text to escape, markup, several of both; None is nothing."""


def tag(name: str, /, *content: Content, **attributes: str | float | None) -> Markup:
    """An element. `class_` and `for_` lose their underscore, others become hyphens; None leaves an attribute out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(content)}</{name}>")


def join(content: Content) -> Markup:
    """Content one after the other."""
    if content is None:
        return Markup("")
    if isinstance(content, Markup):
        return content
    if isinstance(content, str | int | float):
        return Markup(escape(_plain(content)))
    return Markup("".join(join(part) for part in content))


def _plain(value: str | float) -> str:
    """Numbers with at most two decimals: a hundredth of a pixel is nothing to look at."""
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".") if value else "0"
    return str(value)
