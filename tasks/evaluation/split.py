"""The global time cut: everything before it may be learnt from, the days after it are to be found."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b

import numpy as np
import polars as pl

from tasks.evaluation.protocol import EvaluationParameters, Split, SplitCounts
from warehouse.vectors import as_ids


def split(
    events: pl.DataFrame,
    flits: pl.DataFrame,
    until: datetime,
    parameters: EvaluationParameters,
    learnt_since: datetime | None = None,
) -> Split:
    """Cut `events` at `until` − hold_out.

    `events`: bird_id, flit_id, occurred_at; one row an event that counts as interest. `flits`: flit_id,
    author, posted_at; flits without a row count as posted when an event first shows them, and have no author.
    `learnt_since`: the model learnt from history at or after it only; a candidate met earlier is cold.
    Nothing at or after `until` is seen. Truth is each (bird, flit) touched in [cut, until), by birds with
    enough history. Candidates may be posted after the cut: a feed ranks what is there when the bird comes.
    """
    cut = until - parameters.hold_out
    events = events.select("bird_id", "flit_id", "occurred_at").filter(pl.col("occurred_at") < until)
    history = events.filter(pl.col("occurred_at") < cut)
    flits = _known_flits(events, flits, until)
    seen = history.select("bird_id", "flit_id").unique()
    truth = _truth(events.filter(pl.col("occurred_at") >= cut), seen, flits, parameters)
    candidates = _candidates(flits, until, parameters)
    reachable = truth.join(candidates.select("flit_id"), on="flit_id", how="semi")
    birds = _sample(reachable["bird_id"].unique().to_list(), parameters.sample)
    row = pl.DataFrame(
        {"bird_id": birds, "row": np.arange(len(birds))}, schema={"bird_id": pl.String, "row": pl.Int64}
    )
    column = (
        candidates.select("flit_id").with_row_index("column").with_columns(pl.col("column").cast(pl.Int64))
    )
    learnt = history if learnt_since is None else history.filter(pl.col("occurred_at") >= learnt_since)
    return Split(
        cut=cut,
        until=until,
        history=history,
        birds=as_ids(birds),
        candidates=as_ids(candidates["flit_id"]),
        posted_at=candidates["posted_at"].cast(pl.Datetime("us")).to_numpy(),
        warm=candidates["flit_id"].is_in(learnt["flit_id"].unique().implode()).to_numpy(),
        truth=_places(reachable, row, column),
        excluded=_places(_excluded(seen, flits, parameters), row, column),
        counts=SplitCounts(
            birds=truth["bird_id"].n_unique(),
            birds_scorable=reachable["bird_id"].n_unique(),
            truth=len(truth),
            truth_reachable=len(reachable),
        ),
    )


def _known_flits(events: pl.DataFrame, flits: pl.DataFrame, until: datetime) -> pl.DataFrame:
    """flit_id, author, posted_at of every flit known before `until`, ordered by flit_id."""
    flits = flits.select("flit_id", "author", "posted_at").cast({"author": pl.String})
    if flits["flit_id"].n_unique() < len(flits):
        twice = flits.filter(pl.col("flit_id").is_duplicated())["flit_id"].min()
        raise ValueError(
            f"flits must hold each flit_id once, {twice!r} is there more often; pass its latest state"
        )
    posted = flits.filter(pl.col("posted_at") < until)
    shown = (
        events.group_by("flit_id")
        .agg(shown_at=pl.col("occurred_at").min().cast(posted.schema["posted_at"]))
        .join(posted, on="flit_id", how="anti")
        .join(flits, on="flit_id", how="left")
        .select("flit_id", "author", posted_at="shown_at")
    )
    return pl.concat([posted, shown]).sort("flit_id")


def _truth(
    held_out: pl.DataFrame, seen: pl.DataFrame, flits: pl.DataFrame, parameters: EvaluationParameters
) -> pl.DataFrame:
    """bird_id, flit_id: each pair to be found, once."""
    enough = seen.group_by("bird_id").len().filter(pl.col("len") >= parameters.min_history)
    pairs = held_out.select("bird_id", "flit_id").unique().join(enough, on="bird_id", how="semi")
    return pairs.join(_excluded(seen, flits, parameters), on=["bird_id", "flit_id"], how="anti")


def _excluded(seen: pl.DataFrame, flits: pl.DataFrame, parameters: EvaluationParameters) -> pl.DataFrame:
    """bird_id, flit_id: pairs that are neither recommended nor looked for."""
    own = flits.filter(pl.col("author").is_not_null()).select(bird_id="author", flit_id="flit_id")
    parts = [
        own if parameters.exclude_own else own.clear(),
        seen if parameters.exclude_seen else seen.clear(),
    ]
    return pl.concat(parts).unique()


def _candidates(flits: pl.DataFrame, until: datetime, parameters: EvaluationParameters) -> pl.DataFrame:
    within = parameters.candidates.posted_within
    return flits if within is None else flits.filter(pl.col("posted_at") >= until - within)


def _sample(birds: list[str], size: int) -> list[str]:
    """The `size` birds with the lowest hash, sorted by id: a hash does not depend on who else is there."""
    if len(birds) > size:
        birds = sorted(birds, key=_stable_hash)[:size]
    return sorted(birds)


def _stable_hash(bird: str) -> tuple[bytes, str]:
    return blake2b(bird.encode(), digest_size=8).digest(), bird


def _places(pairs: pl.DataFrame, row: pl.DataFrame, column: pl.DataFrame) -> pl.DataFrame:
    """The pairs of scored birds and candidates as row and column, sorted."""
    placed = pairs.join(row, on="bird_id").join(column, on="flit_id")
    return placed.select("row", "column").sort("row", "column")
