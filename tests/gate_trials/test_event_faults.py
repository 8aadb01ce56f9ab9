"""Faults of the log do what they say, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.gate_trials import event_faults

DAY = timedelta(days=1)
Damage = Callable[[pl.DataFrame, datetime, int], pl.DataFrame]
DAMAGES: dict[str, Damage] = {
    "lose_events": lambda log, end, seed: event_faults.lose_events(log, 0.5, seed),
    "lose_last_day": lambda log, end, seed: event_faults.lose_last_day(log, end, 0.9, seed),
    "repeat_last_day": lambda log, end, seed: event_faults.repeat_last_day(log, end, 10),
    "spam": lambda log, end, seed: event_faults.spam(log, end, 0.05, seed),
    "shuffle_sessions": lambda log, end, seed: event_faults.shuffle_sessions(log, seed),
    "shift_flits": lambda log, end, seed: event_faults.shift_flits(log, end, 1),
    "mix_up_birds": lambda log, end, seed: event_faults.mix_up_birds(log, end, 0.5, seed),
    "new_topic": lambda log, end, seed: event_faults.new_topic(log, end, 0.1, seed),
}
DRAWN = sorted(set(DAMAGES) - {"repeat_last_day", "shift_flits"})


def on_last_day(log: pl.DataFrame, end: datetime) -> pl.DataFrame:
    return log.filter(pl.col("occurred_at") >= end - DAY)


def before(log: pl.DataFrame, end: datetime) -> pl.DataFrame:
    return log.filter(pl.col("occurred_at") < end - DAY)


@pytest.mark.parametrize("name", sorted(DAMAGES))
def test_what_is_left_is_a_log(name: str, log: pl.DataFrame, end: datetime) -> None:
    """Same columns, in the order that methods expect, within the window; the sound log stays as it was."""
    untouched = log.clone()
    damaged = DAMAGES[name](log, end, 3)
    assert damaged.schema == log.schema
    assert damaged.equals(damaged.sort("bird_id", "occurred_at", maintain_order=True))
    assert damaged["occurred_at"].min() >= log["occurred_at"].min() and damaged["occurred_at"].max() < end
    assert log.equals(untouched) and not damaged.equals(log)


@pytest.mark.parametrize("name", sorted(DAMAGES))
def test_equal_seeds_do_equal_damage(name: str, log: pl.DataFrame, end: datetime) -> None:
    assert DAMAGES[name](log, end, 3).equals(DAMAGES[name](log, end, 3))


@pytest.mark.parametrize("name", DRAWN)
def test_another_seed_does_other_damage(name: str, log: pl.DataFrame, end: datetime) -> None:
    assert not DAMAGES[name](log, end, 3).equals(DAMAGES[name](log, end, 4))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(share=st.floats(0, 1), seed=st.integers(0, 99))
def test_as_many_events_are_lost_as_asked_for(
    log: pl.DataFrame, end: datetime, share: float, seed: int
) -> None:
    assert len(event_faults.lose_events(log, share, seed)) == len(log) - round(share * len(log))
    left = event_faults.lose_last_day(log, end, share, seed)
    assert before(left, end).equals(before(log, end))
    last = len(on_last_day(log, end))
    assert len(on_last_day(left, end)) == last - round(share * last)
    assert len(left.join(log, on=log.columns, how="anti")) == 0, "events that nobody made"


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_there_is_no_share_beyond_all(log: pl.DataFrame, share: float) -> None:
    with pytest.raises(ValueError, match=r"a share must be in \[0, 1\], found"):
        event_faults.lose_events(log, share)


def test_a_day_is_played_again_one_time_after_the_other(log: pl.DataFrame, end: datetime) -> None:
    damaged = event_faults.repeat_last_day(log, end, 3)
    assert before(damaged, end).equals(before(log, end))
    for bird in ("b00", "b39"):
        once = on_last_day(log, end).filter(pl.col("bird_id") == bird)["flit_id"].to_list()
        now = on_last_day(damaged, end).filter(pl.col("bird_id") == bird)["flit_id"].to_list()
        assert now == once * 3


def test_spam_is_its_share_of_everything_by_a_handful_on_a_handful(log: pl.DataFrame, end: datetime) -> None:
    damaged = event_faults.spam(log, end, 0.05, 1)
    made = damaged.filter(~pl.col("bird_id").is_in(log["bird_id"].unique().implode()))
    assert len(made) / len(damaged) == pytest.approx(0.05, abs=1e-3)
    assert len(damaged) - len(made) == len(log)
    assert (
        made["bird_id"].n_unique() <= event_faults.HANDFUL
        and made["flit_id"].n_unique() <= event_faults.HANDFUL
    )
    assert set(made["flit_id"]) <= set(log["flit_id"])
    assert on_last_day(made, end).equals(made)


def test_shuffling_keeps_every_count(log: pl.DataFrame) -> None:
    dealt = event_faults.shuffle_sessions(log, 1)
    assert dealt.drop("flit_id").equals(log.drop("flit_id"))
    assert dealt["flit_id"].sort().equals(log["flit_id"].sort())
    assert (dealt["flit_id"] == log["flit_id"]).mean() < 0.1


def test_shuffling_destroys_who_meets_whom() -> None:
    """Two camps that never mix, mixed."""
    day = datetime(2026, 3, 1)  # noqa: DTZ001 - times are naive UTC
    rows = [(f"b{bird}", f"{'xy'[bird % 2]}{flit}", day) for bird in range(40) for flit in range(9)]
    log = pl.DataFrame(rows, schema=["bird_id", "flit_id", "occurred_at"], orient="row")

    def camps(frame: pl.DataFrame) -> int:
        return int(frame.group_by("bird_id").agg(pl.col("flit_id").str.head(1).n_unique())["flit_id"].max())

    assert camps(log) == 1 and camps(event_faults.shuffle_sessions(log, 2)) == 2


def test_a_column_that_slipped_keeps_every_count_of_the_day(log: pl.DataFrame, end: datetime) -> None:
    found = event_faults.shift_flits(log, end, 1)
    assert before(found, end).equals(before(log, end))
    sound, slipped = (on_last_day(one, end).sort("occurred_at", maintain_order=True) for one in (log, found))
    assert (
        slipped["flit_id"].to_list() == sound["flit_id"].shift(1, fill_value=sound["flit_id"][-1]).to_list()
    )
    assert slipped.drop("flit_id").equals(sound.drop("flit_id"))


def test_half_of_the_birds_act_under_each_others_ids(log: pl.DataFrame, end: datetime) -> None:
    found = event_faults.mix_up_birds(log, end, 0.5, 3)
    assert before(found, end).equals(before(log, end))
    keys = ["occurred_at", "flit_id"]
    sound, mixed = (on_last_day(one, end).sort(keys) for one in (log, found))
    changed = sound.filter(sound["bird_id"] != mixed["bird_id"])["bird_id"].unique()
    assert len(changed) == 20 and sound.select(keys).equals(mixed.select(keys))
    assert sorted(sound["bird_id"].unique()) == sorted(mixed["bird_id"].unique())


def test_texts_of_the_day_go_to_the_flit_after() -> None:
    texts = pl.DataFrame({"flit_id": ["a", "b", "c", "d"], "text_hash": ["1", "2", None, "4"]})
    found = event_faults.shift_new_texts(texts, {"b", "c", "d"})
    assert found["text_hash"].to_list() == ["1", "4", "2", None]


def test_a_trend_takes_its_share_of_the_day_from_what_was_there(log: pl.DataFrame, end: datetime) -> None:
    damaged = event_faults.new_topic(log, end, 0.1, 1)
    assert damaged.drop("flit_id").equals(log.drop("flit_id"))
    trend = damaged.filter(~pl.col("flit_id").is_in(log["flit_id"].unique().implode()))
    last = len(on_last_day(log, end))
    assert len(trend) == round(0.1 * last) and on_last_day(trend, end).equals(trend)
    assert trend["flit_id"].n_unique() > 5
    followers = trend["bird_id"].n_unique()
    assert 4 <= followers <= 7, "a tenth of a day's events, most of what an eighth of the birds do"


def test_texts_are_lost_and_flits_stay() -> None:
    texts = pl.DataFrame({"flit_id": ["a", "b", "c", "d", "e"], "text_hash": ["1", None, "3", "4", "5"]})
    lost = event_faults.lose_texts(texts, 0.5, 1)
    assert lost["flit_id"].equals(texts["flit_id"])
    assert lost["text_hash"].null_count() == 3
    kept = lost.filter(pl.col("text_hash").is_not_null())
    assert len(kept.join(texts, on=["flit_id", "text_hash"], how="anti")) == 0


def test_the_texts_of_a_day_are_lost_or_all_the_same() -> None:
    texts = pl.DataFrame({"flit_id": ["a", "b", "c", "d", "e"], "text_hash": ["1", None, "3", "4", "5"]})
    assert event_faults.empty_new_texts(texts, {"c", "d"})["text_hash"].to_list() == [
        "1",
        None,
        None,
        None,
        "5",
    ]
    assert event_faults.same_new_texts(texts, {"b", "c", "d"})["text_hash"].to_list() == [
        "1",
        "3",
        "3",
        "3",
        "5",
    ]
    assert event_faults.same_new_texts(texts, {"b"}).equals(texts) and event_faults.same_new_texts(
        texts, ()
    ).equals(texts)


@pytest.mark.parametrize("name", sorted(DAMAGES))
def test_an_empty_log_stays_empty(name: str, log: pl.DataFrame, end: datetime) -> None:
    assert DAMAGES[name](log.clear(), end, 1).equals(log.clear())


def test_a_log_without_a_last_day_has_none_afterwards(log: pl.DataFrame, end: datetime) -> None:
    old = before(log, end)
    for name in ("lose_last_day", "repeat_last_day", "new_topic"):
        assert DAMAGES[name](old, end, 1).equals(old), name
    assert np.isclose(len(event_faults.spam(old, end, 0.05)) / len(old), 1 / 0.95, atol=1e-3)
