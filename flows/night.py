"""A night's result, and whether a night is done already: what needs neither Prefect nor MLflow nor a model."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

from flows.configuration import Configuration
from flows.settings import Settings, shown
from tasks.ingest.ingest_report import Pending
from tasks.ingest.parameters import logs_of
from tasks.stages.features import stale
from tasks.stages.ingest import pending
from tasks.stages.publish import is_settled
from tasks.versions.plan import Night, Plan, WaitingForParentError, plan_space
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.partitions import News, accepted_lines, landed_since, loaded_files
from warehouse.duckdb.set_aside import LeftOut, in_force, read_left_out
from warehouse.errors import NightjarError
from warehouse.fingerprint import digest
from warehouse.home import Home
from warehouse.snapshots import Manifest, SnapshotStore, Standing

DONE, HELD_BACK, NO_LOGS = "Completed", "HeldBack", "NoLogs"
"""How a night ends that did not fail: done; with a version that its gate holds back; or without logs to learn from."""
NAMED = 5
"""Files named of those that are left alone; the rest is counted."""


class NoLogsError(NightjarError):
    """Nothing has ever landed; the message says where to put what."""


@dataclass(frozen=True, slots=True)
class NightRequest:
    """A night to run, what it may know, and for which spaces: all that are configured, or those named."""

    day: date
    known_as_of: date
    backfilled: bool = False
    spaces: tuple[str, ...] | None = None


def night_of_children(configuration: Configuration, manifest: Manifest) -> NightRequest | None:
    """The night that makes, on a version just released, what is built on its space; None where nothing is.

    It knows what the version's own night knew. The command, the form and the deployment that release run the same one.
    """
    below = {manifest.space}
    for name, pipeline in configuration.in_order():
        if below & set(pipeline.from_):
            below.add(name)
    children = tuple(name for name, _ in configuration.in_order() if name in below - {manifest.space})
    return (
        NightRequest(manifest.day, manifest.known_as_of, manifest.backfilled, children) if children else None
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one space. `verdict`: pass, warn, block; None where no version was made, for `reason`.

    `held`: the gate holds the version back, or its parent's, and nobody has released it. `no_logs`: no version was made
    since nothing landed that the one before it did not know.
    """

    version: str | None
    verdict: str | None
    current: bool
    held: bool
    reused: bool
    seconds: float
    reason: str | None = None
    no_logs: bool = False


@dataclass(frozen=True, slots=True)
class NightResult:
    """What a night did. `failures`: space → why it could not be built.

    `set_aside`: what the next night leaves out of the log, if nobody decides before.
    """

    day: date
    known_as_of: date
    ingest: Mapping[str, Any]
    spaces: Mapping[str, Outcome]
    seconds: float
    failures: Mapping[str, str] = field(default_factory=dict)
    set_aside: tuple[LeftOut, ...] = ()

    @property
    def held_back(self) -> list[str]:
        """Spaces whose version the gate holds back, or that wait for a space that it holds back."""
        return [name for name, outcome in self.spaces.items() if outcome.held]

    @property
    def no_logs(self) -> list[str]:
        """Spaces without a version of this night, since nothing landed."""
        return [name for name, outcome in self.spaces.items() if outcome.no_logs]

    @property
    def why_no_logs(self) -> list[str]:
        """Each reason once, with the spaces that it holds for."""
        spaces: dict[str, list[str]] = {}
        for name in self.no_logs:
            spaces.setdefault(str(self.spaces[name].reason), []).append(name)
        return [f"{', '.join(names)}: {reason}" for reason, names in spaces.items()]

    @property
    def state(self) -> str:
        """How the night ended, as Prefect names its run."""
        return NO_LOGS if self.no_logs else HELD_BACK if self.held_back else DONE

    def document(self) -> dict[str, Any]:
        """What `nightjar nightly --json` prints."""
        return {
            "day": self.day.isoformat(),
            "known_as_of": self.known_as_of.isoformat(),
            "ingest": dict(self.ingest),
            "spaces": {name: asdict(outcome) for name, outcome in self.spaces.items()},
            "seconds": round(self.seconds, 3),
        }


def read_night(home: Home, configuration: Configuration, day: date, known_as_of: date) -> Night:
    """What all spaces of the night share, read from the ledger."""
    with Warehouse.of(home, read_only=True) as warehouse:
        files = loaded_files(warehouse, known_as_of, ("birds", "flits", "follows", "interactions"))
        accepted = accepted_lines(warehouse, known_as_of)
        aside = in_force(warehouse, known_as_of)
    features = digest(configuration.features.model_dump(mode="json"))
    logs = digest([list(file) for file in files], *([[str(one) for one in aside]] if aside else []))
    return Night(day, known_as_of, logs, accepted, features)


def outcome_of(home: Home, plan: Plan, reused: bool, seconds: float) -> Outcome:
    """What stands in the store for a plan whose version is visible."""
    store = SnapshotStore(home.snapshots)
    current = store.current(plan.space)
    is_current = current is not None and current.version == plan.version
    verdict = store.manifest(plan.space, plan.version).gate.verdict
    held = store.standing(plan.space, plan.version) is Standing.HELD
    return Outcome(plan.version, verdict, is_current, held, reused, round(seconds, 3))


def waiting(error: WaitingForParentError) -> Outcome:
    """The outcome of a space that cannot be built tonight."""
    return Outcome(None, None, current=False, held=True, reused=False, seconds=0.0, reason=str(error))


def without_logs(home: Home, plan: Plan) -> Outcome | None:
    """The outcome of a space for which nothing landed since its newest version of an earlier day; None where it did.

    A version that is there already stands, and a space without one learns from all that ever landed.
    """
    known = SnapshotStore(home.snapshots).versions(plan.space)
    earlier = [date.fromisoformat(version[:10]) for version in known if version[:10] < plan.day.isoformat()]
    if plan.version in known or not earlier:
        return None
    with Warehouse.of(home, read_only=True) as warehouse:
        news = landed_since(warehouse, max(earlier), plan.day, plan.known_as_of)
    if news.lines or news.due:
        return None
    reason = f"no logs: nothing landed after the version of {max(earlier)}, so none was made; {_unread(news)}"
    return Outcome(
        None, None, current=False, held=False, reused=False, seconds=0.0, reason=reason, no_logs=True
    )


def _unread(news: News) -> str:
    """What to look at: files that were refused, files without a line that counts, or who sends the logs."""
    reasons = [
        f"{name}: {', '.join(paths[:NAMED])}"
        + (f" and {len(paths) - NAMED} more" if len(paths) > NAMED else "")
        for name, paths in (
            ("refused", news.refused),
            ("landed, but no line of it counts (all in quarantine or known)", news.empty),
        )
        if paths
    ]
    return "; ".join(reasons) or "look why no log arrived"


def if_done(chosen: Settings, configuration: Configuration, request: NightRequest) -> NightResult | None:
    """The result of a night of which every version is published and nothing landed since; None where work is left.

    NoLogsError where nothing has ever landed.
    """
    began, home = time.monotonic(), chosen.home
    if home.warehouse.exists():
        Warehouse.bring_up_to_date(home)  # what follows only reads
    unread = pending(home, configuration.sources, request.known_as_of)
    if not unread and not unread.unchanged and not _remembers(home, request.known_as_of):
        raise NoLogsError(_where_to_put_logs(chosen, configuration, request, unread))
    if unread or not home.warehouse.exists():
        return None
    if any(stale(home, configuration.features, request.day, request.known_as_of).values()):
        return None
    outcomes = _done_already(home, configuration, request)
    if outcomes is None:
        return None
    aside = left_out_after(home, request)
    seconds = time.monotonic() - began
    return NightResult(
        request.day, request.known_as_of, unread.document(), outcomes, seconds, set_aside=aside
    )


def left_out_after(home: Home, request: NightRequest) -> tuple[LeftOut, ...]:
    """What the night after this one leaves out: what this one left out, and what it has proposed."""
    with Warehouse.of(home, read_only=True) as warehouse:
        return tuple(read_left_out(warehouse, request.known_as_of + timedelta(days=1)))


def few(notes: list[dict[str, str]]) -> str:
    """The first of some files with their reasons, and how many more there are."""
    more = f" and {len(notes) - NAMED} more" if len(notes) > NAMED else ""
    return "; ".join(f"{note['path']}: {note['reason']}" for note in notes[:NAMED]) + more


def _done_already(
    home: Home, configuration: Configuration, request: NightRequest
) -> dict[str, Outcome] | None:
    """The outcomes of a night of which every version is published, or None where any work is left."""
    night = read_night(home, configuration, request.day, request.known_as_of)
    outcomes: dict[str, Outcome] = {}
    for name, pipeline in configuration.in_order(request.spaces):
        try:
            plan = plan_space(home, name, pipeline, night)
        except WaitingForParentError as error:
            outcomes[name] = waiting(error)
            continue
        silent = without_logs(home, plan)
        if silent is not None:
            outcomes[name] = silent
            continue
        if not is_settled(home, plan):
            return None
        outcomes[name] = outcome_of(home, plan, reused=True, seconds=0.0)
    return outcomes


def _remembers(home: Home, known_as_of: date) -> bool:
    """Whether logs were taken in whose files are gone: a home lives on without them."""
    if not home.warehouse.exists():
        return False
    with Warehouse.of(home, read_only=True) as warehouse:
        return bool(loaded_files(warehouse, known_as_of))


def _where_to_put_logs(
    chosen: Settings, configuration: Configuration, request: NightRequest, found: Pending
) -> str:
    landing = shown(chosen.home.landing)
    folders = ", ".join(log.folder for log in logs_of(configuration.sources)) or "none, `sources:` is empty"
    ignored = f"; left alone: {few(found.document()['ignored'])}" if found.ignored else ""
    return (
        f"{landing}: no log landed there up to {request.known_as_of}, so there is nothing to learn from{ignored}; "
        f"put files such as {landing}/interactions/{request.day}.jsonl there (.jsonl, .csv or .parquet, also .gz or "
        f".zst; folders that pipelines.yaml reads: {folders}), or name the folder with --landing; the README lists the "
        "fields"
    )
