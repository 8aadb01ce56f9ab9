"""Somebody is called, by a webhook, when a night failed, did not start, had no logs or was held back, or a gate missed
a canary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from prefect.blocks.webhook import Webhook
from prefect.events.actions import CallWebhook
from prefect.events.schemas.automations import Automation, AutomationCore, EventTrigger, Posture

from flows.night import HELD_BACK, NO_LOGS
from flows.runs.states import CANARY_MISSED

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

BLOCK = "nightjar-alerts"
OWNER = "nightjar.alerts"
"""Marks the automations that are ours; all others are let alone."""
CANARIES = "canaries"
"""The flow whose runs, also those inside of a night, raise the alert about a gate."""
LONGEST = 1000
"""Characters of a state's message that an alert repeats."""

# Values that are not there become empty texts: a template that fails to render would be an alert that never comes.
_NAME = "event.resource['prefect.resource.name']"
_MESSAGE = f"(event.resource['prefect.state-message'] or '') | string | replace('\\n', ' ') | truncate({LONGEST}, true)"
_RUN = "event.resource['prefect.resource.id'] | string | replace('prefect.flow-run.', '')"
_DUE = "flow_run.expected_start_time | string | truncate(16, true, '', 0)"


@dataclass(frozen=True, slots=True)
class Alert:
    """What raises it, and what it says: `text` is a Jinja expression of Prefect's."""

    name: str
    states: tuple[str, ...]
    description: str
    text: str
    flow: str | None = None
    """Runs of this flow, whoever starts them; None: runs of the night's deployment."""


ALERTS = (
    Alert(
        "a night failed",
        ("Failed", "Crashed", "TimedOut"),
        "A nightly run ended in an error, was killed, or took too long.",
        f"'Nightjar: night ' ~ {_NAME} ~ ', ' ~ (event.resource['prefect.state-name'] | lower) ~ ': ' ~ ({_MESSAGE})",
    ),
    Alert(
        "a night did not start",
        ("Late",),
        "A nightly run had not started by its deadline, `alerts.start_within` of pipelines.yaml.",
        f"'Nightjar: the night due at ' ~ ({_DUE}) ~ ' UTC has not started; its run is ' ~ {_NAME}",
    ),
    Alert(
        "nothing landed",
        (NO_LOGS,),
        "No log arrived for a night, so it made no version; consumers stay on the last one.",
        f"'Nightjar: night ' ~ {_NAME} ~ ': ' ~ ({_MESSAGE})",
    ),
    Alert(
        "a version is held back",
        (HELD_BACK,),
        "The gate held a version back; it waits for a person, who releases or discards it.",
        f"'Nightjar: night ' ~ {_NAME} ~ ': ' ~ ({_MESSAGE})",
    ),
    Alert(
        "a gate missed a canary",
        (CANARY_MISSED,),
        "The gate let a copy pass that was damaged on purpose: it may let a bad night pass, too.",
        f"'Nightjar: the gate missed a canary: ' ~ ({_MESSAGE})",
        CANARIES,
    ),
)


def ensure_alerts(
    client: SyncPrefectClient, webhook_url: str | None, deployment_id: UUID, ui_url: str
) -> None:
    """Let alerts of the deployment's runs go to `webhook_url`; with None, let none be raised.

    Called again it changes only what differs; one that a person switched off in the UI stays off. `ui_url`: the root
    of Prefect's UI, for the links. The client and the process must use the same API.
    """
    present = {known.name: known for known in client.read_resource_related_automations(OWNER)}
    wanted: dict[str, AutomationCore] = {}
    if webhook_url is not None:
        block = _save_block(webhook_url)
        wanted = {one.name: one for one in _automations(deployment_id, block, ui_url.rstrip("/"))}
    for name, automation in wanted.items():
        _upsert(client, present.get(name), automation)
    for name, known in present.items():
        if name not in wanted:
            client.delete_automation(known.id)
    if webhook_url is None:
        _delete_block(client)


def _automations(deployment_id: UUID, block: UUID, ui_url: str) -> Iterator[AutomationCore]:
    for alert in ALERTS:
        yield AutomationCore(
            name=f"nightjar: {alert.name}",
            description=alert.description,
            trigger=EventTrigger(
                expect={f"prefect.flow-run.{state}" for state in alert.states},
                match={"prefect.resource.id": "prefect.flow-run.*"},
                match_related=_whose(alert, deployment_id),
                posture=Posture.Reactive,
                threshold=1,
                within=timedelta(0),
            ),
            actions=[CallWebhook(block_document_id=block, payload=_payload(alert, ui_url))],
            owner_resource=OWNER,
        )


def _whose(alert: Alert, deployment_id: UUID) -> dict[str, str]:
    if alert.flow is not None:
        return {"prefect.resource.role": "flow", "prefect.resource.name": alert.flow}
    return {
        "prefect.resource.role": "deployment",
        "prefect.resource.id": f"prefect.deployment.{deployment_id}",
    }


def _payload(alert: Alert, ui_url: str) -> str:
    """One JSON document: `text` for people and chats, the rest for machines. Every value is a text."""
    link = f"'{ui_url}/runs/flow-run/' ~ ({_RUN})"
    fields = {
        "text": f"{alert.text} ~ ' — ' ~ {link}",
        "event": "event.event",
        "run": _NAME,
        "due": _DUE,
        "state": "event.resource['prefect.state-name']",
        "message": _MESSAGE,
        "link": link,
        "form": _line("decide"),
        "report": _line("report"),
    }
    parts = (f'"{name}": {{{{ ({value}) | string | tojson }}}}' for name, value in fields.items())
    return "{" + ", ".join(parts) + "}"


def _line(name: str) -> str:
    """What a line `name: …` of the state's message says, as a Jinja expression; empty where there is none."""
    said = "(event.resource['prefect.state-message'] or '') | string"
    return f"(('\\n' ~ ({said}) ~ '\\n').split('\\n{name}: ') + [''])[1].split('\\n')[0]"


def _upsert(client: SyncPrefectClient, known: Automation | None, wanted: AutomationCore) -> None:
    if known is None:
        client.create_automation(wanted)
    elif _comparable(known) != _comparable(wanted):
        settled = wanted.model_dump(exclude={"owner_resource"}) | {"enabled": known.enabled}
        client.update_automation(known.id, AutomationCore(**settled))


def _comparable(automation: AutomationCore) -> object:
    """What makes two automations the same, whether they are switched on or not."""
    plain = automation.model_dump(mode="json", include={"name", "description", "trigger", "actions"})
    plain["trigger"].pop("id", None)
    plain["trigger"]["expect"] = sorted(plain["trigger"]["expect"])
    return plain


def _save_block(webhook_url: str) -> UUID:
    block = Webhook(url=webhook_url, headers={"Content-Type": "application/json"})
    return block.save(BLOCK, overwrite=True)  # type: ignore[return-value]


def _delete_block(client: SyncPrefectClient) -> None:
    found = [block for block in client.read_block_documents_by_type("webhook") if block.name == BLOCK]
    for block in found:
        client.delete_block_document(block.id)
