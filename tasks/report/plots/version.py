"""The pictures of a version that MLflow keeps: the map with who moved, its score among the versions, who is covered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from tasks.report.facts import Facts, HistoryRow, MapFact
from tasks.report.numbers import plain
from tasks.report.plots.canvas import (
    INK,
    PALETTE,
    QUIET,
    canvas,
    grid,
    legible,
    note,
    save,
    say,
    write_beside,
)

VERDICTS = {"pass": (PALETTE[0], "o"), "warn": (PALETTE[1], "^"), "block": (PALETTE[5], "X")}
LAYERS = (
    ("before", "where it was", "#8C8C8C", 0.35), ("stayed", "where it is", PALETTE[0], 0.7),
    ("came", "came", PALETTE[2], 1.0), ("went", "went", PALETTE[3], 1.0),
)  # fmt: skip
"""Of the map, the last on top: a part of `MapFact`, what it stands for, its colour and how dense that is."""
MOVED = PALETTE[5]
DAYS = 10
"""At most so many days are written under the axis."""
CLOSE = 60
"""With more versions the marks of those that passed are drawn small."""


def draw_version(folder: Path, facts: Facts) -> list[Path]:
    """Write `map.png`, `trend.png` and `coverage.png`."""
    title = f"{facts.subject.space} {facts.subject.version}"
    texts = {mover.id: mover.text or mover.id for mover in facts.movers}
    paths = [folder / f"{name}.png" for name in ("map", "trend", "coverage")]
    draw_map(paths[0], title, facts.map, texts)
    draw_trend(paths[1], facts.subject.space, facts.history, facts.quality.metric)
    counts = {"rows": facts.subject.rows, **facts.lineage.coverage}
    draw_coverage(paths[2], title, counts, facts.lineage.coverage_before)
    return paths


def draw_map(path: Path, title: str, of: MapFact | None, texts: Mapping[str, str]) -> None:
    """The same points as on the page: both versions, an arrow a mover with its text where there is room."""
    figure, axes = canvas(9.5, 7, title)
    if of is None:
        say(axes, "too few vectors for a map")
        return save(figure, path)
    note(axes, f"{of.shown:,} of {of.of:,} ids")
    for part, meaning, colour, alpha in LAYERS:
        places = np.array(getattr(of, part), dtype=np.float64)
        if len(places):
            axes.scatter(
                places[:, 0], -places[:, 1], s=17, color=colour, alpha=alpha, linewidth=0, label=meaning
            )
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_axis_off()
    if of.arrows:
        old, new = (np.array([getattr(one, side) for one in of.arrows]) * (1, -1) for side in ("old", "new"))
        ring: dict[str, Any] = {"facecolor": "white", "edgecolor": MOVED, "linewidth": 1.4, "zorder": 4}
        axes.scatter(old[:, 0], old[:, 1], s=34, label="moved most, from here", **ring)
        for tail, head in zip(old, new, strict=True):
            arrow = {"arrowstyle": "-|>", "color": MOVED, "linewidth": 1.4, "shrinkA": 3, "shrinkB": 0}
            axes.annotate("", tuple(head), tuple(tail), arrowprops=arrow, zorder=4)
    figure.legend(loc="outside lower left", ncols=5, frameon=False, labelcolor=INK, fontsize=9)
    if of.arrows:
        along = np.concatenate([old + (new - old) * share for share in (0, 0.25, 0.5, 0.75)])
        write_beside(figure, axes, new, [texts.get(one.id, one.id) for one in of.arrows], clear=along)
    return save(figure, path)


def draw_trend(path: Path, title: str, rows: Sequence[HistoryRow], metric: str) -> None:
    """Recall over the versions, oldest first, with its interval, popularity's, and what the gate said."""
    figure, axes = canvas(10, 5, title)
    note(axes, f"{len(rows):,} version{'' if len(rows) == 1 else 's'}")
    ends = [(row.recall.value, row.recall.low, row.recall.high, row.popularity) for row in rows]
    values, low, high, popularity = np.array(ends, dtype=np.float64).reshape(-1, 4).T
    if np.isnan(values).all():
        say(axes, f"{metric}: not measured yet")
        return save(figure, path)
    place = np.arange(len(rows))
    if not np.isnan(low).all():
        axes.fill_between(place, low, high, color=PALETTE[0], alpha=0.15, linewidth=0, label="95 % interval")
        axes.vlines(place, low, high, color=PALETTE[0], alpha=0.35, linewidth=1.5)
    axes.plot(place, values, color=PALETTE[0], linewidth=1.8, label=metric)
    if not np.isnan(popularity).all():
        dashed: dict[str, Any] = {"color": QUIET, "linewidth": 1.5, "linestyle": (0, (4, 3)), "marker": "."}
        axes.plot(popularity, label=f"popularity {metric}", **dashed)
    _mark_verdicts(axes, values, [row.verdict for row in rows])
    top = float(np.nanmax([values, high, popularity]))
    axes.set_ylim(0, 1.1 * top if top > 0 else 1)
    axes.set_xlim(-0.5, len(rows) - 0.5)
    step = -(-len(rows) // DAYS)
    shown = range((len(rows) - 1) % step, len(rows), step)
    axes.set_xticks(shown, [rows[at].day for at in shown])
    grid(axes, "y")
    figure.legend(loc="outside lower center", ncols=7, frameon=False, labelcolor=INK, fontsize=9)
    return save(figure, path)


def _mark_verdicts(axes: Axes, values: NDArray[np.float64], verdicts: Sequence[str]) -> None:
    for verdict, (colour, shape) in VERDICTS.items():
        here = np.flatnonzero([found == verdict for found in verdicts])
        if here.size:
            size = 9 if len(values) <= CLOSE or verdict != "pass" else 4
            style: dict[str, Any] = {"linestyle": "none", "marker": shape, "markersize": size, "zorder": 4}
            axes.plot(here, values[here], color=colour, markeredgecolor="white", label=verdict, **style)


def draw_coverage(
    path: Path, title: str, counts: Mapping[str, int], before: Mapping[str, int] | None = None
) -> None:
    """How many ids have a vector (`rows`) and how many have none under each reason; `before`: as marks."""
    before = before or {}
    reasons = sorted({*counts, *before}, key=lambda one: (one != "rows", -counts.get(one, 0), one))
    figure, axes = canvas(9, 1.7 + 0.42 * len(reasons), title)
    if not reasons:
        say(axes, "no id is known yet")
        return save(figure, path)
    widths, marks = ([of.get(reason, 0) for reason in reasons] for of in (counts, before))
    note(axes, f"{sum(widths):,} known ids")
    colours = [PALETTE[0] if reason == "rows" else PALETTE[1] for reason in reasons]
    axes.barh(range(len(reasons)), widths, color=colours, height=0.6)
    for row, (width, mark) in enumerate(zip(widths, marks, strict=True)):
        told = f"   {width:,}  ({width / max(1, sum(widths)):.1%})"
        axes.text(max(width, mark), row, told, va="center", color=INK, fontsize=10)
    if before:
        style: dict[str, Any] = {"marker": "|", "s": 380, "linewidth": 2, "color": INK}
        axes.scatter(marks, range(len(reasons)), label="version before", **style)
        figure.legend(loc="outside lower right", frameon=False, labelcolor=INK, fontsize=9)
    names = ["with a vector" if reason == "rows" else legible(plain(reason), 32) for reason in reasons]
    axes.set_yticks(range(len(reasons)), names, fontsize=10)
    axes.set_ylim(len(reasons) - 0.5, -0.5)
    axes.set_xlim(0, 1.3 * max(1, *widths, *marks))
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    grid(axes, "x")
    return save(figure, path)
