"""Backfills from Prefect's own page: a person fills in the form, watches the days finish, opens what they show."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.end_to_end.place import DAYS, LIGHT, Place
from tests.system.browser import Chromium
from tests.system.pages import Form, RunPage
from tests.system.servers import Up, up, wait_until

SPACES = ["items", "readers"]
PATIENCE_MS = 600_000


def test_a_person_backfills_two_days(
    begun: Place, tmp_path: Path, window: Chromium, picture: Callable[..., None]
) -> None:
    place = begun.copy(tmp_path / "place")
    with up(place) as servers:
        form = Form(window.open(servers.document["links"]["backfill"]))
        expect_explained(form)
        form.pick_day("first", DAYS[1])
        form.pick_day("last", DAYS[2])
        picture(window.page, "backfill", {"x": 256, "y": 0, "width": 1024, "height": 900})
        form.submit()
        window.page.get_by_text("View run").last.click()
        page = RunPage(window.page)
        expect(page.state("Completed")).to_be_visible(timeout=PATIENCE_MS)

        backfill, days = runs_of_backfill(servers, page.run_id)
        assert backfill["parameters"]["mode"] == "missing"
        assert [run["parameters"]["day"] for run in days] == [str(day) for day in DAYS[1:3]]
        assert [run["name"][:10] for run in days] == [str(day) for day in DAYS[1:3]]
        assert days[0]["end_time"] <= days[1]["start_time"], "two nights write at a time"
        for run in days:
            assert run["state_name"] == "Completed" and "backfill" in run["tags"]
            page.open_tab("Subflow Runs")
            expect(window.page.get_by_role("link", name=run["name"])).to_be_visible()
        assert "2 of 2 days" in servers.logs(page.run_id)

        page.open_tab("Artifacts")
        window.page.locator(".artifact-card, .p-card").first.wait_for()
        expect_nights_shown(servers, days)
        (night,) = (found for found in servers.artifacts(days[1]["id"]) if found["type"] == "markdown")
        window.open(f"{servers.prefect}/artifacts/artifact/{night['id']}")
        expect(window.page.get_by_text("readers").first).to_be_visible()
        picture(window.page, "night", {"x": 256, "y": 0, "width": 1024, "height": 690})
        assert window.strangers == []
    for space in SPACES:
        assert [version[:10] for version in place.versions(space)] == [str(day) for day in DAYS[:3]]
        assert str(place.current(space))[:10] == str(DAYS[2])
        assert place.manifest(space, str(place.current(space)))["backfilled"] is True


def expect_explained(form: Form) -> None:
    """Every control of the form is what a person expects, filled in and explained."""
    expect(form.field("first")).to_be_visible()
    assert all(re.fullmatch(r"Mar \d\w\w, 2026", form.day(name)) for name in ("first", "last"))
    assert form.choice("mode") == "missing" and form.choices("mode") == ["missing", "all"]
    assert form.chips("spaces") == form.choices("spaces") == SPACES
    assert not form.is_on("dry_run")
    for name in ("first", "last", "mode", "spaces", "dry_run", "known_as_of"):
        assert len(form.help(name)) > 10, name


def runs_of_backfill(servers: Up, run_id: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The run of a backfill, and the runs of its days by the time they started."""
    backfill = servers.run(run_id)
    parents = servers.post(
        "/task_runs/filter", {"task_runs": {"flow_run_id": {"any_": [run_id]}}, "limit": 200}
    )
    days = servers.runs(parent_task_run_id={"any_": [task["id"] for task in parents]})
    return backfill, days


def expect_nights_shown(servers: Up, days: list[dict[str, Any]]) -> None:
    """Each day says in an artifact what came in and what was published, with a way to MLflow."""
    for run in days:
        texts = [found["data"] for found in servers.artifacts(run["id"]) if found["type"] == "markdown"]
        assert texts, run["name"]
        (text,) = texts
        assert all(space in text for space in SPACES) and run["parameters"]["day"] in text
        assert f"{servers.mlflow}/" in text and "workflowType=machine_learning" in text


def test_a_day_that_fails_is_one_click_from_its_resume(
    begun: Place, tmp_path: Path, window: Chromium
) -> None:
    place = begun.copy(tmp_path / "place")
    in_the_way = place.home / "candidates" / "readers"
    in_the_way.parent.mkdir(exist_ok=True)
    if in_the_way.exists():
        in_the_way.rmdir()
    in_the_way.write_text("a file where a folder must be")
    with up(place) as servers:
        run_id = servers.start_run("backfill", first=str(DAYS[1]), last=str(DAYS[2]))
        failed = servers.wait_for_end(run_id)
        assert failed["state_type"] == "FAILED"
        assert all(str(day) in failed["state"]["message"] for day in DAYS[1:3])
        _, days = runs_of_backfill(servers, run_id)
        assert [run["state_type"] for run in days] == ["FAILED", "FAILED"]
        shown = str([artifact["data"] for artifact in servers.artifacts(run_id)])
        assert all(f"/runs/flow-run/{run['id']}" in shown for run in days), shown

        in_the_way.unlink()
        page = RunPage(window.open(f"{servers.prefect}/runs/flow-run/{run_id}"))
        page.retry()
        expect(page.state("Completed")).to_be_visible(timeout=PATIENCE_MS)
        assert servers.run(run_id)["run_count"] == 2
    assert [version[:10] for version in place.versions("readers")] == [str(day) for day in DAYS[:3]]


def test_a_backfill_that_is_cancelled_stops_cleanly(begun: Place, tmp_path: Path, window: Chromium) -> None:
    place = begun.copy(tmp_path / "place")
    place.config.write_text(LIGHT.replace("epochs: 3,", "epochs: 2000,"))  # long enough to be cancelled
    with up(place) as servers:
        run_id = servers.start_run("backfill", first=str(DAYS[1]), last=str(DAYS[2]))
        wait_until(lambda: runs_of_backfill(servers, run_id)[1], lambda days: any_running(days))
        page = RunPage(window.open(f"{servers.prefect}/runs/flow-run/{run_id}"))
        page.cancel()
        assert servers.wait_for_end(run_id)["state_type"] == "CANCELLED"
        _, days = runs_of_backfill(servers, run_id)
        assert len(days) == 1, "a day was started after the backfill was cancelled"
        assert servers.wait_for_end(days[0]["id"])["state_type"] == "CANCELLED"

        place.config.write_text(LIGHT)
        again = servers.wait_for_end(servers.start_run("backfill", first=str(DAYS[1]), last=str(DAYS[2])))
        assert again["state_type"] == "COMPLETED", again["state"]["message"]
    assert [version[:10] for version in place.versions("readers")] == [str(day) for day in DAYS[:3]]


def any_running(days: list[dict[str, Any]]) -> bool:
    return any(run["state_type"] == "RUNNING" for run in days)


def test_a_dry_run_only_lists(begun: Place, tmp_path: Path) -> None:
    place = begun.copy(tmp_path / "place")
    with up(place) as servers:
        asked = {"first": str(DAYS[0]), "last": str(DAYS[2]), "dry_run": True}
        run_id = servers.start_run("backfill", **asked)
        assert servers.wait_for_end(run_id)["state_type"] == "COMPLETED"
        assert runs_of_backfill(servers, run_id)[1] == []
        shown = str([artifact["data"] for artifact in servers.artifacts(run_id)])
        assert all(str(day) in shown for day in DAYS[:3]) and "missing" in shown
    assert place.versions("items") == begun.versions("items")
