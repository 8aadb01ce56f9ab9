"""Somebody is called: alerts reach a receiver on this machine when a night fails, is held back, or does not start."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from tests.end_to_end.place import DAYS, ITEMS, LIGHT, Place
from tests.system.receiver import Receiver, Request
from tests.system.servers import Up, up

NO_GROWTH = f"{ITEMS.rstrip()}\n    gate: {{row_growth: {{limit: 0.0, level: block}}}}\n"
ALERTS = "alerts: {start_within: 5s}\n"


def test_a_night_that_fails_is_held_back_or_does_not_start_calls_somebody(
    begun: Place, tmp_path: Path, receiver: Receiver
) -> None:
    place = begun.copy(tmp_path / "place")
    place.config.write_text(ALERTS + LIGHT.replace(ITEMS, NO_GROWTH))
    in_the_way = place.home / "candidates" / "readers"
    in_the_way.parent.mkdir(exist_ok=True)
    if in_the_way.exists():
        in_the_way.rmdir()
    in_the_way.write_text("a file where a folder must be")
    with up(place, NIGHTJAR_ALERT_WEBHOOK=receiver.url) as servers:
        failed = run_a_night(servers)
        assert failed["state_type"] == "FAILED"
        assert "readers" in told(receiver, failed["id"])["message"]

        in_the_way.unlink()
        held = run_a_night(servers)
        assert held["state_name"] == "HeldBack"
        alert = told(receiver, held["id"])
        assert "items" in alert["message"] and "the predecessor has" in alert["text"]
        assert alert["form"].startswith(servers.prefect) and "report.html" in alert["report"]

        runner = servers.process_of("runner")
        os.kill(runner.pid, signal.SIGSTOP)  # it hangs, and nobody takes up the next night
        try:
            late = servers.start_run("nightly", day=str(DAYS[2]), catch_up=False)
            assert told(receiver, late)["state"] == "Late"
        finally:
            os.kill(runner.pid, signal.SIGCONT)
        assert servers.wait_for_end(late)["state_name"] == "HeldBack", "it was run after all"
    assert {request.path for request in receiver.requests} == {"/alerts"}


def run_a_night(servers: Up) -> dict[str, object]:
    return servers.wait_for_end(servers.start_run("nightly", day=str(DAYS[1]), catch_up=False))


def told(receiver: Receiver, run_id: object) -> dict[str, str]:
    """The alert about a run: one JSON document, with a text for people and the way to the run."""

    def about(request: Request) -> bool:
        return str(run_id) in request.body

    document: dict[str, str] = json.loads(receiver.wait_for(about).body)
    assert document["text"] and document["link"].endswith(f"/runs/flow-run/{run_id}")
    return document
