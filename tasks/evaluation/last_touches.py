"""A history as a sparse matrix: which bird touched which flit, and when last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from tasks.evaluation.protocol import Split
from warehouse.vectors import Ids, as_ids


@dataclass(frozen=True, slots=True, eq=False)
class LastTouches:
    """Each (bird, flit) of a history once, at its last touch, ordered by bird, then latest first.

    `birds`: (b,) sorted ids. `flits`: (f,) sorted ids. `bird`, `flit`: (t,) rows of these. `age`: (t,)
    seconds between the touch and the cut. `step`: (t,) 0 for a bird's latest flit, 1 for the one before; ties
    by flit id.
    """

    birds: Ids
    flits: Ids
    bird: NDArray[np.int64]
    flit: NDArray[np.int64]
    age: NDArray[np.float64]
    step: NDArray[np.int64]

    @classmethod
    def of(cls, split: Split) -> LastTouches:
        last = split.history.group_by("bird_id", "flit_id").agg(pl.col("occurred_at").max())
        birds, flits = last["bird_id"].unique().sort(), last["flit_id"].unique().sort()
        placed = (
            last.select(
                pl.col("bird_id").replace_strict(birds, np.arange(len(birds)), return_dtype=pl.Int64),
                pl.col("flit_id").replace_strict(flits, np.arange(len(flits)), return_dtype=pl.Int64),
                "occurred_at",
            )
            .sort("bird_id", "occurred_at", "flit_id", descending=[False, True, False])
            .with_columns(
                step=pl.int_range(pl.len()).over("bird_id"),
                age=(pl.lit(split.cut) - pl.col("occurred_at")).dt.total_microseconds() / 1e6,
            )
        )
        return cls(
            birds=as_ids(birds),
            flits=as_ids(flits),
            bird=placed["bird_id"].to_numpy(),
            flit=placed["flit_id"].to_numpy(),
            age=placed["age"].to_numpy(),
            step=placed["step"].to_numpy(),
        )

    def matrix(self, weight: NDArray[np.float64] | None = None) -> sparse.csr_array:
        """Shape (birds, flits), float32: `weight` (t,), or 1, where a bird touched a flit; a 0 is absent."""
        values = np.ones(len(self.bird)) if weight is None else weight
        kept = values != 0
        shape = (len(self.birds), len(self.flits))
        places = (self.bird[kept], self.flit[kept])
        return sparse.csr_array((values[kept].astype(np.float32), places), shape=shape)

    def per_flit(self, weight: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Shape (flits,): the summed weight of its touches, or how many birds touched it."""
        return np.bincount(self.flit, weight, minlength=len(self.flits)).astype(np.float64)

    def fading(self, half_life: timedelta) -> NDArray[np.float64]:
        """Shape (t,): ½^(age / half_life)."""
        return np.exp2(-self.age / half_life.total_seconds())


def find(wanted: Ids, ids: Ids) -> NDArray[np.int64]:
    """The row of each wanted id in sorted `ids`, −1 where it is not there."""
    if not len(ids):
        return np.full(len(wanted), -1, dtype=np.int64)
    place = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return np.where(ids[place] == wanted, place, -1).astype(np.int64)


def spread(values: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """values[rows], and 0 where a row is −1."""
    if not len(values):
        return np.zeros(len(rows))
    return np.where(rows >= 0, values[rows], 0.0)
