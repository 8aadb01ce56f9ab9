"""Decisions of people: kept once, told to MLflow, and said to be there where they are asked for again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from flows.decisions import (
    Decider,
    UnsaidError,
    decide_discard,
    decide_release,
    decide_rollback,
    discard_version,
)
from flows.settings import Settings
from warehouse.snapshots import Decision, SnapshotError, Standing

if TYPE_CHECKING:
    from tests.flows.conftest import Planted

ADA, BEN = Decider("ada", "meant"), Decider("ben", "me too")


@pytest.fixture
def chosen(planted: Planted) -> Settings:
    return Settings(planted.home, planted.home.root / "pipelines.yaml", None, None)


def kept(planted: Planted) -> list[tuple[str, str, str]]:
    """Decision, version and who of every line that is kept."""
    lines = planted.store.decisions("flits").decisions
    return [(line.decision, line.version, line.who) for line in lines]


def test_a_release_makes_a_held_version_current(planted: Planted, chosen: Settings) -> None:
    planted.version("flits", 1)
    held = planted.version("flits", 2, "block")
    decided = decide_release(chosen, "flits", held, ADA)
    assert not decided.already
    assert decided.current is not None and decided.current.version == held
    assert decided.current == planted.store.current("flits")
    assert decided.current.decision == decided.decision
    assert (decided.decision.who, decided.decision.why) == ("ada", "meant")


def test_who_releases_again_hears_who_did(planted: Planted, chosen: Settings) -> None:
    held = planted.version("flits", 1, "block")
    first = decide_release(chosen, "flits", held, ADA)
    again = decide_release(chosen, "flits", held, BEN)
    assert again.already
    assert (again.decision, again.current) == (first.decision, first.current)
    assert kept(planted) == [("release", held, "ada")]


def test_a_release_behind_what_is_current_moves_nothing_and_is_kept_once(
    planted: Planted, chosen: Settings
) -> None:
    held = planted.version("flits", 1, "block")
    current = planted.version("flits", 2)
    decided = decide_release(chosen, "flits", held, ADA)
    assert decided.current is not None and decided.current.version == current
    assert planted.store.standing("flits", held) is Standing.RELEASED
    assert decide_release(chosen, "flits", held, BEN).already
    assert kept(planted) == [("release", held, "ada")]


def test_a_release_that_was_killed_before_the_pointer_moved_is_finished(
    planted: Planted, chosen: Settings
) -> None:
    planted.version("flits", 1)
    held = planted.version("flits", 2, "block")
    decision = Decision(decision="release", version=held, who="ada", when=planted.moment(3), why="meant")
    planted.store.decide("flits", decision)
    decided = decide_release(chosen, "flits", held, BEN)
    assert not decided.already
    current = planted.store.current("flits")
    assert current is not None and current.version == held


def test_a_discard_is_kept_once_and_the_pointer_stays(planted: Planted, chosen: Settings) -> None:
    current = planted.version("flits", 1)
    held = planted.version("flits", 2, "block")
    decided = decide_discard(chosen, "flits", held, ADA)
    assert not decided.already
    assert decided.current is not None and decided.current.version == current
    assert planted.store.standing("flits", held) is Standing.DISCARDED
    again = decide_discard(chosen, "flits", held, BEN)
    assert (again.already, again.decision) == (True, decided.decision)
    assert kept(planted) == [("discard", held, "ada")]


def test_the_latest_word_counts(planted: Planted, chosen: Settings) -> None:
    planted.version("flits", 1)
    held = planted.version("flits", 2, "block")
    decide_discard(chosen, "flits", held, ADA)
    released = decide_release(chosen, "flits", held, BEN)
    assert not released.already
    assert planted.store.standing("flits", held) is Standing.RELEASED
    with pytest.raises(SnapshotError, match="is current; `nightjar rollback` first"):
        decide_discard(chosen, "flits", held, ADA)
    assert [line[0] for line in kept(planted)] == ["discard", "release"]


def test_a_discard_where_nothing_is_current(planted: Planted, chosen: Settings) -> None:
    held = planted.version("flits", 1, "block")
    decided = decide_discard(chosen, "flits", held, ADA)
    assert decided.current is None
    assert decided.document()["current"] is None


def test_a_rollback_to_a_version_is_done_once(planted: Planted, chosen: Settings) -> None:
    first = planted.version("flits", 1)
    second = planted.version("flits", 2)
    decided = decide_rollback(chosen, "flits", first, ADA)
    assert decided.current is not None and decided.current.version == first
    assert decided.decision.withdraws == (second,)
    again = decide_rollback(chosen, "flits", first, BEN)
    assert (again.already, again.decision.who) == (True, "ada")
    assert kept(planted) == [("rollback", first, "ada")]
    released = decide_release(chosen, "flits", second, BEN)
    assert not released.already, "a rollback is the last word on what it took back"
    assert released.current is not None and released.current.version == second


def test_a_release_that_a_rollback_took_back_is_not_there_any_more(
    planted: Planted, chosen: Settings
) -> None:
    first = planted.version("flits", 1)
    held = planted.version("flits", 2, "block")
    planted.version("flits", 3)
    decide_release(chosen, "flits", held, ADA)
    decide_rollback(chosen, "flits", first, ADA)
    planted.version("flits", 4)
    assert not decide_release(chosen, "flits", held, BEN).already
    assert planted.store.standing("flits", held) is Standing.RELEASED


def test_a_rollback_without_a_version_goes_to_the_released_one_before(
    planted: Planted, chosen: Settings
) -> None:
    first = planted.version("flits", 1)
    planted.version("flits", 2, "block")
    planted.version("flits", 3)
    decided = decide_rollback(chosen, "flits", None, ADA)
    assert decided.current is not None and decided.current.version == first
    with pytest.raises(SnapshotError, match="no released version is older"):
        decide_rollback(chosen, "flits", None, ADA)


@pytest.mark.parametrize(("who", "why"), [("", "meant"), ("ada", " \n")])
def test_nobody_decides_for_no_reason(who: str, why: str) -> None:
    with pytest.raises(UnsaidError, match=r"a decision needs wh[oy]: expected a few words"):
        Decider(who, why)


def test_an_unknown_version_is_refused(planted: Planted, chosen: Settings) -> None:
    planted.version("flits", 1)
    for decide in (decide_release, decide_discard):
        with pytest.raises(SnapshotError, match="2026-03-09-000000000000"):
            decide(chosen, "flits", "2026-03-09-000000000000", ADA)
    assert kept(planted) == []


def test_what_discard_prints(
    planted: Planted, chosen: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTJAR_USER", "wren")
    held = planted.version("flits", 1, "block")
    assert discard_version(chosen, True, "flits", held, "spam") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["space"] == "flits" and document["already"] is False
    decision = document["decision"]
    assert (decision["decision"], decision["who"], decision["why"]) == ("discard", "wren", "spam")
    assert discard_version(chosen, False, "flits", held, "spam again") == 0
    said = capsys.readouterr()
    assert "already" in said.err
    assert held in said.out and "spam" in said.out and "again" not in said.out
