"""What the training stages read from the feature tables, always as of a moment.

Rows are ordered by what each docstring says, in code point order, so that equal content is read as equal
bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

import numpy as np
import polars as pl

from warehouse.duckdb.database import Warehouse, WarehouseError
from warehouse.duckdb.partitions import loaded_files as loaded_files
from warehouse.duckdb.partitions import require_built
from warehouse.vectors import Ids, as_ids

# The flits whose latest state, as known, was posted within the window.
FLITS = """
    SELECT flit_id, day, bird_id, posted_at, lang, text, text_hash
    FROM core_flit_text
    JOIN (
        SELECT flit_id, max(day) AS day FROM core_flit_text WHERE day <= $known_as_of GROUP BY flit_id
    ) USING (flit_id, day)
    WHERE posted_at >= $start AND posted_at < $end
"""

# Replies of the window; author_id is NULL where the flit that was answered has not landed. A flit's reply_to counts as
# long as its latest state, as known, says so.
REPLIES = """
    WITH flit AS (
        SELECT flit_id, bird_id, day FROM core_flit_text
        JOIN (
            SELECT flit_id, max(day) AS day FROM core_flit_text WHERE day <= $known_as_of GROUP BY flit_id
        ) USING (flit_id, day)
    )
    SELECT
        edge.bird_id, answered.bird_id AS author_id, edge.flit_id, edge.occurred_at, edge.reply_id, edge.origin
    FROM core_reply_edge AS edge
    LEFT JOIN flit AS answered ON answered.flit_id = edge.flit_id
    LEFT JOIN flit AS answer ON answer.flit_id = CASE WHEN edge.origin = 'flit' THEN edge.reply_id END
    WHERE edge.day <= $known_as_of AND edge.occurred_at >= $start AND edge.occurred_at < $end
        AND (edge.origin = 'interaction' OR answer.day = edge.day)
"""


@dataclass(frozen=True, slots=True)
class AsOf:
    """What a reader may see: lines that landed on or before `known_as_of`, of these the window [start, end).

    Events count by occurred_at, flits by posted_at, birds by joined_at. `end` is `until`, or by default the
    end of `day`; `start` is `window` before it, or the beginning of time. ValueError where `until` is after
    the end of `day` or the window is not positive.
    """

    day: date
    known_as_of: date
    window: timedelta | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        if self.end > _midnight_after(self.day):
            raise ValueError(f"until {self.until} is after the end of the day {self.day}")
        if self.window is not None and self.window <= timedelta(0):
            raise ValueError(f"a window must be longer than nothing, found {self.window}")

    @property
    def end(self) -> datetime:
        return self.until if self.until is not None else _midnight_after(self.day)

    @property
    def start(self) -> datetime:
        return datetime.min if self.window is None else self.end - self.window  # noqa: DTZ901 - times are naive UTC

    @property
    def parameters(self) -> dict[str, Any]:
        return {"known_as_of": self.known_as_of, "start": self.start, "end": self.end}


def read_sequences(warehouse: Warehouse, as_of: AsOf) -> pl.DataFrame:
    """bird_id, flit_id, occurred_at: one row an interaction, ordered by (bird_id, occurred_at, event_id)."""
    require_built(warehouse, "core_flit_sequence", as_of.known_as_of)
    query = """
        SELECT bird_id, flit_id, occurred_at FROM core_flit_sequence
        WHERE day <= $known_as_of AND occurred_at >= $start AND occurred_at < $end
        ORDER BY bird_id, occurred_at, event_id
    """
    return warehouse.frame(query, as_of.parameters)


def read_sequences_of(
    warehouse: Warehouse, as_of: AsOf, column: Literal["bird_id", "flit_id"], ids: Iterable[str]
) -> pl.DataFrame:
    """The rows of `read_sequences` whose `column` is one of `ids`, in the same order."""
    require_built(warehouse, "core_flit_sequence", as_of.known_as_of)
    query = f"""
        SELECT bird_id, flit_id, occurred_at FROM core_flit_sequence
        WHERE day <= $known_as_of AND occurred_at >= $start AND occurred_at < $end
            AND {column} IN (SELECT id FROM wanted_id)
        ORDER BY bird_id, occurred_at, event_id
    """
    with warehouse.view_of("wanted_id", pl.DataFrame({"id": list(ids)}, schema={"id": pl.String})):
        return warehouse.frame(query, as_of.parameters)


def read_interactions(warehouse: Warehouse, as_of: AsOf, half_life: timedelta) -> pl.DataFrame:
    """bird_id, flit_id, weight > 0 at the end of the window, ordered by (bird_id, flit_id).

    ValueError where a bound of the window is not midnight: days are the grain of the table. WarehouseError
    where it was built with another half-life.
    """
    for bound in (as_of.start, as_of.end):
        if bound.time() != time.min:
            raise ValueError(
                f"interactions are kept by day: expected a window from midnight to midnight, found {bound}"
            )
    require_built(warehouse, "core_interaction", as_of.known_as_of)
    _require_half_life(warehouse, as_of.known_as_of, half_life)
    query = """
        SELECT bird_id, flit_id, occurred_on, weight FROM core_interaction
        WHERE day <= $known_as_of AND occurred_on >= $start AND occurred_on < $end
        ORDER BY bird_id, flit_id, occurred_on, day
    """
    return sum_decayed(warehouse.frame(query, as_of.parameters), as_of.end, half_life)


def sum_decayed(daily: pl.DataFrame, end: datetime, half_life: timedelta) -> pl.DataFrame:
    """Add up the days of each pair, each times 2^-(time from the end of its day to `end` / half-life).

    `daily`: bird_id, flit_id, occurred_on, weight; rows of a pair stand together, in a total order, since a
    sum of floats depends on it. Returns bird_id, flit_id, weight in the same order, pairs of positive weight
    only.
    """
    pairs = daily.select("bird_id", "flit_id")
    if daily.is_empty():
        return pairs.with_columns(weight=pl.lit(None, pl.Float64))
    begins = pl.col("bird_id").ne_missing(pl.col("bird_id").shift()) | pl.col("flit_id").ne_missing(
        pl.col("flit_id").shift()
    )
    starts = np.flatnonzero(pairs.select(begins).to_series().to_numpy())
    age = pl.lit(end) - pl.col("occurred_on").cast(pl.Datetime("us")) - timedelta(days=1)
    half_lives = daily.select(age.dt.total_microseconds() / (half_life / timedelta(microseconds=1)))
    weights = daily["weight"].to_numpy() * np.exp2(-half_lives.to_series().to_numpy())
    summed = pairs[starts].with_columns(weight=pl.Series(np.add.reduceat(weights, starts)))
    return summed.filter(pl.col("weight") > 0)


def read_flits(warehouse: Warehouse, as_of: AsOf) -> pl.DataFrame:
    """flit_id, author, posted_at, text (cleaned), text_hash: latest states, ordered by flit_id."""
    require_built(warehouse, "core_flit_text", as_of.known_as_of)
    query = f"SELECT flit_id, bird_id AS author, posted_at, text, text_hash FROM ({FLITS}) ORDER BY flit_id"
    return warehouse.frame(query, as_of.parameters)


def read_authors(warehouse: Warehouse, as_of: AsOf) -> pl.DataFrame:
    """flit_id, author, posted_at of the latest states, ordered by flit_id."""
    require_built(warehouse, "core_flit_text", as_of.known_as_of)
    query = f"SELECT flit_id, bird_id AS author, posted_at FROM ({FLITS}) ORDER BY flit_id"
    return warehouse.frame(query, as_of.parameters)


def read_texts(warehouse: Warehouse, as_of: AsOf) -> pl.DataFrame:
    """flit_id, text_hash of the latest state, ordered by flit_id; NULL where cleaning left no text."""
    require_built(warehouse, "core_flit_text", as_of.known_as_of)
    return warehouse.frame(f"SELECT flit_id, text_hash FROM ({FLITS}) ORDER BY flit_id", as_of.parameters)


def read_text_of(warehouse: Warehouse, text_hashes: Iterable[str]) -> pl.DataFrame:
    """text_hash, text of the hashes that the warehouse knows, each once, ordered by text_hash."""
    wanted = pl.DataFrame({"text_hash": list(text_hashes)}, schema={"text_hash": pl.String})
    query = """
        SELECT text_hash, any_value(text) AS text FROM core_flit_text
        WHERE text_hash IN (SELECT text_hash FROM wanted_text)
        GROUP BY text_hash ORDER BY text_hash
    """
    with warehouse.view_of("wanted_text", wanted):
        return warehouse.frame(query)


def read_known_texts(warehouse: Warehouse, as_of: AsOf, flit_ids: Iterable[str]) -> dict[str, str]:
    """flit_id → cleaned text of the latest state as known, for the ids that have one."""
    require_built(warehouse, "core_flit_text", as_of.known_as_of)
    wanted = pl.DataFrame({"flit_id": list(flit_ids)}, schema={"flit_id": pl.String})
    query = f"""
        SELECT flit_id, text FROM ({FLITS})
        WHERE text_hash IS NOT NULL AND flit_id IN (SELECT flit_id FROM wanted_flit)
    """
    with warehouse.view_of("wanted_flit", wanted):
        return dict(warehouse.rows(query, as_of.parameters))


def read_texts_of_flits(warehouse: Warehouse, flit_ids: Iterable[str]) -> dict[str, str]:
    """flit_id → text of the state that landed last, for the ids that have one."""
    wanted = pl.DataFrame({"flit_id": list(flit_ids)}, schema={"flit_id": pl.String})
    query = """
        SELECT flit_id, arg_max(text, day) FROM core_flit_text
        WHERE flit_id IN (SELECT flit_id FROM wanted_flit) GROUP BY flit_id
    """
    with warehouse.view_of("wanted_flit", wanted):
        return dict(warehouse.rows(query))


def read_follow_edges(warehouse: Warehouse, as_of: AsOf) -> pl.DataFrame:
    """bird_id, followee_id, followed_at of the follows that stand at the end: a pair's last event decides.

    Ordered by (bird_id, followee_id).
    """
    require_built(warehouse, "core_follow_edge", as_of.known_as_of)
    query = """
        SELECT bird_id, followee_id, occurred_at AS followed_at FROM (
            SELECT bird_id, followee_id, occurred_at, follows FROM core_follow_edge
            WHERE day <= $known_as_of AND occurred_at >= $start AND occurred_at < $end
            QUALIFY row_number() OVER (
                PARTITION BY bird_id, followee_id ORDER BY occurred_at DESC, event_id DESC
            ) = 1
        )
        WHERE follows ORDER BY bird_id, followee_id
    """
    return warehouse.frame(query, as_of.parameters)


def read_reply_edges(warehouse: Warehouse, as_of: AsOf) -> pl.DataFrame:
    """bird_id, author_id, flit_id, occurred_at: replies to flits whose author is known.

    Ordered by (bird_id, occurred_at, reply_id, origin).
    """
    for table in ("core_reply_edge", "core_flit_text"):
        require_built(warehouse, table, as_of.known_as_of)
    query = f"""
        SELECT bird_id, author_id, flit_id, occurred_at FROM ({REPLIES})
        WHERE author_id IS NOT NULL ORDER BY bird_id, occurred_at, reply_id, origin
    """
    return warehouse.frame(query, as_of.parameters)


def read_visits(warehouse: Warehouse, day: date) -> pl.DataFrame:
    """The night's visits, all columns of core_visit but day, ordered by (bird_id, visit)."""
    require_built(warehouse, "core_visit", day)
    return warehouse.frame(
        "SELECT * EXCLUDE (day) FROM core_visit WHERE day = ? ORDER BY bird_id, visit", [day]
    )


def read_birds(warehouse: Warehouse, day: date) -> pl.DataFrame:
    """The night's birds, all columns of core_bird but day, ordered by bird_id."""
    require_built(warehouse, "core_bird", day)
    return warehouse.frame("SELECT * EXCLUDE (day) FROM core_bird WHERE day = ? ORDER BY bird_id", [day])


def known_flits(warehouse: Warehouse, as_of: AsOf) -> Ids:
    """Sorted ids of the flits that were posted or interacted with.

    A flit that is only named in another's reply_to is not known.
    """
    require_built(warehouse, "core_flit_text", as_of.known_as_of)
    query = f"""
        SELECT flit_id FROM ({FLITS})
        UNION
        SELECT flit_id FROM counted_interaction
        WHERE landed_day <= $known_as_of AND occurred_at >= $start AND occurred_at < $end AND NOT duplicate
        ORDER BY flit_id
    """
    return as_ids(warehouse.frame(query, as_of.parameters)["flit_id"])


def known_birds(warehouse: Warehouse, as_of: AsOf) -> Ids:
    """Sorted ids of the birds that joined, interacted, posted, followed or were followed."""
    require_built(warehouse, "core_flit_text", as_of.known_as_of)
    query = f"""
        SELECT bird_id FROM ({FLITS})
        UNION
        SELECT bird_id FROM counted_interaction
        WHERE landed_day <= $known_as_of AND occurred_at >= $start AND occurred_at < $end AND NOT duplicate
        UNION
        SELECT unnest([bird_id, followee_id]) FROM counted_follow
        WHERE landed_day <= $known_as_of AND occurred_at >= $start AND occurred_at < $end AND NOT duplicate
        UNION
        SELECT bird_id FROM (
            SELECT bird_id, joined_at FROM raw_bird
            JOIN landed_file USING (file_id)
            JOIN ledger_file USING (path, sha256)
            WHERE raw_bird.landed_day <= $known_as_of AND NOT duplicate
            QUALIFY row_number() OVER (
                PARTITION BY bird_id ORDER BY landed_on DESC, path DESC, line_number DESC
            ) = 1
        )
        WHERE joined_at >= $start AND joined_at < $end
        ORDER BY bird_id
    """
    return as_ids(warehouse.frame(query, as_of.parameters)["bird_id"])


def _require_half_life(warehouse: Warehouse, known_as_of: date, half_life: timedelta) -> None:
    query = """
        SELECT DISTINCT (parameters->>'half_life_s')::DOUBLE FROM feature_partition
        WHERE table_name = 'core_interaction' AND day <= ? ORDER BY 1
    """
    found = [seconds for (seconds,) in warehouse.rows(query, [known_as_of])]
    if any(seconds != half_life.total_seconds() for seconds in found):
        raise WarehouseError(
            f"{warehouse.path}: core_interaction was built with half-lives of {found} s, asked for "
            f"{half_life.total_seconds()} s; build the features with the same parameters first"
        )


def _midnight_after(day: date) -> datetime:
    return datetime.combine(day, time.min) + timedelta(days=1)
