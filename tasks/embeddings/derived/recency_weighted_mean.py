"""A bird as the mean of the flits that it chose, the recent ones above all, in the frame of the flits' space.

A score is bird · flit with the parent's vectors as they are, so that a flit posted tonight is scored tonight; not with
its output side, for which the mean is not evened out.
Two faults of the plain mean are mended on the bird's side alone, and the flits stay as published:

- All flits share a common component, and a mean keeps it while what tells flits apart averages out. It is
  taken away (Mu and Viswanath, "All-but-the-Top", 2018, section 2). bird · flit changes by a constant for
  each bird, which is why the flits need no centring.
- A few directions hold most of the variance, and two birds that differ elsewhere look alike. Dividing
  direction i by (λᵢ + shrinkage)^whitening evens them out. One matrix on the bird's side does what its root
  would do on both sides: (W q) · (W f) = (W² q) · f for symmetric W. With whitening 1 this is Fisher's
  discriminant of the bird's flits against all, with a shrunk covariance (Friedman, "Regularized Discriminant
  Analysis", 1989, section 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field
from scipy.sparse import csr_array

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.parameters import Duration, Parameters
from warehouse.threads import one_thread
from warehouse.vectors import Matrix, Vectors

# A mean shorter than this part of its flits' length is rounding, not a direction.
SMALLEST_DIRECTION = 1e-6
BIRDS_AT_A_TIME = 8192
FLITS_AT_A_TIME = 65536

Moments = NDArray[np.float64]


class RecencyWeightedMeanParameters(Parameters):
    """How much each flit of a history counts, and how the mean is read.

    A flit counts once, at its last event, and weighs
    2^(−age / half_life) · 2^(−steps / half_steps) · birds^(−popularity_exponent): its age before the bird's
    last event, the bird's later flits, and the birds that chose the same flit.
    """

    half_life: Duration | None = Field(
        timedelta(days=730), description="A flit this much older weighs half; none: age is no matter."
    )
    half_steps: float | None = Field(
        None,
        gt=0,
        le=1e6,
        description="A flit this many flits earlier weighs half; none: order is no matter.",
    )
    max_history: int | None = Field(None, ge=1, description="Only a bird's last flits count; all if absent.")
    popularity_exponent: float = Field(
        0.0, ge=0, le=2, description="0: a flit that many chose says as much of a bird as a rare one."
    )
    centre: bool = Field(True, description="Take away what all flits of the parent space have in common.")
    whitening: float = Field(
        1.0, ge=0, le=1, description="0: directions weigh as they vary; 1: all weigh the same."
    )
    shrinkage: float = Field(
        3.0,
        gt=0,
        le=1000,
        description="Times the mean variance, added to each before evening out: rare directions stay small.",
    )


def fit(inputs: Inputs, parameters: RecencyWeightedMeanParameters, report: Report) -> Embedding:
    """Unit vectors of the birds of `inputs.sequences` in the one space of `inputs.parents`. Rows are `mean`.

    Left out: `no_vector_in_history`, where no flit that counts has a vector, and `no_direction`, where the
    flits cancel each other out. Memory: 4 bytes × dimensions a bird, 60 bytes an event, beside the inputs.
    """
    parent = inputs.only_parent()
    sequences = inputs.frame("sequences")
    events = _weigh(sequences, parent, parameters)
    birds = events["bird_id"].unique(maintain_order=True)
    directions = _means(events, parent, _reading(parent.matrix, parameters), report)
    directed = directions.any(axis=1)
    left_out: dict[str, list[str]] = {
        "no_vector_in_history": sorted(set(sequences["bird_id"].unique()).difference(birds)),
        "no_direction": birds.filter(pl.Series(~directed)).to_list(),
    }
    vectors = Vectors.of(birds.filter(pl.Series(directed)), directions[directed])
    return Embedding.uniform(vectors, "mean", left_out)


@dataclass(frozen=True, slots=True, eq=False)
class _Reading:
    """How the mean of flits becomes the direction of a bird.

    `centre` (d,) is taken away; `map` (d, d), symmetric, evens directions out; `scale` is the length of a
    flit, the root of its mean square.
    """

    centre: Matrix
    map: Matrix
    scale: float

    def directions(self, means: Matrix) -> Matrix:
        """Unit rows; zero where the flits of a mean cancel each other out."""
        apart = means - self.centre
        cancelled = np.linalg.norm(apart, axis=1) <= SMALLEST_DIRECTION * self.scale
        mapped = apart @ self.map
        lengths = np.linalg.norm(mapped, axis=1)
        lengths[cancelled] = np.inf
        unit: Matrix = mapped / lengths[:, None]
        return unit


@one_thread()
def _reading(flits: Matrix, parameters: RecencyWeightedMeanParameters) -> _Reading:
    """From the moments of all flits of the parent space, added up in float64, `FLITS_AT_A_TIME` at a time."""
    dim = flits.shape[1]
    total, square = np.zeros(dim), np.zeros((dim, dim))
    for start in range(0, len(flits), FLITS_AT_A_TIME):
        block = flits[start : start + FLITS_AT_A_TIME].astype(np.float64)
        total += block.sum(axis=0)
        square += block.T @ block
    count = max(len(flits), 1)
    centre = total / count if parameters.centre else np.zeros(dim)
    spread = square / count - np.outer(centre, centre)
    scale = float(np.sqrt(np.trace(square) / count))
    return _Reading(centre.astype(np.float32), _evened(spread, parameters, scale), scale)


def _evened(spread: Moments, parameters: RecencyWeightedMeanParameters, scale: float) -> Matrix:
    """Divides eigendirection i of `spread` by (λᵢ + shrinkage · mean λ)^whitening, relative to the mean λ."""
    mean_variance = float(np.trace(spread)) / max(len(spread), 1)
    if parameters.whitening == 0 or mean_variance <= (SMALLEST_DIRECTION * scale) ** 2:
        return np.eye(len(spread), dtype=np.float32)
    variances, directions = np.linalg.eigh(spread)
    gains = (np.maximum(variances, 0) / mean_variance + parameters.shrinkage) ** -parameters.whitening
    evened: Matrix = ((directions * gains) @ directions.T).astype(np.float32)
    return evened


def _weigh(
    sequences: pl.DataFrame, parent: Vectors, parameters: RecencyWeightedMeanParameters
) -> pl.DataFrame:
    """The flits that count, by bird and last event: bird_id, row in the parent, weight (of the last > 0)."""
    known = (
        sequences.select(
            "bird_id", "flit_id", "occurred_at", birds=pl.col("bird_id").n_unique().over("flit_id")
        )
        .with_columns(row=pl.Series(parent.rows(sequences["flit_id"]), dtype=pl.Int64))
        .filter(pl.col("row") >= 0)
        .unique(["bird_id", "row"], keep="last", maintain_order=True)
        .with_columns(steps=pl.int_range(pl.len(), dtype=pl.Int64).reverse().over("bird_id"))
    )
    if parameters.max_history is not None:
        known = known.filter(pl.col("steps") < parameters.max_history)
    rarity = pl.col("birds").cast(pl.Float64) ** -parameters.popularity_exponent
    return known.select("bird_id", "row", weight=2.0 ** -_halvings(parameters) * rarity)


def _halvings(parameters: RecencyWeightedMeanParameters) -> pl.Expr:
    """How often a flit's weight is halved.

    Age counts from the bird's last event: counted from the end of the day, all weights of a bird would shrink
    by one factor, which its mean does not see.
    """
    halvings = pl.lit(0.0)
    if parameters.half_life is not None:
        age = pl.col("occurred_at").max().over("bird_id") - pl.col("occurred_at")
        halvings = halvings + age.dt.total_microseconds() / (parameters.half_life / timedelta(microseconds=1))
    if parameters.half_steps is not None:
        halvings = halvings + pl.col("steps") / parameters.half_steps
    return halvings


@one_thread()
def _means(events: pl.DataFrame, parent: Vectors, reading: _Reading, report: Report) -> Matrix:
    """The direction of each bird, in the order of `events`; zero where its flits cancel each other out."""
    lengths = events.group_by("bird_id", maintain_order=True).len()["len"].to_numpy().astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    weights = events["weight"].to_numpy()
    shares = (weights / np.repeat(np.add.reduceat(weights, starts[:-1]), lengths)).astype(np.float32)
    rows = events["row"].to_numpy()
    directions = np.empty((len(lengths), parent.dim), dtype=np.float32)
    for first in range(0, len(lengths), BIRDS_AT_A_TIME):
        last = min(first + BIRDS_AT_A_TIME, len(lengths))
        part = slice(starts[first], starts[last])
        within = starts[first : last + 1] - starts[first]
        histories = csr_array((shares[part], rows[part], within), shape=(last - first, len(parent)))
        directions[first:last] = reading.directions(histories @ parent.matrix)
        report(last, len(lengths))
    return directions
