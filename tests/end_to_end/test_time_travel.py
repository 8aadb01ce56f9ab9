"""Two clocks: what a night may know is what had landed by then, however late it is run."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import duckdb
import pytest

if TYPE_CHECKING:
    from tests.end_to_end.place import Place

pytestmark = pytest.mark.nights

SPACES = ("items", "readers")


def data_of_day(place: Place, day: object) -> dict[str, dict[str, str]]:
    """Space and version → files, of the versions of one day."""
    return {
        f"{space}/{version}": place.data(space, version)
        for space in SPACES
        for version in place.versions(space)
        if version.startswith(str(day))
    }


def test_a_backfill_sees_what_was_known_on_the_day_and_never_overtakes(
    lived: Place, landing: Path, prefect_server: str, tmp_path: Path, tools: ModuleType, reading: ModuleType
) -> None:
    first, second, *_ = tools.DAYS
    late = reading.happened_before(landing, "interactions", second, first)
    assert late, "no event of the first day, or before, landed on the second"

    place = tools.make_place(tmp_path, landing, tools.LIGHT, prefect_server)
    newest = place.night(second)["spaces"]
    assert place.versions("items") == [newest["items"]["version"]]
    pointers = [place.pointer(space) for space in SPACES]

    finished = place.run("backfill", "--first", first, "--last", first, "--json")
    assert finished.code == 0, finished.err
    (night,) = finished.document["nights"]
    assert finished.document["failed"] == {}
    assert (night["day"], night["known_as_of"]) == (str(first), str(first))
    assert not any(outcome["current"] or outcome["reused"] for outcome in night["spaces"].values())
    assert data_of_day(place, first) == data_of_day(lived, first), "late events changed what the day knew"
    backfilled = place.manifest("items", night["spaces"]["items"]["version"])
    assert backfilled["backfilled"] is True
    assert [place.pointer(space) for space in SPACES] == pointers, "a backfill moved what is current"
    for space in SPACES:
        assert place.aliases_of(space)["champion"] == newest[space]["version"]

    again = place.run("backfill", "--first", first, "--last", first, "--json")
    assert again.code == 0, again.err
    assert "1 of 1 nights: nothing to make again, every version stands" in again.err

    finished = place.run("backfill", "--first", first, "--last", first, "--known-as-of", second, "--json")
    assert finished.code == 0, finished.err
    (wiser,) = finished.document["nights"]
    assert wiser["known_as_of"] == str(second)
    for space in SPACES:
        before, after = night["spaces"][space]["version"], wiser["spaces"][space]["version"]
        assert place.data(space, before) != place.data(space, after)
        assert place.manifest(space, after)["known_as_of"] == str(second)
    counts = [place.manifest("items", one["spaces"]["items"]["version"]) for one in (night, wiser)]
    known = [one["rows"] + sum(one["coverage"].values()) for one in counts]
    assert known[0] <= known[1]
    assert [place.pointer(space) for space in SPACES] == pointers


def test_a_killed_backfill_goes_on_where_it_was_and_tries_no_gate(
    lived: Place, landing: Path, prefect_server: str, tmp_path: Path, tools: ModuleType
) -> None:
    first, second, *_ = tools.DAYS
    place = tools.make_place(tmp_path, landing, tools.LIGHT + tools.DAILY_CANARIES, prefect_server)
    asked = ("backfill", "--first", first, "--last", second)
    tools.kill_at(place, tools.Moment("▸ items: compare", occurrence=2), *asked)
    done = place.seal()
    assert place.versions("items") == lived.versions("items")

    finished = place.run(*asked, "--json")
    assert finished.code == 0, finished.err
    nights = finished.document["nights"]
    assert [night["day"] for night in nights] == [str(first), str(second)]
    assert all(outcome["reused"] for outcome in nights[0]["spaces"].values())
    assert not any(outcome["reused"] for outcome in nights[1]["spaces"].values())
    assert [line for line in finished.messages if line.startswith("▸ items: train")] == [], "trained twice"
    pointers = {f"{space}/current.json" for space in SPACES}
    assert {
        path: digest for path, digest in done.items() if path not in pointers
    }.items() <= place.seal().items()
    assert data_of_day(place, first) == data_of_day(lived, first)

    later = lived.copy(tmp_path / "lived", prefect=prefect_server)
    later.night(second)
    assert data_of_day(place, second) == data_of_day(later, second)
    for space in SPACES:
        assert place.current(space) == later.current(space)
        assert place.runs_of(space) == place.versions(space)
    assert not (place.home / "canaries").exists()


def test_a_revised_file_makes_another_version_of_its_day(
    lived: Place, prefect_server: str, tmp_path: Path, tools: ModuleType
) -> None:
    day = tools.DAYS[0]
    place = lived.copy(tmp_path, prefect=prefect_server)
    shutil.copytree(lived.landing, tmp_path / "landing")
    place = tools.Place(place.root, tmp_path / "landing", prefect_server)
    path = shorten(place.landing, day)
    document = place.night(day)
    assert document["ingest"]["read"] == 1
    for space in SPACES:
        before, after = lived.current(space), document["spaces"][space]["version"]
        assert after != before and document["spaces"][space]["current"]
        assert place.versions(space) == sorted([before, after])
        assert place.manifest(space, after)["parent_version"] is None, (
            "a version of the same day is no predecessor"
        )
        assert place.data(space, str(before)) == lived.data(space, str(before)), (
            "a version that is visible was touched"
        )
    with duckdb.connect(place.home / "warehouse.duckdb", read_only=True) as warehouse:
        states = warehouse.execute(
            "SELECT state FROM ledger_file WHERE path = ? ORDER BY state", [path]
        ).fetchall()
    assert states == [("loaded",), ("superseded",)]


def shorten(landing: Path, day: object) -> str:
    """Cut a JSONL file of interactions of `day` in half; its path."""
    path = min((landing / "interactions").glob(f"{day}*.jsonl"))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: len(lines) // 2]))
    return f"interactions/{path.name}"
