"""What methods that train with gensim share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tasks.embeddings.contract import Report
from warehouse.vectors import Matrix

LONGEST_SEQUENCE = 10_000
"""gensim drops, without a word, what lies beyond this in one sequence."""
LAST_LEARNING_RATE = 1e-4
"""gensim's own floor of the decaying learning rate."""
BATCHES_A_PASS = 20
"""The learning rate falls from batch to batch: a small corpus needs small batches to see it fall."""


class Sequences(Protocol):
    """What gensim goes through once an epoch: names beside each other, at most `LONGEST_SEQUENCE` at a time."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...


@dataclass(frozen=True, slots=True)
class Trained:
    """gensim's `model`; name i is its row `rows[i]`, and was `touched[i]` by training or is as it was drawn."""

    model: Any
    rows: NDArray[np.int64]
    touched: NDArray[np.bool_]

    def matrix(self) -> Matrix:
        """(names, d), zero where training never touched one."""
        vectors: Matrix = self.model.wv.vectors[self.rows]
        vectors[~self.touched] = 0
        return vectors


def options(parameters: Any) -> dict[str, Any]:
    """What methods call alike, by gensim's names."""
    return {
        "vector_size": parameters.dimensions,
        "window": parameters.context,
        "negative": parameters.negative,
        "ns_exponent": parameters.ns_exponent,
        "min_count": 1,
        "alpha": parameters.learning_rate,
        "min_alpha": min(LAST_LEARNING_RATE, parameters.learning_rate),
        "seed": parameters.seed,
        "workers": parameters.workers,
    }


def train(
    model: Any, uses: Mapping[str, int], sequences: Sequences, total: int, *, epochs: int, report: Report
) -> Trained:
    """Give gensim's `model` the names of `uses`, whose order breaks ties, and `epochs` passes over `sequences`.

    `total`: how many names the sequences hold. Memory: 13 bytes × dimensions a name.
    """
    model.batch_words = min(LONGEST_SEQUENCE, max(total // BATCHES_A_PASS, 1))
    model.build_vocab_from_freq(dict(uses), corpus_count=len(sequences))
    rows = np.array([model.wv.key_to_index[name] for name in uses])
    began = _own(model).copy()
    model.train(
        sequences,
        total_examples=len(sequences),
        total_words=total,
        epochs=epochs,
        callbacks=[_Epochs(epochs, report)],
    )
    return Trained(model, rows, (_own(model) != began).any(axis=1)[rows])


def _own(model: Any) -> Matrix:
    """What training changes for a name itself: with subwords, the part that is not from its pieces."""
    own: Matrix = getattr(model.wv, "vectors_vocab", model.wv.vectors)
    return own


class _Epochs:
    """Tells `report` of each epoch; gensim calls all four."""

    def __init__(self, total: int, report: Report) -> None:
        self.done, self.total, self.report = 0, total, report

    def on_train_begin(self, model: Any) -> None:
        self.report(0, self.total)

    def on_epoch_begin(self, model: Any) -> None: ...

    def on_epoch_end(self, model: Any) -> None:
        self.done += 1
        self.report(self.done, self.total)

    def on_train_end(self, model: Any) -> None: ...
