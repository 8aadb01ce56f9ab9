"""What is planted can be found in what landed."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from tasks.synthetic import Truth


@pytest.fixture(scope="module")
def truth(landed: Any) -> Truth:
    found = landed.flutter.truth()
    assert isinstance(found, Truth)
    return found


@pytest.fixture(scope="module")
def events(landed: Any, truth: Truth) -> pl.DataFrame:
    """Accepted interactions, with the topic of their flit and the interests of their bird."""
    flits = truth.flits().select("flit_id", "topic", "facet", pl.col("bird_id").alias("author"), "posted_at")
    birds = truth.birds().select("bird_id", "topics", "facets", "weights", "bot")
    frame = pl.DataFrame(landed.rows("interactions"), infer_schema_length=None)
    joined = frame.join(flits, on="flit_id", how="left").join(birds, on="bird_id", how="left")
    return joined.with_columns(own=pl.col("topics").list.contains(pl.col("topic")))


def honest(events: pl.DataFrame) -> pl.DataFrame:
    return events.filter(~pl.col("bot"))


def test_every_interaction_is_with_a_flit_that_exists_and_was_posted_before(events: pl.DataFrame) -> None:
    assert events["author"].null_count() == 0
    assert events.filter(pl.col("posted_at") > pl.col("occurred_at")).is_empty()
    assert events.filter(pl.col("author") == pl.col("bird_id")).is_empty()


def test_birds_look_at_their_own_topics(events: pl.DataFrame, truth: Truth) -> None:
    views = honest(events).filter(pl.col("kind") == "view")
    by_chance = honest(events).with_columns(pl.col("topic").shuffle(seed=1))
    chance = by_chance["topics"].list.contains(by_chance["topic"]).mean()
    assert isinstance(chance, float)
    assert views["own"].mean() > 0.75 > 2 * chance


def test_a_bird_with_two_interests_looks_at_both_by_their_weights(events: pl.DataFrame) -> None:
    two = honest(events).filter(
        (pl.col("kind") == "view") & (pl.col("topics").list.len() == 2) & pl.col("own")
    )
    second = pl.col("topic") == pl.col("topics").list.get(1)
    birds = two.group_by("bird_id").agg(
        share=second.mean(), weight=pl.col("weights").list.get(1).first(), views=pl.len()
    )
    busy = birds.filter(pl.col("views") >= 60)
    assert len(busy) > 50
    assert (busy["share"] > 0.08).mean() > 0.95  # type: ignore[operator]
    assert np.corrcoef(busy["share"], busy["weight"])[0, 1] > 0.2
    assert abs(busy["share"].mean() - busy["weight"].mean()) < 0.08  # type: ignore[operator]


def test_birds_prefer_the_facet_that_they_favour(events: pl.DataFrame) -> None:
    one = honest(events).filter((pl.col("topics").list.len() == 1) & pl.col("own"))
    favoured = (one["facet"] == one["facets"].list.get(0)).mean()
    assert isinstance(favoured, float)
    assert favoured > 0.6


def test_birds_hide_what_does_not_fit_and_like_what_does(events: pl.DataFrame) -> None:
    rates = (
        honest(events)
        .group_by("own")
        .agg(
            likes=(pl.col("kind") == "like").sum() / (pl.col("kind") == "view").sum(),
            hides=(pl.col("kind") == "hide").sum() / (pl.col("kind") == "view").sum(),
        )
    )
    fits, other = rates.filter("own").row(0, named=True), rates.filter(~pl.col("own")).row(0, named=True)
    assert fits["likes"] > 1.5 * other["likes"]
    assert other["hides"] > 1.5 * fits["hides"]


def test_kinds_come_in_plausible_ratios(events: pl.DataFrame) -> None:
    counts = Counter(honest(events)["kind"])
    order = [kind for kind, _ in counts.most_common()]
    assert order[:3] == ["view", "click", "like"]
    assert order[-1] == "report"
    assert 0.1 < counts["click"] / counts["view"] < 0.2


def test_popularity_is_long_tailed(events: pl.DataFrame) -> None:
    counts = np.sort(honest(events)["flit_id"].value_counts()["count"].to_numpy())[::-1]
    assert counts[: len(counts) // 10].sum() > 0.3 * counts.sum()
    assert counts[:10].sum() < 0.1 * counts.sum()
    assert np.median(counts) < counts.mean()


def test_birds_are_awake_by_their_own_clock(events: pl.DataFrame, landed: Any) -> None:
    places = {row["bird_id"]: row["geo"] for row in landed.rows("birds")}
    views = honest(events).filter(pl.col("kind") == "view")
    for place, offset in (("UK", 0), ("US", -5)):
        here = views.filter(pl.col("bird_id").replace_strict(places, default=None) == place)
        hours = ((here["occurred_at"].dt.hour() + offset) % 24).to_list()
        night = sum(2 <= hour < 5 for hour in hours) / len(hours)
        evening = sum(19 <= hour < 22 for hour in hours) / len(hours)
        assert evening > 4 * night


def test_weekends_are_busier(events: pl.DataFrame) -> None:
    views = honest(events).filter(pl.col("kind") == "view")
    days = views.group_by(day=pl.col("occurred_at").dt.date()).agg(n=pl.len()).sort("day")
    settled = days.filter(pl.col("day") > days["day"][2]).with_columns(
        weekend=pl.col("day").dt.weekday() >= 6
    )
    means = dict(settled.group_by("weekend").agg(pl.col("n").mean()).iter_rows())
    assert means[True] > 1.05 * means[False]


def test_the_trend_rises_and_falls(truth: Truth, landed: Any) -> None:
    posts = truth.flits().filter(pl.col("reply_to").is_null())
    shares = dict(
        posts.group_by(day=pl.col("posted_at").dt.date()).agg((pl.col("topic") == "space").mean()).iter_rows()
    )
    peak = landed.flutter.nights[2]
    before = np.mean([shares[peak - timedelta(days=days)] for days in range(4, 9)])
    assert truth.trend.name == "space"
    assert truth.trend.strength((peak - truth.world.parameters.first_day).days) == 1
    assert shares[peak] > 2 * before
    assert shares[peak] > shares[peak + timedelta(days=2)]


def test_everybody_talks_about_the_trend(landed: Any) -> None:
    said = [row["posted_at"].date() for row in landed.rows("flits") if "#comethalvorsen" in row["text"]]
    peak = landed.flutter.nights[2]
    assert said.count(peak) > 5
    assert all(abs((day - peak).days) < 3 for day in said)


def test_follows_join_birds_of_a_feather(landed: Any, truth: Truth) -> None:
    interests = dict(truth.birds().select("bird_id", "topics").iter_rows())
    follows = [row for row in landed.rows("follows") if row["action"] == "follow"]
    shared = [bool(set(interests[row["bird_id"]]) & set(interests[row["followee_id"]])) for row in follows]
    rng = np.random.default_rng(0)
    other = rng.permutation([row["followee_id"] for row in follows])
    chance = [
        bool(set(interests[row["bird_id"]]) & set(interests[whom]))
        for row, whom in zip(follows, other, strict=True)
    ]
    assert np.mean(shared) > 0.85
    assert np.mean(chance) < 0.5


def test_followed_authors_are_seen_more(landed: Any, events: pl.DataFrame) -> None:
    follows = {(row["bird_id"], row["followee_id"]) for row in landed.rows("follows")}
    rows = honest(events).filter(pl.col("own")).select("bird_id", "author", "topic")
    seen = np.mean([pair in follows for pair in rows.select("bird_id", "author").iter_rows()])
    mixed = rows.with_columns(pl.col("author").shuffle(seed=3).over("topic"))
    chance = np.mean([pair in follows for pair in mixed.select("bird_id", "author").iter_rows()])
    assert seen > 1.6 * chance


def test_replies_answer_a_flit_of_their_topic(landed: Any, truth: Truth) -> None:
    topics = dict(truth.flits().select("flit_id", "topic").iter_rows())
    replies = [row for row in landed.rows("flits") if row["reply_to"]]
    assert len(replies) == landed.kinds()["reply"]
    assert all(topics[row["flit_id"]] == topics[row["reply_to"]] for row in replies)


def test_bots_push_one_cluster_on_their_night_alone(landed: Any, events: pl.DataFrame, truth: Truth) -> None:
    spam = events.filter(pl.col("bot"))
    assert set(spam["bird_id"]) <= set(truth.spam_birds)
    assert set(spam["flit_id"]) == set(truth.spam_targets)
    assert spam.select("topic", "facet").unique().height == 1
    assert set(spam["occurred_at"].dt.date()) == {landed.flutter.nights[-1]}
    night = sum(file.accepted for file in landed.nights[-1].of("interactions"))
    assert len(spam) / night == pytest.approx(0.3, abs=0.01)
    assert truth.spam_flits
    assert set(truth.spam_flits) <= {row["flit_id"] for row in landed.rows("flits")}


def test_birds_that_asked_to_be_forgotten_do_nothing_afterwards(landed: Any, events: pl.DataFrame) -> None:
    asked = {row["bird_id"]: row["requested_at"] for row in landed.rows("erasures") if row["bird_id"]}
    assert len(asked) > 3
    for bird, when in asked.items():
        assert events.filter((pl.col("bird_id") == bird) & (pl.col("occurred_at") > when)).is_empty()
        assert not [row for row in landed.rows("flits") if row["bird_id"] == bird and row["posted_at"] > when]


def test_moderators_mark_flits_a_day_later_as_a_second_state(landed: Any) -> None:
    states: dict[str, list[Any]] = defaultdict(list)
    for row in landed.rows("flits"):
        states[row["flit_id"]].append(row["sensitive"])
    several = [marks for marks in states.values() if len(marks) > 1]
    assert several
    assert all(marks == [None, "True"] for marks in several)
