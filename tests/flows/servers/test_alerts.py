"""Alerts reach a local HTTP receiver, each once, from a real Prefect server that asks for a password."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from flows.configuration import ConfigurationError
from flows.servers.addresses import checked_webhook
from flows.servers.alerts import BLOCK, OWNER, ensure_alerts

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

    from tests.flows.conftest import Receiver

UI = "http://127.0.0.1:4200"
NAMES = [
    "nightjar: a gate missed a canary",
    "nightjar: a night did not start",
    "nightjar: a night failed",
    "nightjar: a version is held back",
    "nightjar: nothing landed",
]


@pytest.fixture
def deployment(prefect_client: SyncPrefectClient) -> Iterator[UUID]:
    """A deployment of this test's own; its alerts go with it."""
    flow = prefect_client.create_flow_from_name("nightly")
    yield prefect_client.create_deployment(flow, f"nightly-{uuid4().hex[:8]}")
    ensure_alerts(prefect_client, None, uuid4(), UI)


def names(client: SyncPrefectClient) -> list[str]:
    return sorted(known.name for known in client.read_resource_related_automations(OWNER))


def stamps(client: SyncPrefectClient) -> dict[tuple[str, str], str]:
    """When each of ours, by name and id, was written last."""
    known = client.request("POST", "/automations/filter", json={}).json()
    ours = names(client)
    return {(one["name"], one["id"]): one["updated"] for one in known if one["name"] in ours}


def end(client: SyncPrefectClient, deployment: UUID, name: str, ending: Any) -> str:
    """A run of the deployment that starts and ends in a state, as the engine or a repair sets it; its id."""
    from prefect.states import Running

    run = client.create_flow_run_from_deployment(deployment, name=name)
    client.set_flow_run_state(run.id, Running(), force=True)
    client.set_flow_run_state(run.id, ending, force=True)
    return str(run.id)


def test_each_alert_arrives_once_and_a_healthy_night_raises_none(
    prefect_client: SyncPrefectClient, deployment: UUID, receiver: Receiver
) -> None:
    from prefect.client.schemas.objects import State, StateType
    from prefect.states import Cancelled, Completed, Crashed, Failed

    ensure_alerts(prefect_client, receiver.url, deployment, f"{UI}/")
    late = prefect_client.create_flow_run_from_deployment(deployment, name="crimson-owl")
    endings = {
        "2026-03-01": Completed(),
        "2026-03-02": Failed(message='1 of 3 spaces failed:\nitems: "no" <data>'),
        "2026-03-03": Crashed(message="the server went away"),
        "2026-03-04": State(type=StateType.FAILED, name="TimedOut", message="exceeded 3600 seconds"),
        "2026-03-05": State(
            type=StateType.FAILED,
            name="HeldBack",
            message="Held back: items: too few\ndecide: http://x/1\nreport: /home/report.html",
        ),
        "2026-03-06": Cancelled(),
        "2026-03-07": State(type=StateType.FAILED, name="NoLogs", message="No logs: no version was made"),
    }
    ids = {name: end(prefect_client, deployment, name, ending) for name, ending in endings.items()}
    receiver.wait_for(6)
    end(prefect_client, deployment, "the last one", Failed(message="x" * 2_000))
    arrived = receiver.wait_for(7)

    told = {alert["run"]: alert for alert in arrived}
    assert len(told) == len(arrived) == 7, [alert["text"] for alert in arrived]
    assert {run: alert["event"] for run, alert in told.items()} == {
        "2026-03-02": "prefect.flow-run.Failed",
        "2026-03-03": "prefect.flow-run.Crashed",
        "2026-03-04": "prefect.flow-run.TimedOut",
        "2026-03-05": "prefect.flow-run.HeldBack",
        "2026-03-07": "prefect.flow-run.NoLogs",
        "crimson-owl": "prefect.flow-run.Late",
        "the last one": "prefect.flow-run.Failed",
    }
    assert receiver.content_types == {"application/json"}
    for run, alert in told.items():
        assert set(alert) == {"text", "event", "run", "due", "state", "message", "link", "form", "report"}
        assert "\n" not in alert["text"] and alert["text"].endswith(f" — {alert['link']}")
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", alert["due"])
        if run in ids:
            assert alert["link"] == f"{UI}/runs/flow-run/{ids[run]}"
    assert told["crimson-owl"]["link"] == f"{UI}/runs/flow-run/{late.id}"
    texts = {run: alert["text"].partition(" — ")[0] for run, alert in told.items()}
    assert texts["2026-03-02"] == (
        'Nightjar: night 2026-03-02, failed: 1 of 3 spaces failed: items: "no" <data>'
    )
    assert texts["2026-03-03"] == "Nightjar: night 2026-03-03, crashed: the server went away"
    assert texts["2026-03-05"] == (
        "Nightjar: night 2026-03-05: Held back: items: too few decide: http://x/1 report: /home/report.html"
    )
    held = told["2026-03-05"]
    assert (held["form"], held["report"]) == ("http://x/1", "/home/report.html")
    assert (told["2026-03-02"]["form"], told["2026-03-02"]["report"]) == ("", "")
    due = told["crimson-owl"]["due"]
    assert (
        texts["crimson-owl"]
        == f"Nightjar: the night due at {due} UTC has not started; its run is crimson-owl"
    )
    assert len(texts["the last one"]) < 1_100


def test_runs_of_other_deployments_raise_no_alert(
    prefect_client: SyncPrefectClient, deployment: UUID, receiver: Receiver
) -> None:
    from prefect.states import Failed

    ensure_alerts(prefect_client, receiver.url, deployment, UI)
    other = prefect_client.create_deployment(prefect_client.create_flow_from_name("verify"), uuid4().hex)
    end(prefect_client, other, "verify", Failed(message="not ours"))
    end(prefect_client, deployment, "ours", Failed(message="ours"))
    assert [alert["run"] for alert in receiver.wait_for(1)] == ["ours"]


def test_a_gate_that_missed_a_canary_calls_whoever_tried_it(
    prefect_client: SyncPrefectClient, deployment: UUID, receiver: Receiver
) -> None:
    """By hand, or as a part of a night: a run inside of another belongs to no deployment."""
    from prefect import flow
    from prefect.client.schemas.objects import State, StateType
    from prefect.states import Completed, Running

    ensure_alerts(prefect_client, receiver.url, deployment, UI)
    missed = State(type=StateType.FAILED, name="CanaryMissed", message="items: 11 of 12 caught, missed spam")
    by_hand = prefect_client.create_deployment(prefect_client.create_flow_from_name("canaries"), uuid4().hex)
    end(prefect_client, by_hand, "all", missed)
    end(prefect_client, by_hand, "caught", Completed(message="items: 12 of 12 caught"))

    @flow(name="canaries")
    def within_a_night() -> None: ...

    run = prefect_client.create_flow_run(within_a_night, name="items")
    prefect_client.set_flow_run_state(run.id, Running(), force=True)
    prefect_client.set_flow_run_state(run.id, missed, force=True)
    arrived = receiver.wait_for(2)
    assert {alert["run"]: alert["text"].partition(" — ")[0] for alert in arrived} == dict.fromkeys(
        ("all", "items"), "Nightjar: the gate missed a canary: items: 11 of 12 caught, missed spam"
    )


def test_alerts_are_made_once_and_follow_what_changes(
    prefect_client: SyncPrefectClient, deployment: UUID, receiver: Receiver
) -> None:
    from prefect.states import Failed

    ensure_alerts(prefect_client, "http://127.0.0.1:9/nobody", uuid4(), UI)
    made = stamps(prefect_client)
    assert sorted(name for name, _ in made) == NAMES
    ensure_alerts(prefect_client, receiver.url, deployment, UI)
    after = stamps(prefect_client)
    assert set(made) == set(after)
    unchanged = [name for name, id_ in made if made[name, id_] == after[name, id_]]
    assert unchanged == [NAMES[0]], "all but one are about the runs of a deployment"
    ensure_alerts(prefect_client, receiver.url, deployment, UI)
    assert stamps(prefect_client) == after, "what is right is written again"

    end(prefect_client, deployment, "night", Failed(message="it failed"))
    assert [alert["run"] for alert in receiver.wait_for(1)] == ["night"]


def test_an_alert_that_a_person_switched_off_stays_off(
    prefect_client: SyncPrefectClient, deployment: UUID
) -> None:
    ensure_alerts(prefect_client, "http://127.0.0.1:9/nobody", deployment, UI)
    (failed,) = prefect_client.read_automations_by_name(NAMES[2])
    prefect_client.pause_automation(failed.id)
    ensure_alerts(prefect_client, "http://127.0.0.1:9/other", uuid4(), "http://127.0.0.1:4300")
    enabled = {known.name: known.enabled for known in prefect_client.read_resource_related_automations(OWNER)}
    assert enabled == {name: name != NAMES[2] for name in NAMES}


def test_without_a_webhook_ours_are_removed_and_others_stay(
    prefect_client: SyncPrefectClient, deployment: UUID
) -> None:
    from prefect.blocks.webhook import Webhook
    from prefect.events.actions import DoNothing
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

    trigger = EventTrigger(expect={"owl.woke"}, posture=Posture.Reactive, threshold=1, within=timedelta(0))
    theirs = prefect_client.create_automation(
        AutomationCore(name="nightjar: somebody else's", trigger=trigger, actions=[DoNothing()])
    )
    Webhook(url="http://127.0.0.1:9/theirs").save("theirs", overwrite=True)
    ensure_alerts(prefect_client, "http://127.0.0.1:9/nobody", deployment, UI)
    assert names(prefect_client) == NAMES
    ensure_alerts(prefect_client, None, deployment, UI)
    assert names(prefect_client) == []
    assert theirs in {known.id for known in prefect_client.read_automations()}
    blocks = {block.name for block in prefect_client.read_block_documents_by_type("webhook")}
    assert "theirs" in blocks and BLOCK not in blocks
    ensure_alerts(prefect_client, None, deployment, UI)


@pytest.mark.parametrize(
    "wrong",
    ["chat.example/hook", "ftp://chat.example/hook", "https://", "http://[::1", "http://a b/c", "slack"],
)
def test_a_webhook_that_is_no_address_is_refused(wrong: str) -> None:
    with pytest.raises(ConfigurationError, match="NIGHTJAR_ALERT_WEBHOOK: expected an address such as"):
        checked_webhook(wrong)


def test_a_webhook_that_is_an_address_is_taken() -> None:
    assert checked_webhook(None) is None
    for right in ("https://chat.example/hook?token=a", "http://127.0.0.1:8080/alerts"):
        assert checked_webhook(right) == right
