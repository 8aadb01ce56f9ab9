"""A version that the gate holds back: a person decides in Prefect's page, on the form of a run that waits."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.end_to_end.place import DAYS, Place
from tests.system.browser import Chromium
from tests.system.pages import Form, RunPage
from tests.system.servers import Up, up, wait_until

NO_GROWTH = "    gate: {row_growth: {limit: 0.0, level: block}}\n"
PATIENCE_MS = 600_000


@pytest.fixture
def strict(begun: Place, tmp_path: Path) -> Place:
    """A home after its first night; from now on `items` must not grow, and it does."""
    place = begun.copy(tmp_path / "place")
    declared = place.config.read_text()
    place.config.write_text(declared.replace("\n  readers:", f"{NO_GROWTH}\n  readers:"))
    return place


def held_back(servers: Up) -> tuple[str, dict[str, Any]]:
    """Run the second night, which must end held back; the version, and the run that waits for a person."""
    night = servers.wait_for_end(servers.start_run("nightly", day=str(DAYS[1]), catch_up=False))
    assert (night["state_type"], night["state_name"]) == ("FAILED", "HeldBack"), night["state"]
    (version,) = (name for name in servers.place.versions("items") if name.startswith(str(DAYS[1])))
    return version, waiting_for(servers, version)


def waiting_for(servers: Up, version: str) -> dict[str, Any]:
    """The run that waits for a decision about a version, once its process has ended."""

    def look() -> list[dict[str, Any]]:
        runs = servers.runs(deployment_id={"any_": [servers.deployment("approve")["id"]]})
        return [
            run for run in runs if run["parameters"]["version"] == version and run["state_type"] == "PAUSED"
        ]

    (run,) = wait_until(look, lambda found: len(found) == 1)
    return run


def decisions(place: Place) -> list[dict[str, Any]]:
    path = place.snapshots / "items" / "decisions.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def decide(window: Chromium, servers: Up, run: dict[str, Any], decision: str) -> RunPage:
    """Open the run that waits, fill in its form, send it off."""
    page = RunPage(window.open(f"{servers.prefect}/runs/flow-run/{run['id']}"))
    page.resume()
    form = Form(window.page)
    expect(form.field("Decision")).to_be_visible()
    assert form.choices("Decision") == ["release", "discard"]
    form.choose("Decision", decision)
    form.write("Reason", "an election: the growth is real")
    form.write("Your name", "wren")
    return page


def test_a_person_releases_what_was_held_back(
    strict: Place, window: Chromium, picture: Callable[..., None]
) -> None:
    before = strict.current("items")
    with up(strict) as servers:
        version, run = held_back(servers)
        assert strict.current("items") == before and str(before).startswith(str(DAYS[0]))
        assert str(strict.current("readers")).startswith(str(DAYS[1])), "the other space waits as well"

        page = decide(window, servers, run, "release")
        picture(window.page, "approve", {"x": 378, "y": 10, "width": 524, "height": 880})
        page.send()
        expect(page.state("Completed")).to_be_visible(timeout=PATIENCE_MS)
        wait_until(lambda: strict.current("items"), lambda current: current == version)
        nightly = servers.deployment("nightly")["id"]
        wait_until(  # what is built on the space follows
            lambda: servers.runs(deployment_id={"any_": [nightly]}, start_time={"is_null_": False}),
            lambda runs: sorted(run["state_name"] for run in runs) == ["Completed", "HeldBack"],
        )
        assert window.strangers == []
    (kept,) = decisions(strict)
    assert (kept["decision"], kept["version"], kept["who"]) == ("release", version, "wren")
    assert kept["why"] == "an election: the growth is real"
    chain = ("after", "seal")
    assert strict.pointer("items")["decision"] == {key: kept[key] for key in kept if key not in chain}
    number = next(number for number, named in strict.model_versions_of("items").items() if named == version)
    tags = (
        "SELECT key, value FROM model_version_tags WHERE name = 'items' AND version = ? AND key LIKE 'deci%'"
    )
    assert dict(strict.mlflow(tags, number)) == {
        "decision": "release",
        "decided_by": "wren",
        "decided_because": "an election: the growth is real",
    }
    assert strict.aliases_of("items")["champion"] == version


def test_a_person_discards_what_was_held_back_also_after_a_restart(strict: Place, window: Chromium) -> None:
    before = strict.current("items")
    with up(strict) as servers:
        version, _ = held_back(servers)
    with up(strict) as servers:
        page = decide(window, servers, waiting_for(servers, version), "discard")
        page.send()
        expect(page.state("Completed")).to_be_visible(timeout=PATIENCE_MS)
        assert strict.current("items") == before
        (kept,) = decisions(strict)
        assert (kept["decision"], kept["version"], kept["who"]) == ("discard", version, "wren")
        night = servers.wait_for_end(servers.start_run("nightly", day=str(DAYS[2]), catch_up=False))
        assert night["state_name"] == "HeldBack"
    (third,) = (name for name in strict.versions("items") if name.startswith(str(DAYS[2])))
    assert strict.manifest("items", third)["parent_version"] == before


def test_unanswered_it_stays_held_back(strict: Place) -> None:
    strict.config.write_text(f"approval: {{wait: 3s}}\n{strict.config.read_text()}")
    before = strict.current("items")
    with up(strict) as servers:
        version, run = held_back(servers)
        ended = servers.wait_for_end(run["id"])
        assert "not" in (ended["state"]["message"] or "").lower() or ended["state_type"] in (
            "FAILED",
            "CANCELLED",
        )
        status = strict.status("items")
    assert status["held_back"] == [version] and strict.current("items") == before
    assert decisions(strict) == []
