"""The nightly flow: ingest what landed, build features, then train, score, judge and publish each space."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any

from prefect import flow
from prefect.runtime import deployment, flow_run
from prefect.states import Completed, Failed

from flows.configuration import Configuration, load_configuration
from flows.days import missing_nights
from flows.machine_faults import in_one_line
from flows.night import (
    DONE,
    NightRequest,
    NightResult,
    Outcome,
    if_done,
    left_out_after,
    outcome_of,
    read_night,
    waiting,
    without_logs,
)
from flows.pages.artifacts import message_of, show_night
from flows.pages.night_page import night_title
from flows.runs.approve import ask_about
from flows.runs.backfill import renew_form
from flows.runs.canaries import try_what_is_due
from flows.runs.progress import RunListener, also_logged
from flows.runs.restarts import start_again
from flows.runs.runner_watch import end_with_runner
from flows.runs.stages import Stages
from flows.runs.states import result_of
from flows.schedule import night_of, require_over
from flows.servers.served import up_now
from flows.settings import Settings, now, settings
from flows.writer import writing
from tasks.ingest.ingest_report import IngestReport
from tasks.progress import heard_by, step
from tasks.stages.compare import compare
from tasks.stages.encode_texts import encode_pending
from tasks.stages.evaluate import evaluate
from tasks.stages.features import FeatureReport, features
from tasks.stages.ingest import ingest
from tasks.stages.noise_floor import noise_floor
from tasks.stages.profile_inputs import profile_inputs
from tasks.stages.publish import publish, settle
from tasks.stages.register import go_without, register
from tasks.stages.report import write_report
from tasks.stages.set_aside import set_aside
from tasks.stages.train import train
from tasks.versions.documents import RunContext
from tasks.versions.plan import Plan, WaitingForParentError, plan_space
from warehouse.errors import NightjarError
from warehouse.home import Home
from warehouse.snapshots import SnapshotStore

logger = logging.getLogger("nightjar")


class NightFailedError(NightjarError):
    """At least one space of the night, or one missed night before it, failed; the others are done."""


def run_name() -> str:
    """What the run is called in lists: its day, and the time (UTC) that it was intended for."""
    parameters = flow_run.parameters
    day = parameters.get("day") or night_of(_intended_for())
    return (
        f"{day}, backfill" if parameters.get("backfilled") else f"{day}, due {_intended_for():%Y-%m-%d %H:%M}"
    )


@flow(name="nightly", flow_run_name=run_name, persist_result=False, on_crashed=[start_again])
def nightly(
    day: date | None = None,
    known_as_of: date | None = None,
    spaces: list[str] | None = None,
    backfilled: bool = False,
    catch_up: bool = True,
) -> NightResult:
    """Turn what landed up to a day into published embeddings.

    A night that is done is over in seconds. One that was killed goes on where it was.

    Args:
        day: The night to run: events before its midnight (UTC) count. None: the last day that was over when this
            run was due.
        known_as_of: Look only at logs that landed up to this day. None: up to the night's own day.
        spaces: Only these spaces; all where none is chosen.
        backfilled: Marks the versions as made after the fact.
        catch_up: First make up for missed nights, oldest first, as many as `schedule.catch_up` allows.
    """
    configuration = load_configuration(settings().config)
    chosen = patient(settings(), configuration)
    end_with_runner(chosen.runner)
    night = day or night_of(_intended_for())
    require_over(night, known_as_of, now().date())
    request = NightRequest(night, known_as_of or night, backfilled, tuple(spaces) if spaces else None)
    with listening():
        missed = make_up_for(chosen, configuration, request) if catch_up else []
        result, forms = one_night(chosen, configuration, request)
        if not backfilled and try_what_is_due(chosen, configuration, night):
            show_night(chosen, result, forms)  # again, with what became of the canaries
        if deployment.id:
            renew_form(chosen.home, list(configuration.pipelines))
    if missed:
        raise NightFailedError(f"{night} is done, but missed nights before it failed: {'; '.join(missed)}")
    return concluded(chosen, result, forms)  # type: ignore[no-any-return]  # Prefect takes the state


@flow(name="missed night", flow_run_name="{day}, missed", persist_result=False)
def missed_night(day: date, spaces: list[str] | None = None) -> NightResult:
    """A night that was not run when it was due, as it would have been then.

    Args:
        day: The night; it sees what had landed by then.
        spaces: Only these spaces. None: all.
    """
    configuration = load_configuration(settings().config)
    request = NightRequest(day, day, spaces=None if spaces is None else tuple(spaces))
    chosen = patient(settings(), configuration)
    return concluded(chosen, *one_night(chosen, configuration, request))  # type: ignore[no-any-return]


def patient(chosen: Settings, configuration: Configuration) -> Settings:
    """Wait for a warehouse in use as long as the configuration says; a served run, which nobody watches, longer."""
    use = configuration.warehouse
    return chosen.waiting(use.served_wait if deployment.id else use.wait)


def make_up_for(chosen: Settings, configuration: Configuration, request: NightRequest) -> list[str]:
    """Run the nights that are missing before this one, oldest first; the failures, each with its reason."""
    failures = []
    spaces = [name for name, _ in configuration.in_order(request.spaces)]
    for day in missing_nights(chosen.home, spaces, request.day, configuration.schedule.catch_up):
        logger.warning("%s was missed and is made first", day)
        named = None if request.spaces is None else list(request.spaces)
        try:
            result_of(missed_night(day, named, return_state=True))
        except NightjarError as error:
            logger.error("%s, made late, failed: %s", day, error)
            failures.append(f"{day}: {error}")
    return failures


def one_night(
    chosen: Settings, configuration: Configuration, request: NightRequest
) -> tuple[NightResult, Mapping[str, str]]:
    """The story of a night; nothing but a look at it where it is done already.

    With it, space → address of the form on which its version is decided, or nothing where nobody serves one.
    NightFailedError at the end where a space failed.
    """
    began = time.monotonic()
    with writing(chosen.home):
        done = if_done(chosen, configuration, request)
        if done is None:
            stages = Stages()
            ingested = take_in(stages, chosen.home, configuration, request)
            build_features(stages, chosen.home, configuration, request)
            outcomes, failures = build_spaces(stages, chosen, configuration, request)
            aside = left_out_after(chosen.home, request)
    if done is not None:
        logger.info(
            "%s: nothing landed or changed since this night was done; every version stands", request.day
        )
        result = done
    else:
        seconds = time.monotonic() - began
        result = NightResult(
            request.day, request.known_as_of, ingested.document(), outcomes, seconds, failures, aside
        )
    approvals = ask_about(chosen, result)
    root = prefect_pages(chosen.home)
    forms = {} if root is None else {name: f"{root}/runs/flow-run/{run}" for name, run in approvals.items()}
    show_night(chosen, result, forms)
    if result.failures:
        lines = "; ".join(f"{name}: {why}" for name, why in result.failures.items())
        total = len(result.failures) + len(result.spaces)
        raise NightFailedError(f"{len(result.failures)} of {total} spaces failed: {lines}")
    return result, forms


def concluded(chosen: Settings, result: NightResult, forms: Mapping[str, str]) -> Any:
    """The end of a run: in a line, or where a person is needed, why, and where to decide."""
    if result.state == DONE:
        return Completed(message=night_title(result), data=result)
    return Failed(name=result.state, message=message_of(chosen, result, forms), data=result)


def listening() -> AbstractContextManager[None]:
    """A run that is served shows its steps itself; that of a command writes them beside whoever listens already."""
    return heard_by(RunListener()) if deployment.id else also_logged()


def take_in(stages: Stages, home: Home, configuration: Configuration, request: NightRequest) -> IngestReport:
    """Ingest what landed; what was refused is said loudly, and tried again by the next run."""
    with step("ingest") as progress:
        taken: IngestReport = stages.run(
            ingest,
            home,
            configuration.ingest,
            configuration.sources,
            request.day,
            request.known_as_of,
            progress,
        )
        progress.note = f"{taken.read:,} files, {taken.accepted:,} of {taken.lines:,} lines accepted"
    for refusal in taken.refusals:
        logger.error("refused %s: %s", refusal.path, refusal.reason)
    return taken


def build_features(stages: Stages, home: Home, configuration: Configuration, request: NightRequest) -> None:
    """Bring the feature tables up to the night."""
    with step("features") as progress:
        computed: FeatureReport = stages.run(
            features, home, configuration.features, request.day, request.known_as_of
        )
        progress.note = f"{computed.partitions:,} partitions"


def build_spaces(
    before: Stages, chosen: Settings, configuration: Configuration, request: NightRequest
) -> tuple[dict[str, Outcome], dict[str, str]]:
    """Build every space, parents first; outcomes, and for what failed the reason.

    One that fails does not stop those that do not need it. `before`: what all of them wait for.
    """
    night = read_night(chosen.home, configuration, request.day, request.known_as_of)
    run_context = RunContext(
        now(), request.backfilled, flow_run.id, chosen.registry_uri, run_page(chosen.home)
    )
    outcomes: dict[str, Outcome] = {}
    failures: dict[str, str] = {}
    made: dict[str, Stages] = {}
    for name, pipeline in configuration.in_order(request.spaces):
        if any(parent in failures for parent in pipeline.from_):
            failures[name] = f"not tried: {', '.join(pipeline.from_)} failed"
            continue
        try:
            plan = plan_space(chosen.home, name, pipeline, night)
            silent = without_logs(chosen.home, plan)
            if silent is not None:
                logger.warning("%s: %s", name, silent.reason)
                outcomes[name] = silent
                continue
            parents = [state for parent in pipeline.from_ if parent in made for state in made[parent].after]
            made[name] = Stages(name, parents or before.after)
            outcomes[name] = build_space(made[name], chosen, configuration, plan, run_context)
        except WaitingForParentError as error:
            outcomes[name] = waiting(error)
        except Exception as error:
            known = in_one_line(error, chosen.home)
            failures[name] = known or f"{type(error).__name__}: {error}"
            logger.error("%s failed: %s", name, failures[name], exc_info=known is None)
    return outcomes, failures


def run_page(home: Home) -> str | None:
    """Where this run can be looked at; None for a run of a command, whose server ends with it."""
    root = prefect_pages(home)
    return None if root is None or flow_run.id is None else f"{root}/runs/flow-run/{flow_run.id}"


def prefect_pages(home: Home) -> str | None:
    """The root of Prefect's pages that outlive this run; None where its server ends with the command."""
    api = settings().prefect_api_url if deployment.id or up_now(home) else None
    return None if api is None else api.rstrip("/").removesuffix("/api")


def build_space(
    stages: Stages, chosen: Settings, configuration: Configuration, plan: Plan, run_context: RunContext
) -> Outcome:
    """One space on one night, from inputs to the pointer; finished stages of a killed run are not repeated."""
    began, home, name = time.monotonic(), chosen.home, plan.space
    reused = plan.version in SnapshotStore(home.snapshots).versions(name)
    if not reused:
        gate = plan.pipeline.gate_parameters(configuration.gate)
        stages.run(encode_pending, home, plan)
        stages.run(train, home, plan, configuration.features)
        stages.run(noise_floor, home, plan, configuration.features)
        stages.run(evaluate, home, plan, configuration.features)
        stages.run(profile_inputs, home, plan)
        stages.run(compare, home, plan, gate)
        stages.run(write_report, home, plan)
        _register(stages, home, plan, run_context)
        stages.run(publish, home, plan, configuration.publish, run_context)
    stages.run(set_aside, home, plan)
    stages.run(settle, home, plan, configuration.publish, run_context)
    return outcome_of(home, plan, reused, time.monotonic() - began)


def _register(stages: Stages, home: Home, plan: Plan, run_context: RunContext) -> None:
    """Tell MLflow of the version. Where it cannot be told, the version is published all the same."""
    from warehouse.mlflow.faults import FAULTS, in_a_line

    try:
        stages.run(register, home, plan, run_context)
    except FAULTS as error:
        logger.error("%s: %s is published without MLflow: %s", plan.space, plan.version, in_a_line(error))
        go_without(home, plan)


def _intended_for() -> datetime:
    """When this run was to start, UTC; a run that nobody scheduled was to start when it was made."""
    intended: datetime = flow_run.scheduled_start_time
    return intended
