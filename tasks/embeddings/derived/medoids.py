"""A bird as a few of the flits that it chose: one for each of its interests, so that none is averaged away.

Pal et al., "PinnerSage: Multi-Modal User Embedding Framework for Recommendations at Pinterest" (2020), section 4: the
last 90 days of a bird are clustered by Ward's method (4.1), a cluster is its medoid (4.2), and counts for the sum of
its flits' weights, which halve with age (4.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.parameters import Duration, Parameters
from warehouse.parts import Parts
from warehouse.vectors import Matrix, Vectors, as_ids

BIRDS_BETWEEN_REPORTS = 1024


class MedoidsParameters(Parameters):
    """How interests are told apart, and which are kept."""

    history: Duration = Field(
        timedelta(days=90),
        description="Flits touched this long or longer before the bird's last one do not count.",
    )
    max_history: int = Field(200, ge=1, le=2000, description="Only so many of a bird's last flits count.")
    distance: float = Field(
        1.3,
        ge=0,
        le=1000,
        description="Clusters farther apart than this by Ward's distance of unit vectors are two interests; two "
        "flits that have nothing in common are 1.41 apart.",
    )
    half_life: Duration = Field(
        timedelta(days=69), description="A flit this much older counts half of what the bird's last one does."
    )
    parts: int = Field(3, ge=1, le=100, description="Interests kept, those that count most.")


@dataclass(frozen=True, slots=True, eq=False)
class Interests:
    """The medoids of one bird, those that count most first: `rows` of its flits, and the `shares` of each, in all 1."""

    rows: NDArray[np.int64]
    shares: Matrix


def fit(inputs: Inputs, parameters: MedoidsParameters, report: Report) -> Embedding:
    """Up to `parts` unit vectors a bird of `inputs.sequences`, in the one space of `inputs.parents`.

    Rows are `medoid`. Left out: `no_vector_in_history`, where no flit that counts has a vector with a direction. What
    counts is told from the bird's own last event, so that no bird depends on others. Memory: 4 bytes × dimensions a
    flit and a part, and 8 bytes × the square of `max_history`, beside the inputs.
    """
    parent, sequences = inputs.only_parent(), inputs.frame("sequences")
    unit = parent.normalised()
    events = _counting(sequences, parent, parameters)
    birds = events["bird_id"].unique(maintain_order=True).to_list()
    found: list[Interests] = []
    for done, (rows, weights) in enumerate(_histories(events), start=1):
        found.append(_interests(unit[rows], weights, rows, parameters))
        if done % BIRDS_BETWEEN_REPORTS == 0:
            report(done, len(birds))
    report(len(birds), len(birds))
    left_out = {"no_vector_in_history": sorted(set(sequences["bird_id"].unique()).difference(birds))}
    return _embedding(birds, found, unit, left_out)


def _embedding(
    birds: list[str], found: list[Interests], unit: Matrix, left_out: dict[str, list[str]]
) -> Embedding:
    counts = [len(interests.rows) for interests in found]
    parts = Parts(
        np.repeat(as_ids(birds), counts),
        np.concatenate([np.arange(count, dtype=np.int32) for count in counts] or [np.empty(0, np.int32)]),
        np.concatenate([interests.shares for interests in found] or [np.empty(0, np.float32)]),
        unit[np.concatenate([interests.rows for interests in found] or [np.empty(0, np.int64)])],
    )
    of_all = Embedding.uniform(parts.summary(), "medoid", left_out)
    return Embedding(of_all.vectors, of_all.provenance, left_out=of_all.left_out, parts=parts)


def _counting(sequences: pl.DataFrame, parent: Vectors, parameters: MedoidsParameters) -> pl.DataFrame:
    """The flits that count, each once, at its last event, by bird and time: bird_id, row in the parent, weight."""
    rows = parent.rows(sequences["flit_id"])
    rows[~np.append(parent.matrix.any(axis=1), False)[rows]] = -1
    age = pl.col("occurred_at").max().over("bird_id") - pl.col("occurred_at")
    halvings = pl.col("age").dt.total_microseconds() / (parameters.half_life / timedelta(microseconds=1))
    return (
        sequences.select("bird_id", age=age, row=pl.Series(rows, dtype=pl.Int64))
        .filter((pl.col("age") < parameters.history) & (pl.col("row") >= 0))
        .unique(["bird_id", "row"], keep="last", maintain_order=True)
        .group_by("bird_id", maintain_order=True)
        .tail(parameters.max_history)
        .select("bird_id", "row", weight=2.0**-halvings)
    )


def _histories(events: pl.DataFrame) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Rows and weights of each bird's flits, bird by bird."""
    lengths = events.group_by("bird_id", maintain_order=True).len()["len"].to_numpy()
    cuts = np.cumsum(lengths)[:-1]
    rows, weights = np.split(events["row"].to_numpy(), cuts), np.split(events["weight"].to_numpy(), cuts)
    return zip(rows, weights, strict=True) if len(lengths) else iter(())


def _interests(
    flits: Matrix, weights: NDArray[np.float64], rows: NDArray[np.int64], parameters: MedoidsParameters
) -> Interests:
    """Cluster one bird's flits, (h, d), unit rows. Of interests that count the same, the later touched comes first."""
    clusters = _clusters(flits, parameters.distance)
    medoids, importance, latest = [], [], []
    for cluster in np.unique(clusters):
        members = np.flatnonzero(clusters == cluster)
        own = flits[members].astype(np.float64)
        # Σ ‖m − x‖² over the cluster is least where m · Σ x is largest: all rows are of unit length.
        medoids.append(members[(own @ own.sum(axis=0)).argmax()])
        importance.append(weights[members].sum())
        latest.append(members.max())
    order = np.lexsort((-np.array(latest), -np.array(importance)))[: parameters.parts]
    kept = np.array(importance)[order]
    return Interests(rows[np.array(medoids)[order]], (kept / kept.sum()).astype(np.float32))


def _clusters(flits: Matrix, distance: float) -> NDArray[np.int64]:
    """Ward's clusters (Ward, 1963), numbered; merged while they are no farther apart than `distance`."""
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(flits) == 1:
        return np.zeros(1, dtype=np.int64)
    clusters: NDArray[np.int64] = fcluster(linkage(flits, method="ward"), distance, criterion="distance")
    return clusters
