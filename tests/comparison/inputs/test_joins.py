"""Who met what: camps that never mix, and a day on which bird and flit are joined wrongly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from tasks.comparison.inputs.joins import FEWEST_DAYS, DayJoins, Joins, joins_by_day

LAST = date(2026, 3, 28)
CAMPS, BIRDS, DAYS = 5, 100, 28
World = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]


def world(seed: int = 0, birds: int = BIRDS, mixed: bool = False) -> World:
    """Events, flits and follows of birds that turn to the flits of their camp, or, `mixed`, to any; a fifth twice."""
    random = np.random.default_rng(seed)
    events, flits = [], []
    for back in range(DAYS):
        start = datetime.combine(LAST - timedelta(days=back), datetime.min.time())
        posted = [f"f{back}-{place}" for place in range(30)]
        flits += [(flit, f"b{place}", start) for place, flit in enumerate(posted)]
        for place in random.permutation(birds):
            for _ in range(random.poisson(5)):
                camp = random.integers(CAMPS) if mixed else place % CAMPS
                flit = posted[int(random.integers(30 // CAMPS)) * CAMPS + int(camp)]
                when = start + timedelta(seconds=int(random.integers(86_400)))
                events += [(f"b{place}", flit, when)] * (1 + (random.random() < 0.2))
    follows = [
        (f"b{bird}", f"b{author}") for bird in range(birds) for author in range(bird % CAMPS, 30, 2 * CAMPS)
    ]
    return (
        pl.DataFrame(events, schema=["bird_id", "flit_id", "occurred_at"], orient="row").sort("occurred_at"),
        pl.DataFrame(flits, schema=["flit_id", "author", "posted_at"], orient="row"),
        pl.DataFrame(follows, schema=["bird_id", "followee_id"], orient="row"),
    )


def of_last_day(events: pl.DataFrame) -> pl.Expr:
    return pl.col("occurred_at").dt.date() == LAST


def off_by_a_row(events: pl.DataFrame) -> pl.DataFrame:
    shifted = pl.col("flit_id").filter(of_last_day(events)).shift(1, fill_value="f0-0")
    last = events.filter(of_last_day(events)).with_columns(flit_id=shifted)
    return pl.concat([events.filter(~of_last_day(events)), last])


def half_of_the_birds(events: pl.DataFrame) -> pl.DataFrame:
    mapped = {f"b{bird}": f"b{(bird + 2) % BIRDS}" for bird in range(0, BIRDS, 2)}
    return events.with_columns(
        bird_id=pl.when(of_last_day(events)).then(pl.col("bird_id").replace(mapped)).otherwise("bird_id")
    )


def judged(of: World) -> Joins:
    return Joins.of(LAST, joins_by_day(*of, LAST))


@pytest.fixture(scope="module")
def sound() -> World:
    return world()


def test_a_sound_day_is_like_those_before_it(sound: World) -> None:
    found = judged(sound)
    assert found.fit.birds is not None and found.fit.birds > 90
    assert found.fit.days == 14
    assert found.fit.deviations is not None and abs(found.fit.deviations) < 3
    assert found.own.deviations is not None and abs(found.own.deviations) < 3
    assert found.repeats.deviations is not None and abs(found.repeats.deviations) < 3
    assert found.early.excess == 0


@pytest.mark.parametrize(("damage", "repeats"), [(off_by_a_row, True), (half_of_the_birds, False)])
def test_birds_and_flits_that_do_not_belong_together_stand_out(
    sound: World, damage: Callable[[pl.DataFrame], pl.DataFrame], repeats: bool
) -> None:
    events, flits, follows = sound
    found = judged((damage(events), flits, follows))
    assert found.fit.deviations is not None and found.fit.deviations > 3
    assert found.own.deviations is not None and found.own.deviations < -3
    assert (abs(found.repeats.deviations or 0) > 3) == repeats


def test_events_before_their_flit_was_posted_are_counted_to_the_event(sound: World) -> None:
    events, flits, follows = sound
    tomorrow = datetime.combine(LAST + timedelta(days=1), datetime.min.time())
    late = pl.when(pl.col("flit_id") == "f0-7").then(pl.lit(tomorrow)).otherwise("posted_at")
    found = judged((events, flits.with_columns(posted_at=late), follows))
    expected = events.filter(of_last_day(events) & (pl.col("flit_id") == "f0-7"))
    assert found.early_events == len(expected)
    assert found.known == len(events.filter(of_last_day(events)))


def test_counts_are_those_of_a_plain_loop(sound: World) -> None:
    events, flits, follows = sound
    found = joins_by_day(events, flits, follows, LAST)[LAST]
    author = dict(flits.select("flit_id", "author").iter_rows())
    edges = set(follows.iter_rows())
    rows = events.filter(of_last_day(events)).select("bird_id", "flit_id").rows()
    assert found.events == found.known == len(rows)
    assert found.pairs == len(set(rows))
    assert found.own == sum(bird == author[flit] or (bird, author[flit]) in edges for bird, flit in rows)


def test_where_birds_turn_to_anything_the_fit_is_that_of_chance() -> None:
    fits = [one.fit for one in joins_by_day(*world(mixed=True), LAST).values()]
    assert all(fit is not None for fit in fits)
    assert abs(np.mean(fits)) < 0.1  # type: ignore[arg-type]


def test_renamed_ids_and_another_order_of_rows_change_nothing(sound: World) -> None:
    events, flits, follows = sound
    turned = joins_by_day(events.reverse(), flits.reverse(), follows.reverse(), LAST)
    for day, one in joins_by_day(*sound, LAST).items():
        assert turned[day].fit == pytest.approx(one.fit)
        assert replace(turned[day], fit=None) == replace(one, fit=None)


def test_a_day_that_no_gate_has_passed_is_no_reference() -> None:
    days = {LAST - timedelta(days=back): DayJoins(100, 90, 100, 30, 0, 50, 2.0) for back in range(8)}
    assert Joins.of(LAST, days).fit.days == 7
    assert Joins.of(LAST, days, LAST - timedelta(days=3)).fit.days == 4


def test_a_young_or_silent_log_is_not_judged() -> None:
    days = {
        LAST - timedelta(days=back): DayJoins(100, 90, 100, 30, 0, 50, 2.0) for back in range(FEWEST_DAYS)
    }
    assert Joins.of(LAST, days).fit.deviations is None
    assert Joins.of(LAST + timedelta(days=1), days).fit.birds is None
    empty = pl.DataFrame(
        schema={"bird_id": pl.String, "flit_id": pl.String, "occurred_at": pl.Datetime("us")}
    )
    flits = pl.DataFrame(schema={"flit_id": pl.String, "author": pl.String, "posted_at": pl.Datetime("us")})
    follows = pl.DataFrame(schema={"bird_id": pl.String, "followee_id": pl.String})
    assert joins_by_day(empty, flits, follows, LAST) == {}
