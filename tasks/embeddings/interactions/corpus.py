"""Histories of birds as sequences of codes: what learns from which flits stand beside each other reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tasks.embeddings.gensim_training import LONGEST_SEQUENCE


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """Sequences as gensim reads them, again and again, at 4 bytes an event.

    `flits` in code point order; `codes` (events,) are places in it; sequence i is `codes[starts[i]:starts[i +
    1]]`. No flit stands beside itself, and no sequence is shorter than 2.
    """

    flits: list[str]
    codes: NDArray[np.int32]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __iter__(self) -> Iterator[list[str]]:
        for start, end in zip(self.starts[:-1], self.starts[1:], strict=True):
            yield [self.flits[code] for code in self.codes[start:end].tolist()]

    def counts(self) -> dict[str, int]:
        """Flit → events, in the order of `flits`: it breaks gensim's ties between equally frequent ones."""
        return dict(zip(self.flits, np.bincount(self.codes, minlength=len(self.flits)).tolist(), strict=True))


def read_corpus(sequences: pl.DataFrame) -> Corpus:
    """Sequences of at least two different flits, repeats in a row removed, long ones cut into even pieces."""
    steps = in_company(without_repeats(sequences))
    flits = steps["flit_id"].unique().sort()
    codes = steps["flit_id"].cast(pl.Enum(flits)).to_physical().to_numpy().astype(np.int32)
    lengths = steps.group_by("bird_id", maintain_order=True).len()["len"].to_list()
    cut = [piece for length in lengths for piece in pieces(length)]
    return Corpus(flits.to_list(), codes, np.concatenate([[0], np.cumsum(cut, dtype=np.int64)]))


def without_repeats(sequences: pl.DataFrame) -> pl.DataFrame:
    """bird_id, flit_id of the steps that lead a bird to another flit than the one before."""
    steps = sequences.select("bird_id", "flit_id")
    return steps.filter((pl.struct(pl.all()) != pl.struct(pl.all()).shift()).fill_null(True))


def in_company(steps: pl.DataFrame) -> pl.DataFrame:
    """The steps of birds that take more than one: a flit that is never beside another is none of theirs."""
    return steps.filter(pl.len().over("bird_id") > 1)


def pieces(length: int) -> list[int]:
    """Lengths ≤ `LONGEST_SEQUENCE` that differ by 1 at the most: no piece is left with a single flit."""
    count = -(-length // LONGEST_SEQUENCE)
    return [length // count + (index < length % count) for index in range(count)]


def distinct(sequences: pl.DataFrame) -> set[str]:
    """The flits of `sequences`."""
    return set(sequences["flit_id"].unique())
