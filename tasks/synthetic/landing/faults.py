"""What goes wrong on the way: lines sent twice, dirt, blank lines; counted, so that books can be checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tasks.synthetic.landing.arrived import Arrived
from tasks.synthetic.parameters import SyntheticParameters
from tasks.synthetic.randomness import Booleans, Integers

_MOST_DIRT = 40
"""At most one line in this many is dirt: well below the share at which ingest refuses a file."""

_SOON_ROWS = 200
_STATES = ("flits", "birds")
_BLANK_SHARE = 0.25
_IDENTITY = {"interactions": "bird_id", "flits": "flit_id", "birds": "bird_id", "follows": "followee_id"}
_CHOICE = {
    "interactions": ("kind", "applaud"),
    "follows": ("action", "stalk"),
    "flits": ("media", "hologram"),
}
TIMES = {
    "interactions": "occurred_at", "flits": "posted_at", "birds": "joined_at", "follows": "occurred_at",
    "erasures": "requested_at",
}  # fmt: skip
"""The field of each stream that says when it happened."""


@dataclass(frozen=True, slots=True, eq=False)
class Flaws:
    """The rows of a file with its flaws.

    `rows`: clean rows and copies, in order of their lines. `copy`: (n,) rows that landed before, in this
    file or an earlier one; `resent` of them on an earlier day. `dirty`: rows spoilt beyond use, to be put
    before the rows at `dirty_at`, ascending. `redelivered`: rows that the next file of the day brings once
    more.
    """

    rows: Arrived
    copy: Booleans
    resent: int
    dirty: pl.DataFrame
    dirty_at: Integers
    redelivered: Arrived


def weave(
    rng: np.random.Generator,
    parameters: SyntheticParameters,
    stream: str,
    clean: Arrived,
    carried: Arrived | None,
    *,
    last: bool,
) -> Flaws:
    """Flaws for a file of `clean` rows and of those `carried` over; the `last` file of a day hands none on."""
    n = len(clean)
    twice = np.flatnonzero(rng.random(n) < parameters.duplicate_share)
    within, later = (twice, twice[:0]) if last else (twice[::2], twice[1::2])
    before = clean.rows(twice[:0]) if carried is None else carried
    # A copy of a state that came after the next state would be a state of its own.
    reach = 0.5 if stream in _STATES else _SOON_ROWS
    soon, anywhere = within + rng.uniform(0.4, reach, len(within)), rng.uniform(0, n, len(before))
    order = np.argsort(np.concatenate([np.arange(n), soon, anywhere]), kind="stable")
    copies = np.ones(len(within) + len(before), dtype=np.bool_)
    frame = pl.concat([clean.frame, clean.frame[within], before.frame])[order]
    at_ms = np.concatenate([clean.at_ms, clean.at_ms[within], before.at_ms])[order]
    copy = np.concatenate([clean.resent, copies])[order]
    dirty = _spoilt(rng, parameters, stream, clean.frame)
    return Flaws(
        rows=Arrived(frame, at_ms, copy),
        copy=copy,
        resent=int(clean.resent.sum()),
        dirty=dirty,
        dirty_at=np.sort(rng.integers(0, len(order) + 1, len(dirty))),
        redelivered=clean.rows(later),
    )


def _spoilt(
    rng: np.random.Generator, parameters: SyntheticParameters, stream: str, clean: pl.DataFrame
) -> pl.DataFrame:
    """Copies of some rows, each without its identity, without its time, or with a choice that there is not.

    Requests to be forgotten stay clean: they are too few to spoil any.
    """
    if stream not in _IDENTITY:
        return clean[:0]
    count = min(int(rng.binomial(len(clean), parameters.dirt_share)), len(clean) // _MOST_DIRT)
    rows = clean[rng.integers(0, max(len(clean), 1), count)]
    sort = pl.Series("sort", rng.integers(0, 3, count), dtype=pl.Int64)
    identity, time = pl.col(_IDENTITY[stream]), pl.col(TIMES[stream])
    choice, wrong = _CHOICE.get(stream, (_IDENTITY[stream], None))
    return (
        rows.with_columns(pl.when(sort != 2).then(pl.col(choice)).otherwise(pl.lit(wrong)).alias(choice))
        .with_columns(pl.when(sort != 0).then(identity))
        .with_columns(pl.when(sort != 1).then(time))
    )


def spoil_lines(rng: np.random.Generator, lines: list[bytes]) -> list[bytes]:
    """Dirty lines, half of them spoilt as text as well: cut off, not the format at all, or not UTF-8."""
    spoilt = []
    for line, sort in zip(lines, rng.integers(0, 6, len(lines)).tolist(), strict=True):
        if sort == 0:
            spoilt.append(line[: max(2, line.find(b","))])
        elif sort == 1:
            spoilt.append(b"-- log rotated --")
        elif sort == 2:
            spoilt.append(line[:1] + b"\xff\xfe" + line[1:])
        else:
            spoilt.append(line)
    return spoilt


def blank_lines(rng: np.random.Generator, rows: int) -> Integers:
    """Places of blank lines: in some files one, in most none."""
    return (
        rng.integers(0, rows + 1, 1) if rows and rng.random() < _BLANK_SHARE else np.zeros(0, dtype=np.int64)
    )
