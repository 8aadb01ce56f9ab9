"""The follows and unfollows that arrive."""

from __future__ import annotations

import numpy as np
import polars as pl

from tasks.synthetic.landing import names
from tasks.synthetic.landing.arrived import Arrived
from tasks.synthetic.landing.span import Span
from tasks.synthetic.randomness import Chunk
from tasks.synthetic.world import World


def follows_arriving(world: World, span: Span, chunk: Chunk) -> Arrived:
    """What a chunk of birds did within the span; a bird follows another at most once."""
    edges, population = world.follows(chunk), len(world.population)
    parts = []
    for action, at_ms in (("follow", edges.since_ms), ("unfollow", edges.until_ms)):
        kept = np.flatnonzero(span.holds(at_ms))
        bird = names.bird_ids(chunk.start + edges.bird[kept], population)
        followee = names.bird_ids(edges.followee[kept], population)
        frame = pl.DataFrame(
            {
                "event_id": f"{action}-" + bird + "-" + followee,
                "occurred_at": names.moments(world.start, at_ms[kept]),
                "bird_id": bird,
                "followee_id": followee,
                "action": pl.repeat(action, len(kept), dtype=pl.String, eager=True),
            }
        )
        parts.append(Arrived.of(frame, at_ms[kept]))
    return Arrived.joined(parts)
