"""A planted word that leaps is named; bursts that are usual, busy birds and first days are not."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from tasks.comparison.inputs.trends import DAYS, FEWEST_DAYS, SURELY, Trends, find_trends

END = datetime.fromisoformat("2026-03-01")
WORDS = ["cats", "chess", "jazz", "hiking", "coffee", "cinema"]
TEXTS = pl.DataFrame(
    {"flit_id": [f"f{n}" for n in range(60)], "text": [f"The {WORDS[n % 6]}!" for n in range(60)]}
)
SCHEMA = {"bird_id": pl.String, "flit_id": pl.String, "occurred_at": pl.Datetime("us")}


def log(days: int, birds: int = 200, seed: int = 0) -> pl.DataFrame:
    """On each day every bird turns to three flits at random."""
    random = np.random.default_rng(seed)
    rows = [
        (f"b{bird}", f"f{random.integers(60)}", END - timedelta(days=day, hours=-1))
        for day in range(1, days + 1)
        for bird in range(birds)
        for _ in range(3)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def push(events: pl.DataFrame, day: int, birds: int, times: int, flit: str = "new") -> pl.DataFrame:
    """With `birds` of the log each turning `times` times to one flit, `day` days before the end."""
    rows = [
        (f"b{bird}", flit, END - timedelta(days=day, hours=-2)) for bird in range(birds) for _ in range(times)
    ]
    return pl.concat([events, pl.DataFrame(rows, schema=SCHEMA, orient="row")])


NEW = pl.concat([TEXTS, pl.DataFrame({"flit_id": ["new"], "text": ["An ECLIPSE, an eclipse"]})])


def test_a_word_that_leaps_is_named_first():
    found = find_trends(push(log(20), 1, 40, 9), NEW, END)
    assert found.words[0].word == "eclipse" and [trend.word for trend in found.leapt] == ["eclipse"]
    assert found.words[0].share_today == pytest.approx(40 / 200 * 9 / 12)
    assert found.words[0].share_before == 0
    assert found.growth == pytest.approx(found.words[0].growth) and found.growth > 0.1
    assert found.days == 19 and found.birds == 200


def test_an_ordinary_day_has_no_trend():
    for seed in range(5):
        found = find_trends(log(20, seed=seed), TEXTS, END)
        assert found.growth == 0 and max(word.deviations for word in found.words) <= SURELY * found.usual


def test_where_such_bursts_are_usual_one_more_is_none():
    events = push(push(log(20), 1, 40, 9), 8, 40, 9, "old")
    texts = pl.concat([NEW, pl.DataFrame({"flit_id": ["old"], "text": ["earthquake"]})])
    found = find_trends(events, texts, END)
    assert found.words[0].word == "eclipse" and found.growth == 0


def test_one_busy_bird_makes_no_trend():
    found = find_trends(push(log(20), 1, 1, 5000), NEW, END)
    assert "eclipse" not in {word.word for word in found.words if word.share_today > 0.006}
    assert found.growth == 0


def test_first_days_and_days_without_a_log_say_nothing():
    assert find_trends(log(FEWEST_DAYS), TEXTS, END).growth is None
    assert find_trends(log(FEWEST_DAYS + 1), TEXTS, END).growth == 0
    assert find_trends(log(20), TEXTS, END + timedelta(days=1)).growth is None
    assert find_trends(log(0), TEXTS, END) == Trends()


def test_the_order_of_rows_and_older_days_do_not_matter():
    events = push(log(DAYS), 1, 40, 9)
    older = push(events, DAYS + 3, 99, 9)
    assert find_trends(events.sample(fraction=1, shuffle=True, seed=1), NEW, END) == find_trends(
        older, NEW, END
    )
