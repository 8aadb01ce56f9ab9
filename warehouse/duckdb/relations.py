"""The edges between birds, flits and advertisers, relation by relation."""

from __future__ import annotations

import polars as pl

from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.features import FLITS, REPLIES, AsOf, read_follow_edges
from warehouse.duckdb.partitions import require_built

_TOUCHES = """
    SELECT
        CASE kind WHEN 'like' THEN 'likes' WHEN 'reflit' THEN 'reflits' WHEN 'share' THEN 'shares' ELSE 'clicks' END
            AS relation,
        'bird:' || bird_id AS source, 'flit:' || flit_id AS target, count(*) AS events
    FROM counted_interaction
    WHERE landed_day <= $known_as_of AND occurred_at >= $start AND occurred_at < $end AND NOT duplicate
        AND kind IN ('like', 'reflit', 'share', 'click')
    GROUP BY ALL
"""

# A flit that is only named in another's reply_to is not known (see `known_flits`).
_REPLIES = f"""
    SELECT 'replies' AS relation, 'bird:' || bird_id AS source, 'flit:' || flit_id AS target, count(*) AS events
    FROM ({REPLIES})
    WHERE origin = 'interaction' OR author_id IS NOT NULL
    GROUP BY ALL
"""

_FLITS = f"""
    SELECT 'authors' AS relation, 'bird:' || bird_id AS source, 'flit:' || flit_id AS target, 1 AS events
    FROM ({FLITS})
"""

# The state of a flit that landed last says who pays for it.
_PROMOTIONS = """
    SELECT 'promotes' AS relation, 'advertiser:' || advertiser_id AS source, 'flit:' || flit_id AS target, 1 AS events
    FROM (
        SELECT flit_id, posted_at, advertiser_id FROM counted_flit
        JOIN landed_file USING (file_id)
        JOIN ledger_file USING (path, sha256)
        WHERE counted_flit.landed_day <= $known_as_of AND NOT duplicate
        QUALIFY row_number() OVER (PARTITION BY flit_id ORDER BY landed_on DESC, path DESC, line_number DESC) = 1
    )
    WHERE advertiser_id IS NOT NULL AND posted_at >= $start AND posted_at < $end
"""


def read_relations(warehouse: Warehouse, as_of: AsOf) -> pl.DataFrame:
    """relation, source, target, events: how often; source and target are joint ids (see `warehouse.joint`).

    `follows`: bird → bird, as they stand at the end, however old. In the window: `likes`, `reflits`, `shares`,
    `clicks`, `replies`: bird → flit; `authors`: bird → flit and `promotes`: advertiser → flit, by when the flit
    was posted. Ordered by (relation, source, target).
    """
    for table in ("core_reply_edge", "core_flit_text"):
        require_built(warehouse, table, as_of.known_as_of)
    query = " UNION ALL ".join((_TOUCHES, _REPLIES, _FLITS, _PROMOTIONS))
    edges = warehouse.frame(query, as_of.parameters)
    return pl.concat([edges, _follows(warehouse, as_of)]).sort("relation", "source", "target")


def read_follows(warehouse: Warehouse, as_of: AsOf) -> pl.DataFrame:
    """bird_id, followee_id of the follows that stand at the end, ordered by both: a window does not age a state."""
    standing = AsOf(as_of.day, as_of.known_as_of, until=as_of.until)
    return read_follow_edges(warehouse, standing).select("bird_id", "followee_id")


def read_advertisers(warehouse: Warehouse, as_of: AsOf) -> list[str]:
    """Ids of those who pay for a flit of the window, sorted."""
    query = f"SELECT DISTINCT source[12:] FROM ({_PROMOTIONS}) ORDER BY 1"
    return [name for (name,) in warehouse.rows(query, as_of.parameters)]


def _follows(warehouse: Warehouse, as_of: AsOf) -> pl.DataFrame:
    return read_follows(warehouse, as_of).select(
        relation=pl.lit("follows"),
        source="bird:" + pl.col("bird_id"),
        target="bird:" + pl.col("followee_id"),
        events=pl.lit(1, pl.Int64),
    )
