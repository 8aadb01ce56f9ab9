"""`nightjar status`: what it prints of days and staleness, and its exit code."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from flows.commands.status import show_status
from flows.servers.served import Served, write_served
from flows.settings import Settings
from tasks.ingest.parameters import IngestParameters, Source
from tasks.stages.ingest import ingest
from tasks.versions.canary_results import CanaryResults, CanaryTrial, keep
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.set_aside import Aside, propose
from warehouse.snapshots import SnapshotError

if TYPE_CHECKING:
    from tests.flows.conftest import Planted

DONE, STALE = 0, 1
PIPELINES = "pipelines: {flits: {entity: flit, method: item2vec}, birds: {entity: flit, method: item2vec}}\n"


def status(planted: Planted, capsys: pytest.CaptureFixture[str], space: str | None = None) -> tuple[int, Any]:
    """The exit code and the document."""
    config = planted.home.root.parent / "pipelines.yaml"
    code = show_status(Settings(planted.home, config, None, None), True, space)
    return code, json.loads(capsys.readouterr().out)


def words(planted: Planted, capsys: pytest.CaptureFixture[str], space: str | None = None) -> str:
    """What people see."""
    config = planted.home.root.parent / "pipelines.yaml"
    show_status(Settings(planted.home, config, None, None), False, space)
    return capsys.readouterr().out


@pytest.fixture(autouse=True)
def configured(planted: Planted) -> None:
    (planted.home.root.parent / "pipelines.yaml").write_text(PIPELINES)


def test_a_fresh_home_is_not_stale(planted: Planted, capsys: pytest.CaptureFixture[str]) -> None:
    code, document = status(planted, capsys)
    assert code == DONE
    assert {name: entry["stale"] for name, entry in document["spaces"].items()} == {
        "flits": False,
        "birds": False,
    }
    assert document["days"] == []


def test_a_home_of_long_ago_whose_nights_are_done_is_not_stale(
    planted: Planted, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 2, 3):
        planted.version("flits", number)
    planted.land(1, 2, 3, 4)
    code, document = status(planted, capsys)
    assert code == DONE
    assert document["spaces"]["flits"]["days_behind"] == 1
    assert document["spaces"]["flits"]["stale_because"] is None


def test_a_stale_space_is_told_and_makes_the_exit_code_1(
    planted: Planted, capsys: pytest.CaptureFixture[str]
) -> None:
    planted.version("flits", 1)
    planted.version("birds", 3)
    planted.version("flits", 3, "block")
    planted.land(1, 2, 3)
    code, document = status(planted, capsys)
    assert code == STALE
    stale = {name: entry["stale_because"] for name, entry in document["spaces"].items() if entry["stale"]}
    assert stale == {"flits": "what is current is 2 days behind the logs"}
    assert "flits: stale: what is current is 2 days behind the logs" in words(planted, capsys)
    assert status(planted, capsys, "birds")[0] == DONE
    assert status(planted, capsys, "flits")[0] == STALE


def test_a_space_that_is_no_longer_configured_is_never_stale(
    planted: Planted, capsys: pytest.CaptureFixture[str]
) -> None:
    planted.version("old", 1)
    planted.version("flits", 9)
    planted.land(9)
    code, document = status(planted, capsys)
    assert code == DONE
    assert document["spaces"]["old"]["days_behind"] == 8
    (planted.home.root.parent / "pipelines.yaml").unlink()
    assert status(planted, capsys)[0] == STALE, "without a configuration every space counts"


def test_a_served_home_whose_nights_do_not_come_is_stale(
    planted: Planted, capsys: pytest.CaptureFixture[str]
) -> None:
    planted.version("flits", 1)
    planted.land(1)
    assert status(planted, capsys)[0] == DONE
    write_served(planted.home, Served("http://127.0.0.1:4200", "http://127.0.0.1:5000", planted.moment(2)))
    code, document = status(planted, capsys)
    assert code == STALE
    assert "the schedule has named its time" in document["spaces"]["birds"]["stale_because"]


def test_the_days_of_a_space_are_shown_two_weeks_of_them(
    planted: Planted, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 5, 19):
        planted.version("flits", number)
    planted.version("flits", 18, "block")
    planted.land(17, 20)
    _, document = status(planted, capsys, "flits")
    shown = {day["day"][8:]: day["state"] for day in document["days"]}
    assert list(shown) == [f"{number:02}" for number in range(7, 21)]
    assert {number: state for number, state in shown.items() if state != "no_logs"} == {
        "17": "missing",
        "18": "held",
        "19": "done",
        "20": "missing",
    }
    lines = [line.split() for line in words(planted, capsys, "flits").splitlines()]
    assert ["2026-03-17", "missing", "–", "no", "yes"] in lines
    assert ["2026-03-18", "held", "block", "no", "no"] in lines
    assert ["2026-03-19", "done", "pass", "yes", "no"] in lines
    assert "Days" not in words(planted, capsys)


def test_nights_without_logs_are_told_first_and_counted_as_days_behind(
    planted: Planted, capsys: pytest.CaptureFixture[str]
) -> None:
    planted.version("flits", 1)
    planted.land(1)
    with Warehouse.open(planted.home.warehouse) as warehouse:
        warehouse.rows(
            "INSERT INTO feature_partition VALUES ('core_bird', ?, 'd', '{}', 0) RETURNING 1",
            [planted.day(3)],
        )
    code, document = status(planted, capsys)
    assert (code, document["no_logs_since"]) == (STALE, "2026-03-01")
    assert document["spaces"]["flits"]["days_behind"] == 2
    assert document["spaces"]["flits"]["missing_days"] == []
    said = words(planted, capsys)
    silent = said.index(
        "\nno logs: nothing has landed after 2026-03-01, and the nights up to 2026-03-03 made no"
    )
    assert said.index("\nSpaces\n") < silent < said.index("flits: stale"), "before all else that is due"
    assert "flits: stale: no logs: nothing has landed after 2026-03-01" in said
    planted.version("flits", 3)
    assert status(planted, capsys)[1]["no_logs_since"] is None, "that night made a version of what came late"


def test_missing_and_held_days_stay_in_the_overview(
    planted: Planted, capsys: pytest.CaptureFixture[str]
) -> None:
    planted.version("flits", 1)
    held = planted.version("flits", 2, "block")
    planted.land(3, 4)
    _, document = status(planted, capsys)
    assert document["spaces"]["flits"]["missing_days"] == ["2026-03-03", "2026-03-04"]
    assert document["spaces"]["flits"]["held_back"] == [held]
    said = words(planted, capsys)
    assert "missing 2 days from 2026-03-03 to 2026-03-04" in said
    assert f"{held} is held back" in said
    for shown in (said, words(planted, capsys, "flits")):
        *_, last = shown.rstrip().splitlines()
        assert "nightjar backfill --first 2026-03-03 --last 2026-03-04" in last, "what to do is read first"
        assert shown.index("Logs\n") < shown.index("\nSpaces\n") < shown.index(f"{held} is held back")


def test_three_held_nights_in_a_row_are_told_with_the_way_out(
    planted: Planted, capsys: pytest.CaptureFixture[str]
) -> None:
    planted.version("flits", 1)
    held = [planted.version("flits", day, "block") for day in (2, 3)]
    assert "in a row" not in words(planted, capsys)
    held.append(planted.version("flits", 4, "block"))
    said = words(planted, capsys)
    assert "flits: held back 3 nights in a row" in said
    assert f"nightjar drift flits {held[1]} {held[2]}" in said
    assert f"nightjar release flits {held[2]} --reason" in said
    assert f"release flits {held[0]}" not in said


def test_what_a_gate_missed_is_told(planted: Planted, capsys: pytest.CaptureFixture[str]) -> None:
    version = planted.version("flits", 1)
    assert status(planted, capsys)[1]["spaces"]["flits"]["canaries"] is None
    trials = [CanaryTrial(name, name, 0.5, right=name != "spam") for name in ("lose_events", "spam", "stale")]
    keep(planted.home, CanaryResults("flits", version, "2026-03-01", "pass", tuple(trials), 2.0))
    code, document = status(planted, capsys)
    assert code == DONE, "what a gate missed makes nothing stale"
    told = document["spaces"]["flits"]["canaries"]
    assert (told["day"], told["version"]) == ("2026-03-01", version)
    assert (told["caught"], told["tried"], told["missed"]) == (2, 3, ["spam"])
    assert "flits: canaries of 2026-03-01: 2 of 3 caught, missed spam" in words(planted, capsys)


def test_an_unknown_space(planted: Planted, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SnapshotError, match="nothing: no such space; there are: flits, birds"):
        status(planted, capsys, "nothing")


def test_what_the_next_night_deletes_is_named(planted: Planted, capsys: pytest.CaptureFixture[str]) -> None:
    config = planted.home.root.parent / "pipelines.yaml"
    config.write_text(f"{PIPELINES}publish: {{keep: {{current: 1, daily: 1}}}}\n")
    versions = [planted.version("flits", number) for number in range(1, 5)]
    versions.append(planted.version("flits", 5, backfilled=True))
    assert status(planted, capsys)[1]["spaces"]["flits"]["deletes_next"] == versions[:3]
    assert versions[2] in words(planted, capsys, "flits").split("the next night deletes")[1]


def test_what_is_odd_about_the_logs_is_told(planted: Planted, capsys: pytest.CaptureFixture[str]) -> None:
    """Conflicts, files under a day whose night had run, events dated ahead, ids that only look different."""
    flits = ["jürgen", "ju\u0308rgen", "b1 ", "b1", "b\u200b1", "plain", "\x1b[31mred"]
    first = [_event(number, flit) for number, flit in enumerate(flits)]
    for day, path, lines in (
        (2, "2026-03-02", first),
        (3, "2026-03-01T05.late", [_event(50, "f", "2026-03-04T00:00:00Z"), _event(0, "other")]),
    ):
        place = planted.home.landing / "interactions" / f"{path}.jsonl"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        limits = IngestParameters(ahead=timedelta(days=9))
        ingest(planted.home, limits, {"interactions": Source()}, date(2026, 3, day), date(2026, 3, day))
    _, document = status(planted, capsys)
    assert [row["path"] for row in document["late_files"]] == ["interactions/2026-03-01T05.late.jsonl"]
    assert (document["dated_ahead"], document["ids_alike"]) == (1, {"flit": 2})
    told = words(planted, capsys)
    for expected in (
        "conflicts: interactions/2026-03-02.jsonl: 1 of 7 lines",
        "late: interactions/2026-03-01T05.late.jsonl: landed under 2026-03-01 after the night of 2026-03-02 had run",
        "dated ahead: 1 events",
        "2 flit ids have a twin",
    ):
        assert expected in told, told


def _event(number: int, flit: str, when: str = "2026-03-01T00:00:00Z") -> dict[str, str]:
    return {"event_id": f"e{number}", "occurred_at": when, "bird_id": "b", "flit_id": flit, "kind": "like"}


def test_what_is_set_aside_is_told_with_both_ways_out(
    planted: Planted, capsys: pytest.CaptureFixture[str]
) -> None:
    held = planted.version("flits", 1, "block")
    planted.land(1)
    with Warehouse.of(planted.home) as warehouse:
        propose(
            warehouse,
            "flits",
            held,
            planted.day(1),
            [(Aside.typed("bird:b0402", planted.day(1)), "concentration")],
        )
    _, document = status(planted, capsys)
    (aside,) = document["set_aside"]
    assert (aside["version"], aside["things"], aside["events"]) == (held, [["bird", "b0402"]], 0)
    said = " ".join(words(planted, capsys).split())
    since = "set aside until a person decides, from the night of 2026-03-02 on (concentration of flits)"
    assert f"{since}: bird b0402;" in said
    assert f"nightjar release flits {held}" in said and f"nightjar discard flits {held}" in said
