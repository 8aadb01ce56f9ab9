"""Tests of a space in itself: do pairs find each other, do analogies hold, do lists stay together?

Nearness is the cosine. An id that the space does not know makes its test not covered: `asked` and `covered` say how
many, and metrics are means over what is covered, so read them together. Intervals are percentile bootstraps over tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.evaluation.bootstrap import Interval, interval, resampled_means
from tasks.evaluation.protocol import EvaluationParameters
from warehouse.similarity import fourth
from warehouse.vectors import Matrix, Vectors

NEVER = int(np.iinfo(np.int64).max)
"""The rank of what cannot be found."""
_CELLS = 16_000_000  # scores held at a time: 64 MB

Rows = NDArray[np.int64]
Values = Mapping[str, NDArray[np.float64]]
"""Metric → a value for each test that is covered."""


@dataclass(frozen=True, slots=True)
class Tested:
    """One kind of test. `covered` of `asked` have all their ids in the space; metrics are None where none has."""

    asked: int
    covered: int
    metrics: Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """Every kind of test that is declared, by name."""

    tests: Mapping[str, Tested]

    @property
    def headline(self) -> dict[str, float | None]:
        """`intrinsic_<test>_<metric>`, and of every test the share that is covered; the same keys every night."""
        numbers: dict[str, float | None] = {}
        for name, tested in self.tests.items():
            numbers |= {f"intrinsic_{name}_{metric}": one.value for metric, one in tested.metrics.items()}
            numbers[f"intrinsic_{name}_covered"] = tested.covered / tested.asked
        return numbers

    def as_json(self) -> dict[str, Any]:
        return {name: asdict(tested) for name, tested in self.tests.items()}

    def added_to(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The document of an evaluation with these tests, and with their numbers in its headline."""
        return {
            **document,
            "headline": {**document["headline"], **self.headline},
            "intrinsic": self.as_json(),
        }


def intrinsic(vectors: Vectors, parameters: EvaluationParameters) -> Intrinsic:
    """Put the tests of `parameters.intrinsic` to a space. Memory: the vectors once more, and 64 MB."""
    declared = parameters.intrinsic
    unit = Vectors(vectors.ids, vectors.normalised())
    kinds: dict[str, tuple[Sequence[tuple[str, ...]], Callable[[Vectors, Rows, int], Values]]] = {
        "synonyms": (declared.synonyms, _pairs),
        "analogies": (declared.analogies, _analogies),
        "duplicates": (declared.duplicates, _pairs),
    }
    tests = {
        name: _tested(unit, asked, measure, parameters) for name, (asked, measure) in kinds.items() if asked
    }
    if declared.clusters:
        tests["clusters"] = _clusters(unit, declared.clusters, parameters)
    return Intrinsic(tests)


def _tested(
    unit: Vectors,
    asked: Sequence[tuple[str, ...]],
    measure: Callable[[Vectors, Rows, int], Values],
    parameters: EvaluationParameters,
) -> Tested:
    rows = unit.rows(id_ for ids in asked for id_ in ids).reshape(len(asked), -1)
    covered = rows[(rows >= 0).all(axis=1)]
    return Tested(
        len(asked), len(covered), _means(measure(unit, covered, parameters.intrinsic.k), parameters)
    )


def _pairs(unit: Vectors, rows: Rows, k: int) -> Values:
    """Of each pair the mean of both ways: 1 / rank of the one among the neighbours of the other, and rank ≤ k."""
    ways = [
        ranks(unit.matrix, unit.matrix[one], other, one[:, None])
        for one, other in ((rows[:, 0], rows[:, 1]), (rows[:, 1], rows[:, 0]))
    ]
    both = np.stack(ways, axis=1)
    return {"mrr": (1 / both).mean(axis=1), f"within_{k}": (both <= k).mean(axis=1)}


def _analogies(unit: Vectors, rows: Rows, k: int) -> Values:
    """Rank of d as `warehouse.similarity.analogy` finds it, a, b and c themselves being no answers."""
    a, b, c, d = rows.T
    found = ranks(unit.matrix, fourth(unit.matrix[a], unit.matrix[b], unit.matrix[c]), d, rows[:, :3])
    return {"accuracy_at_1": (found == 1).astype(float), f"accuracy_at_{k}": (found <= k).astype(float)}


def ranks(unit: Matrix, queries: Matrix, wanted: Rows, excluded: Rows) -> Rows:
    """(q,): the rank, from 1, of row `wanted[i]` by its score with query i among all rows but `excluded[i]` (q, e).

    Equal scores rank by row. A query among whose excluded rows the wanted one is never finds it: its rank is `NEVER`.
    """
    found = np.empty(len(queries), dtype=np.int64)
    at_a_time = max(1, _CELLS // max(len(unit), 1))
    for start in range(0, len(queries), at_a_time):
        part = slice(start, start + at_a_time)
        found[part] = ranks_in(queries[part] @ unit.T, wanted[part], excluded[part])
    return found


def ranks_in(scores: Matrix, wanted: Rows, excluded: Rows) -> Rows:
    """As `ranks`, of scores (q, n) that are there already; they are changed."""
    np.put_along_axis(scores, excluded, -np.inf, axis=1)
    aim = np.take_along_axis(scores, wanted[:, None], axis=1)
    earlier = np.arange(scores.shape[1]) < wanted[:, None]
    found: Rows = 1 + ((scores > aim) | ((scores == aim) & earlier)).sum(axis=1)
    found[(excluded == wanted[:, None]).any(axis=1)] = NEVER
    return found


def _clusters(unit: Vectors, lists: Sequence[tuple[str, ...]], parameters: EvaluationParameters) -> Tested:
    """Of each member: how many of its nearest are of its list, among all members and as many as its list has others;
    and its silhouette by cosine distance (Rousseeuw, "Silhouettes", 1987). Members without another are not covered."""
    labels = np.repeat(np.arange(len(lists)), [len(of) for of in lists])
    rows = unit.rows(id_ for of in lists for id_ in of)
    known = rows >= 0
    known &= np.bincount(labels[known], minlength=len(lists))[labels] > 1
    own = labels[known]
    values: dict[str, NDArray[np.float64]] = {"neighbours": np.empty(0), "silhouette": np.empty(0)}
    if len(np.unique(own)) > 1:
        from sklearn.metrics import silhouette_samples

        matrix = unit.matrix[rows[known]]
        values = {
            "neighbours": _of_own_list(matrix @ matrix.T, own),
            "silhouette": silhouette_samples(matrix, own, metric="cosine").astype(np.float64),
        }
    return Tested(len(rows), len(values["neighbours"]), _means(values, parameters))


def _of_own_list(scores: Matrix, own: Rows) -> NDArray[np.float64]:
    np.fill_diagonal(scores, -np.inf)
    order = np.argsort(-scores, axis=1, kind="stable")
    others = np.bincount(own)[own] - 1
    looked_at = np.arange(len(own)) < others[:, None]
    shares: NDArray[np.float64] = ((own[order] == own[:, None]) & looked_at).sum(axis=1) / others
    return shares


def _means(values: Values, parameters: EvaluationParameters) -> dict[str, Interval]:
    if not len(next(iter(values.values()))):
        return {name: Interval() for name in values}
    draws = resampled_means(np.stack(list(values.values()), axis=1), parameters.resamples, parameters.seed)
    return {
        name: interval(float(of.mean()), draws[:, index], parameters.confidence)
        for index, (name, of) in enumerate(values.items())
    }
