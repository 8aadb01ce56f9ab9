"""Sets that have an order and no times, as splits: what is to be found lies at `CUT`, the rest steps before it."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from tasks.evaluation import Split
from tasks.evaluation.protocol import SplitCounts
from warehouse.vectors import as_ids

CUT = datetime(2000, 1, 1)  # noqa: DTZ001 - times are naive UTC
STEP = timedelta(seconds=1)


def as_events(touches: pl.DataFrame, steps_back: pl.Expr) -> pl.DataFrame:
    """The touches as bird_id, flit_id and occurred_at, so many steps before the cut; the order of rows stays."""
    return touches.select("bird_id", "flit_id", occurred_at=pl.lit(CUT) - steps_back * pl.lit(STEP))


def timeless_split(
    history: pl.DataFrame, wanted: pl.DataFrame, hidden: pl.DataFrame, items: pl.Series, counts: SplitCounts
) -> Split:
    """All `items` as candidates for the birds of `wanted`, the pairs to find, but for each bird's `hidden` ones.

    `history`: as `as_events` makes it. `wanted`, `hidden`: bird_id, flit_id.
    """
    birds, candidates = wanted["bird_id"].unique().sort(), items.unique().sort()
    return Split(
        cut=CUT,
        until=CUT + STEP,
        history=history,
        birds=as_ids(birds),
        candidates=as_ids(candidates),
        posted_at=np.full(len(candidates), CUT, dtype="datetime64[us]"),
        warm=candidates.is_in(history["flit_id"].unique().implode()).to_numpy(),
        truth=_places(wanted, birds, candidates),
        excluded=_places(hidden, birds, candidates),
        counts=counts,
    )


def _places(pairs: pl.DataFrame, birds: pl.Series, candidates: pl.Series) -> pl.DataFrame:
    """The pairs of scored birds and candidates as row and column, sorted."""
    row = pl.DataFrame({"bird_id": birds}).with_row_index("row")
    column = pl.DataFrame({"flit_id": candidates}).with_row_index("column")
    placed = pairs.join(row, on="bird_id").join(column, on="flit_id")
    return placed.select(pl.col("row", "column").cast(pl.Int64)).sort("row", "column")
