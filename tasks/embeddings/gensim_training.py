"""What methods that train with gensim share."""

from __future__ import annotations

from typing import Any

from tasks.embeddings.contract import Report

LONGEST_SEQUENCE = 10_000
"""gensim drops, without a word, what lies beyond this in one sequence."""
LAST_LEARNING_RATE = 1e-4
"""gensim's own floor of the decaying learning rate."""


class Epochs:
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
