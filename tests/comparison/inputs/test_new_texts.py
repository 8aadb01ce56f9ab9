"""The flits of a day against those of the days before: what is planted in how they are written is found."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from tasks.comparison.inputs.new_texts import NewTexts

DAY = date(2026, 3, 28)
SCHEMA = {
    "posted_on": pl.Date, "text_hash": pl.String, "lang": pl.String, "characters": pl.Int64, "letters": pl.Int64,
    "capitals": pl.Int64, "latin": pl.Int64,
}  # fmt: skip


def flits(days: int = 29, per_day: int = 40, seed: int = 0) -> pl.DataFrame:
    """English texts of some 80 characters; one in twenty has none, one in forty is said twice a day."""
    random = np.random.default_rng(seed)
    rows = []
    for back in range(days):
        for number in range(per_day):
            letters = int(random.integers(30, 130))
            empty = random.random() < 0.05
            said = f"{back} {number if number % 40 else 1}"
            rows.append(
                (
                    DAY - timedelta(days=back),
                    None if empty else said,
                    "en" if random.random() < 0.9 else "de",
                    0 if empty else letters + 20,
                    0 if empty else letters,
                    0 if empty else letters // 25,
                    0 if empty else letters,
                )
            )
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def spoilt(**changes: pl.Expr) -> NewTexts:
    """With other columns on the last day."""
    last = pl.col("posted_on") == DAY
    changed = {name: pl.when(last).then(new).otherwise(pl.col(name)) for name, new in changes.items()}
    return NewTexts.of(flits().with_columns(**changed), DAY)


@pytest.mark.parametrize("seed", range(5))
def test_a_day_like_the_others(seed: int) -> None:
    found = NewTexts.of(flits(seed=seed), DAY)
    assert (found.posted, found.days) == (40, 28)
    assert (found.empty.excess, found.repeated.excess) == (0.0, 0.0)
    assert found.writing is not None and found.writing[0].deviations < 4


def test_empty_and_repeated_texts_are_counted() -> None:
    empty = spoilt(text_hash=pl.lit(None, pl.String))
    assert (empty.without, empty.empty.share, empty.writing) == (40, 1.0, None)
    assert empty.empty.excess is not None and empty.empty.excess > 0.2
    same = spoilt(text_hash=pl.lit("same"))
    assert same.repeats == 39
    assert same.repeated.excess is not None and same.repeated.excess > 0.2


def test_a_dozen_flits_are_enough_and_one_is_not() -> None:
    for per_day, surely in ((12, True), (1, False)):
        changed = flits(per_day=per_day).with_columns(
            text_hash=pl.when(pl.col("posted_on") < DAY).then(pl.coalesce("text_hash", pl.lit("said")))
        )
        excess = NewTexts.of(changed, DAY).empty.excess
        assert excess is not None and (excess > 0.2) == surely


@pytest.mark.parametrize(
    "trait, change",
    [
        ("length", {"characters": pl.col("characters") // 8}),
        ("capitals", {"capitals": pl.col("letters")}),
        ("alphabet", {"latin": pl.lit(0, pl.Int64)}),
        ("language", {"lang": pl.lit("ja")}),
    ],
)
def test_what_is_written_otherwise_is_named(trait: str, change: dict[str, pl.Expr]) -> None:
    writing = spoilt(**change).writing
    assert writing is not None
    assert (writing[0].trait, writing[0].deviations > 8) == (trait, True)
    assert all(other.deviations < 8 for other in writing[1:])


def test_too_few_days_or_flits_are_not_judged() -> None:
    young = NewTexts.of(flits(days=5), DAY)
    assert (young.posted, young.days, young.empty.excess, young.writing) == (40, 4, None, None)
    assert NewTexts.of(flits(per_day=5), DAY).writing is None
    assert NewTexts.of(flits().clear(), DAY) == NewTexts(0)
