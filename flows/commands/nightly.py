"""`nightjar nightly` and `nightjar backfill`: start only what the night needs, and print what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from flows.commands.terminal import live_progress, print_json, print_table, say, tell
from flows.configuration import Configuration, load_configuration
from flows.decisions import ways_to_decide
from flows.night import NightRequest, NightResult, Outcome, few, if_done
from flows.pages.version_page import why
from flows.servers.approvals import forms
from flows.servers.temporary import PrefectServer, ServerError
from flows.set_aside_lines import lines_of
from flows.settings import Settings, as_typed
from tasks.ingest.ingest_report import LINE_COUNTS, RARE_COUNTS
from tasks.progress import Step, heard_by, step
from tasks.versions.canary_results import newest
from warehouse.errors import NightjarError
from warehouse.snapshots import SnapshotStore

DONE, FAILED, HELD_BACK = 0, 1, 3


def run_nightly(chosen: Settings, as_json: bool, day: date) -> int:
    """Run the night `day` and print its result; the exit code."""
    configuration = load_configuration(chosen.config)
    chosen = chosen.waiting(configuration.warehouse.wait)
    with prefect_server(chosen, configuration) as server:
        result = run_night(chosen, configuration, NightRequest(day, day), server)
    say_missed_canaries(chosen, result)  # first: the last line of a night is its verdict
    if as_json:
        print_json(result.document())
    else:
        print_night(chosen, result)
    return HELD_BACK if result.held_back else DONE


def say_missed_canaries(chosen: Settings, result: NightResult) -> None:
    """Which gate let a fault pass when this night tried it: no matter of the night, but of somebody."""
    for name in result.spaces:
        tried = newest(chosen.home, name)
        if tried is not None and tried.missed and tried.day == result.day.isoformat():
            command = as_typed(chosen, f"nightjar drift {name} --canaries")
            say(f"canaries of {name}: {tried.summary}; `{command}` tries them again", "bold red")


def run_backfill(chosen: Settings, as_json: bool, first: date, last: date, known_as_of: date | None) -> int:
    """Run the nights `first` to `last`, both included, oldest first; a night that fails does not stop the others."""
    configuration = load_configuration(chosen.config)
    chosen = chosen.waiting(configuration.warehouse.wait)
    results: list[NightResult] = []
    failed: dict[str, str] = {}
    with prefect_server(chosen, configuration) as server:
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            request = NightRequest(day, known_as_of or day, backfilled=True)
            try:
                done = if_done(chosen, configuration, request)
                results.append(done or run_night(chosen, configuration, request, server))
            except NightjarError as error:
                say(f"{day}: {error}", "red")
                failed[day.isoformat()] = str(error)
    standing = sum(
        bool(result.spaces) and all(one.reused for one in result.spaces.values()) for result in results
    )
    if standing:
        say(
            f"{standing} of {len(results) + len(failed)} nights: nothing to make again, every version stands",
            "dim",
        )
    if as_json:
        print_json({"nights": [result.document() for result in results], "failed": failed})
    else:
        print_nights(results, failed)
    if failed:
        return FAILED
    return HELD_BACK if any(result.held_back for result in results) else DONE


def run_night(
    chosen: Settings, configuration: Configuration, request: NightRequest, server: PrefectServer
) -> NightResult:
    """One night. One that is done already starts neither Prefect nor MLflow nor a model."""
    done = if_done(chosen, configuration, request)
    if done is not None:
        say(
            f"{request.day}: nothing landed or changed since this night was done; every version stands", "dim"
        )
        return done
    with live_progress() as listener, heard_by(listener):
        with step("prefect") as starting:
            observed = _is_observed(server, starting)
        from flows.runs.nightly import nightly, one_night
        from flows.runs.states import result_of

        if not observed:
            return one_night(chosen, configuration, request)[0]
        state = nightly(
            request.day,
            request.known_as_of,
            spaces=None if request.spaces is None else list(request.spaces),
            backfilled=request.backfilled,
            catch_up=False,
            return_state=True,
        )
        made: NightResult = result_of(state)
        return made


def prefect_server(chosen: Settings, configuration: Configuration) -> PrefectServer:
    """The Prefect server of a command that runs nights."""
    within = configuration.schedule.prefect_starts_within
    return PrefectServer(chosen.home, chosen.prefect_api_url, within.total_seconds())


def _is_observed(server: PrefectServer, starting: Step) -> bool:
    """Whether there is a Prefect server to show the run. A night does not fail for want of an observer."""
    try:
        server.ensure_running(starting)
    except ServerError as error:
        say(f"{error}; the night goes on without Prefect and leaves no run there", "yellow")
        starting.note = "away"
        return False
    starting.note = "ready"
    return True


def print_night(chosen: Settings, result: NightResult) -> None:
    """The night for people."""
    print_ingest(result.ingest)
    print_table(
        f"Night {result.day}"
        + ("" if result.day == result.known_as_of else f", known as of {result.known_as_of}"),
        ["space", "version", "verdict", "current", "reused", "seconds"],
        [
            [name, outcome.version, _verdict(outcome), outcome.current, outcome.reused, outcome.seconds]
            for name, outcome in result.spaces.items()
        ],
    )
    for line in lines_of(result.set_aside, lambda command: as_typed(chosen, command)):
        tell(line, "yellow")
    for reason in result.why_no_logs:
        tell(reason, "bold red")
    for line in _why_held(chosen, result):
        tell(line, "yellow")


def _verdict(outcome: Outcome) -> str | None:
    return "no logs" if outcome.no_logs else outcome.verdict


def print_ingest(ingest: Mapping[str, Any]) -> None:
    """One line about the logs, and what did not become a row of a table."""
    counts = [key for key in LINE_COUNTS if ingest[key] or key not in RARE_COUNTS]
    print_table(
        "Logs",
        ["files", *(key.replace("_", " ") for key in counts), "refused", "ignored"],
        [
            [
                ingest["read"],
                *(ingest[key] for key in counts),
                len(ingest["refusals"]),
                len(ingest["ignored"]),
            ]
        ],
    )
    if ingest["conflicts"]:
        tell(
            f"conflicts: {ingest['conflicts']:,} lines have the event_id of an earlier event and say something else; "
            "they do not count. Ask who writes the log: does a counter start again?",
            "red",
        )
    if ingest["refusals"]:
        tell(f"refused, and tried again by every night: {few(ingest['refusals'])}", "red")
    if ingest["ignored"]:
        tell(f"ignored: {few(ingest['ignored'])}", "yellow")
    if ingest["late_files"]:
        tell(f"late: {few(ingest['late_files'])}", "yellow")
    if ingest["dated_ahead"]:
        tell(
            f"dated ahead: {ingest['dated_ahead']:,} events occurred after this day; they count from their own day on"
        )
    for stream, lost in ingest["lost_values"].items():
        values = ", ".join(f"{what} ({count:,})" for what, count in lost.items())
        tell(f"values of {stream} that were not taken, their lines were: {values}", "yellow")
    for stream, fields in ingest["unknown_fields"].items():
        tell(
            f"unknown fields of {stream}: {', '.join(f'{name} ({count:,})' for name, count in fields.items())}"
        )


def print_nights(results: list[NightResult], failed: Mapping[str, str]) -> None:
    """A row a night."""
    spaces = list(dict.fromkeys(name for result in results for name in result.spaces))
    rows: list[list[object]] = [
        [result.day, *(_verdict(result.spaces[name]) for name in spaces), round(result.seconds, 1)]
        for result in results
    ]
    rows += [[day, *("failed" for _ in spaces), None] for day in failed]
    print_table("Nights", ["day", *spaces, "seconds"], sorted(rows, key=lambda row: str(row[0])))
    for result in results:
        if result.ingest["late_files"]:
            tell(f"{result.day} counts what came later: {few(result.ingest['late_files'])}", "yellow")


def _why_held(chosen: Settings, result: NightResult) -> Iterator[str]:
    """Why versions are held back, each reason once with its spaces, and how to decide."""
    undecided = forms(chosen.prefect_api_url, chosen.auth) if result.held_back else {}
    store = SnapshotStore(chosen.home.snapshots)
    held: dict[str, list[tuple[str, str, str]]] = {}
    for name in result.held_back:
        version = result.spaces[name].version
        if version is None:
            yield str(result.spaces[name].reason)
            continue
        decide = ways_to_decide(chosen, name, version, undecided.get((name, version)))
        held.setdefault(why(store.manifest(name, version)), []).append((name, version, decide))
    for because, versions in held.items():
        if len(versions) == 1:
            ((name, version, decide),) = versions
            yield f"{name}: {version} is held back: {because}; then decide {decide}"
        else:
            names = ", ".join(name for name, _, _ in versions)
            yield f"{names} are held back: {because}; then decide about each:"
            yield from (f"  {name} {version} {decide}" for name, version, decide in versions)
