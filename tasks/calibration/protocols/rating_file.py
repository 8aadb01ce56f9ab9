"""Files of ratings: `user item weight` a row, separated by tabs, below a line of headings; of friends: `user user`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from tasks.calibration.protocols.sequence_file import numbered

EXPECTED = "expected `user item weight`, separated by tabs, weight a number above 0"


def read_ratings(path: Path) -> pl.DataFrame:
    """bird_id, flit_id, weight, ordered by both ids; plain text in UTF-8 below one line of headings, or `.gz` of it.

    ValueError in one line, with file, line number, what was expected and found, where the file is anything else.
    Memory: about 300 bytes a row.
    """
    rows: dict[tuple[str, str], float] = {}
    for number, (user, item, weight) in _rows(
        path, 3, EXPECTED, lambda fields: _number(fields[2]) is not None
    ):
        value = _number(weight)
        if value is None or value <= 0:
            raise ValueError(f"{path}, line {number}: {EXPECTED}; found weight {weight[:40]!r}")
        if (user, item) in rows:
            raise ValueError(
                f"{path}, line {number}: expected each user and item once, found {user!r} and {item!r} again"
            )
        rows[user, item] = value
    if not rows:
        raise ValueError(f"{path}: {EXPECTED}; found no rows below the line of headings")
    schema = {"bird_id": pl.String, "flit_id": pl.String, "weight": pl.Float64}
    return pl.DataFrame([(*pair, of) for pair, of in rows.items()], schema=schema, orient="row").sort(
        "bird_id", "flit_id"
    )


def read_friends(path: Path, birds: pl.Series) -> pl.DataFrame:
    """bird_id, followee_id, both ways for each row of two different users among `birds`; ordered, each once.

    Below one line of headings. ValueError in one line where the file is malformed, or names no two of `birds`.
    """
    raters = set(birds)
    rows = _rows(
        path, 2, "expected `user user`, separated by a tab", lambda fields: raters.issuperset(fields)
    )
    pairs = [(one, other) for _, (one, other) in rows]
    schema = {"bird_id": pl.String, "followee_id": pl.String}
    there = pl.DataFrame(pairs, schema=schema, orient="row")
    back = there.select(bird_id="followee_id", followee_id="bird_id")
    known = pl.all_horizontal(pl.all().is_in(birds.implode()))
    follows = pl.concat([there, back]).filter(known).filter(pl.col("bird_id") != pl.col("followee_id"))
    if follows.is_empty():
        raise ValueError(f"{path}: expected friends who rate, found none in {len(there)} rows")
    return follows.unique().sort("bird_id", "followee_id")


def _rows(
    path: Path, columns: int, expected: str, counts: Callable[[list[str]], bool]
) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and fields below the line of headings; ValueError where that line is a row that counts."""
    for number, line in numbered(path):
        fields = line.rstrip("\r\n").split("\t")
        if len(fields) != columns or not all(fields):
            raise ValueError(f"{path}, line {number}: {expected}; found {line.rstrip()[:40]!r}")
        if number > 1:
            yield number, fields
        elif counts(fields):
            raise ValueError(f"{path}, line 1: expected a line of headings, found {line.rstrip()[:40]!r}")


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
