"""Who came and who went between two windows."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl


@dataclass(frozen=True, slots=True)
class Turnover:
    """Ids of one window against those of the one before.

    `new_share`: of `after`; `vanished_share`: of `before`. None where there is nothing to compare.
    """

    before: int | None = None
    after: int | None = None
    new: int | None = None
    vanished: int | None = None
    new_share: float | None = None
    vanished_share: float | None = None

    @classmethod
    def of(cls, before: pl.Series, after: pl.Series) -> Turnover:
        """Of two columns of ids, each id once."""
        old, now = before.rename("id").to_frame(), after.rename("id").to_frame()
        new, vanished = len(now.join(old, on="id", how="anti")), len(old.join(now, on="id", how="anti"))
        return cls(len(old), len(now), new, vanished, _share(new, len(now)), _share(vanished, len(old)))


@dataclass(frozen=True, slots=True, eq=False)
class WindowIds:
    """The ids of a window, each once, in no order."""

    birds: pl.Series
    flits: pl.Series

    @classmethod
    def of(cls, events: pl.DataFrame) -> WindowIds:
        """Of the columns bird_id, flit_id."""
        return cls(events["bird_id"].unique(), events["flit_id"].unique())


@dataclass(frozen=True, slots=True)
class Churn:
    """Turnover of the window's birds and flits."""

    birds: Turnover = field(default_factory=Turnover)
    flits: Turnover = field(default_factory=Turnover)

    @classmethod
    def of(cls, before: WindowIds, after: WindowIds) -> Churn:
        return cls(Turnover.of(before.birds, after.birds), Turnover.of(before.flits, after.flits))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
