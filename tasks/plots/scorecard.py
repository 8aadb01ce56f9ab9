"""Quality against cost, a mark a method; quality over dimensions, a mark a size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from tasks.plots.canvas import INK, PALETTE, QUIET, canvas, grid, legible, note, plain, save, say


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
    """Write a PNG: `metric` upwards, `cost` to the right by order of magnitude, each mark with its name."""
    figure, axes = canvas(10, 6, title)
    note(axes, f"{metric}, with intervals")
    if not marks:
        say(axes, "nothing was scored")
        return save(figure, path)
    axes.set_xscale("log")
    axes.set_xlabel(cost, color=QUIET, fontsize=9)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    for mark in marks:
        _draw(axes, mark)
    grid(axes, "y")
    axes.margins(x=0.15)
    axes.set_ylim(bottom=0)
    return save(figure, path)


def _draw(axes: Axes, mark: Mark) -> None:
    colour = PALETTE[6] if mark.baseline else PALETTE[0]
    # A baseline may take no time at all, which a logarithm cannot show.
    cost = max(mark.cost, 0.01)
    spread = [[mark.quality - mark.low], [mark.high - mark.quality]]
    axes.errorbar(cost, mark.quality, spread, fmt="s" if mark.baseline else "o", color=colour, capsize=3)
    name = axes.annotate(
        legible(mark.name, 32),
        (cost, mark.quality),
        (7, 4),
        textcoords="offset points",
        fontsize=8,
        color=INK,
    )
    plain(name)
