"""A map of a space: its vectors on their first two principal components."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import FuncNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from tasks.plots.canvas import PALETTE, QUIET, canvas, legible, note, save, say
from tasks.plots.labels import write_labels
from warehouse.vectors import Ids, Vectors

POINTS = 3_000
SHAPES = ("o", "^", "s", "D", "v", "P", "X")
Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class SpaceMap:
    """A space to be drawn.

    `colour`: one value a row of `vectors`, named by `colour_name`: strings (such as provenance) or numbers
    ≥ 0 (such as popularity). `texts`: id → a few words; some that lie apart are written beside their points.
    ValueError where colours and vectors differ in number.
    """

    title: str
    vectors: Vectors
    colour: Ids | NDArray[np.floating[Any]]
    colour_name: str
    texts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.colour) != len(self.vectors):
            raise ValueError(f"{len(self.colour)} colours for {len(self.vectors)} vectors")


def draw_map(path: Path, space: SpaceMap) -> None:
    """Draw the unit vectors of at most 3,000 ids: the smallest hashes, so the same ids every night."""
    figure, axes = canvas(9.5, 7, space.title)
    rows = sample_rows(space.vectors.ids)
    note(axes, f"{len(rows):,} of {len(space.vectors):,} ids")
    if len(rows) < 3:
        say(axes, "too few vectors for a map")
        return save(figure, path)
    points, shares = project(space.vectors.normalised()[rows])
    _frame(axes, points, shares)
    if space.colour.dtype == np.object_:
        _draw_groups(axes, points, space.colour[rows].astype(str), space.colour_name)
    else:
        _draw_amounts(figure, axes, points, space.colour[rows].astype(np.float64), space.colour_name)
    write_labels(figure, axes, points, [space.texts.get(id_, "") for id_ in space.vectors.ids[rows]])
    return save(figure, path)


def sample_rows(ids: Ids, size: int = POINTS) -> NDArray[np.int64]:
    """The rows of the `size` ids with the smallest BLAKE2 hashes, ascending."""
    if len(ids) <= size:
        return np.arange(len(ids))
    hashes = [hashlib.blake2b(id_.encode(), digest_size=8).digest() for id_ in ids]
    order = sorted(range(len(ids)), key=lambda row: (hashes[row], row))
    return np.sort(np.array(order[:size], dtype=np.int64))


def project(matrix: NDArray[np.float32]) -> tuple[Points, tuple[float, float]]:
    """The first two principal components, shape (n, 2), and the share of the variance that each holds.

    A component points to where its largest loading is positive, so that a map does not flip overnight.
    """
    points = np.zeros((len(matrix), 2))
    if not np.ptp(matrix, axis=0).any():
        return points, (0.0, 0.0)
    pca = PCA(n_components=min(2, *matrix.shape), svd_solver="full")
    found = pca.fit_transform(matrix.astype(np.float64))
    largest = np.abs(pca.components_).argmax(axis=1)
    signs = np.sign(pca.components_[np.arange(len(largest)), largest])
    points[:, : found.shape[1]] = found * signs
    shares = [*pca.explained_variance_ratio_, 0.0]
    return points, (float(shares[0]), float(shares[1]))


def _frame(axes: Axes, points: Points, shares: tuple[float, float]) -> None:
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
