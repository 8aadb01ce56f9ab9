"""What `nightjar up` serves: generated from the configuration, with forms that work as they stand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from flows.configuration import Configuration, load_configuration

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

    from tests.flows.conftest import Planted

SPACES = """
pipelines:
  words: {entity: flit, method: sentence_transformer}
  items: {entity: flit, method: item2vec}
"""
FLOWS = {"nightly", "backfill", "approve", "release", "rollback", "verify", "canaries"}
Deploy = Callable[..., dict[str, Any]]


@pytest.fixture
def configured(tmp_path: Path) -> Callable[[str], Configuration]:
    def load(schedule: str = "") -> Configuration:
        path = tmp_path / "pipelines.yaml"
        path.write_text(f"{schedule}\n{SPACES}", encoding="utf-8")
        return load_configuration(path)

    return load


@pytest.fixture
def deploy(
    planted: Planted, prefect_client: SyncPrefectClient, configured: Callable[[str], Configuration]
) -> Deploy:
    """Deploy on the 5th of March 2026, at 10 o'clock; name → what the server then knows."""
    from prefect.runner import Runner

    from flows.servers.deployments import deploy

    def run(schedule: str = "") -> dict[str, Any]:
        now = datetime(2026, 3, 5, 10, tzinfo=UTC)
        ids = deploy(prefect_client, Runner(pause_on_shutdown=False), configured(schedule), planted.home, now)
        return {name: prefect_client.read_deployment(id_) for name, id_ in ids.items()}

    return run


def test_everything_is_served_under_its_own_name_and_described(deploy: Deploy) -> None:
    deployed = deploy()
    assert deployed.keys() == FLOWS
    for name, deployment in deployed.items():
        assert deployment.name == name and deployment.tags == ["nightjar"]
        assert deployment.description and "Args:" not in deployment.description
        assert deployment.entrypoint == f"flows.runs.{name}.{name}"
        for parameter in deployment.parameter_openapi_schema["properties"].values():
            assert parameter["description"], parameter
    assert [name for name, one in deployed.items() if one.schedules] == ["nightly"]
    assert deployed["nightly"].global_concurrency_limit.limit == 1


def test_the_form_of_a_backfill_has_pickers_choices_chips_and_a_toggle(deploy: Deploy) -> None:
    form = deploy()["backfill"].parameter_openapi_schema["properties"]
    assert list(form) == ["first", "last", "mode", "spaces", "dry_run", "known_as_of"]
    for day in ("first", "last"):
        assert (form[day]["type"], form[day]["format"]) == ("string", "date")
    assert form["mode"]["enum"] == ["missing", "all"] and form["mode"]["default"] == "missing"
    assert form["spaces"]["type"] == "array" and form["spaces"]["items"]["enum"] == ["words", "items"]
    assert form["dry_run"]["type"] == "boolean" and form["dry_run"]["default"] is False
    assert deploy()["release"].parameter_openapi_schema["properties"]["space"]["enum"] == ["words", "items"]


def test_a_backfill_asks_for_what_is_missing(deploy: Deploy, planted: Planted) -> None:
    planted.version("items", 1)
    planted.version("items", 4)
    planted.land(1, 2, 3, 4)
    assert deploy()["backfill"].parameters == {
        "first": "2026-03-02",
        "last": "2026-03-04",
        "spaces": ["words", "items"],
    }


def test_a_backfill_of_an_empty_home_asks_for_the_last_day_that_is_over(deploy: Deploy) -> None:
    asked = deploy()["backfill"].parameters
    assert (asked["first"], asked["last"]) == ("2026-03-04", "2026-03-04")


def test_parameters_outside_the_choices_are_refused_by_the_server(
    deploy: Deploy, prefect_client: SyncPrefectClient
) -> None:
    from prefect.exceptions import PrefectHTTPStatusError

    backfill = deploy()["backfill"].id
    wrong = {"first": "2026-03-01", "last": "2026-03-02", "spaces": ["wrods"]}
    with pytest.raises(PrefectHTTPStatusError, match=r"409|422"):
        prefect_client.create_flow_run_from_deployment(backfill, parameters=wrong)


def test_days_in_the_wrong_order_are_refused_while_the_form_is_open(
    deploy: Deploy, prefect_client: SyncPrefectClient
) -> None:
    from prefect.exceptions import PrefectHTTPStatusError

    backfill = deploy()["backfill"].id
    for wrong, why in (
        ({"first": "2026-03-03", "last": "2026-03-02"}, "last day 2026-03-02 is before first day 2026-03-03"),
        (
            {"first": "2026-03-02", "last": "2026-03-03", "known_as_of": "2026-03-02"},
            "known_as_of 2026-03-02 is before the last day 2026-03-03",
        ),
    ):
        with pytest.raises(PrefectHTTPStatusError, match="409") as refused:
            prefect_client.create_flow_run_from_deployment(backfill, parameters=wrong)
        assert why in refused.value.response.json()["detail"]
    right = {"first": "2026-03-02", "last": "2026-03-02", "known_as_of": None}
    made = prefect_client.create_flow_run_from_deployment(backfill, parameters=right)
    assert made.parameters["first"] == "2026-03-02"
    prefect_client.delete_flow_run(made.id)


def test_the_form_follows_what_has_landed_since(
    deploy: Deploy, planted: Planted, prefect_client: SyncPrefectClient
) -> None:
    from flows.runs.backfill import renew_form

    id_ = deploy()["backfill"].id
    planted.version("items", 1)
    planted.land(1, 2, 3)
    renew_form(planted.home, ["words", "items"])
    assert prefect_client.read_deployment(id_).parameters == {
        "first": "2026-03-02",
        "last": "2026-03-03",
        "spaces": ["words", "items"],
    }


def test_a_schedule_that_a_person_paused_stays_paused(
    deploy: Deploy, prefect_client: SyncPrefectClient
) -> None:
    (schedule,) = deploy("schedule: {cron: '0 3 * * *', timezone: UTC}")["nightly"].schedules
    assert schedule.active and schedule.schedule.cron == "0 3 * * *"
    prefect_client.update_deployment_schedule(schedule.deployment_id, schedule.id, active=False)
    (again,) = deploy("schedule: {cron: '30 4 * * *', timezone: Europe/Berlin}")["nightly"].schedules
    assert not again.active
    assert (again.schedule.cron, again.schedule.timezone) == ("30 4 * * *", "Europe/Berlin")
    prefect_client.update_deployment_schedule(again.deployment_id, again.id, active=True)
    (resumed,) = deploy("schedule: {cron: '30 4 * * *', timezone: Europe/Berlin}")["nightly"].schedules
    assert resumed.active


def test_a_deployment_that_a_person_paused_stays_paused(
    deploy: Deploy, prefect_client: SyncPrefectClient
) -> None:
    from flows.servers.up import is_paused

    def known() -> dict[str, Any]:
        answer: dict[str, Any] = prefect_client.request("GET", "/deployments/name/nightly/nightly").json()
        return answer

    id_ = deploy()["nightly"].id
    assert not is_paused(known())
    prefect_client.pause_deployment(id_)
    deploy()
    assert is_paused(known())
    prefect_client.resume_deployment(id_)
    deploy()
    assert not is_paused(known())
    (schedule,) = prefect_client.read_deployment(id_).schedules
    prefect_client.update_deployment_schedule(id_, schedule.id, active=False)
    assert is_paused(known())
    prefect_client.update_deployment_schedule(id_, schedule.id, active=True)
