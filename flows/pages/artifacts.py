"""What runs leave in Prefect to be looked at: a page a night, a page and a table of days, a drift report.

They help people and decide nothing: where one cannot be written the log says so, and the run goes on.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import wraps
from typing import Any, ParamSpec
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, ArtifactFilterKey
from prefect.runtime import flow_run

from flows.days import day_table
from flows.night import NightResult
from flows.pages.canary_page import canary_page
from flows.pages.days_page import DayRun, backfill_page, backfill_title, day_rows
from flows.pages.night_page import night_page, night_title
from flows.pages.version_page import MlflowLinks, Shown, drift_page, shortened, why
from flows.servers.served import up_now
from flows.settings import Settings
from tasks.versions.canary_results import CanaryResults, newest
from tasks.versions.candidate import REPORT
from warehouse.duckdb.database import LOOK_S, Warehouse, WarehouseError
from warehouse.home import Home
from warehouse.snapshots import Manifest, SnapshotStore

NIGHT, DAYS, BACKFILL, DRIFT, CANARIES = "night", "days", "backfill", "drift", "canaries"
"""Keys: what Prefect's page of artifacts lists, each with its history over the runs."""

logger = logging.getLogger("nightjar")
Arguments = ParamSpec("Arguments")


def never_in_the_way(show: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Let a run go on whose page could not be written."""

    @wraps(show)
    def guarded(*arguments: Arguments.args, **named: Arguments.kwargs) -> None:
        try:
            show(*arguments, **named)
        except Exception:
            logger.warning("this run could not show its page, and goes on", exc_info=True)

    return guarded


@never_in_the_way
def show_night(chosen: Settings, result: NightResult, forms: Mapping[str, str]) -> None:
    """The page of a night. `forms`: space → where its version is decided."""
    store = SnapshotStore(chosen.home.snapshots)
    versions = {
        name: shown(store, store.manifest(name, outcome.version))
        for name, outcome in result.spaces.items()
        if outcome.version is not None
    }
    quarantined = why_quarantined(chosen.home, result.day) if result.ingest["quarantined"] else Counter[str]()
    tried = [found for name in versions if (found := newest(chosen.home, name)) is not None]
    page = night_page(result, versions, quarantined, links_to(chosen, list(versions)), forms, tried)
    keep(NIGHT, "markdown", page, f"{result.day}: {night_title(result)}")


def message_of(chosen: Settings, result: NightResult, forms: Mapping[str, str]) -> str:
    """Why no version was made or why some are held back, the missing logs first; alerts repeat it.

    Then a line `decide: …` and one `report: …` for each version that is held back: alerts read them apart.
    """
    lines = [night_title(result), *result.why_no_logs] if result.no_logs else []
    return "\n".join([*lines, *(_held_back(chosen, result, forms) if result.held_back else [])])


def _held_back(chosen: Settings, result: NightResult, forms: Mapping[str, str]) -> list[str]:
    store = SnapshotStore(chosen.home.snapshots)
    reasons, addresses = [], []
    for name in result.held_back:
        version = result.spaces[name].version
        if version is None:
            reasons.append(str(result.spaces[name].reason))
            continue
        known = shown(store, store.manifest(name, version))
        reasons.append(f"{name}: {shortened(why(known.manifest))}")
        addresses += [f"decide: {forms[name]}"] if name in forms else []
        addresses.append(f"report: {_report(chosen, known)}")
    return [f"Held back: {'; '.join(reasons)}", *addresses]


def _report(chosen: Settings, known: Shown) -> str:
    """Where a version's report is: a page of MLflow's, else a file."""
    try:
        links = dict(links_to(chosen, [known.manifest.space]).of(known.manifest, None))
    except Exception:
        logger.warning("without the address of the report in MLflow", exc_info=True)
        links = {}
    file = chosen.home.snapshots / known.manifest.space / known.manifest.version / REPORT
    return links.get("report", str(file))


@never_in_the_way
def show_backfill(
    chosen: Settings, spaces: Sequence[str], first: date, last: date, runs: Sequence[DayRun]
) -> None:
    """The page of a backfill, and its days as a table. Called again it replaces what it showed before."""
    states = day_table(chosen.home, spaces, first, last)
    title = f"{first} to {last}: {backfill_title(states, runs)}"
    keep(BACKFILL, "markdown", backfill_page(spaces, states, runs), title)
    keep(DAYS, "table", json.dumps(day_rows(spaces, states), ensure_ascii=False), title)


@never_in_the_way
def show_canaries_page(results: Sequence[CanaryResults]) -> None:
    """What gates did with damaged copies."""
    title = "; ".join(f"{result.space}: {result.summary}" for result in results)
    keep(CANARIES, "markdown", canary_page(results), title)


@never_in_the_way
def show_drift_report(chosen: Settings, manifest: Manifest, report: str) -> None:
    """The report on which a person decides about a version."""
    keep(DRIFT, "markdown", report, f"{manifest.space} {manifest.version}: {manifest.gate.verdict}")


def drift_report(chosen: Settings, manifest: Manifest, deciding: str) -> str:
    """Why a version is held back and how it differs from its predecessor, as Markdown.

    `deciding`: what a decision would do.
    """
    store = SnapshotStore(chosen.home.snapshots)
    return drift_page(shown(store, manifest), links_to(chosen, [manifest.space]), deciding)


def shown(store: SnapshotStore, manifest: Manifest) -> Shown:
    """A version beside its predecessor, where that one is still there."""
    parent = manifest.parent_version
    known = parent is not None and parent in store.versions(manifest.space)
    return Shown(manifest, store.manifest(manifest.space, str(parent)) if known else None)


def links_to(chosen: Settings, spaces: Sequence[str]) -> MlflowLinks:
    """MLflow's pages, where it is a server; asking it for its experiments must not stop anybody."""
    root, served = chosen.tracking_uri, up_now(chosen.home)
    reports = None if served is None else served.reports
    if root is None or not root.startswith(("http://", "https://")):
        return MlflowLinks(reports=reports)
    from warehouse.mlflow import Registry

    client = Registry.open(chosen.home, tracking_uri=root).client
    found = {space: client.get_experiment_by_name(space) for space in spaces}
    return MlflowLinks(
        root, {space: str(one.experiment_id) for space, one in found.items() if one is not None}, reports
    )


def why_quarantined(home: Home, day: date) -> Counter[str]:
    """Kind of fault and field → lines that the run of `day` quarantined; values stay in the warehouse."""
    query = (
        "SELECT coalesce(nullif(regexp_extract(q.reason, '^([a-z]+: [a-z_]+) is ', 1), ''),"
        " split_part(q.reason, ':', 1)) AS kind, count(*)"
        " FROM quarantine_line q JOIN ledger_file l USING (path, sha256)"
        " WHERE l.loaded_for = ? AND l.state = 'loaded' GROUP BY kind"
    )
    try:
        with Warehouse.of(home, read_only=True, wait_s=LOOK_S) as warehouse:
            return Counter(dict(warehouse.rows(query, [day])))
    except WarehouseError as error:
        logger.info("without the reasons of quarantine: %s", error)
        return Counter()


def keep(key: str, kind: str, data: str, description: str) -> None:
    """Create this run's artifact of a key, or replace it. Outside of a run there is nothing to keep it for."""
    if flow_run.id is None:
        return
    run = UUID(str(flow_run.id))
    with get_client(sync_client=True) as client:
        known = _known(client, run, key)
        if known is not None:
            client.update_artifact(known, ArtifactUpdate(data=data, description=description))
        else:
            wanted: dict[str, Any] = {"key": key, "type": kind, "data": data, "description": description}
            client.create_artifact(ArtifactCreate(**wanted, flow_run_id=run))


def _known(client: SyncPrefectClient, run: UUID, key: str) -> UUID | None:
    wanted = ArtifactFilter(
        flow_run_id=ArtifactFilterFlowRunId(any_=[run]), key=ArtifactFilterKey(any_=[key])
    )
    return next((artifact.id for artifact in client.read_artifacts(artifact_filter=wanted)), None)


__all__ = ["DayRun", "drift_report", "show_backfill", "show_canaries_page", "show_drift_report", "show_night"]
