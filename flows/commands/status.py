"""`nightjar status`: versions, verdicts, what is current, how fresh it is, the ledger, quarantine, missing days."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from flows.commands.history import print_history
from flows.commands.reports import report_at
from flows.commands.terminal import VERDICT_STYLE, print_json, print_table, say, tell
from flows.configuration import Alerts, Configuration, Schedule, load_configuration
from flows.days import DayState, Landings, day_table, missing_days
from flows.decisions import ways_to_decide
from flows.freshness import Arrivals, KnownDays, night_due, stale_because
from flows.servers.approvals import forms
from flows.servers.served import served_since
from flows.set_aside_lines import lines_of
from flows.settings import Settings, as_typed, now
from tasks.comparison.gate.judge import BREACHED, results_of
from tasks.ingest.ingest_report import LINE_COUNTS, RARE_COUNTS
from tasks.report.words import cause_line, causes, held_because
from tasks.versions.canary_results import newest
from tasks.versions.candidate import REPORT
from tasks.versions.history import row_of
from warehouse.duckdb.database import LOOK_S, Warehouse, WarehouseError
from warehouse.duckdb.partitions import newest_night
from warehouse.duckdb.set_aside import LeftOut, read_left_out
from warehouse.home import Home
from warehouse.snapshots import SnapshotError, SnapshotStore

DONE, STALE = 0, 1
SHOWN_QUARANTINE, SHOWN_DAYS, NAMED = 20, 14, 5
_NO_PIPELINES = Configuration(pipelines={})
MANY_HELD = 3
"""Nights in a row, from which on the next one is hardly released by itself."""


@dataclass(frozen=True, slots=True)
class LogStatus:
    """What the warehouse says about landed files. `problem`: why nothing could be read, else None.

    `late`: files that landed under a day after its night had run, of the newest two weeks. `dated_ahead`: events after
    the newest day of landing. `alike`: kind of id → groups of ids that differ only in how they are written.
    `set_aside`: what the next night leaves out. `newest_night`: the last night that ran, whatever it made.
    """

    ledger: list[dict[str, Any]]
    quarantine: list[dict[str, Any]]
    problem: str | None = None
    late: list[dict[str, Any]] = field(default_factory=list)
    dated_ahead: int = 0
    alike: dict[str, int] = field(default_factory=dict)
    set_aside: tuple[LeftOut, ...] = ()
    newest_night: date | None = None

    @property
    def landed_days(self) -> list[date]:
        """Days on which a file landed of which lines were accepted, ascending."""
        loaded = {
            row["landed_on"][:10]
            for row in self.ledger
            if row["state"] == "loaded" and row["accepted"] and row["stream"] != "erasures"
        }
        return [date.fromisoformat(day) for day in sorted(loaded)]

    @property
    def arrivals(self) -> Arrivals:
        """The newest day with logs, and the newest night without where it is later."""
        landed = self.landed_days[-1] if self.landed_days else None
        silent = self.newest_night
        return Arrivals(
            landed, silent if landed is not None and silent is not None and silent > landed else None
        )


def show_status(chosen: Settings, as_json: bool, space: str | None) -> int:
    """Print the state of the home, or of one space; exit code 1 where a space is stale."""
    store = SnapshotStore(chosen.home.snapshots)
    configuration = load_configuration(chosen.config) if chosen.config.exists() else None
    names = list(dict.fromkeys([*(configuration.pipelines if configuration else ()), *store.spaces()]))
    if space is not None and space not in names:
        raise SnapshotError(f"{space}: no such space; there are: {', '.join(names) or 'none'}")
    logs = read_logs(chosen.home)
    spaces = {name: describe_space(store, name, logs) for name in names}
    if any(
        version["day"] == str(logs.newest_night) for entry in spaces.values() for version in entry["versions"]
    ):
        logs = replace(logs, newest_night=None)  # what came late was enough for a version
    stale = _stale(chosen, configuration, spaces, logs)
    undecided = (
        forms(chosen.prefect_api_url, chosen.auth) if any(of["held_back"] for of in spaces.values()) else {}
    )
    for name, entry in spaces.items():
        entry["forms"] = {of: undecided[name, of] for of in entry["held_back"] if (name, of) in undecided}
        entry.update(stale=name in stale, stale_because=stale.get(name))
        entry["canaries"] = _last_canaries(chosen.home, name)
        entry["deletes_next"] = store.dispensable(name, (configuration or _NO_PIPELINES).publish.keep)
    chosen_spaces = {name: entry for name, entry in spaces.items() if space in (None, name)}
    days = _recent_days(chosen, chosen_spaces, logs)
    if as_json:
        print_json(
            {
                "home": str(chosen.home.root),
                "spaces": chosen_spaces,
                "days": [day.document() for day in days],
                "ledger": logs.ledger,
                "quarantine": logs.quarantine,
                "no_logs_since": None if logs.arrivals.silent is None else str(logs.arrivals.landed),
                "set_aside": [asdict(one) for one in logs.set_aside],
                "problem": logs.problem,
                "late_files": logs.late,
                "dated_ahead": logs.dated_ahead,
                "ids_alike": logs.alike,
            }
        )
    else:
        _print(chosen, chosen_spaces, logs, days if space is not None else [])
    return STALE if any(entry["stale"] for entry in chosen_spaces.values()) else DONE


def _stale(
    chosen: Settings, configuration: Configuration | None, spaces: Mapping[str, Any], logs: LogStatus
) -> dict[str, str]:
    """Why spaces are stale. One that is no longer configured is nobody's concern."""
    alerts = configuration.alerts if configuration else Alerts()
    schedule = configuration.schedule if configuration else Schedule()
    wanted = configuration.pipelines if configuration else spaces
    known = {name: _known(entry) for name, entry in spaces.items() if name in wanted}
    due = night_due(schedule, alerts, served_since(chosen.home), now())
    return stale_because(known, alerts.stale_after, logs.arrivals, due, now().date())


def _known(entry: Mapping[str, Any]) -> KnownDays:
    current = entry["current_day"]
    days = [date.fromisoformat(version["day"]) for version in entry["versions"]]
    return KnownDays(days, None if current is None else date.fromisoformat(current))


def _recent_days(chosen: Settings, spaces: Mapping[str, Any], logs: LogStatus) -> list[DayState]:
    """The last two weeks of what is known, no day before the first version."""
    made = [date.fromisoformat(version["day"]) for entry in spaces.values() for version in entry["versions"]]
    if not made:
        return []
    arrivals = logs.arrivals
    last = max([*made, *(day for day in (arrivals.landed, arrivals.silent) if day is not None)])
    first = max(min(made), last - timedelta(days=SHOWN_DAYS - 1))
    return day_table(chosen.home, list(spaces), first, last)


def read_logs(home: Home) -> LogStatus:
    """The ledger and the quarantine; empty, with the reason, where the warehouse is missing or in use."""
    try:
        with Warehouse.of(home, read_only=True, wait_s=LOOK_S) as warehouse:
            ledger = warehouse.frame("SELECT * FROM ledger_file ORDER BY landed_on, path, state").to_dicts()
            quarantine = warehouse.frame(
                "SELECT * FROM quarantine_line ORDER BY path, sha256, line_number"
            ).to_dicts()
            late, dated_ahead = warehouse.frame(_LATE).to_dicts(), warehouse.rows(_DATED_AHEAD)[0][0]
            alike = dict(warehouse.rows(_ALIKE))
            aside = tuple(read_left_out(warehouse, date.max))
            newest = newest_night(warehouse)
    except WarehouseError as error:
        return LogStatus([], [], str(error))
    for line in quarantine:
        line["raw"] = line["raw"].decode("utf-8", "backslashreplace")
    return LogStatus(ledger, quarantine, None, late, dated_ahead, alike, aside, newest)


def describe_space(store: SnapshotStore, space: str, logs: LogStatus) -> dict[str, Any]:
    """Everything about one space, as `--json` prints it."""
    current = store.current(space)
    versions = [_describe_version(store, space, version) for version in store.versions(space)]
    for entry in versions:
        entry["current"] = current is not None and entry["version"] == current.version
    current_day = next((entry["day"] for entry in versions if entry["current"]), None)
    arrivals = logs.arrivals
    newest = arrivals.silent or arrivals.landed
    landed = None if logs.problem is not None else Landings(frozenset(logs.landed_days), logs.newest_night)
    return {
        "current": None if current is None else current.document(),
        "current_day": current_day,
        "days_behind": None
        if current_day is None or newest is None
        else max(0, (newest - date.fromisoformat(current_day)).days),
        "held_back": [entry["version"] for entry in versions if entry["standing"] == "held"],
        "missing_days": [day.isoformat() for day in missing_days(store, space, newest, landed)]
        if newest
        else [],
        "versions": versions,
    }


def _last_canaries(home: Home, space: str) -> dict[str, Any] | None:
    """What the space's gate did with damaged copies when it was tried last."""
    found = newest(home, space)
    if found is None:
        return None
    keys = ("day", "version", "tried", "caught", "missed", "summary")
    return {key: getattr(found, key) for key in keys}


def _describe_version(store: SnapshotStore, space: str, version: str) -> dict[str, Any]:
    manifest = store.manifest(space, version)
    headline, measured = manifest.evaluation.get("headline"), row_of(manifest)
    return {
        "version": version,
        "day": manifest.day.isoformat(),
        "rows": manifest.rows,
        "verdict": manifest.gate.verdict,
        "standing": str(store.standing(space, version)),
        "breached": sorted(
            (rule.model_dump() for rule in manifest.gate.rules if rule.outcome in BREACHED),
            key=lambda rule: BREACHED.index(rule["outcome"]),
        ),
        "recall_at_10": headline.get("recall_at_10") if isinstance(headline, dict) else None,
        "popularity_recall_at_10": headline.get("popularity_recall_at_10")
        if isinstance(headline, dict)
        else None,
        "metrics": {
            "recall": measured.recall.value,
            "recall_low": measured.recall.low,
            "recall_high": measured.recall.high,
            "popularity": measured.popularity,
            "cosine": measured.cosine,
            "overlap_at_50": measured.overlap_at_50,
            "noise": measured.multiple,
        },
        "report": None if manifest.file(REPORT) is None else f"snapshots/{space}/{version}/{REPORT}",
        "space_id": manifest.space_id,
        "backfilled": manifest.backfilled,
        "created_at": manifest.created_at.isoformat() + "Z",
    }


def _print(
    chosen: Settings, spaces: dict[str, dict[str, Any]], logs: LogStatus, days: list[DayState]
) -> None:
    """For people: what to know or do stands last, where a terminal ends. `days` where they asked about one space."""
    if logs.problem is not None:
        say(logs.problem, "yellow")
    else:
        _print_ledger(logs)
    if days:
        _print_days(days)
        for name, entry in spaces.items():
            print_history(entry["versions"])
            _print_versions(chosen.home, name, entry["versions"])
            _tell_what_goes(entry["deletes_next"])
    print_table(
        "Spaces",
        ["space", "current", "rows", "verdict", "recall@10", "popularity", "days behind"],
        [_space_row(name, entry) for name, entry in spaces.items()],
    )
    arrivals = logs.arrivals
    if arrivals.silent is not None:
        tell(
            f"no logs: nothing has landed after {arrivals.landed}, and the nights up to {arrivals.silent} made no "
            "version; look why no log arrives",
            "bold red",
        )
    for name, entry in spaces.items():
        _tell_what_is_due(chosen, name, entry)
    for line in lines_of(logs.set_aside, lambda command: as_typed(chosen, command)):
        tell(line, "yellow")


def _space_row(name: str, entry: dict[str, Any]) -> list[object]:
    current = next((version for version in entry["versions"] if version["current"]), None)
    columns = ("version", "rows", "verdict", "recall_at_10", "popularity_recall_at_10")
    return [name, *(None if current is None else current[key] for key in columns), entry["days_behind"]]


def _tell_what_is_due(chosen: Settings, name: str, entry: dict[str, Any]) -> None:
    """What a person should know, decide or run, with the command for it."""
    if entry["stale"]:
        tell(f"{name}: stale: {entry['stale_because']}", "red")
    canaries = entry["canaries"]
    if canaries is not None:
        tell(
            f"{name}: canaries of {canaries['day']}: {canaries['summary']}",
            "bold red" if canaries["missed"] else "dim",
        )
    in_a_row = _held_in_a_row(entry["versions"])
    if len(in_a_row) >= MANY_HELD:
        tell(_way_out(chosen, name, in_a_row), "yellow")
        for form in entry["forms"].values():
            tell(f"{name}: decide at {form}", "yellow")
    for version in entry["versions"]:
        of = version["version"]
        if version["standing"] != "held" or (len(in_a_row) >= MANY_HELD and of in in_a_row):
            continue
        because = held_because(results_of(version["breached"]))
        decide = ways_to_decide(chosen, name, of, entry["forms"].get(of))
        tell(f"{name}: {of} is held back: {because}; then decide {decide}", "yellow")
    missing = entry["missing_days"]
    if missing:
        backfill = as_typed(chosen, f"nightjar backfill --first {missing[0]} --last {missing[-1]}")
        days = (
            f"{missing[0]}"
            if len(missing) == 1
            else f"{len(missing)} days from {missing[0]} to {missing[-1]}"
        )
        tell(f"{name}: missing {days}; `{backfill}` makes them", "yellow")


def _tell_what_goes(doomed: list[str]) -> None:
    """What `publish.keep` lets go."""
    if doomed:
        names = ", ".join(doomed) if len(doomed) <= NAMED else f"{len(doomed)}, {doomed[0]} to {doomed[-1]}"
        tell(f"the next night deletes, as `publish.keep` says: {names}", "dim")


def _held_in_a_row(versions: list[dict[str, Any]]) -> list[str]:
    """The newest versions, one after the other, that are held back; by day."""
    held = itertools.takewhile(lambda entry: entry["standing"] == "held", reversed(versions))
    return [entry["version"] for entry in held][::-1]


def _way_out(chosen: Settings, name: str, held: list[str]) -> str:
    """A space that is another than it was fails every night against what consumers follow: a person ends that."""
    drift = as_typed(chosen, f"nightjar drift {name} {held[-2]} {held[-1]}")
    release = as_typed(chosen, f"nightjar release {name} {held[-1]} --reason …")
    return (
        f"{name}: held back {len(held)} nights in a row, {held[0]} to {held[-1]}, each against the version before "
        f"them. `{drift}` compares the newest two with each other: where that passes, the space is sound and only "
        f"another than before, and `{release}` makes it what the next night is compared with"
    )


def _print_versions(home: Home, space: str, versions: list[dict[str, Any]]) -> None:
    print_table(
        "Versions",
        ["version", "rows", "verdict", "standing", "recall@10", "did not pass"],
        [
            [
                entry["version"],
                entry["rows"],
                entry["verdict"],
                f"{entry['standing']}, current" if entry["current"] else entry["standing"],
                entry["recall_at_10"],
                ", ".join(rule["rule"] for rule in entry["breached"]) or None,
            ]
            for entry in versions
        ],
    )
    for entry in versions:
        breached = entry["breached"] if entry["current"] or entry["standing"] == "held" else ()
        for cause in causes(results_of(breached)):
            tell(f"{entry['version']}: {cause_line(cause)}", VERDICT_STYLE.get(cause.rule.outcome, "yellow"))
        if entry["report"] is not None and (entry["current"] or entry["standing"] == "held"):
            tell(f"{entry['version']}: report: {report_at(home, space, entry['version'])}")


def _print_days(days: list[DayState]) -> None:
    print_table(
        "Days",
        ["day", "state", "verdict", "current", "logs landed"],
        [[day.day, day.state.replace("_", " "), day.verdict, day.current, day.logs_landed] for day in days],
    )


def _print_ledger(logs: LogStatus) -> None:
    if logs.quarantine:
        last = logs.quarantine[-SHOWN_QUARANTINE:]
        print_table(
            f"Quarantine: {len(logs.quarantine):,} lines, the last {len(last)}",
            ["file", "line", "reason"],
            [[line["path"], line["line_number"], line["reason"]] for line in last],
        )
    counts = [key for key in LINE_COUNTS if key not in RARE_COUNTS or any(row[key] for row in logs.ledger)]
    totals: dict[str, dict[str, int]] = {}
    for row in logs.ledger:
        stream = totals.setdefault(row["stream"], dict.fromkeys((*counts, "files", "refused"), 0))
        stream["refused"] += row["state"] == "refused"
        if row["state"] == "loaded":
            stream["files"] += 1
            for key in counts:
                stream[key] += row[key]
    print_table(
        "Logs",
        ["stream", "files", *(key.replace("_", " ") for key in counts), "refused files"],
        [[name, of["files"], *(of[key] for key in counts), of["refused"]] for name, of in totals.items()],
    )
    for row in logs.ledger:
        if row["state"] == "loaded" and row["conflicts"]:
            tell(
                f"conflicts: {row['path']}: {row['conflicts']:,} of {row['lines']:,} lines have the event_id of an "
                "earlier event and say something else; they do not count",
                "red",
            )
    for row in logs.late:
        tell(
            f"late: {row['path']}: landed under {row['landed_day']} after the night of {row['after_night']} had run; "
            "it counts from the night after on, and in what a backfill makes anew",
            "yellow",
        )
    if logs.dated_ahead:
        tell(f"dated ahead: {logs.dated_ahead:,} events occurred after the newest day of landing")
    for kind, groups in logs.alike.items():
        tell(
            f"{groups:,} {kind} ids have a twin that differs only in blanks, hidden marks or Unicode form",
            "yellow",
        )
    for row in logs.ledger:
        if row["state"] == "refused":
            tell(f"refused: {row['path']}: {row['reason']}", "red")


_LATE = """
SELECT path, landed_day::VARCHAR AS landed_day, after_night::VARCHAR AS after_night
FROM landed_file
WHERE after_night IS NOT NULL AND landed_day > (SELECT max(landed_day) FROM landed_file) - 14
ORDER BY landed_day, path
"""
_DATED_AHEAD = """
SELECT count(*) FROM raw_interaction
WHERE NOT duplicate AND occurred_at >= (SELECT max(landed_day) FROM landed_file) + INTERVAL 1 DAY
"""
_ALIKE = r"""
WITH known AS (
    SELECT 'bird' AS kind, bird_id AS id FROM raw_interaction
    UNION SELECT 'flit', flit_id FROM raw_interaction
    UNION SELECT 'bird', bird_id FROM raw_bird
    UNION SELECT 'flit', flit_id FROM raw_flit
),
odd AS (
    SELECT kind, id, trim(regexp_replace(nfc_normalize(id), '[\x{200B}-\x{200F}\x{2060}\x{FEFF}]', '', 'g')) AS plain
    FROM known
    WHERE strlen(id) <> length(id) OR id <> trim(id)
),
twin AS (
    SELECT kind, plain, id FROM odd
    UNION SELECT known.kind, known.id, known.id
    FROM known SEMI JOIN odd ON known.kind = odd.kind AND known.id = odd.plain
),
alike AS (SELECT kind, plain FROM twin GROUP BY kind, plain HAVING count(*) > 1)
SELECT kind, count(*) FROM alike GROUP BY kind ORDER BY kind
"""
