"""What a night says about a version that a person has decided on, and about a day on which nothing landed."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from flows.commands.nightly import print_night
from flows.configuration import load_configuration
from flows.night import NightRequest, NightResult, Outcome, if_done, outcome_of
from flows.runs.nightly import concluded, one_night
from flows.settings import Settings
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.partitions import News, landed_since
from warehouse.duckdb.set_aside import Aside, propose
from warehouse.home import Home
from warehouse.snapshots import Content, Decision, Gate, IndexParameters, Manifest, Score, SnapshotStore
from warehouse.vectors import Vectors, as_ids

if TYPE_CHECKING:
    from tests.flows.conftest import Planted

DAY = date(2026, 3, 4)
MOMENT = datetime(2026, 3, 5, 3, tzinfo=UTC)


def blocked(store: SnapshotStore) -> Any:
    """Publish a version that the gate holds back; what a plan would say about it."""
    fingerprint = hashlib.sha256(b"held").hexdigest()
    vectors = Vectors(as_ids(["f1", "f2"]), np.eye(2, dtype=np.float32))
    manifest = Manifest(
        space="flits", version=f"{DAY}-{fingerprint[:12]}", fingerprint=fingerprint, space_id="one",
        parent_version=None, day=DAY, known_as_of=DAY, entity="flit", dim=2, metric="cosine", normalised=True,
        score=Score(), rows=2, coverage={}, inputs={}, parameters={}, code_sha="c", lock_sha="l", seed=None,
        gate=Gate(verdict="block"), created_at=MOMENT,
    )  # fmt: skip
    store.write(Content(vectors), manifest, IndexParameters())
    return SimpleNamespace(space="flits", version=manifest.version)


def night_of(outcome: Outcome) -> NightResult:
    return NightResult(DAY, DAY, {}, {"flits": outcome}, 0.0)


def test_a_blocked_version_is_held_until_a_person_releases_it(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path / "landing")
    store = SnapshotStore(home.snapshots)
    plan = blocked(store)

    before = outcome_of(home, plan, reused=False, seconds=1.0)
    assert (before.verdict, before.held, before.current) == ("block", True, False)
    assert night_of(before).held_back == ["flits"]

    store.point("flits", plan.version, MOMENT, Decision(decision="release", version=plan.version, who="ada",
                                                        when=MOMENT, why="meant"))  # fmt: skip
    after = outcome_of(home, plan, reused=True, seconds=0.0)
    assert (after.verdict, after.held, after.current) == ("block", False, True)
    assert night_of(after).held_back == []


@pytest.fixture
def silent(planted: Planted) -> Planted:
    """A home with a version of the 1st, for which logs had landed, and a configuration beside it."""
    (planted.home.root.parent / "pipelines.yaml").write_text(
        "sources: {interactions: {}}\npipelines: {flits: {entity: flit, method: item2vec}}\n"
    )
    land(planted, "2026-03-01", "e1")
    night(planted, 1, spaces=())
    planted.version("flits", 1)
    return planted


def land(planted: Planted, name: str, *events: str, occurred_on: str = "2026-03-01") -> None:
    """A file of one event an id; one that begins with x is of a kind that nobody knows, and is quarantined."""
    place = planted.home.landing / "interactions" / f"{name}.jsonl"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(
        "".join(
            f'{{"event_id": "{event}", "occurred_at": "{occurred_on}T08:00:00Z", "bird_id": "b", "flit_id": "f", '
            f'"kind": "{"stare" if event.startswith("x") else "like"}"}}\n'
            for event in events
        )
    )


def night(planted: Planted, number: int, **changes: Any) -> NightResult:
    """A night without Prefect; it trains nothing where nothing landed."""
    chosen = Settings(planted.home, planted.home.root.parent / "pipelines.yaml", None, None)
    request = NightRequest(planted.day(number), changes.pop("known_as_of", planted.day(number)), **changes)
    return one_night(chosen, load_configuration(chosen.config), request)[0]


def test_a_night_without_logs_makes_no_version_and_says_so(silent: Planted) -> None:
    result = night(silent, 2)
    outcome = result.spaces["flits"]
    assert (outcome.version, outcome.verdict, outcome.current, outcome.held, outcome.no_logs) == (
        None, None, False, False, True,
    )  # fmt: skip
    assert outcome.reason == (
        "no logs: nothing landed after the version of 2026-03-01, so none was made; look why no log arrived"
    )
    assert (result.state, result.held_back, result.no_logs) == ("NoLogs", [], ["flits"])
    assert result.document()["spaces"]["flits"]["no_logs"] is True
    assert silent.store.versions("flits") == [silent.store.current("flits").version]  # type: ignore[union-attr]
    chosen = Settings(silent.home, silent.home.root.parent / "pipelines.yaml", None, None)
    again = if_done(chosen, load_configuration(chosen.config), NightRequest(silent.day(2), silent.day(2)))
    assert again is not None and again.no_logs == ["flits"], "it is known without another run"
    state = concluded(chosen, result, {})
    assert (state.type.value, state.name) == ("FAILED", "NoLogs")
    assert state.message.splitlines()[:2] == ["No logs: no version was made", f"flits: {outcome.reason}"]


def test_a_night_says_what_is_set_aside(silent: Planted, capsys: pytest.CaptureFixture[str]) -> None:
    """Also what it has proposed itself, which the next night leaves out."""
    held = silent.version("flits", 1, "block", salt="spam")
    with Warehouse.of(silent.home) as warehouse:
        propose(
            warehouse, "flits", held, silent.day(2), [(Aside.typed("bird:b", silent.day(1)), "concentration")]
        )
    assert night(silent, 1, spaces=()).set_aside == ()
    (aside,) = night(silent, 2).set_aside
    assert (aside.things, aside.events, aside.whole) == ((("bird", "b"),), 1, 1)
    chosen = Settings(silent.home, silent.home.root.parent / "pipelines.yaml", None, None)
    print_night(chosen, night(silent, 2))
    said = " ".join(capsys.readouterr().out.split())
    assert (
        "set aside until a person decides, from the night of 2026-03-03 on (concentration of flits): bird b;"
        in said
    )
    assert f"release flits {held} --reason" in said and f"discard flits {held} --reason" in said


def test_lines_that_do_not_count_are_no_logs_and_are_named(silent: Planted) -> None:
    """Quarantined, or known from an earlier file; a file that was refused whole."""
    land(silent, "2026-03-02", "x1", "e1")
    (silent.home.landing / "interactions" / "2026-03-02.b.parquet").write_bytes(b"no table")
    outcome = night(silent, 2).spaces["flits"]
    assert outcome.no_logs
    assert "refused: interactions/2026-03-02.b.parquet" in str(outcome.reason)
    assert "no line of it counts (all in quarantine or known): interactions/2026-03-02.jsonl" in str(
        outcome.reason
    )


def test_what_came_late_is_a_log(silent: Planted) -> None:
    """A file under the day of a night that had run without it: the next night knows more than the one before."""
    assert night(silent, 2).no_logs
    land(silent, "2026-03-01.late", "e2")
    with Warehouse.open(silent.home.warehouse) as warehouse:
        assert landed_since(warehouse, silent.day(1), silent.day(2), silent.day(2)) == News(0)
    night(silent, 3, spaces=())
    with Warehouse.open(silent.home.warehouse) as warehouse:
        assert landed_since(warehouse, silent.day(1), silent.day(3), silent.day(3)) == News(1)
        assert landed_since(warehouse, silent.day(3), silent.day(4), silent.day(4)) == News(0)
        assert landed_since(warehouse, None, silent.day(1), silent.day(1)).lines == 2


def test_what_was_dated_ahead_is_a_log_of_its_own_day(silent: Planted) -> None:
    """A log of two days that landed on the first of them: each of them brings something to learn."""
    land(silent, "2026-03-01.ahead", "e2", "e3", occurred_on="2026-03-02")
    night(silent, 1, spaces=())
    with Warehouse.open(silent.home.warehouse) as warehouse:
        news = [landed_since(warehouse, silent.day(1), silent.day(n), silent.day(n)) for n in (1, 2, 3)]
        assert [found.due for found in news] == [0, 2, 2]
        assert landed_since(warehouse, silent.day(2), silent.day(3), silent.day(3)).due == 0
