"""Kill -9 whatever works on a night, in the middle of it: the night comes out as if nothing had happened."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.place import DAYS, Place
from tests.system.servers import Up, start_up, wait_until

SPACES = ("items", "readers")
LIMIT_S = 600
"""From the kill, or from `nightjar up`, to a system that works: a hang, not a slow machine."""


def start_a_night(servers: Up, day: object) -> str:
    """Start the night of a day and wait until it is in the middle of its work; the id of its run."""
    run_id = servers.start_run("nightly", day=str(day), catch_up=False)
    under_way = servers.place.home / "candidates"
    until = time.monotonic() + LIMIT_S
    while not any(under_way.glob(f"*/{day}-*")):
        assert time.monotonic() < until, servers.logs(run_id)
        time.sleep(0.01)
    return run_id


@pytest.mark.parametrize("killed", ["run", "prefect", "runner", "mlflow"])
def test_a_night_survives_the_death_of(killed: str, begun: Place, undisturbed: Place, tmp_path: Path) -> None:
    place = begun.copy(tmp_path / "place")
    servers = start_up(place)
    try:
        run_id = start_a_night(servers, DAYS[1])
        servers.process_of(killed).kill()
        servers.wait_for_completion(run_id, LIMIT_S)
        expect_at_work(servers)
        if killed != "run":
            assert f"{killed} is back" in servers.said, servers.said
    finally:
        servers.stop()
    expect_undisturbed(place, undisturbed)


def test_a_night_survives_the_loss_of_power(begun: Place, undisturbed: Place, tmp_path: Path) -> None:
    place = begun.copy(tmp_path / "place")
    servers = start_up(place)
    run_id = start_a_night(servers, DAYS[1])
    servers.kill()

    servers = start_up(place)
    try:
        servers.wait_for_completion(run_id, LIMIT_S)
        expect_at_work(servers)
    finally:
        servers.stop()
    expect_undisturbed(place, undisturbed)


def expect_at_work(servers: Up) -> None:
    """Nothing is said to run that does not, the writer's limit is free, and the next night runs."""
    night = servers.wait_for_end(servers.start_run("nightly", day=str(DAYS[2]), catch_up=False), LIMIT_S)
    assert night["state_type"] == "COMPLETED", (night["state"], servers.logs(night["id"]))
    orphans = servers.runs(state={"type": {"any_": ["RUNNING", "PENDING", "CANCELLING"]}})
    assert orphans == []
    wait_until(lambda: slots(servers)["duckdb-writer"], lambda held: held == 0, LIMIT_S)


def slots(servers: Up) -> dict[str, int]:
    """Limit → how many hold it."""
    return {limit["name"]: limit["active_slots"] for limit in servers.post("/v2/concurrency_limits/filter")}


def expect_undisturbed(place: Place, undisturbed: Place) -> None:
    """One version a night and space, of the same bytes, current and in MLflow as if nothing had happened."""
    for space in SPACES:
        versions = undisturbed.versions(space)
        assert place.versions(space) == versions and len(versions) == 3
        for version in versions:
            assert place.data(space, version) == undisturbed.data(space, version), (space, version)
        assert place.current(space) == undisturbed.current(space)
        assert place.pointer(space)["sequence"] == undisturbed.pointer(space)["sequence"]
        assert place.runs_of(space) == versions
        assert sorted(place.model_versions_of(space).values()) == versions
        assert place.aliases_of(space) == undisturbed.aliases_of(space)
    assert counted(place) == counted(undisturbed)
    assert not list((place.home / "candidates").glob("*/*")), "work is left lying about"


def counted(place: Place) -> dict[str, Any]:
    """What status says of the logs, and the findings of verify."""
    document = place.run("status", "--json").document
    return {"ledger": document["ledger"], "findings": place.run("verify", "--json").document["findings"]}
