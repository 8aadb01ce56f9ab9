"""A sweep on a planted landscape: it finds the top, gives up what is hopeless, and goes on where it stood."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tasks.calibration.one import Request
from tasks.calibration.protocols.protocol import MetricValue
from tasks.calibration.recipe import Recipe
from tasks.calibration.run import CalibrationError
from tasks.calibration.score import MethodScore
from tasks.calibration.search_space import parse_search
from tasks.calibration.sets import SetName
from tasks.calibration.sweep import Sweep, Trial, sweep


@dataclass
class Landscape:
    """Best at 64 dimensions; `asked`: the requests that it was scored by. Above `limit` it refuses."""

    limit: int = 10_000
    asked: list[Request] = field(default_factory=list)

    def score(self, request: Request) -> MethodScore:
        self.asked.append(request)
        assert isinstance(request.what, Recipe)
        size = request.what.params.dimensions  # type: ignore[attr-defined]
        if size > self.limit:
            raise CalibrationError(f"{size} is too much")
        quality = 1 - abs(size - 64) / 1000
        return MethodScore(
            "set",
            "item2vec",
            "f1",
            {"validation": {"f1": MetricValue(quality, quality, quality)}},
            seconds=1.0,
        )


def asked(folder: Path, search: str = "dimensions=1..512", contents: str = "", **settings: int) -> Sweep:
    recipe = Recipe.of("item2vec", {"epochs": 3, **settings})
    space = parse_search((search,), type(recipe.params))
    (folder / "file").write_text(contents)
    return Sweep(
        SetName("sequences", {"path": str(folder / "file")}), recipe, space, folder / "sweeps.log", 7
    )


def test_it_comes_near_the_top_and_asks_for_validation_only(tmp_path: Path) -> None:
    world = Landscape()
    best = sweep(asked(tmp_path), 25, world.score, lambda _: None)
    assert best is not None and best.quality is not None and best.quality > 0.98
    assert abs(best.params["dimensions"] - 64) < 20
    assert {request.parts for request in world.asked} == {("validation",)}


def test_it_goes_on_where_it_stood(tmp_path: Path) -> None:
    world, told = Landscape(), []
    sweep(asked(tmp_path), 4, world.score, lambda _: None)
    best = sweep(asked(tmp_path), 6, world.score, told.append)
    assert len(world.asked) == 6 and [one.number for one in told] == list(range(6))
    assert sweep(asked(tmp_path), 6, world.score, lambda _: None) == best
    assert len(world.asked) == 6


def test_another_question_is_another_sweep(tmp_path: Path) -> None:
    world = Landscape()
    sweep(asked(tmp_path), 2, world.score, lambda _: None)
    sweep(asked(tmp_path, negative=9), 2, world.score, lambda _: None)
    sweep(asked(tmp_path, search="dimensions=1..100"), 2, world.score, lambda _: None)
    sweep(asked(tmp_path, contents="other"), 2, world.score, lambda _: None)
    assert len(world.asked) == 8


def test_a_sweep_that_goes_on_proposes_what_was_not_tried(tmp_path: Path) -> None:
    tried: list[Trial] = []
    for trials in (4, 8):
        tried.clear()
        sweep(asked(tmp_path), trials, Landscape().score, tried.append)
    sizes = [one.params["dimensions"] for one in tried]
    assert len(sizes) == 8 and sizes[4:] != sizes[:4]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, MemoryError])
def test_a_stopped_trial_is_done_again(
    tmp_path: Path, stop: type[BaseException], capfd: pytest.CaptureFixture[str]
) -> None:
    world, stopped = Landscape(), []

    def stopping(request: Request) -> MethodScore:
        stopped.append(request)
        raise stop

    sweep(asked(tmp_path), 2, world.score, lambda _: None)
    with pytest.raises(stop):
        sweep(asked(tmp_path), 5, stopping, lambda _: None)
    assert capfd.readouterr() == ("", "")
    told: list[Trial] = []
    sweep(asked(tmp_path), 5, world.score, told.append)
    assert [one.quality is not None for one in told] == [True] * 5 and world.asked[2] == stopped[0]
    assert len(world.asked) == 5


def test_two_sweeps_by_one_journal_are_refused(tmp_path: Path) -> None:
    def score_within(request: Request) -> MethodScore:
        sweep(asked(tmp_path), 1, Landscape().score, lambda _: None)
        return Landscape().score(request)

    told: list[Trial] = []
    sweep(asked(tmp_path), 1, score_within, told.append)
    assert "another process runs a sweep" in str(told[0].reason)


def test_what_is_refused_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    told: list[Trial] = []
    best = sweep(asked(tmp_path), 12, Landscape(limit=200).score, told.append)
    refused = [one for one in told if one.quality is None]
    assert best is not None and refused
    assert all("is too much" in str(one.reason) for one in refused)


def test_nothing_scored_is_no_best(tmp_path: Path) -> None:
    assert sweep(asked(tmp_path), 3, Landscape(limit=0).score, lambda _: None) is None


def test_the_hopeless_are_given_up_after_a_quarter_of_their_epochs(tmp_path: Path) -> None:
    world, told = Landscape(), []
    sweep(asked(tmp_path, epochs=40), 20, world.score, told.append)
    pruned = [one for one in told if one.reason is not None]
    assert pruned and all("after 10 epochs" in str(one.reason) for one in pruned)
    epochs = [request.what.params.epochs for request in world.asked]  # type: ignore[union-attr]
    assert epochs.count(10) == 20 and epochs.count(40) == 20 - len(pruned)


def test_where_epochs_are_searched_nothing_is_judged_by_a_part_of_them(tmp_path: Path) -> None:
    """The best stops early: of few epochs a quarter says nothing, and of many it is far along."""

    def overfits(request: Request) -> MethodScore:
        epochs = request.what.params.epochs  # type: ignore[union-attr]
        quality = 1 - 0.5 ** (epochs / 2) - 0.004 * max(0, epochs - 8)
        return MethodScore(
            "set", "item2vec", "f1", {"validation": {"f1": MetricValue(quality, quality, quality)}}
        )

    told: list[Trial] = []
    sweep(asked(tmp_path, search="epochs=4..40"), 12, overfits, told.append)
    assert [one.reason for one in told] == [None] * 12
