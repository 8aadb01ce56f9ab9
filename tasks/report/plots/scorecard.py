"""Quality against cost, a mark a method; quality against dimensions and cost against events, a line a method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from tasks.report.plots.canvas import INK, PALETTE, QUIET, canvas, grid, legible, save, say, write_beside

LONGEST_TITLE = 80
"""Characters that fit the width."""


@dataclass(frozen=True, slots=True)
class Mark:
    """`cost`: seconds, or dimensions. `quality` with its interval. `baseline`: drawn quietly."""

    name: str
    cost: float
    quality: float
    low: float
    high: float
    baseline: bool = False


def draw_scorecard(path: Path, title: str, metric: str, marks: Sequence[Mark]) -> None:
    """Write a PNG: `metric` upwards, seconds to the right by order of magnitude; names where there is room."""
    figure, axes = _canvas(title, f"{metric}, with intervals")
    if not marks:
        say(axes, "nothing was scored")
        return save(figure, path)
    costs = [_shown(mark.cost) for mark in marks]
    _by_order(axes, "x")
    axes.set_xlabel("seconds to learn", color=QUIET, fontsize=9)
    axes.set_xlim(min(costs) / 2, max(costs) * 4)  # room for names on the right
    for mark in marks:
        colour, shape = (PALETTE[6], "s") if mark.baseline else (PALETTE[0], "o")
        axes.errorbar(_shown(mark.cost), mark.quality, _spread([mark]), fmt=shape, color=colour, capsize=3)
    axes.set_ylim(bottom=0)
    points = np.array([(cost, mark.quality) for cost, mark in zip(costs, marks, strict=True)])
    write_beside(figure, axes, points, [mark.name for mark in marks])
    return save(figure, path)


def draw_dimensions(path: Path, title: str, metric: str, marks: Sequence[Mark]) -> None:
    """Write a PNG: `metric` upwards, lengths of vectors (`cost`) to the right; a line a name, with its intervals."""
    figure, axes = _canvas(title, f"{metric}, with intervals")
    if not marks:
        say(axes, "nothing was scored")
        return save(figure, path)
    _by_order(axes, "x", sorted({mark.cost for mark in marks}))
    axes.set_xlabel("dimensions", color=QUIET, fontsize=9)
    for number, name in enumerate(sorted({mark.name for mark in marks})):
        line = sorted((mark for mark in marks if mark.name == name), key=lambda mark: mark.cost)
        places, heights = [mark.cost for mark in line], [mark.quality for mark in line]
        axes.errorbar(places, heights, _spread(line), **_style(number), capsize=3, label=name)
    axes.set_ylim(bottom=0)
    _legend(figure)
    return save(figure, path)


def draw_costs(path: Path, title: str, costs: Mapping[str, Sequence[tuple[float, float]]]) -> None:
    """Write a PNG: seconds upwards, events to the right, both by order of magnitude. `costs`: method → (events, s)."""
    figure, axes = _canvas(title, "seconds to learn")
    if not costs:
        say(axes, "nothing was scored")
        return save(figure, path)
    axes.set_xlabel("events", color=QUIET, fontsize=9)
    learnt, taken = zip(*(point for points in costs.values() for point in points), strict=True)
    for which, reach in (("x", learnt), ("y", [_shown(seconds) for seconds in taken])):
        _by_order(axes, which)
        axes.set(**{f"{which}lim": (min(reach) / 2, max(reach) * 2)})  # some round number is always within
    for number, (method, points) in enumerate(sorted(costs.items())):
        events, seconds = zip(*sorted(points), strict=True)
        axes.plot(events, [_shown(one) for one in seconds], **_style(number), label=method)
    _legend(figure)
    return save(figure, path)


def _canvas(title: str, upwards: str) -> tuple[Figure, Axes]:
    figure, axes = canvas(10, 6, legible(title, LONGEST_TITLE))
    axes.set_ylabel(upwards, color=QUIET, fontsize=9)
    grid(axes, "y")
    return figure, axes


def _by_order(axes: Axes, which: str, places: Sequence[float] = ()) -> None:
    """An axis by order of magnitude, with plain numbers at `places`, else where they are round."""
    axes.set(**{f"{which}scale": "log"})
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(FixedLocator(places) if places else LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(_number))
    axis.set_minor_locator(NullLocator())


def _style(number: int) -> dict[str, Any]:
    """Colours first, then kinds of lines."""
    kind = ("-", "--", ":")[number // len(PALETTE) % 3]
    return {"color": PALETTE[number % len(PALETTE)], "linestyle": kind, "marker": "o"}


def _spread(marks: Sequence[Mark]) -> list[list[float]]:
    """How far intervals reach down and up."""
    return [[mark.quality - mark.low for mark in marks], [mark.high - mark.quality for mark in marks]]


def _legend(figure: Figure) -> None:
    figure.legend(loc="outside right center", frameon=False, labelcolor=INK, fontsize=9)


def _shown(cost: float) -> float:
    """A baseline may take no time at all, which a logarithm cannot show."""
    return max(cost, 0.01)


def _number(value: float, _: int) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"
