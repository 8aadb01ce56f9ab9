"""A version that the gate holds back, and what people decide about it."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.place import Place

pytestmark = pytest.mark.nights

HELD_BACK, STALE = 3, 1
NO_GROWTH = "gate: {row_growth: {limit: 0.0, level: block}}"


@pytest.fixture(scope="session")
def held(common: Path, landing: Path, prefect_server: str, tools: ModuleType) -> Place:
    """Three nights of a space that must not grow, and one built on it. Nobody writes here: take a copy."""
    items = tools.ITEMS.rstrip() + f"\n    {NO_GROWTH}\n"

    def make(root: Path) -> None:
        place = tools.make_place(root, landing, tools.LIGHT.replace(tools.ITEMS, items), prefect_server)
        codes = (0, HELD_BACK, HELD_BACK)
        printed = [place.night(day, code) for day, code in zip(tools.DAYS, codes, strict=False)]
        (root / "printed.json").write_text(json.dumps(printed), encoding="utf-8")

    return tools.Place(tools.made_once(common / "held", make), landing, prefect_server)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def nights(held: Place) -> list[dict[str, Any]]:
    """The outcomes of the spaces, night by night."""
    printed = json.loads((held.root / "printed.json").read_text(encoding="utf-8"))
    return [night["spaces"] for night in printed]


def test_a_version_that_is_held_back_is_complete_and_not_current(
    held: Place, nights: list[dict[str, Any]]
) -> None:
    released, *blocked = [night["items"] for night in nights]
    assert [outcome["verdict"] for outcome in blocked] == ["block", "block"]
    assert not any(outcome["current"] for outcome in blocked)
    assert held.current("items") == released["version"]
    assert held.pointer("items")["sequence"] == 1
    assert held.versions("items") == [night["items"]["version"] for night in nights]
    for outcome in blocked:
        manifest = held.manifest("items", outcome["version"])
        (rule,) = (rule for rule in manifest["gate"]["rules"] if rule["outcome"] == "block")
        assert rule["rule"] == "row_growth" and rule["value"] > rule["limit"] == 0
        known = str(held.manifest("items", outcome["version"])["files"])
        assert "vectors.parquet" in known
    assert held.run("verify").code == 0


def test_the_predecessor_and_the_parent_are_the_last_released_ones(
    held: Place, nights: list[dict[str, Any]]
) -> None:
    released = nights[0]["items"]["version"]
    for night in nights[1:]:
        manifest = held.manifest("items", night["items"]["version"])
        assert manifest["parent_version"] == manifest["inputs"]["predecessor"] == released
        reader = held.manifest("readers", night["readers"]["version"])
        assert reader["inputs"]["parents"] == {"items": released}
        assert night["readers"]["verdict"] != "block" and night["readers"]["current"]


def test_mlflow_keeps_a_held_version_as_candidate(held: Place, nights: list[dict[str, Any]]) -> None:
    versions = [night["items"]["version"] for night in nights]
    assert list(held.model_versions_of("items").values()) == versions
    assert held.aliases_of("items") == {"candidate": versions[2], "champion": versions[0]}


def test_status_says_what_is_held_back_and_why(held: Place, nights: list[dict[str, Any]]) -> None:
    described = held.status("items")
    assert described["held_back"] == [night["items"]["version"] for night in nights[1:]]
    assert described["current"]["version"] == nights[0]["items"]["version"]
    assert described["days_behind"] == 2 and described["stale"]
    assert [entry["standing"] for entry in described["versions"]] == ["released", "held", "held"]
    for entry in described["versions"][1:]:
        assert "row_growth" in [rule["rule"] for rule in entry["breached"] if rule["outcome"] == "block"]
    people = held.run("status", "--space", "items")
    assert "row_growth" in people.out and "held" in people.out
    assert people.code == STALE and "stale: what is current is 2 days behind the logs" in people.out


def test_the_same_night_again_says_again_that_it_is_held_back(
    held: Place, nights: list[dict[str, Any]], tmp_path: Path, tools: ModuleType
) -> None:
    place = held.copy(tmp_path, prefect="http://127.0.0.1:9/api")
    before = place.seal()
    document = place.night(tools.DAYS[2], HELD_BACK)
    assert document["spaces"]["items"]["version"] == nights[2]["items"]["version"]
    assert all(outcome["reused"] for outcome in document["spaces"].values())
    assert place.seal() == before


def test_a_person_releases_and_takes_back(
    held: Place, nights: list[dict[str, Any]], prefect_server: str, tmp_path: Path, tools: ModuleType
) -> None:
    place = held.copy(tmp_path, prefect=prefect_server)
    first, second, third = (night["items"]["version"] for night in nights)
    sealed = place.seal()

    released = place.run("release", "items", second, "--reason", "a holiday", "--json")
    assert released.code == 0, released.err
    expect_decided(place, released.document, "release", second, "a holiday", sequence=2)
    assert place.aliases_of("items") == {"candidate": third, "champion": second, "previous": first}
    assert tags_of(place, second) == {
        "decision": "release",
        "decided_by": "wren",
        "decided_because": "a holiday",
    }

    returned = place.run("rollback", "items", "--reason", "it was no holiday", "--json")
    assert returned.code == 0, returned.err
    expect_decided(place, returned.document, "rollback", first, "it was no holiday", sequence=3)
    assert place.pointer("items")["decision"]["withdraws"] == [second, third]
    assert place.aliases_of("items")["champion"] == first
    standings = {entry["version"]: entry["standing"] for entry in place.status("items")["versions"]}
    assert standings == {first: "released", second: "withdrawn", third: "withdrawn"}

    document = place.night(tools.DAYS[2])
    assert document["spaces"]["items"]["version"] == third
    assert place.current("items") == first, "a night moved forward what a person took back"

    made_of_it = [
        name
        for name in (path.name for path in (place.snapshots / "readers").iterdir() if path.is_dir())
        if place.manifest("readers", name)["inputs"]["parents"] == {"items": second}
    ]
    assert len(made_of_it) == 1, "a release builds the spaces that are made from it"

    written = ("items/current.json", "items/decisions.jsonl", "readers/current.json")
    # Of a day that was made again retention keeps the newest version.
    made_again = f"readers/{nights[1]['readers']['version']}/"
    kept = {
        path: digest
        for path, digest in sealed.items()
        if path not in written and not path.startswith(made_again)
    }
    assert kept.items() <= place.seal().items(), "versions stay as they were"
    assert place.run("verify").code == 0


def expect_decided(place: Place, document: Any, kind: str, version: str, why: str, sequence: int) -> None:
    """What was printed, the pointer, and the last line of decisions.jsonl say the same."""
    pointer = place.pointer("items")
    kept = json.loads((place.snapshots / "items" / "decisions.jsonl").read_text().splitlines()[-1])
    assert kept.pop("after") and kept.pop("seal")
    assert document["current"] == pointer
    assert document["decision"] == pointer["decision"] == kept
    assert (kept["decision"], kept["version"], kept["who"], kept["why"]) == (kind, version, "wren", why)
    assert (pointer["version"], pointer["sequence"]) == (version, sequence)


def tags_of(place: Place, version: str) -> dict[str, str]:
    """What the model version says about decisions."""
    number = next(number for number, named in place.model_versions_of("items").items() if named == version)
    query = (
        "SELECT key, value FROM model_version_tags WHERE name = 'items' AND version = ? AND key LIKE 'deci%'"
    )
    return dict(place.mlflow(query, number))


def test_a_space_waits_for_a_parent_that_has_no_released_version(
    landing: Path, prefect_server: str, tmp_path: Path, tools: ModuleType
) -> None:
    blocked = tools.ITEMS.rstrip() + "\n    gate: {rows: {limit: 100000, level: block}}\n"
    place = tools.make_place(tmp_path, landing, tools.LIGHT.replace(tools.ITEMS, blocked), prefect_server)
    spaces = place.night(tools.DAYS[0], HELD_BACK)["spaces"]
    assert spaces["items"]["verdict"] == "block" and place.current("items") is None
    assert spaces["readers"]["version"] is spaces["readers"]["verdict"] is None
    assert "items" in spaces["readers"]["reason"] and "release" in spaces["readers"]["reason"]
    again = place.run("nightly", "--day", tools.DAYS[0], PREFECT_API_URL="http://127.0.0.1:9/api")
    assert again.code == HELD_BACK, "a night that can only wait has something to do"

    released = place.run("release", "items", spaces["items"]["version"], "--reason", "the first one is small")
    assert released.code == 0, released.err
    after = place.night(tools.DAYS[0])["spaces"]
    assert after["items"]["version"] == spaces["items"]["version"]
    assert after["items"]["current"] and after["items"]["reused"]
    assert after["readers"]["current"]
    parents = place.manifest("readers", after["readers"]["version"])["inputs"]["parents"]
    assert parents == {"items": spaces["items"]["version"]}
