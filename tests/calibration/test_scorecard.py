"""The scorecard: what it keeps, in which order, and that nothing of it is lost on the way to the disk."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.commands.calibrate.show import keep, run_of
from flows.settings import Settings
from tasks.calibration.protocols.protocol import MetricValue
from tasks.calibration.score import MethodScore
from tasks.calibration.scorecard import Scorecard, ScorecardError, folder
from warehouse.home import Home

UNIT = st.floats(0, 1)


def score(method: str, quality: float, **fields: object) -> MethodScore:
    metrics = {"test": {"ndcg_at_10": MetricValue(quality, quality, quality)}}
    return MethodScore("set", method, "ndcg_at_10", metrics, **fields)  # type: ignore[arg-type]


@given(UNIT, UNIT, st.floats(0, 1e6), st.dictionaries(st.text(), st.integers(0, 10**9)))
def test_a_score_comes_back_from_json(
    test: float, validation: float, seconds: float, coverage: dict[str, int]
) -> None:
    metrics = {
        "validation": {"ndcg_at_10": MetricValue(validation, 0.0, 1.0)},
        "test": {"ndcg_at_10": MetricValue(test, 0.0, 1.0), "hit_rate_at_10": MetricValue(1.0, 1.0, 1.0)},
    }
    one = MethodScore(
        "set", "als", "ndcg_at_10", metrics, {"seed": 7}, 12, seconds, 1.0, 2.0, 3, 4, 48, coverage, []
    )
    assert MethodScore.from_json(one.as_json()) == one


def test_json_shows_test_with_validation_beside_it() -> None:
    metrics = {"validation": {"f1": MetricValue(0.5, 0.4, 0.6)}, "test": {"f1": MetricValue(0.7, 0.6, 0.8)}}
    document = MethodScore("set", "deepwalk", "f1", metrics, {"seed": 7}).as_json()
    assert document["metrics"] == {"f1": 0.7} and document["validation"]["metrics"] == {"f1": 0.5}
    assert {"method", "metrics", "seconds", "peak_mib", "params"} <= document.keys()
    assert "validation" not in MethodScore("set", "x", "f1", {"validation": metrics["validation"]}).as_json()


def test_the_best_comes_first_and_a_method_stands_once_for_its_settings(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path / "landing")
    card = Scorecard.load(home, "my set").joined(
        [score("bpr", 0.2), score("als", 0.1, params={"dimensions": 64})]
    )
    card.save(home)
    again = Scorecard.load(home, "my set").joined(
        [score("als", 0.3, params={"dimensions": 64}), score("als", 0.25, params={"dimensions": 32})]
    )
    assert [(one.method, one.quality.value) for one in again.scores] == [
        ("als", 0.3),
        ("als", 0.25),
        ("bpr", 0.2),
    ]


@pytest.mark.parametrize("name", ["../up", "logs 2026-01-01", "a/b", ""])
def test_a_set_of_any_name_stays_in_the_home(tmp_path: Path, name: str) -> None:
    home = Home(tmp_path, tmp_path / "landing")
    assert folder(home, name).parent == home.calibration


def test_scores_of_commands_side_by_side_are_all_kept(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path / "landing")
    methods = [f"method {number}" for number in range(8)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda method: Scorecard.join(home, "set", [score(method, 0.5)]), methods))
    assert [one.method for one in Scorecard.load(home, "set").scores] == methods


def test_a_score_bears_the_name_of_the_set_that_it_is_kept_under(tmp_path: Path) -> None:
    card = Scorecard.join(Home(tmp_path, tmp_path / "landing"), "set-1a2b3c4d", [score("als", 0.5)])
    assert {one.set for one in card.scores} == {"set-1a2b3c4d"}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"scores": [{}]}', '{"scores": 3}', '{"set": "set"}'])
def test_a_scorecard_that_cannot_be_read_is_named_with_the_remedy(tmp_path: Path, content: str) -> None:
    home = Home(tmp_path, tmp_path / "landing")
    path = Scorecard.load(home, "set").save(home)
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ScorecardError, match="move the file away") as refusal:
        Scorecard.load(home, "set")
    assert str(path) in str(refusal.value) and "\n" not in str(refusal.value)
    assert path.read_text(encoding="utf-8") == content


def test_a_run_tells_intervals_part_and_what_a_method_builds_on() -> None:
    below = [{"name": "als", "method": "als", "params": {"seed": 7}, "parents": []}]
    metrics = {"validation": {"f1": MetricValue(0.5, 0.4, 0.6)}, "test": {"f1": MetricValue(0.7, 0.6, 0.8)}}
    run = run_of(MethodScore("set", "pca", "f1", metrics, {"seed": 3}, parents=below))  # type: ignore[arg-type]
    known = {"f1": 0.7, "f1_low": 0.6, "f1_high": 0.8, "validation_f1": 0.5, "validation_f1_low": 0.4}
    assert known.items() <= run.metrics.items()
    assert run.tags["part"] == "test" and json.loads(run.params["from"]) == below


def test_scores_of_a_share_are_drawn_and_logged_but_not_ranked(tmp_path: Path) -> None:
    place = Settings(
        home=Home(tmp_path, tmp_path / "landing"), config=tmp_path, tracking_uri=None, prefect_api_url=None
    )
    kept = keep(place, "set-1", [score("als", 0.5, rows=3, events=9, seconds=1.0)], "events")
    assert kept.chart.is_file() and kept.json is None
    assert Scorecard.load(place.home, "set-1").scores == ()
    kept = keep(place, "set-1", [score("als", 0.5, rows=3, dimensions=4)], "dimensions")
    assert {path.name for path in kept.chart.parent.glob("*.png")} == {
        "events.png", "dimensions.png", "scorecard.png",
    }  # fmt: skip
    assert [one.method for one in Scorecard.load(place.home, "set-1").scores] == ["als"]
