"""What waits for a person, as a real Prefect server tells it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.error import URLError

import pytest

from flows.commands.status import show_status
from flows.servers.approvals import APPROVE, forms, waiting
from flows.settings import Settings
from tests.flows.conftest import AUTH

if TYPE_CHECKING:
    from prefect import State
    from prefect.client.orchestration import SyncPrefectClient

    from tests.flows.conftest import Planted


def test_what_waits_is_listed_with_its_form_and_what_is_over_is_not(
    prefect_client: SyncPrefectClient, prefect_server: str
) -> None:
    from prefect import flow
    from prefect.states import Completed, Paused, Running

    @flow(name=APPROVE)
    def approve(space: str, version: str) -> None: ...

    def run(version: str, *states: object) -> str:
        made = prefect_client.create_flow_run(approve, parameters={"space": "items", "version": version})
        for state in states:
            prefect_client.set_flow_run_state(made.id, state, force=True)  # type: ignore[arg-type]
        return str(made.id)

    waits: State[None] = Paused(timeout_seconds=600, reschedule=True)
    later, earlier = run("2026-03-03-a", Running(), waits), run("2026-03-02-b", Running(), waits)
    over = run("2026-03-01-c", Running(), Completed())
    root = prefect_server.removesuffix("/api")
    found = [one for one in waiting(root, AUTH) if one.form.endswith((later, earlier, over))]
    assert [(one.space, one.version, one.form) for one in found] == [
        ("items", "2026-03-02-b", f"{root}/runs/flow-run/{earlier}"),
        ("items", "2026-03-03-a", f"{root}/runs/flow-run/{later}"),
    ]
    assert forms(prefect_server, AUTH)["items", "2026-03-03-a"] == f"{root}/runs/flow-run/{later}"
    end(prefect_client, later, earlier)


def end(client: SyncPrefectClient, *runs: str) -> None:
    from prefect.states import Completed

    for run in runs:
        client.set_flow_run_state(run, Completed(), force=True)


def test_status_leads_to_the_form_of_what_waits(
    planted: Planted,
    prefect_client: SyncPrefectClient,
    prefect_server: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from prefect.states import Paused, Running

    held = planted.version("items", 1, "block")
    flow = prefect_client.create_flow_from_name(APPROVE)
    deployment = prefect_client.create_deployment(flow, APPROVE)
    made = prefect_client.create_flow_run_from_deployment(
        deployment, parameters={"space": "items", "version": held}
    )
    states: tuple[State[None], ...] = (Running(), Paused(timeout_seconds=600, reschedule=True))
    for state in states:
        prefect_client.set_flow_run_state(made.id, state, force=True)
    form = f"{prefect_server.removesuffix('/api')}/runs/flow-run/{made.id}"
    chosen = Settings(planted.home, planted.home.root / "none.yaml", None, prefect_server, auth=AUTH)
    show_status(chosen, True, None)
    assert json.loads(capsys.readouterr().out)["spaces"]["items"]["forms"] == {held: form}
    show_status(chosen, False, None)
    assert f"then decide at {form} or by `" in " ".join(capsys.readouterr().out.split())
    end(prefect_client, str(made.id))
    show_status(chosen, False, None)
    assert "then decide by `" in " ".join(capsys.readouterr().out.split())


def test_without_a_server_there_are_no_forms() -> None:
    assert forms(None, None) == {}
    assert forms("http://127.0.0.1:9/api", None) == {}
    with pytest.raises(URLError):
        waiting("http://127.0.0.1:9", None)
