"""What waits for a person, as a real Prefect server tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.error import URLError

import pytest

from flows.servers.approvals import APPROVE, forms, waiting
from tests.flows.conftest import AUTH

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient


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

    waits = Paused(timeout_seconds=600, reschedule=True)
    later, earlier = run("2026-03-03-a", Running(), waits), run("2026-03-02-b", Running(), waits)
    over = run("2026-03-01-c", Running(), Completed())
    root = prefect_server.removesuffix("/api")
    found = [one for one in waiting(root, AUTH) if one.form.endswith((later, earlier, over))]
    assert [(one.space, one.version, one.form) for one in found] == [
        ("items", "2026-03-02-b", f"{root}/runs/flow-run/{earlier}"),
        ("items", "2026-03-03-a", f"{root}/runs/flow-run/{later}"),
    ]
    assert forms(prefect_server, AUTH)["items", "2026-03-03-a"] == f"{root}/runs/flow-run/{later}"
    for run_id in (later, earlier):
        prefect_client.set_flow_run_state(run_id, Completed(), force=True)  # type: ignore[arg-type]


def test_without_a_server_there_are_no_forms() -> None:
    assert forms(None, None) == {}
    assert forms("http://127.0.0.1:9/api", None) == {}
    with pytest.raises(URLError):
        waiting("http://127.0.0.1:9", None)
