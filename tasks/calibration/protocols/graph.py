"""Node classification on an edge list with labels: do vectors of nodes tell their classes?

The protocol of Perozzi et al., "DeepWalk" (2014), section 5.2, with the share and the averaging of OpenNE's table:
vectors are learnt from all edges and no label; a logistic regression for each class against the rest (liblinear, C = 1,
vectors as they are) learns from a random half of the labelled nodes and is scored on the other; Micro- and Macro-F1
are means over 10 such splits. How many labels a node of the test half has is known, as it is there: here it has one,
so the likeliest class is the answer. Macro-F1 averages over all classes of the file.

Nodes are birds, edges are follows. A labelled node without a vector (in Wiki, 42 nodes that link to themselves alone)
is scored all the same, as a row of zeros.

Test: the 10 splits. Validation: each split's training half alone, cut into halves anew; nothing is scored on a test
half. What is chosen by the mean over splits has still seen the labels of one split's test half in another's training
half: choose among few. Intervals hold the middle 95 % of the splits' values: one split's luck, not the mean's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tasks.calibration.protocols.protocol import Metrics, MetricValue, Part, Task, shown_name
from tasks.calibration.protocols.sequence_file import numbered
from tasks.embeddings.contract import Embedding, Inputs, Method
from warehouse.vectors import Ids, as_ids

SPLITS = 10
FEWEST_NODES = 8
"""With fewer, a quarter is one node."""
REPLIES: dict[str, Any] = {
    "bird_id": pl.String,
    "author_id": pl.String,
    "flit_id": pl.String,
    "occurred_at": pl.Datetime("us"),
}

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class GraphSet:
    """An edge list and labels as a public set.

    `follows`: bird_id, followee_id, each edge once, ordered by both. `nodes` (n,), sorted: those with a label;
    `classes` (n,): theirs, numbered from 0.
    """

    name: str
    follows: pl.DataFrame
    nodes: Ids
    classes: Places
    headline: str = "micro_f1"
    baselines: tuple[str, ...] = ("majority", "adjacency")

    def task(self, on: Part) -> Task:
        baselines: dict[str, Callable[[], Metrics]] = {
            "majority": partial(self._metrics, on, None),
            "adjacency": lambda: self._metrics(on, self._adjacency()),
        }
        inputs = Inputs(follows=self.follows, replies=pl.DataFrame(schema=REPLIES))
        return Task(inputs, partial(self._measure, on), baselines)

    def splits(self, on: Part) -> Iterator[tuple[Places, Places]]:
        """What is learnt from and what is scored: halves of all nodes, or quarters, both of a training half."""
        for number in range(SPLITS):
            order = np.random.default_rng(number).permutation(len(self.nodes))
            half = len(order) // 2
            if on == "validation":
                order, half = order[:half], half // 2
            yield order[:half], order[half:]

    def _measure(self, on: Part, method: Method, embedding: Embedding) -> Metrics:
        if method.entity != "bird":
            raise ValueError(
                f"nodes of a graph are birds: expected rows of entity bird, found {method.entity}"
            )
        rows = embedding.vectors.rows(self.nodes)
        features = np.zeros((len(rows), embedding.vectors.dim))
        features[rows >= 0] = embedding.vectors.matrix[rows[rows >= 0]]
        return self._metrics(on, features)

    def _metrics(self, on: Part, features: Any | None) -> Metrics:
        """Of a logistic regression on rows of features; without them, of the most frequent class."""
        from sklearn.metrics import f1_score

        every = np.arange(self.classes.max() + 1)
        reached: dict[str, list[float]] = {"micro_f1": [], "macro_f1": []}
        for learnt, scored in self.splits(on):
            answers = _answers(self.classes[learnt], features, learnt, scored)
            for name, values in reached.items():
                average = name.partition("_")[0]
                truth = self.classes[scored]
                values.append(f1_score(truth, answers, labels=every, average=average, zero_division=0))
        return {
            name: MetricValue.around(float(np.mean(values)), *map(float, np.quantile(values, [0.025, 0.975])))
            for name, values in reached.items()
        }

    def _adjacency(self) -> Any:
        """What a node is linked with, in either direction, as a row of ones and zeros."""
        from scipy.sparse import csr_array

        names = pl.concat([self.follows["bird_id"], self.follows["followee_id"], pl.Series(self.nodes)])
        place = pl.Enum(names.unique().sort())
        ends = [
            self.follows[end].cast(place).to_physical().to_numpy().astype(np.int32)
            for end in ("bird_id", "followee_id")
        ]
        size = len(place.categories)
        links = csr_array((np.ones(len(ends[0])), tuple(ends)), shape=(size, size))
        nodes = pl.Series(self.nodes).cast(place).to_physical().to_numpy().astype(np.int32)
        return ((links + links.T) > 0).astype(np.float64)[nodes]


def _answers(classes: Places, features: Any | None, learnt: Places, scored: Places) -> Places:
    """The likeliest class of each node of `scored`; `classes` are those of `learnt`."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    if features is None or len(np.unique(classes)) == 1:
        return np.full(len(scored), np.bincount(classes).argmax())
    model = OneVsRestClassifier(LogisticRegression(solver="liblinear", random_state=0))
    answers: Places = model.fit(features[learnt], classes).predict(features[scored])
    return answers


def read(edges: Path | str, labels: Path | str) -> GraphSet:
    """`edges`: `node node` a line; `labels`: `node class` a line, each node once; plain or `.gz`.

    ValueError in one line, with file and line number, where a file is anything else; OSError where it cannot be read.
    Memory: about 200 bytes an edge.
    """
    edges, labels = Path(edges), Path(labels)
    pairs = pl.DataFrame(
        list(_pairs(edges, "`node node`")),
        schema={"bird_id": pl.String, "followee_id": pl.String},
        orient="row",
    )
    label: dict[str, str] = {}
    for number, (node, name) in enumerate(_pairs(labels, "`node class`"), start=1):
        if node in label:
            raise ValueError(
                f"{labels}, line {number}: expected one class a node, found a second one of {node!r}"
            )
        label[node] = name
    follows = pairs.unique().sort("bird_id", "followee_id")
    _check(edges, labels, follows, label)
    nodes = sorted(label)
    classes = np.unique([label[node] for node in nodes], return_inverse=True)[1]
    return GraphSet(shown_name(edges), follows, as_ids(nodes), classes)


def _pairs(path: Path, expected: str) -> Iterator[tuple[str, str]]:
    for number, line in numbered(path):
        fields = line.split()
        if len(fields) != 2:
            raise ValueError(f"{path}, line {number}: expected {expected}, found {line.strip()[:40]!r}")
        yield fields[0], fields[1]


def _check(edges: Path, labels: Path, follows: pl.DataFrame, label: dict[str, str]) -> None:
    if follows.is_empty():
        raise ValueError(f"{edges}: expected edges, found an empty file")
    classes = len(set(label.values()))
    if len(label) < FEWEST_NODES or classes < 2:
        raise ValueError(
            f"{labels}: expected at least {FEWEST_NODES} nodes of at least 2 classes, "
            f"found {len(label)} of {classes}"
        )
    if not set(label) & {*follows["bird_id"], *follows["followee_id"]}:
        raise ValueError(f"{labels}: none of its {len(label)} nodes has an edge in {edges}")
