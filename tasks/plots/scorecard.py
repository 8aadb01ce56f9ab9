"""Quality against cost, a mark a method; cost against events, a line a method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from tasks.plots.canvas import INK, PALETTE, QUIET, canvas, grid, note, save, say
from tasks.plots.labels import write_beside


@dataclass(frozen=True, slots=True)
class Mark:
    """`cost`: seconds, or dimensions. `quality` with its interval. `baseline`: drawn quietly."""

    name: str
    cost: float
    quality: float
    low: float
    high: float
    baseline: bool = False


def draw_scorecard(path: Path, title: str, metric: str, cost: str, marks: Sequence[Mark]) -> None:
    """Write a PNG: `metric` upwards, `cost` to the right by order of magnitude; names where there is room."""
    figure, axes = canvas(10, 6, title)
    note(axes, f"{metric}, with intervals")
    if not marks:
        say(axes, "nothing was scored")
        return save(figure, path)
    axes.set_xscale("log")
    axes.set_xlabel(cost, color=QUIET, fontsize=9)
    axes.xaxis.set_major_formatter(FuncFormatter(_number))
    costs = [_shown(mark.cost) for mark in marks]
    axes.set_xlim(min(costs) / 2, max(costs) * 4)  # room for names on the right
    for mark in marks:
        _draw(axes, mark)
    grid(axes, "y")
    axes.set_ylim(bottom=0)
    points = np.array([(_shown(mark.cost), mark.quality) for mark in marks])
    write_beside(figure, axes, points, [mark.name for mark in marks])
    return save(figure, path)


def draw_costs(path: Path, title: str, costs: Mapping[str, Sequence[tuple[float, float]]]) -> None:
    """Write a PNG: seconds upwards, events to the right, both by order of magnitude. `costs`: method → (events, s)."""
    figure, axes = canvas(10, 6, title)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("events", color=QUIET, fontsize=9)
    axes.set_ylabel("seconds to learn", color=QUIET, fontsize=9)
    for number, (method, points) in enumerate(sorted(costs.items())):
        events, seconds = zip(*sorted(points), strict=True)
        colour, style = PALETTE[number % len(PALETTE)], ("-", "--", ":")[number // len(PALETTE) % 3]
        axes.plot(events, [_shown(one) for one in seconds], style, color=colour, marker="o", label=method)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(_number))
    grid(axes, "y")
    figure.legend(loc="outside right center", frameon=False, labelcolor=INK, fontsize=9)
    return save(figure, path)


def _shown(cost: float) -> float:
    """A baseline may take no time at all, which a logarithm cannot show."""
    return max(cost, 0.01)


def _number(value: float, _: int) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def _draw(axes: Axes, mark: Mark) -> None:
    colour = PALETTE[6] if mark.baseline else PALETTE[0]
    cost = _shown(mark.cost)
    spread = [[mark.quality - mark.low], [mark.high - mark.quality]]
    axes.errorbar(cost, mark.quality, spread, fmt="s" if mark.baseline else "o", color=colour, capsize=3)
