"""A map of a space: its vectors on two principal components, and where those came from that moved most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import FuncNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from tasks.report.plots.canvas import INK, PALETTE, QUIET, canvas, legible, note, save, say
from tasks.report.plots.labels import write_beside, write_labels
from tasks.report.plots.projection import Points, Projection, directions, sample_rows
from warehouse.vectors import Ids, Vectors

SHAPES = ("o", "^", "s", "D", "v", "P", "X")
MOVED = PALETTE[5]
ENOUGH = 3
"""Fewer points span no plane."""


@dataclass(frozen=True, slots=True, eq=False)
class Earlier:
    """The predecessor of a space in the same coordinates, and the ids that moved most, most moved first.

    Both versions have all of `movers`.
    """

    name: str
    vectors: Vectors
    movers: Sequence[str]


@dataclass(frozen=True, slots=True, eq=False)
class SpaceMap:
    """A space to be drawn.

    `colour`: one value a row of `vectors`, named by `colour_name`: strings (such as provenance) or numbers
    ≥ 0 (such as popularity). `texts`: id → a few words; some that lie apart are written beside their points.
    With `earlier` there is an arrow for each mover instead, from where it was to where it is, its text or its id
    beside it, and the plane is the one that the predecessor lies in: both versions on one map.
    ValueError where colours and vectors differ in number, the versions in dimension, or one lacks a mover.
    """

    title: str
    vectors: Vectors
    colour: Ids | NDArray[np.floating[Any]]
    colour_name: str
    texts: Mapping[str, str] = field(default_factory=dict)
    earlier: Earlier | None = None

    def __post_init__(self) -> None:
        if len(self.colour) != len(self.vectors):
            raise ValueError(f"{len(self.colour)} colours for {len(self.vectors)} vectors")
        if self.earlier is not None and self.earlier.vectors.dim != self.vectors.dim:
            raise ValueError(f"{self.vectors.dim} dimensions, {self.earlier.vectors.dim} earlier")
        for vectors in (self.vectors, self.earlier.vectors) if self.earlier is not None else ():
            lost = [id_ for id_, row in zip(self.movers, vectors.rows(self.movers), strict=True) if row < 0]
            if lost:
                raise ValueError(
                    f"{len(lost)} of {len(self.movers)} movers are in one version only, such as {lost[0]}"
                )

    @property
    def movers(self) -> Sequence[str]:
        return () if self.earlier is None else self.earlier.movers


def draw_map(path: Path, space: SpaceMap) -> None:
    """Draw the unit vectors of at most 3,000 ids: the smallest hashes, so the same ids every night."""
    figure, axes = canvas(9.5, 7, space.title)
    rows = sample_rows(space.vectors.ids)
    note(axes, f"{len(rows):,} of {len(space.vectors):,} ids")
    if len(rows) < ENOUGH:
        say(axes, "too few vectors for a map")
        return save(figure, path)
    units = directions(space.vectors, rows)
    projection = Projection.of(_plane_of(space, units))
    points = projection(units)
    _frame(axes, projection.shares)
    if space.colour.dtype == np.object_:
        _draw_groups(axes, points, space.colour[rows].astype(str), space.colour_name)
    else:
        _draw_amounts(figure, axes, points, space.colour[rows].astype(np.float64), space.colour_name)
    if space.earlier is None or not space.movers:
        write_labels(figure, axes, points, [space.texts.get(id_, "") for id_ in space.vectors.ids[rows]])
    else:
        _draw_movers(figure, axes, projection, space, space.earlier)
    return save(figure, path)


def _plane_of(space: SpaceMap, units: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vectors that the map's plane is laid through: the predecessor's where it has enough."""
    if space.earlier is None or len(space.earlier.vectors) < ENOUGH:
        return units
    return directions(space.earlier.vectors, sample_rows(space.earlier.vectors.ids))


def _draw_movers(
    figure: Figure, axes: Axes, projection: Projection, space: SpaceMap, earlier: Earlier
) -> None:
    """An arrow a mover, its tail a ring where it was, its text where there is room, most moved first."""
    before = projection(directions(earlier.vectors, earlier.vectors.rows(earlier.movers)))
    after = projection(directions(space.vectors, space.vectors.rows(earlier.movers)))
    rings: dict[str, Any] = {
        "facecolor": "white",
        "edgecolor": INK,
        "linewidth": 1.1,
        "label": f"there in {earlier.name}",
    }
    dots: dict[str, Any] = {
        "color": MOVED,
        "edgecolor": "white",
        "linewidth": 0.8,
        "label": _most_moved(len(after)),
    }
    for places, style in ((before, rings), (after, dots)):
        axes.scatter(places[:, 0], places[:, 1], s=34, zorder=4, **style)
    for tail, head in zip(before, after, strict=True):
        axes.annotate(
            "",
            (float(head[0]), float(head[1])),
            (float(tail[0]), float(tail[1])),
            arrowprops={"arrowstyle": "-|>", "color": MOVED, "linewidth": 1.4, "shrinkA": 3, "shrinkB": 3},
            zorder=4,
        )
    figure.legend(loc="outside lower left", ncols=2, frameon=False, labelcolor=INK, fontsize=9)
    arrows = np.concatenate([before + (after - before) * share for share in (0, 0.25, 0.5, 0.75)])
    texts = [space.texts.get(id_, "") or id_ for id_ in earlier.movers]
    write_beside(figure, axes, after, texts, clear=arrows)


def _most_moved(count: int) -> str:
    return "here: the one that moved most" if count == 1 else f"here: the {count} that moved most"


def _frame(axes: Axes, shares: tuple[float, float]) -> None:
    axes.set_xlabel(f"first principal component, {shares[0]:.0%} of the variance", color=QUIET)
    axes.set_ylabel(f"second, {shares[1]:.0%}", color=QUIET)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.1)


def _draw_groups(axes: Axes, points: Points, groups: NDArray[np.str_], name: str) -> None:
    """One colour and shape a group, small groups on top."""
    for number, (group, here) in enumerate(_members(groups)):
        axes.scatter(
            points[here, 0],
            points[here, 1],
            s=17,
            marker=SHAPES[number],
            color=PALETTE[number],
            alpha=0.65,
            linewidth=0,
            label=f"{legible(group, 24)} ({here.sum():,})",
        )
    legend = axes.legend(title=name, loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=9)
    legend.set_alignment("left")


def _members(groups: NDArray[np.str_]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Groups and who is in them, largest first; those beyond the palette as one, `other`."""
    names, sizes = np.unique(groups, return_counts=True)
    ordered = [str(names[at]) for at in np.lexsort((names, -sizes))]
    own = ordered if len(ordered) <= len(PALETTE) else ordered[: len(PALETTE) - 1]
    for group in own:
        yield group, groups == group
    if len(own) < len(ordered):
        yield "other", ~np.isin(groups, own)


def _draw_amounts(
    figure: Figure, axes: Axes, points: Points, amounts: NDArray[np.float64], name: str
) -> None:
    """Light is much, dark is little, on a logarithmic scale that holds zero; what has much lies on top."""
    order = np.argsort(amounts, kind="stable")
    top = max(1.0, float(amounts.max()))
    norm = FuncNorm((np.log1p, np.expm1), vmin=0, vmax=top)
    dots = axes.scatter(
        points[order, 0], points[order, 1], s=17, c=amounts[order], cmap="cividis", norm=norm, linewidth=0
    )
    bar = figure.colorbar(dots, ax=axes, fraction=0.035, pad=0.02)
    powers = [10.0**power for power in range(int(np.log10(top)) + 1)]
    bar.set_ticks([0, *powers], labels=["0", *(f"{power:,.0f}" for power in powers)])
    bar.ax.minorticks_off()
    bar.ax.spines[:].set_visible(False)
    bar.ax.tick_params(color=QUIET, labelcolor=QUIET, labelsize=9)
    bar.set_label(name, color=QUIET)
