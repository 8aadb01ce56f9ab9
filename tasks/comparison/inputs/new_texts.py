"""What the flits of the last day say, against those of the days before: empty, repeated, or written otherwise."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import polars as pl

from tasks.comparison.inputs.day_drift import LineShare
from tasks.comparison.inputs.usual import FEWEST_DAYS, Usual

DAYS = 29
"""The last day, and four weeks to hold it against."""
MOST = 2_000
"""Flits of a day that are looked at."""
FEWEST = 12
"""Texts of a day without which nothing is said of how it is written."""
SURELY = 3.0
"""Standard deviations."""
Trait = Literal["length", "capitals", "alphabet", "language"]
_LEAST_SPREAD: Mapping[Trait, float] = {"length": 5.0, "capitals": 0.02, "alphabet": 0.02, "language": 0.02}
"""Of a day's mean: characters, or a share. What differs by less is the same."""


@dataclass(frozen=True, slots=True)
class Writing:
    """How the day is written, in one trait. `length`: mean characters; the others are shares of 1.

    `capitals`: of the letters; `alphabet`: Latin ones, of the letters; `language`: texts in the language that is the
    most frequent on the days before. `deviations`: from `usual`, the mean of those days, either way.
    """

    trait: Trait
    value: float
    usual: float
    deviations: float


@dataclass(frozen=True, slots=True)
class NewTexts:
    """The flits posted on the last day. None where the space reads no texts, or there is nothing to compare with.

    `empty`: flits without text; `repeated`: texts that another flit of the day has too. `writing`: the trait farthest
    out first; None without twelve texts, or without a week of days that have as many. `files`: that flits landed in.
    """

    posted: int | None = None
    empty: LineShare = field(default_factory=LineShare)
    repeated: LineShare = field(default_factory=LineShare)
    repeats: int | None = None
    without: int | None = None
    days: int = 0
    writing: tuple[Writing, ...] | None = None
    files: tuple[str, ...] = ()

    @classmethod
    def of(cls, flits: pl.DataFrame, day: date) -> NewTexts:
        """`flits`: posted_on, text_hash (null: no text), lang, characters, letters, capitals, latin of each flit."""
        earlier, today = flits.filter(pl.col("posted_on") < day), flits.filter(pl.col("posted_on") == day)
        by_day = earlier.partition_by("posted_on", maintain_order=True)
        posted, without, texts, repeats = _counts(today)
        if len(by_day) < FEWEST_DAYS or not posted:
            return cls(posted, days=len(by_day))
        before = [_counts(one) for one in by_day]
        return cls(
            posted,
            _share(without, posted, [one[1] / one[0] for one in before]),
            _share(repeats, texts, [one[3] / one[2] for one in before if one[2]]),
            repeats,
            without,
            len(by_day),
            _writing(today, by_day),
        )


def _counts(flits: pl.DataFrame) -> tuple[int, int, int, int]:
    """Flits, those without text, those with one, of these those that say what another says."""
    texts = flits["text_hash"].drop_nulls()
    return len(flits), len(flits) - len(texts), len(texts), len(texts) - texts.n_unique()


def _share(part: int, whole: int, before: Sequence[float]) -> LineShare:
    """`excess`: what is surely above the most of the days before: the lower end of Wilson's interval, 3 deviations."""
    usual = max(before, default=0.0)
    if not whole:
        return LineShare(None, usual)
    share, square = part / whole, SURELY**2 / whole
    half = SURELY * math.sqrt(share * (1 - share) / whole + square / (4 * whole))
    return LineShare(share, usual, max(0.0, (share + square / 2 - half) / (1 + square) - usual))


def _writing(today: pl.DataFrame, by_day: Sequence[pl.DataFrame]) -> tuple[Writing, ...] | None:
    said = [one.filter(pl.col("text_hash").is_not_null()) for one in (today, *by_day)]
    now, before = said[0], [one for one in said[1:] if len(one) >= FEWEST]
    if len(now) < FEWEST or len(before) < FEWEST_DAYS:
        return None
    language = _language(before)
    found = []
    for trait, least in _LEAST_SPREAD.items():
        values = [_value(one, trait, language) for one in before]
        usual = Usual.of(values, [len(one) for one in before], least)
        value = _value(now, trait, language)
        found.append(Writing(trait, value, usual.mean, abs(usual.deviations(value, len(now)))))
    return tuple(sorted(found, key=lambda one: -one.deviations))


def _language(before: Sequence[pl.DataFrame]) -> str:
    """The most frequent language, ties by its name."""
    counted = pl.concat(before).group_by(pl.col("lang").fill_null("")).len()
    return str(counted.sort(["len", "lang"], descending=[True, False])["lang"][0])


def _value(flits: pl.DataFrame, trait: Trait, language: str) -> float:
    letters = max(1, int(flits["letters"].sum()))
    if trait == "length":
        return float(flits["characters"].sum()) / len(flits)
    if trait == "language":
        return float((flits["lang"].fill_null("") == language).sum()) / len(flits)
    return float(flits["capitals" if trait == "capitals" else "latin"].sum()) / letters
