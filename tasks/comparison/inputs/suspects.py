"""Who and what is behind a day that stands out: what a night that it holds back proposes to set aside."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from tasks.comparison.inputs.window_profile import BUSIEST

MOST = 1_000
"""Birds that are named of those who came together; more are beyond naming."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A bird, and its events of the day: all of them, or those on the flits that strangers touch most."""

    bird: str
    events: int


@dataclass(frozen=True, slots=True)
class Suspects:
    """The five birds with most events; the strangers on the five `flits` that strangers touch most, most events first.

    `whole`: events of the day.
    """

    busiest: tuple[Suspect, ...] = ()
    together: tuple[Suspect, ...] = ()
    flits: tuple[str, ...] = ()
    whole: int = 0

    @classmethod
    def of(cls, events: pl.DataFrame, known: Collection[str]) -> Suspects:
        """`events`: bird_id, flit_id of the day; `known`: birds that have an event on an earlier day of the window."""
        strangers = events.filter(~pl.col("bird_id").is_in(sorted(known)))
        flits = _most(strangers, "flit_id", BUSIEST)
        together = strangers.filter(pl.col("flit_id").is_in([name for name, _ in flits]))
        return cls(
            tuple(Suspect(*row) for row in _most(events, "bird_id", BUSIEST)),
            tuple(Suspect(*row) for row in _most(together, "bird_id", MOST)),
            tuple(name for name, _ in flits),
            len(events),
        )


def _most(events: pl.DataFrame, by: str, most: int) -> list[tuple[str, int]]:
    """Ids with most events, ties by id."""
    counted = events.group_by(by).len().sort(["len", by], descending=[True, False]).head(most)
    return [(str(name), int(count)) for name, count in counted.iter_rows()]
