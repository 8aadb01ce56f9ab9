"""Histories as numbers: which flits a bird touched, in order, and batches of them that hold little padding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tasks.embeddings.interactions.corpus import in_company, without_repeats
from warehouse.vectors import Ids, as_ids

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Stretches of `Histories.codes`: stretch i is `codes[starts[i]:starts[i] + lengths[i]]`, none is empty."""

    starts: Codes
    lengths: Codes

    def __len__(self) -> int:
        return len(self.starts)

    def batch(self, rows: Codes) -> tuple[Codes, NDArray[np.bool_]]:
        """Places in `codes`, (rows, longest), and which of them belong to the stretch; the rest repeat its last."""
        at = np.arange(self.lengths[rows].max())
        lengths = self.lengths[rows, None]
        return self.starts[rows, None] + np.minimum(at, lengths - 1), at < lengths

    def batches(self, size: int, order: Codes) -> list[Codes]:
        """Rows in groups of at most `size` of similar length; `order` decides among equal lengths."""
        rows = order[np.argsort(self.lengths[order], kind="stable")]
        return [rows[start : start + size] for start in range(0, len(rows), size)]

    def shuffled(self, size: int, random: np.random.Generator) -> Iterator[Codes]:
        """The same groups drawn anew, in any order."""
        batches = self.batches(size, random.permutation(len(self)))
        for place in random.permutation(len(batches)):
            yield batches[place]


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """What birds touched, oldest first, at 8 bytes a step; no flit follows itself.

    `birds` (b,) and `flits` (f,) in code point order. History i, that of `birds[i]`, is `codes[starts[i]:starts[i +
    1]]`, places in `flits`; it has at least one step, and each flit stands beside another in some history.
    """

    birds: Ids
    flits: Ids
    codes: Codes
    starts: Codes

    @classmethod
    def of(cls, sequences: pl.DataFrame) -> Histories:
        """From bird_id, flit_id, ordered by bird, then time. A flit that is never beside another is dropped."""
        steps = without_repeats(sequences)
        together = in_company(steps)["flit_id"].unique().sort()
        steps = steps.filter(pl.col("flit_id").is_in(together.implode()))
        lengths = steps.group_by("bird_id", maintain_order=True).len()
        return cls(
            birds=as_ids(lengths["bird_id"]),
            flits=as_ids(together),
            codes=steps["flit_id"].cast(pl.Enum(together)).to_physical().to_numpy().astype(np.int64),
            starts=np.concatenate([[0], np.cumsum(lengths["len"].to_numpy(), dtype=np.int64)]),
        )

    def recent(self, length: int) -> Spans:
        """The last `length` steps of every history."""
        lengths = np.minimum(np.diff(self.starts), length)
        return Spans(self.starts[1:] - lengths, lengths)

    def pieces(self, length: int) -> Spans:
        """Stretches of at most `length` steps, cut from the end, of all steps that another one follows.

        Every pair of neighbours is in one piece: its first step at place p, its second at p + 1.
        """
        steps = np.diff(self.starts) - 1
        counts = -(-steps // length)
        history = np.repeat(np.arange(len(steps)), counts)
        nth = np.arange(len(history)) - np.repeat(np.cumsum(counts) - counts, counts)
        ends = self.starts[1:][history] - 1 - nth * length
        starts = np.maximum(ends - length, self.starts[:-1][history])
        return Spans(starts, ends - starts)
