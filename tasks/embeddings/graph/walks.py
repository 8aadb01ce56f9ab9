"""Random walks over an undirected graph, many at a time, walked anew for every pass over them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from warehouse.vectors import Ids, as_ids

WALKS_AT_A_TIME = 8192

Nodes = NDArray[np.int32]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """An undirected graph without loops; every node has a neighbour.

    `ids` (n,) sorted; the neighbours of node i are `targets[starts[i]:starts[i + 1]]`, ascending, and an edge lies
    in `targets` in both directions. `reach` (edges + 1,): the weights of the edges before each one, added up.
    Memory: 20 bytes a direction of an edge.
    """

    ids: Ids
    starts: Places
    targets: Nodes
    reach: NDArray[np.float64]

    @classmethod
    def of(cls, edges: pl.DataFrame) -> Graph:
        """From source, target, weight > 0; several rows of one pair, in either direction, add up. Loops are dropped."""
        apart = edges.filter(pl.col("source") != pl.col("target"))
        both = pl.concat([apart, apart.select(source="target", target="source", weight="weight")])
        ids = both["source"].unique().sort()
        place = pl.Enum(ids)
        rows = (
            both.select(pl.col("source", "target").cast(place).to_physical().cast(pl.Int64), "weight")
            .group_by("source", "target")
            .agg(pl.col("weight").sort().sum())
            .sort("source", "target")
        )
        degrees = np.bincount(rows["source"].to_numpy(), minlength=len(ids))
        return cls(
            as_ids(ids),
            np.concatenate([[0], np.cumsum(degrees, dtype=np.int64)]),
            rows["target"].to_numpy().astype(np.int32),
            np.concatenate([[0.0], np.cumsum(rows["weight"].to_numpy())]),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def strengths(self) -> NDArray[np.float64]:
        """The weights of each node's edges, added up, (n,): how often a long walk is there."""
        return np.diff(self.reach[self.starts])

    def step(self, nodes: Nodes, generator: np.random.Generator) -> Nodes:
        """A neighbour of each node, drawn ∝ the weight of the edge."""
        first, end = self.starts[nodes], self.starts[nodes + 1]
        low, high = self.reach[first], self.reach[end]
        drawn = low + generator.random(len(nodes)) * (high - low)
        edge = np.searchsorted(self.reach, drawn, side="right") - 1
        chosen: Nodes = self.targets[np.clip(edge, first, end - 1)]
        return chosen

    def has_edges(self, sources: Nodes, targets: Nodes) -> NDArray[np.bool_]:
        """Whether each pair is an edge: a binary search in each source's neighbours, all pairs at once."""
        low, high = self.starts[sources].copy(), self.starts[sources + 1].copy()
        end = high.copy()
        for _ in range(int((high - low).max(initial=0)).bit_length()):
            middle = (low + high) // 2
            below = (low < high) & (self.targets[np.minimum(middle, len(self.targets) - 1)] < targets)
            low, high = np.where(below, middle + 1, low), np.where(below | (low >= high), high, middle)
        found: NDArray[np.bool_] = (low < end) & (
            self.targets[np.minimum(low, len(self.targets) - 1)] == targets
        )
        return found


@dataclass(frozen=True, slots=True)
class Bias:
    """node2vec's taste for edges (Grover and Leskovec, 2016, section 3.2.2): from t over v, a neighbour x of v weighs
    1/p where x is t, 1 where x is a neighbour of t, 1/q elsewhere, times the weight of its edge."""

    p: float = 1.0
    q: float = 1.0

    @property
    def none(self) -> bool:
        return self.p == 1.0 and self.q == 1.0


def walks(graph: Graph, length: int, bias: Bias, generator: np.random.Generator) -> Iterator[Nodes]:
    """One walk of `length` nodes from every node, in a drawn order, (≤ WALKS_AT_A_TIME, length) at a time."""
    order = generator.permutation(len(graph)).astype(np.int32)
    for first in range(0, len(order), WALKS_AT_A_TIME):
        yield _walk(graph, order[first : first + WALKS_AT_A_TIME], length, bias, generator)


def _walk(graph: Graph, begin: Nodes, length: int, bias: Bias, generator: np.random.Generator) -> Nodes:
    walked = np.empty((len(begin), length), dtype=np.int32)
    walked[:, 0] = begin
    for step in range(1, length):
        if step == 1 or bias.none:
            walked[:, step] = graph.step(walked[:, step - 1], generator)
        else:
            walked[:, step] = _biased_step(graph, walked[:, step - 2], walked[:, step - 1], bias, generator)
    return walked


def _biased_step(graph: Graph, before: Nodes, at: Nodes, bias: Bias, generator: np.random.Generator) -> Nodes:
    """Rejection sampling (Yang et al., "KnightKing", 2019, section 3): propose by weight, keep ∝ the bias.

    Nothing is kept a pair of edges, which the alias tables of the paper's own implementation are.
    """
    most = max(1 / bias.p, 1.0, 1 / bias.q)
    chosen = np.empty_like(at)
    waiting = np.arange(len(at))
    while len(waiting):
        proposed = graph.step(at[waiting], generator)
        back = proposed == before[waiting]
        weights = np.where(graph.has_edges(before[waiting], proposed), 1.0, 1 / bias.q)
        weights[back] = 1 / bias.p
        alone = graph.starts[at[waiting] + 1] - graph.starts[at[waiting]] == 1
        kept = alone | (generator.random(len(waiting)) * most < weights)
        chosen[waiting[kept]] = proposed[kept]
        waiting = waiting[~kept]
    return chosen
