"""The shape of a public set: what to learn from, and how what was learnt is scored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal, Protocol, Self

from tasks.calibration.encoding import Encode, encode_documents
from tasks.embeddings.contract import Embedding, Inputs, Method
from warehouse.vectors import Vectors

Part = Literal["validation", "test"]
"""`validation`: what parameters are chosen on. `test`: what is reported, never chosen on."""
FORMATS = frozenset({".gz", ".txt", ".tsv", ".csv", ".dat"})
"""Ends of a file's name that do not name what is in it."""


@dataclass(frozen=True, slots=True)
class MetricValue:
    """A metric with its interval, `low` ≤ `value` ≤ `high`; the protocol says how the interval is made."""

    value: float
    low: float
    high: float

    @classmethod
    def around(cls, value: float, low: float, high: float) -> Self:
        """Rounding may leave the mean of equal values an ulp outside of its interval: it is put inside."""
        return cls(value, min(low, value), max(high, value))


Metrics = Mapping[str, MetricValue]


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One part of a set, ready to be learnt from and scored.

    `measure`: metrics of what a method learnt; ValueError where its rows cannot be scored by this protocol.
    `baselines`: name → metrics of a ranking that needs no embedding. `measure_birds`: metrics of a space of birds
    beside the flits of the space that it builds on; None where the protocol ranks no flits for birds. `encode`: how
    texts become vectors. `reread`: the inputs of another window; None where a set knows no times.
    """

    inputs: Inputs
    measure: Callable[[Method, Embedding], Metrics]
    baselines: Mapping[str, Callable[[], Metrics]]
    measure_birds: Callable[[Embedding, Vectors], Metrics] | None = None
    encode: Encode = encode_documents
    reread: Callable[[timedelta | None], Inputs] | None = None

    def learnt_from(self, window: timedelta | None) -> Inputs:
        """What birds did in the `window` before the part, all that they did where it is None."""
        return self.inputs if self.reread is None else self.reread(window)


class PublicSet(Protocol):
    """A set in the shape of its protocol.

    `headline`: the metric that a sweep maximises. `baselines`: the names of those that each task has.
    """

    @property
    def name(self) -> str: ...

    @property
    def headline(self) -> str: ...

    @property
    def baselines(self) -> tuple[str, ...]: ...

    def task(self, on: Part) -> Task:
        """What is learnt from holds nothing of the part; validation learns from no more than test does."""
        ...


def shown_name(path: Path) -> str:
    """What people call the set of a file: `beauty.v2` for `beauty.v2.txt.gz`."""
    while path.suffix in FORMATS:
        path = path.with_suffix("")
    return path.name
