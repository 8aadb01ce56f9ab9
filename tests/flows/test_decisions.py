"""Decisions of people: kept once, told to MLflow, and said to be there where they are asked for again."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from flows.configuration import Configuration
from flows.decisions import (
    Decider,
    UnsaidError,
    champions_astray,
    decide_discard,
    decide_release,
    decide_rollback,
    discard_version,
)
from flows.night import NightRequest, night_of_children
from flows.settings import Settings
from tasks.stages.publish import settle
from tasks.stages.register import go_without
from tasks.versions.candidate import REGISTERED, Candidate
from tasks.versions.documents import RunContext
from tasks.versions.plan import Night, Plan
from warehouse.duckdb.database import Warehouse, WarehouseError
from warehouse.duckdb.set_aside import Aside, in_force, propose
from warehouse.snapshots import Decision, MlflowReference, PublishParameters, SnapshotError, Standing

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
    again = decide_rollback(chosen, "flits", None, BEN)
    assert (again.already, again.current) == (True, decided.current), "it is safe to say it twice"
    with pytest.raises(SnapshotError, match="is not older than"):
        decide_rollback(chosen, "flits", planted.version("flits", 4), ADA)


def test_a_rollback_where_nothing_is_older(planted: Planted, chosen: Settings) -> None:
    planted.version("flits", 1)
    with pytest.raises(SnapshotError, match="no released version is older"):
        decide_rollback(chosen, "flits", None, ADA)


def test_a_version_without_rows_needs_force(planted: Planted, chosen: Settings) -> None:
    empty = planted.version("flits", 1, ids=())
    planted.version("flits", 2)
    with pytest.raises(SnapshotError, match=r"has 0 rows.*--force"):
        decide_rollback(chosen, "flits", empty, ADA)
    assert decide_rollback(chosen, "flits", empty, ADA, force=True).decision.version == empty
    held = planted.version("flits", 3, "block", ids=())
    with pytest.raises(SnapshotError, match=r"has 0 rows.*--force"):
        decide_release(chosen, "flits", held, ADA)
    assert kept(planted) == [("rollback", empty, "ada")]


@pytest.mark.parametrize("listens", [True, False], ids=["hangs", "away"])
def test_a_decision_stands_where_mlflow_cannot_be_told(
    planted: Planted, chosen: Settings, listens: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from warehouse.mlflow import faults

    monkeypatch.setattr(faults, "ANSWER_S", 0.2)
    known = MlflowReference(run_id="r", model_version="1")
    held = planted.version("flits", 1, "block", mlflow=known)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if listens:
            silent.listen()  # it takes the connection and says nothing
        away = replace(chosen, tracking_uri=f"http://127.0.0.1:{silent.getsockname()[1]}")
        decided = decide_release(away, "flits", held, ADA)
        assert list(champions_astray(away, ["flits"])) == [], "nobody can tell"
    assert decided.untold is not None and "MLflow does not answer" in decided.untold
    assert planted.store.current("flits") == decided.current


def test_a_night_moves_the_pointer_where_mlflow_cannot_be_told(
    planted: Planted, caplog: pytest.LogCaptureFixture
) -> None:
    """And what could not be registered is published as what MLflow does not know."""
    night = Night(planted.day(1), planted.day(1), "f" * 64, 1, "p" * 64)
    pipeline = Configuration.model_validate({"pipelines": {"flits": {"entity": "flit", "method": "lsa"}}})
    plan = Plan("flits", pipeline.pipelines["flits"], night, {}, None)
    known = MlflowReference(run_id="r", model_version="4")
    named = {"version": plan.version, "fingerprint": plan.fingerprint, "mlflow": known}
    planted.version("flits", 1, point=False, **named)
    go_without(planted.home, plan)
    assert Candidate.of(planted.home, plan).load_json(REGISTERED) == MlflowReference().document()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        away = f"http://127.0.0.1:{probe.getsockname()[1]}"
        settle(planted.home, plan, PublishParameters(), RunContext(planted.moment(1), False, None, away))
    current = planted.store.current("flits")
    assert current is not None and current.version == plan.version
    (line,) = [record.getMessage() for record in caplog.records]
    assert "MLflow was not told what is current" in line and "\n" not in line


def test_the_next_decision_mends_what_mlflow_was_not_told(planted: Planted, chosen: Settings) -> None:
    from warehouse.mlflow import Registry

    client = Registry.open(planted.home).client
    client.create_registered_model("flits")
    run = client.create_run("0").info.run_id
    versions = []
    for number in (1, 2):
        client.create_model_version("flits", "file:///nowhere", run)
        known = MlflowReference(run_id=run, model_version=str(number))
        versions.append(planted.version("flits", number, mlflow=known))
    client.set_registered_model_alias("flits", "champion", "1")
    (finding,) = champions_astray(chosen, ["flits"])
    assert (finding.expected, finding.found) == ("champion 2", "1")
    discarded = planted.version("flits", 3, "block")
    assert decide_discard(chosen, "flits", discarded, ADA).untold is None
    assert list(champions_astray(chosen, ["flits"])) == []
    assert Registry.open(planted.home).aliases("flits") == {"champion": "2", "previous": "1"}


@pytest.mark.parametrize("backfilled", [False, True])
def test_what_is_built_on_a_released_version_is_made_on_what_it_knew(
    planted: Planted, backfilled: bool
) -> None:
    spaces = {
        "flits": {"entity": "flit", "method": "lsa"},
        "readers": {"entity": "bird", "from": ["flits"], "method": "recency_weighted_mean"},
        "small": {"entity": "bird", "from": ["readers"], "method": "pca"},
        "items": {"entity": "flit", "method": "item2vec"},
    }
    configuration = Configuration.model_validate({"pipelines": spaces})
    known = planted.day(9)
    version = planted.version("flits", 1, "block", known_as_of=known, backfilled=backfilled)
    request = night_of_children(configuration, planted.store.manifest("flits", version))
    assert request == NightRequest(planted.day(1), known, backfilled, ("readers", "small"))
    alone = planted.version("items", 1, "block")
    assert night_of_children(configuration, planted.store.manifest("items", alone)) is None


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


def test_decisions_say_what_of_the_logs_counts(planted: Planted, chosen: Settings) -> None:
    """What was set aside on the first day is decided for the nights after the newest, which is that of the second."""
    held = planted.version("flits", 1, "block")
    planted.version("birds", 2)
    planted.land(1)
    bird = Aside.typed("bird:b0402", planted.day(1))
    with Warehouse.of(planted.home) as warehouse:
        propose(warehouse, "flits", held, planted.day(1), [(bird, "concentration")])
        propose(warehouse, "birds", held, planted.day(1), [(bird, "concentration")])

    def left_out() -> list[list[str]]:
        with Warehouse.of(planted.home) as warehouse:
            return [[key for _, key, _ in in_force(warehouse, planted.day(number))] for number in (1, 2, 3)]

    assert left_out() == [[], ["b0402"], ["b0402"]]
    assert decide_discard(chosen, "flits", held, ADA, ["day:2026-03-01"]).set_aside == 3
    assert left_out() == [[], ["b0402"], ["b0402", "2026-03-01"]]
    assert decide_release(chosen, "flits", held, ADA).set_aside == 3, (
        "also where another space names the same bird"
    )
    assert left_out() == [[], ["b0402"], []]
    with pytest.raises(WarehouseError, match="'flock' says nothing that can be left out"):
        decide_discard(chosen, "flits", planted.version("flits", 4, "block"), ADA, ["flock"])
