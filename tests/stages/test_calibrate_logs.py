"""The home's own logs as a set: nothing of the days to find is learnt from, and birds are scored beside their flits."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from tasks.calibration.logs import Logs, newest_day, read
from tasks.calibration.one import Request, score
from tasks.calibration.recipe import Recipe
from tasks.calibration.sets import SetName
from tasks.embeddings.contract import silent
from warehouse.database import WarehouseError
from warehouse.home import Home

HOLD_OUT = timedelta(days=3)
FRAMES = ("sequences", "interactions", "follows", "relations", "documents", "replies")


def asked(day: date, **more: Any) -> dict[str, Any]:
    return {
        "day": day.isoformat(),
        "evaluate": {"hold_out": "3d", "min_history": 1},
        "frames": FRAMES,
        **more,
    }


@pytest.fixture
def logs(small_home: Any) -> Logs:
    return read(str(small_home.home.root), asked(small_home.days[1]))


@pytest.mark.parametrize(("part", "back"), [("test", timedelta(0)), ("validation", HOLD_OUT)])
def test_nothing_of_the_days_to_find_is_learnt_from(logs: Logs, part: Any, back: timedelta) -> None:
    inputs = logs.task(part).inputs
    cut = datetime.combine(logs.asked.day + timedelta(days=1), time()) - HOLD_OUT - back
    latest = inputs.frame("sequences")["occurred_at"].max()
    assert cut - timedelta(days=1) < latest < cut
    birds = set(inputs.frame("sequences")["bird_id"])
    assert birds and len(inputs.frame("follows")) and len(inputs.frame("relations"))


def test_a_window_and_a_share_learn_from_less(small_home: Any, logs: Logs) -> None:
    whole = logs.task("test").inputs.frame("sequences")
    short = read(str(small_home.home.root), asked(logs.asked.day, window="2d")).task("test").inputs
    assert 0 < len(short.frame("sequences")) < len(whole)
    some = read(str(small_home.home.root), asked(logs.asked.day, share=0.5)).task("test").inputs
    kept = set(some.frame("sequences")["bird_id"])
    everybody = set(whole["bird_id"])
    assert kept < everybody and set(some.frame("follows")["bird_id"]) & everybody <= kept
    assert "learnt from 2d" in read(str(small_home.home.root), asked(logs.asked.day, window="2d")).name


@pytest.mark.parametrize(
    ("method", "parents"),
    [("item2vec", ()), ("als", ()), ("lsa", ()), ("recency_weighted_mean", ("lsa",)), ("pca", ("lsa",))],
)
def test_whatever_ranks_is_scored(logs: Logs, method: str, parents: tuple[str, ...]) -> None:
    settings = {"dimensions": 8} if method in ("als", "pca") else {}
    name = SetName("logs", {"home": str(logs.home.root), "asked": asked(logs.asked.day)})
    found = score(Request(name, Recipe.of(method, settings, parents), ("validation", "test")), silent)
    assert found.part == "test" and 0 <= found.quality.low <= found.quality.value <= found.quality.high <= 1
    covered = found.metrics["test"]["cold_covered"].value
    # What nobody touched is known by its text alone; what was only seen is known to methods that count views.
    assert covered == {"item2vec": 0, "als": covered}.get(method, 1)
    assert found.rows > 0 and found.bytes >= found.rows * found.dimensions * 4 and found.events > 0


def test_a_baseline_is_scored_by_its_name(logs: Logs) -> None:
    name = SetName("logs", {"home": str(logs.home.root), "asked": asked(logs.asked.day)})
    assert score(Request(name, "popularity", ("test",)), silent).quality.value > 0
    with pytest.raises(ValueError, match=r"popularty: no baseline of logs .*; it has popularity"):
        score(Request(name, "popularty", ("test",)), silent)


def test_what_ranks_nothing_says_so(logs: Logs) -> None:
    name = SetName("logs", {"home": str(logs.home.root), "asked": asked(logs.asked.day)})
    with pytest.raises(ValueError, match="flits are ranked for birds"):
        score(Request(name, Recipe.of("deepwalk", {}), ("test",)), silent)


def test_days_without_anything_to_find_are_named(small_home: Any) -> None:
    early = read(str(small_home.home.root), asked(date(2020, 1, 1)))
    with pytest.raises(ValueError, match=r"test's days .* choose another --day$"):
        early.task("test")
    with pytest.raises(ValueError, match=r"validation's days .* or score `--on test` alone$"):
        early.task("validation")


def test_the_newest_day_is_that_of_the_logs(small_home: Any, tmp_path: Any) -> None:
    assert newest_day(small_home.home) == small_home.days[1]
    with pytest.raises(WarehouseError):
        newest_day(Home(tmp_path, tmp_path / "landing"))
