"""Entities and relations in one space: an edge's source, moved by its relation, points to its target.

El-Kishky et al., "TwHIN: Embedding the Twitter Heterogeneous Information Network" (2022), section 3.2: the score of
source s, relation r and target t is (s + r) · t. The loss is the softmax of the true end of an edge among drawn ones
of its kind, once for either end, as Lerer et al., "PyTorch-BigGraph" (2019), sections 3.1 and 4.3, have it: a batch
shares its draws, half of them as frequent as they are in the relation, half even. Steps are Adagrad's, with one
accumulator a row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warehouse.vectors import Matrix

Rows = NDArray[np.int64]
ALMOST_NOTHING = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Edges of one relation: rows of their ends, (b,), what each weighs, (b,), and the ends drawn against them."""

    relation: int
    sources: Rows
    targets: Rows
    weights: Matrix
    other_sources: Rows
    other_targets: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows that learn, (n, d), and the sum of the mean squares of what each has been moved by, (n,)."""

    rows: Matrix
    squares: Matrix

    @classmethod
    def of(cls, rows: Matrix) -> Table:
        return cls(rows, np.zeros(len(rows), dtype=np.float32))

    def descend(self, places: Rows, gradients: Matrix, rate: float) -> None:
        """One step of Adagrad; gradients of the same row add up."""
        from scipy.sparse import csr_array

        rows, inverse = np.unique(places, return_inverse=True)
        ones, columns = np.ones(len(places), dtype=np.float32), np.arange(len(places))
        summed = csr_array((ones, (inverse, columns)), shape=(len(rows), len(places))) @ gradients
        self.squares[rows] += np.einsum("ij,ij->i", summed, summed) / summed.shape[1]
        self.rows[rows] -= rate * summed / np.sqrt(self.squares[rows] + ALMOST_NOTHING)[:, None]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """`entities` and `relations`: what is learnt."""

    entities: Table
    relations: Table

    @classmethod
    def drawn(cls, entities: int, relations: int, dimensions: int, generator: np.random.Generator) -> Model:
        """Entities of length about 1 in drawn directions; relations begin as no movement at all."""
        begin = generator.standard_normal((entities, dimensions), dtype=np.float32) / np.sqrt(dimensions)
        still = np.zeros((relations, dimensions), dtype=np.float32)
        return cls(Table.of(begin.astype(np.float32)), Table.of(still))

    def learn(self, batch: Batch, rate: float) -> None:
        """Move everything that the batch touches."""
        rows, move = self.entities.rows, self.relations.rows[batch.relation]
        moved, targets = rows[batch.sources] + move, rows[batch.targets]
        others, moved_others = rows[batch.other_targets], rows[batch.other_sources] + move
        forward = _softmax_gradients(moved, targets, others, batch.weights)
        backward = _softmax_gradients(targets, moved, moved_others, batch.weights)
        sources, ends = forward[0] + backward[1], forward[1] + backward[0]
        places = [batch.sources, batch.targets, batch.other_targets, batch.other_sources]
        gradients = np.concatenate([sources, ends, forward[2], backward[2]])
        self.entities.descend(np.concatenate(places), gradients, rate)
        moving = (sources.sum(axis=0) + backward[2].sum(axis=0))[None, :] / len(batch.sources)
        self.relations.descend(np.array([batch.relation]), moving, rate)


def _softmax_gradients(
    queries: Matrix, truths: Matrix, others: Matrix, weights: Matrix
) -> tuple[Matrix, Matrix, Matrix]:
    """Of −log softmax of query · truth among itself and query · others: by queries, truths and others."""
    scores = np.concatenate([np.einsum("ij,ij->i", queries, truths)[:, None], queries @ others.T], axis=1)
    scores -= scores.max(axis=1, keepdims=True)
    shares = np.exp(scores)
    shares *= (weights / shares.sum(axis=1))[:, None]
    shares[:, 0] -= weights
    true, drawn = shares[:, :1], shares[:, 1:]
    return true * truths + drawn @ others, true * queries, drawn.T @ queries
