"""Birds, flits and advertisers in one space, from all that joins them: follows, likes, replies, clicks, promotions.

El-Kishky et al., "TwHIN: Embedding the Twitter Heterogeneous Information Network" (2022), section 3; the maths is in
`translation`. The movements of the relations are not published: bird · flit says how near the two are, whatever
would join them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.graph.translation import Batch, Model, Rows
from tasks.parameters import Parameters
from warehouse.joint import rows_of_kind
from warehouse.vectors import Ids, Matrix, Vectors, as_ids

STEPS_A_PASS = 50
"""A small graph is cut into at least about so many batches; large ones into more."""


class RelationsParameters(Parameters):
    """Cost in time follows epochs × edges × drawn × dimensions."""

    dimensions: int = Field(64, ge=1, le=4096, description="Length of a vector.")
    epochs: int = Field(10, ge=1, le=10_000, description="Passes over all edges.")
    drawn: int = Field(
        128, ge=2, le=65_536, description="Ends drawn against every batch, half as frequent, half even."
    )
    batch: int = Field(2048, ge=1, le=1_000_000, description="Edges at a time at the most.")
    learning_rate: float = Field(0.1, gt=0, le=10, description="Of Adagrad.")
    repetition: float = Field(
        0.5, ge=0, le=1, description="An edge weighs events^this: 0 once is as good as often."
    )
    seed: int = Field(7, ge=0, le=2**32 - 1)
    workers: int = Field(
        1, ge=1, le=64, description="Threads of the matrix products; more may round otherwise."
    )


def fit(inputs: Inputs, parameters: RelationsParameters, report: Report) -> Embedding:
    """All that `inputs.relations` joins, rows `trained`. Left out: `no_edge_to_another`, joined to itself alone.

    Equal inputs give equal bytes with one worker. Memory: 40 bytes an edge, 4 bytes × dimensions an entity, and
    8 bytes × batch × (drawn + 3 × dimensions), beside the inputs.
    """
    from threadpoolctl import threadpool_limits

    frame = inputs.frame("relations")
    edges = Edges.of(frame, parameters.repetition)
    with threadpool_limits(parameters.workers):
        vectors = Vectors(edges.ids, _train(edges, parameters, report))
    seen = set(frame["source"].unique()) | set(frame["target"].unique())
    return Embedding.uniform(vectors, "trained", {"no_edge_to_another": sorted(seen.difference(edges.ids))})


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Edges grouped by relation: those of relation i are `bounds[i]:bounds[i + 1]`.

    `ids` (n,) sorted; `sources`, `targets` (e,) are rows of them; `weights` (e,). Of `kinds`, by relation, the rows
    of the kinds of its sources and targets: a kind is one block of ids.
    """

    ids: Ids
    sources: Rows
    targets: Rows
    weights: Matrix
    bounds: Rows
    kinds: tuple[tuple[slice, slice], ...]

    @classmethod
    def of(cls, relations: pl.DataFrame, repetition: float) -> Edges:
        """What joins an entity to itself is dropped."""
        apart = relations.filter(pl.col("source") != pl.col("target")).sort("relation", "source", "target")
        ids = pl.concat([apart["source"], apart["target"]]).unique().sort()
        place = pl.Enum(ids)
        sources, targets = (
            apart[end].cast(place).to_physical().cast(pl.Int64).to_numpy() for end in ("source", "target")
        )
        lengths = apart.group_by("relation", maintain_order=True).len()["len"].to_numpy()
        bounds = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
        weights = (apart["events"].to_numpy().astype(np.float64) ** repetition).astype(np.float32)
        names = as_ids(ids)
        kinds = tuple((_kind(names, sources[at]), _kind(names, targets[at])) for at in bounds[:-1])
        return cls(names, sources, targets, weights, bounds, kinds)

    def batches(self, parameters: RelationsParameters, generator: np.random.Generator) -> Iterator[Batch]:
        """Every edge once, in a drawn order, in batches of one relation."""
        size = min(parameters.batch, max(len(self.sources) // STEPS_A_PASS, 16))
        places = [
            (relation, part)
            for relation, (first, end) in enumerate(zip(self.bounds[:-1], self.bounds[1:], strict=True))
            for part in np.array_split(
                generator.permutation(np.arange(first, end)), -(-(end - first) // size)
            )
        ]
        for at in generator.permutation(len(places)):
            relation, part = places[at]
            yield self._batch(relation, part, parameters.drawn, generator)

    def _batch(self, relation: int, edges: Rows, drawn: int, generator: np.random.Generator) -> Batch:
        sources, targets = self.kinds[relation]
        frequent = generator.integers(self.bounds[relation], self.bounds[relation + 1], size=drawn // 2)
        even = drawn - drawn // 2
        return Batch(
            relation,
            self.sources[edges],
            self.targets[edges],
            self.weights[edges],
            np.concatenate([self.sources[frequent], generator.integers(sources.start, sources.stop, even)]),
            np.concatenate([self.targets[frequent], generator.integers(targets.start, targets.stop, even)]),
        )


def _kind(ids: Ids, row: int) -> slice:
    """The rows of the kind of one of them."""
    kind: Any = ids[row].partition(":")[0]
    return rows_of_kind(ids, kind)


def _train(edges: Edges, parameters: RelationsParameters, report: Report) -> Matrix:
    generator = np.random.default_rng(parameters.seed)
    model = Model.drawn(len(edges.ids), len(edges.kinds), parameters.dimensions, generator)
    for epoch in range(parameters.epochs):
        report(epoch, parameters.epochs)
        for batch in edges.batches(parameters, generator):
            model.learn(batch, parameters.learning_rate)
    report(parameters.epochs, parameters.epochs)
    return model.entities.rows
