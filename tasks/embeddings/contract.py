"""The shape every embedding method has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from tasks.parameters import Parameters
from warehouse.vectors import Ids, Matrix, Vectors

Source = Literal["sequences", "texts", "interactions", "parents"]
Report = Callable[[int, int], None]
"""Called with (steps done, steps in all) during long work."""


def silent(done: int, total: int) -> None:
    """A `Report` for nobody."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a method may learn from. Only the sources that it declares in `Method.reads` are filled.

    `sequences`: bird_id, flit_id, occurred_at, ordered by (bird_id, occurred_at, event_id); one row an interaction.
    `texts`: flit_id, text_hash, ordered by flit_id; `encoded` has the vector of each text_hash.
    `interactions`: bird_id, flit_id, weight (decayed, at the end of the day), ordered by (bird_id, flit_id).
    `parents`: the spaces named in `from`, by name.
    """

    sequences: pl.DataFrame | None = None
    texts: pl.DataFrame | None = None
    encoded: Vectors | None = None
    interactions: pl.DataFrame | None = None
    parents: Mapping[str, Vectors] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """What a method has learnt.

    `vectors`: one row an entity. `output`: the context side, same rows, or None where a score is vector · vector.
    `provenance`: (n,) strings, how each row came about (`trained`, `text`, …).
    `left_out`: reason → ids that the method saw and gave no vector; disjoint from each other and from `vectors.ids`.
    """

    vectors: Vectors
    provenance: Ids
    output: Matrix | None = None
    left_out: Mapping[str, Ids] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.provenance.shape != self.vectors.ids.shape:
            raise ValueError(f"{self.provenance.shape} provenances for {self.vectors.ids.shape} ids")
        if self.output is not None and self.output.shape != self.vectors.matrix.shape:
            raise ValueError(f"output {self.output.shape} does not match vectors {self.vectors.matrix.shape}")


@dataclass(frozen=True, slots=True)
class Method:
    """A method as `pipelines.yaml` names it.

    `entity`: what a row stands for. `reads`: the sources it needs. `fixed_frame`: coordinates mean the same every
    night, so that versions compare without a rotation (a frozen text model; anything computed from one).
    """

    parameters: type[Parameters]
    entity: Literal["bird", "flit"]
    reads: frozenset[Source]
    fit: Callable[[Inputs, Any, Report], Embedding]
    fixed_frame: bool
