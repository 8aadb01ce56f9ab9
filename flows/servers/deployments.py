"""The deployments of a home, generated from `pipelines.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from inspect import cleandoc
from typing import Any, cast
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentUpdate
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.runner import Runner
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType
from prefect.utilities.callables import parameter_schema

from flows.configuration import Configuration
from flows.runs.approve import approve
from flows.runs.backfill import backfill, what_is_due
from flows.runs.canaries import canaries
from flows.runs.nightly import nightly
from flows.runs.release import release
from flows.runs.rollback import rollback
from flows.runs.verify import verify
from warehouse.home import Home

TAG = "nightjar"
SLUG = "nightly"


@dataclass(frozen=True, slots=True)
class ServedFlow:
    """A flow that is served under its own name."""

    flow: Flow[..., Any]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Parameter → what its schema is, beside title and description, where the configuration decides it."""
    concurrency_limit: int | None = None


def deploy(
    client: SyncPrefectClient, runner: Runner, configuration: Configuration, home: Home, now: datetime
) -> dict[str, UUID]:
    """Create or renew every deployment; name → id. What a person paused stays paused: a deployment, or its schedule."""
    ids = {}
    for served in served_flows(configuration, home, now):
        name = served.flow.name
        known = _known(client, name)
        deployment = served.flow.to_deployment(
            name=name,
            schedules=[_schedule(known, configuration)] if served.flow is nightly else [],
            paused=known is not None and known.paused,
            concurrency_limit=served.concurrency_limit,
            parameters=dict(served.parameters),
            description=_description(served.flow),
            tags=[TAG],
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        ids[name] = cast(UUID, runner.add_deployment(cast(RunnerDeployment, deployment)))
        client.update_deployment(ids[name], DeploymentUpdate(parameter_openapi_schema=_schema(served)))
    return ids


def served_flows(configuration: Configuration, home: Home, now: datetime) -> list[ServedFlow]:
    """What is served, with parameters that work as they stand and the choices that the configuration leaves."""
    spaces = list(configuration.pipelines)
    space = {"space": {"type": "string", "enum": spaces}}
    chips = {"spaces": {"type": "array", "items": {"type": "string", "enum": spaces}, "default": []}}
    every = {"space": {"type": "string", "enum": ["all", *spaces], "default": "all"}}
    return [
        ServedFlow(nightly, choices=chips, concurrency_limit=1),
        # One at a time: each waits for runs that need a place of their own in the runner.
        ServedFlow(
            backfill, {**what_is_due(home, spaces, now), "spaces": spaces}, chips, concurrency_limit=1
        ),
        ServedFlow(approve, choices=space),
        ServedFlow(release, choices=space),
        ServedFlow(rollback, choices=space),
        ServedFlow(verify, choices=every),
        ServedFlow(canaries, choices=every),
    ]


def _known(client: SyncPrefectClient, name: str) -> DeploymentResponse | None:
    try:
        return client.read_deployment_by_name(f"{name}/{name}")
    except ObjectNotFound:
        return None


def _schedule(known: DeploymentResponse | None, configuration: Configuration) -> Any:
    """The night's schedule, on or off as it was left; on at first."""
    chosen, left = configuration.schedule, known.schedules if known else []
    crons = [schedule for schedule in left if isinstance(schedule.schedule, CronSchedule)]
    active = not crons or crons[0].active
    return Cron(chosen.cron, timezone=chosen.timezone, slug=SLUG, active=active)


def _schema(served: ServedFlow) -> dict[str, Any]:
    """The parameters' schema, from which the form is made."""
    schema = parameter_schema(served.flow).model_dump(exclude_unset=True)
    for name, choice in served.choices.items():
        kept = {
            key: value
            for key, value in schema["properties"][name].items()
            if key in ("title", "description", "position")
        }
        schema["properties"][name] = kept | dict(choice)
    return schema


def _description(served: Flow[..., Any]) -> str:
    """What the flow's docstring says before its arguments; the form says the rest."""
    return cleandoc(served.fn.__doc__ or "").partition("\nArgs:")[0].strip()
