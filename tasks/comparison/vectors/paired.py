"""What became of each id: two versions of one `space_id`, paired by id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tasks.comparison.vectors.rows import Common, Floats, cosines, lengths
from warehouse.vectors import Ids, Matrix, Vectors, as_ids

Groups = Mapping[str, Ids]
"""Grouping (such as `popularity`) → label of each row of the newer version, (n,)."""

OUTLIER_DISTANCE = 0.15
"""How far below the middle an outlier lies at least; retraining alone moves ids by less."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and quantiles of `count` values (linear interpolation); all None where there are none."""

    count: int
    mean: float | None = None
    minimum: float | None = None
    p01: float | None = None
    p05: float | None = None
    p25: float | None = None
    p50: float | None = None
    p75: float | None = None
    p95: float | None = None
    p99: float | None = None
    maximum: float | None = None

    @classmethod
    def of(cls, values: Floats) -> Spread:
        if not len(values):
            return cls(0)
        points = np.quantile(values, [0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1])
        return cls(len(values), float(values.mean()), *(float(point) for point in points))


@dataclass(frozen=True, slots=True)
class Population:
    """Rows of either version, and of both. `row_change` and `kept_share` are relative to the old rows."""

    old_rows: int | None = None
    new_rows: int | None = None
    common: int | None = None
    added: int | None = None
    vanished: int | None = None
    row_change: float | None = None
    kept_share: float | None = None

    @classmethod
    def of(cls, old: Vectors, new: Vectors, common: Common) -> Population:
        kept, before, after = len(common), len(old), len(new)
        change, share = ((after - before) / before, kept / before) if before else (None, None)
        return cls(before, after, kept, after - kept, before - kept, change, share)


@dataclass(frozen=True, slots=True)
class GroupChange:
    """The change of the common ids with one label.

    `floor_cosine`: the mean cosine that another seed alone gives them; `multiple`: their distance from 1 as a
    multiple of that. None where no floor is known.
    """

    grouping: str
    label: str
    cosine: Spread
    norm_change: Spread
    outlier_share: float | None
    floor_cosine: float | None = None
    multiple: float | None = None


@dataclass(frozen=True, slots=True)
class Paired:
    """Change of the common ids.

    `cosine`: of old and new vector, as published. `output_cosine`: the same of the context side.
    `norm_change`: new length / old length − 1, of rows with an old length; `typical_norm_change`: the median of
    its absolute value. An outlier's cosine is below `outlier_below`, or where limits differ by id below its own:
    then this is their median. `outlier_share` is of the common ids.
    """

    cosine: Spread = Spread(0)
    output_cosine: Spread = Spread(0)
    norm_change: Spread = Spread(0)
    typical_norm_change: float | None = None
    outlier_below: float | None = None
    outlier_share: float | None = None
    groups: tuple[GroupChange, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """The values behind `Paired`, one per common id, (n,); `norm_change` is NaN where undefined."""

    common: Common
    cosine: Floats
    norm_change: Floats

    @classmethod
    def between(cls, old: Vectors, new: Vectors, common: Common) -> Changes:
        """ValueError where the dimensions differ."""
        if old.dim != new.dim:
            raise ValueError(
                f"dimensions {old.dim} and {new.dim} cannot be paired; compare neighbours instead"
            )
        before, after = old.matrix[common.old_rows], new.matrix[common.new_rows]
        old_norms = lengths(before)
        ratio = np.divide(lengths(after), old_norms, out=np.full(len(common), np.nan), where=old_norms > 0)
        return cls(common, cosines(before, after), ratio - 1)

    def outliers_below(self) -> float | None:
        """The cosine below which an id changed unlike the others, read off this night alone.

        Tukey's outer fence (1977, Exploratory Data Analysis, 2D: lower quartile − 3 interquartile ranges),
        but at least `OUTLIER_DISTANCE` below the median, as a still night has no spread. None without ids.
        """
        if not len(self.cosine):
            return None
        low, middle, high = np.quantile(self.cosine, [0.25, 0.5, 0.75])
        return float(min(low - 3 * (high - low), middle - OUTLIER_DISTANCE))


def summarise(
    changes: Changes, output_cosine: Floats, groups: Groups, outlier_below: Floats | float | None = None
) -> Paired:
    """Statistics of `changes`, overall and by group.

    `outlier_below`: one limit, or one for each common id, (n,); by default it is read off this night.
    """
    limit = changes.outliers_below() if outlier_below is None else outlier_below
    below = np.full(len(changes.cosine), np.nan if limit is None else limit)
    known = changes.norm_change[~np.isnan(changes.norm_change)]
    return Paired(
        cosine=Spread.of(changes.cosine),
        output_cosine=Spread.of(output_cosine),
        norm_change=Spread.of(known),
        typical_norm_change=float(np.median(np.abs(known))) if len(known) else None,
        outlier_below=float(np.median(below)) if len(below) else None,
        outlier_share=_share_below(changes.cosine, below),
        groups=tuple(_by_group(changes, groups, below)),
    )


def output_cosines(old: Matrix | None, new: Matrix | None, common: Common) -> Floats:
    """Cosine of the context side of each common id; empty where a version has none."""
    if old is None or new is None:
        return np.empty(0)
    return cosines(old[common.old_rows], new[common.new_rows])


def _by_group(changes: Changes, groups: Groups, below: Floats) -> Iterator[GroupChange]:
    for grouping in sorted(groups):
        labels = groups[grouping][changes.common.new_rows]
        for label in sorted(set(labels)):
            rows = np.flatnonzero(labels == label)
            cosine = changes.cosine[rows]
            yield GroupChange(
                grouping,
                str(label),
                Spread.of(cosine),
                _defined(changes.norm_change[rows]),
                _share_below(cosine, below[rows]),
            )


def _defined(values: Floats) -> Spread:
    return Spread.of(values[~np.isnan(values)])


def _share_below(values: Floats, limits: Floats) -> float | None:
    return float((values < limits).mean()) if len(values) else None


def deciles(ids: Ids, values: ArrayLike) -> Ids:
    """A label for each id, `d01` (smallest tenth of `values`) to `d10`; ties are ranked by id."""
    measured: NDArray[np.float64] = np.asarray(values, dtype=np.float64)
    if measured.shape != ids.shape:
        raise ValueError(f"{measured.shape} values for {ids.shape} ids")
    rank = np.empty(len(ids), dtype=np.int64)
    rank[np.lexsort((np.argsort(np.argsort(ids)), measured))] = np.arange(len(ids))
    return as_ids(f"d{decile + 1:02d}" for decile in rank * 10 // max(len(ids), 1))
