"""What the rows of a space stand for, and where the logs tell of them."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from tasks.embeddings.contract import Entity
from tasks.embeddings.words.tokens import tokens
from warehouse.joint import joint_id

LOG: dict[str, pl.DataType | type[pl.DataType]] = {
    "id": pl.String,
    "bird_id": pl.String,
    "flit_id": pl.String,
    "occurred_at": pl.Datetime("us"),
}


def mentions(entity: Entity, events: pl.DataFrame, flits: pl.DataFrame) -> pl.DataFrame:
    """id, bird_id, flit_id, occurred_at: a row for each time that an entity was met.

    `events`: bird_id, flit_id, occurred_at. `flits`: flit_id, author, posted_at, text. Birds and flits are met in
    events, words in flits, when they were posted.
    """
    events = events.select("bird_id", "flit_id", "occurred_at")
    if entity == "word":
        return _used(flits)
    if entity == "joint":
        birds, flits_met = (
            events.with_columns(id=f"{kind}:" + pl.col(f"{kind}_id")) for kind in ("bird", "flit")
        )
        return pl.concat([birds, flits_met]).select(*LOG)
    return events.with_columns(id=pl.col(f"{entity}_id")).select(*LOG)


def sayings(entity: Entity, flits: pl.DataFrame) -> dict[str, str]:
    """Id → what it says: a flit its text, a word itself; birds say nothing of their own.

    `flits`: flit_id, text, text_hash, null where nothing is left to read.
    """
    said: Mapping[str, str] = dict(
        flits.filter(pl.col("text_hash").is_not_null()).select("flit_id", "text").iter_rows()
    )
    if entity == "joint":
        return {joint_id("flit", flit): text for flit, text in said.items()}
    if entity == "word":
        return {word: word for text in said.values() for word in tokens(text)}
    return dict(said) if entity == "flit" else {}


def _used(flits: pl.DataFrame) -> pl.DataFrame:
    """A row for each word of each flit, once."""
    rows = [
        (word, author, flit, posted_at)
        for flit, author, posted_at, text in flits.select(
            "flit_id", "author", "posted_at", "text"
        ).iter_rows()
        if text
        for word in dict.fromkeys(tokens(text))
    ]
    return pl.DataFrame(rows, schema=LOG, orient="row")
