"""The schedule of pipelines.yaml: cron makes runs, in its time zone; a person pauses it, and paused it stays."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.end_to_end.place import DAYS, Place
from tests.system.browser import Chromium
from tests.system.pages import DeploymentPage
from tests.system.servers import Up, up, wait_until

BERLIN = ZoneInfo("Europe/Berlin")
SCHEDULE = 'schedule: {cron: "15 4 * * *", timezone: Europe/Berlin}\n'
SCHEDULER_S = 300
"""Prefect's scheduler looks once a minute."""


def scheduled(place_servers: Up) -> list[datetime]:
    """When the runs that cron has made are due."""
    runs = place_servers.runs(
        deployment_id={"any_": [place_servers.deployment("nightly")["id"]]},
        state={"type": {"any_": ["SCHEDULED"]}},
    )
    return sorted(datetime.fromisoformat(run["expected_start_time"]) for run in runs)


def test_cron_makes_runs_and_a_paused_schedule_stays_paused(
    begun: Place, tmp_path: Path, window: Chromium
) -> None:
    place = begun.copy(tmp_path / "place")
    place.config.write_text(SCHEDULE + place.config.read_text())
    with up(place) as servers:
        due = wait_until(lambda: scheduled(servers), lambda times: len(times) >= 3, SCHEDULER_S)
        assert {moment.astimezone(BERLIN).time() for moment in due} == {time(4, 15)}
        days = [moment.astimezone(BERLIN).date() for moment in due]
        assert days == sorted(set(days)), "two runs are due for one night"

        page = DeploymentPage(window.open(servers.document["links"]["tonight"]))
        expect(page.schedule).to_have_attribute("aria-checked", "true")
        page.schedule.click()
        wait_until(lambda: is_active(servers), lambda active: not active, 20)
        wait_until(lambda: scheduled(servers), lambda times: times == [], SCHEDULER_S)
    with up(place) as servers:
        assert not is_active(servers), "a restart switched on what a person had paused"
        page = DeploymentPage(window.open(servers.document["links"]["tonight"]))
        expect(page.schedule).to_have_attribute("aria-checked", "false")
        assert scheduled(servers) == []

        page.schedule.click()
        wait_until(lambda: scheduled(servers), lambda times: len(times) >= 3, SCHEDULER_S)
        assert window.strangers == []


def is_active(servers: Up) -> bool:
    (schedule,) = servers.deployment("nightly")["schedules"]
    return bool(schedule["active"])


def test_a_night_makes_up_for_missed_ones_oldest_first(
    begun: Place, undisturbed: Place, tmp_path: Path
) -> None:
    place = begun.copy(tmp_path / "place")
    with up(place) as servers:
        night = servers.wait_for_end(servers.start_run("nightly", day=str(DAYS[2])))
        assert night["state_type"] == "COMPLETED", (night["state"], servers.logs(night["id"]))
        missed = servers.runs(name={"any_": [f"{DAYS[1]}, missed"]})
        assert [run["state_type"] for run in missed] == ["COMPLETED"]
        again = servers.wait_for_end(servers.start_run("nightly", day=str(DAYS[2])))
        assert again["state_type"] == "COMPLETED" and again["total_run_time"] < 30
    for space in ("items", "readers"):
        assert place.versions(space) == undisturbed.versions(space), "made up for in another order"
