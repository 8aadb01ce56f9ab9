"""A share of the birds with all that they did: a log of another size with the habits of the whole."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import polars as pl

_BIRDS = ("bird_id", "followee_id", "source", "target")
"""Columns that may name a bird, in `source` and `target` as `bird:…`."""
_PREFIX = "bird:"


def keep_share(frame: pl.DataFrame, share: float) -> pl.DataFrame:
    """The rows whose birds all belong to the share, 0 < share ≤ 1, of lowest hash; the same birds in every frame."""
    if share >= 1:
        return frame
    for column in _BIRDS:
        if column in frame.columns:
            names = frame[column].unique().drop_nulls()
            frame = frame.filter(pl.col(column).is_in(list(_kept(names, share, column))))
    return frame


def _kept(names: Iterable[str], share: float, column: str) -> Iterable[str]:
    for name in names:
        joint = column in ("source", "target")
        if joint and not name.startswith(_PREFIX):
            yield name  # flits and advertisers are there as far as the birds bring them
        elif _fraction(name.removeprefix(_PREFIX) if joint else name) < share:
            yield name


def _fraction(bird: str) -> float:
    """In [0, 1), the same in every process."""
    return int.from_bytes(blake2b(bird.encode(), digest_size=8).digest()) / 2**64
