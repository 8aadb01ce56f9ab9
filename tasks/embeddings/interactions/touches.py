"""Who is interested in what, as a sparse matrix: what factorisations of birds × flits learn from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from tasks.embeddings.contract import Embedding
from warehouse.joint import joint_ids
from warehouse.vectors import Ids, Matrix, Vectors, as_ids

TOO_FEW_BIRDS = "too_few_birds"
NO_FLIT_LEFT = "no_flit_left"
NO_DIRECTION = "no_direction"
NO_COUNTER_EXAMPLE = "no_counter_example"
REASONS = (TOO_FEW_BIRDS, NO_FLIT_LEFT, NO_DIRECTION)

ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Touches:
    """`weights`: (birds, flits) float32, above 0 where a bird is interested in a flit; no column is empty.

    `birds`, `flits`: their ids in code point order. `rare_flits`, `idle_birds`: what was read and is neither.
    """

    birds: Ids
    flits: Ids
    weights: csr_array
    rare_flits: Ids
    idle_birds: Ids

    @classmethod
    def read(cls, interactions: pl.DataFrame, min_birds: int) -> Touches:
        """Pairs of a weight above 0, of flits that at least `min_birds` birds touched so.

        Memory: 40 bytes a pair.
        """
        liked = interactions.filter(pl.col("weight") > 0)
        liked = liked.filter(pl.len().over("flit_id") >= min_birds)
        birds, flits = liked["bird_id"].unique().sort(), liked["flit_id"].unique().sort()
        places = (
            liked["bird_id"].cast(pl.Enum(birds)).to_physical().to_numpy(),
            liked["flit_id"].cast(pl.Enum(flits)).to_physical().to_numpy(),
        )
        values = liked["weight"].to_numpy().astype(np.float32)
        return cls(
            as_ids(birds),
            as_ids(flits),
            csr_array((values, places), shape=(len(birds), len(flits))),
            as_ids(sorted(set(interactions["flit_id"].unique()).difference(flits))),
            as_ids(sorted(set(interactions["bird_id"].unique()).difference(birds))),
        )

    def with_birds(self, also: Iterable[str], known: Iterable[str]) -> Touches:
        """With a row for each bird of `also`, empty where it touched nothing; others of `known` are idle."""
        birds = as_ids(sorted({*self.birds, *also}))
        at, flit = self.weights.tocoo().coords
        places = (np.searchsorted(birds, self.birds)[at], flit)
        weights = csr_array((self.weights.data, places), shape=(len(birds), len(self.flits)))
        idle = as_ids(sorted({*self.idle_birds, *known}.difference(birds)))
        return Touches(birds, self.flits, weights, self.rare_flits, idle)

    def joint(self, birds: Matrix, flits: Matrix, taught: NDArray[np.bool_] | None = None) -> Embedding:
        """The joint space of a row for each bird and each flit.

        Left out: `REASONS`, and `no_counter_example`, rows that are not `taught` (birds, then flits); all are if None.
        """
        ids = np.concatenate([joint_ids("bird", self.birds), joint_ids("flit", self.flits)])
        matrix = np.concatenate([birds, flits])
        told = np.ones(len(ids), dtype=bool) if taught is None else taught
        some = told & some_length(matrix)
        vectors = Vectors(ids[some], np.ascontiguousarray(matrix[some]))
        left_out = {
            TOO_FEW_BIRDS: joint_ids("flit", self.rare_flits),
            NO_FLIT_LEFT: joint_ids("bird", self.idle_birds),
            NO_DIRECTION: ids[told & ~some],
            NO_COUNTER_EXAMPLE: ids[~told],
        }
        return Embedding.uniform(vectors, "trained", left_out)


def some_length(matrix: Matrix) -> NDArray[np.bool_]:
    """(n,): rows that are longer than rounding, where a score of 1 is a touch."""
    return np.asarray(np.linalg.norm(matrix, axis=1) > ROUNDING)


def damped(weights: csr_array, weight_power: float, popularity_power: float) -> csr_array:
    """weight^`weight_power` ÷ (entries of its column)^`popularity_power`, scaled to a mean of 1 an entry."""
    raised = weights.copy()
    raised.data = raised.data**weight_power
    popularity = np.maximum(weights.count_nonzero(axis=0), 1).astype(np.float32)
    scaled = csr_array(raised @ diags_array(popularity**-popularity_power))
    scaled.data *= scaled.nnz / max(scaled.data.sum(dtype=np.float64), np.finfo(np.float64).tiny)
    return scaled.astype(np.float32)
