"""The map of both versions, and who moved most, with the company each left and joined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import hypot

from tasks.report.facts import Arrow, Facts, MapFact, MoverFact, Near
from tasks.report.markup import Content, Markup, tag
from tasks.report.numbers import number, plural
from tasks.report.parts import code, figure, folded, key, quiet, section, wrote

OPEN = 5
"""Cards that are shown at once; the others unfold."""
MARGIN, SHORTEST = 50, 12
"""Room around the points, and the shortest arrow; in thousandths of the map."""
AROUND = ((30, 0), (-30, 0), (0, -30), (0, 30), (24, -24), (-24, -24), (24, 24), (-24, 24))
"""Where a number may stand, from its point."""


def space_map(facts: Facts) -> Markup | None:
    of = facts.map
    if of is None:
        return None
    versions = "Both versions" if of.before else "The version"
    caption = (
        f"{versions} on one plane (t-SNE), {of.shown:,} of {plural(of.of, facts.subject.entity)}: what lies "
        "together is alike; distances between groups mean little."
    )
    keys = [
        *([key("was", "where it was")] if of.before else []),
        key("is", "where it is"),
        *([key("came", "came")] if of.came else []),
        *([key("went", "went")] if of.went else []),
        *([key("moved", "moved most, numbered as below")] if of.arrows else []),
    ]
    return section("map", "Map", figure(caption, _map(of), *keys))


def _map(of: MapFact) -> Markup:
    said = f"Map of {of.shown} ids with {plural(len(of.arrows), 'arrow')} for those that moved most"
    layers = (("was", of.before), ("is", of.stayed), ("came", of.came), ("went", of.went))
    heights = [y for _, places in layers for _, y in places]
    top, bottom = min(heights) - MARGIN, max(heights) + MARGIN
    marker = tag(
        "marker", tag("path", d="M0 0L6 3L0 6Z"),
        id="head", viewBox="0 0 6 6", refX=5, refY=3, markerWidth=4, markerHeight=4, orient="auto",
    )  # fmt: skip
    numbers = zip(of.arrows, _beside([arrow.old for arrow in of.arrows]), strict=True)
    return tag(
        "svg",
        tag("defs", marker),
        *(tag("path", d=_points(places), class_=kind) for kind, places in layers if places),
        *(_arrow(arrow) for arrow in of.arrows),
        *(tag("text", arrow.number, x=x, y=y + 10) for arrow, (x, y) in numbers),
        class_="map",
        viewBox=f"0 {top} 1000 {bottom - top}",
        role="img",
        aria_label=said,
    )


def _points(places: Iterable[tuple[int, int]]) -> str:
    """Dots as one path: lines of no length with round ends."""
    return "".join(f"M{x} {y}h0" for x, y in places)


def _arrow(arrow: Arrow) -> Markup:
    """From a ring where the mover was to where it is; the ring alone where that is all but the same place."""
    (x, y), (to_x, to_y) = arrow.old, arrow.new
    title, ring = tag("title", f"{arrow.number}: {arrow.id}"), tag("circle", cx=x, cy=y, r=9, class_="from")
    if hypot(to_x - x, to_y - y) < SHORTEST:
        return tag("g", title, ring)
    return tag(
        "g", title, ring, tag("path", d=f"M{x} {y}L{to_x} {to_y}", class_="arrow", marker_end="url(#head)")
    )


def _beside(points: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """A place beside each point, as far as may be from the numbers placed before it and from all points."""
    placed: list[tuple[int, int]] = []
    for x, y in points:
        free = [(x + across, y + down) for across, down in AROUND if 20 < x + across < 980]
        others = [*placed, *(point for point in points if point != (x, y))]
        placed.append(
            max(free, key=lambda at: min((hypot(at[0] - a, at[1] - b) for a, b in others), default=0))
        )
    return placed


def movers(facts: Facts) -> Markup | None:
    if not facts.movers:
        return None
    on_map = {arrow.id: arrow.number for arrow in facts.map.arrows} if facts.map is not None else {}
    entity = facts.subject.entity
    cards = [_card(at, mover, entity, mover.id in on_map) for at, mover in enumerate(facts.movers, start=1)]
    told = (
        f"The {plural(len(facts.movers), entity)} whose vector changed most, with the company each left and joined; "
        "grey: near it in both versions."
    )
    more = folded(f"{len(cards) - OPEN} more", *cards[OPEN:]) if len(cards) > OPEN else None
    return section("movers", "Who moved most", quiet(told), *cards[:OPEN], more)


def _card(at: int, mover: MoverFact, entity: str, on_map: bool) -> Markup:
    pin = tag("span", at, class_="pin", title="its number on the map" if on_map else None)
    fresh = f", {mover.fresh:,} of them since the predecessor" if mover.fresh else ""
    events = f"{plural(mover.events, 'event')}{fresh}" if mover.events else "no event"
    return tag(
        "article",
        tag("h3", pin, wrote(mover.id)),
        quiet(f"cosine to its earlier self {number(1 - mover.change)} · {events}"),
        tag("blockquote", wrote(mover.text)) if mover.text else None,
        tag("div", _side("was near", mover.old, "went"), _side("is near", mover.new, "came"), class_="sides"),
        class_="card",
    )


def _side(title: str, company: Sequence[Near], kind: str) -> Markup:
    return tag("div", tag("h4", title), tag("ol", *_neighbours(company, kind)))


def _neighbours(company: Sequence[Near], kind: str) -> Iterator[Markup]:
    for near in company:
        said: Content = wrote(near.text) if near.text else None
        yield tag(
            "li", tag("span", f"{number(near.cosine, 2)} "), code_of(near.id), " " if said else None, said,
            class_="both" if near.both else kind,
        )  # fmt: skip


def code_of(id_: str) -> Markup:
    return tag("bdi", code(id_))
