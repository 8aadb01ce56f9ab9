"""The page: one HTML file that a phone, a desktop and a screen reader can show, without a network or a script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from math import hypot
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from tasks.report.elements import ReportPart, badge, with_code
from tasks.report.facts import Facts
from tasks.report.numbers import count, interval, number, plain, plural, short
from tasks.report.part_inputs import inputs, topics
from tasks.report.part_movement import movement
from tasks.report.part_version import distribution, history, lineage, rules
from tasks.report.words import against, causes, conclusion, follows, says, step_of, verdict_words

OPEN = 4
"""Cards of movers that are shown at once; the others unfold."""
MARGIN = 50
"""Room around the points of the map, in thousandths."""
AROUND = ((30, 0), (-30, 0), (0, -30), (0, 30), (24, -24), (-24, -24), (24, 24), (-24, 24))
"""Where a number may stand on the map, from its point, in thousandths."""


def page(facts: Facts) -> str:
    """The report as HTML, UTF-8 when written."""
    arrows = () if facts.map is None else facts.map.arrows
    return _templates().get_template("report.html").render(
        facts=facts,
        subject=facts.subject,
        verdict=verdict_words(facts.subject, facts.verdict, facts.rules),
        conclusion=conclusion(facts.quality, facts.subject.predecessor),
        causes=causes(facts.rules),
        scores=list(_scores(facts)),
        axis=_axis(facts),
        beside=list(_beside_others(facts)),
        reach=_reach(facts),
        numbers=list(zip(arrows, _beside([arrow.old for arrow in arrows]), strict=True)),
        parts=[part for part in _parts(facts) if part is not None],
        shown_cards=OPEN,
    )  # fmt: skip


@cache
def _templates() -> Environment:
    """Whatever is put into a template is escaped, unless it is `Markup`."""
    made = Environment(
        loader=PackageLoader("tasks.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "count": count, "number": number, "plain": plain, "short": short, "with_code": with_code, "badge": badge,
        "px": lambda value: f"{value:.1f}".rstrip("0").rstrip("."),
        "percent": lambda value: f"{value:.2f}".rstrip("0").rstrip(".") + "%",
    }  # fmt: skip
    made.globals |= {"plural": plural, "says": says, "step_of": step_of, "follows": follows, "hypot": hypot}
    return made


class ScoreMark(NamedTuple):
    """`place`, `low`, `high`: percent of the width."""

    name: str
    shown: str
    place: float
    low: float | None = None
    high: float | None = None
    ours: bool = False


def _scores(facts: Facts) -> Iterator[ScoreMark]:
    """What this version reaches, and what it is held against, from 0 on."""
    of = facts.quality
    if of.reason:
        return
    top = _top(facts)

    def at(value: float | None) -> float | None:
        return None if value is None else 2 + 96 * value / top

    reached = of.reached
    shown = interval(reached.value, reached.low, reached.high)
    yield ScoreMark(
        "this version", shown, at(reached.value) or 0, at(reached.low), at(reached.high), ours=True
    )
    others = (
        ("popularity", of.popularity),
        ("predecessor, on the same days", of.predecessor),
        (f"best baseline, {plain(of.best_name)}", None if of.best_name in ("", "popularity") else of.best),
    )
    for name, value in others:
        if value is not None:
            yield ScoreMark(name, number(value), at(value) or 0)


def _top(facts: Facts) -> float:
    of = facts.quality
    known = (of.reached.value, of.reached.high, of.popularity, of.predecessor, of.best)
    return max((value for value in known if value is not None), default=0.0) or 1.0


def _axis(facts: Facts) -> tuple[str, str]:
    return "0", f"{number(_top(facts))} {facts.quality.metric}"


def _beside_others(facts: Facts) -> Iterator[tuple[str, str]]:
    """The paired differences, each with what its interval says."""
    of = facts.quality
    for name, difference, other in (
        ("over popularity", of.over_popularity, "popularity"),
        ("over predecessor", of.over_predecessor, "its predecessor"),
    ):
        if difference.value is not None:
            ends = interval(difference.value, difference.low, difference.high, sign=True)
            yield (
                name,
                f"{ends}: {against(difference, other)}, paired over the same {plural(of.birds, 'bird')}",
            )
    if of.note:
        yield "over predecessor", of.note


def _reach(facts: Facts) -> tuple[int, int]:
    """From where to where the map reaches downwards, with room around its points."""
    of = facts.map
    heights = (
        [] if of is None else [y for places in (of.before, of.stayed, of.came, of.went) for _, y in places]
    )
    return (min(heights) - MARGIN, max(heights) + MARGIN) if heights else (0, 1000)


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


def _parts(facts: Facts) -> Iterator[ReportPart | None]:
    """Everything that is folded, in the order of the page; None where there is nothing to tell."""
    yield movement(facts)
    yield topics(facts)
    yield inputs(facts.statistics.inputs)
    yield from rules(facts.rules)
    yield history(facts)
    yield lineage(facts)
    yield distribution(facts)
