"""`nightjar status`: versions, verdicts, what is current, how fresh it is, the ledger, quarantine, missing days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flows.configuration import load_configuration
from flows.settings import Settings, as_typed
from flows.terminal import VERDICT_STYLE, print_json, print_table, say, tell
from tasks.comparison.rules import Rule, explain
from warehouse.database import Warehouse, WarehouseError
from warehouse.home import Home
from warehouse.snapshots import SnapshotError, SnapshotStore

DONE = 0
SHOWN_QUARANTINE = 20


@dataclass(frozen=True, slots=True)
class Logs:
    """What the warehouse says about landed files. `problem`: why nothing could be read, else None."""

    ledger: list[dict[str, Any]]
    quarantine: list[dict[str, Any]]
    problem: str | None = None

    @property
    def landed_days(self) -> list[date]:
        """Days on which a loaded file landed, ascending."""
        loaded = {row["landed_on"][:10] for row in self.ledger if row["state"] == "loaded"}
        return [date.fromisoformat(day) for day in sorted(loaded)]


def show_status(chosen: Settings, as_json: bool, space: str | None) -> int:
    """Print the state of the home, or of one space."""
    store = SnapshotStore(chosen.home.snapshots)
    configured = list(load_configuration(chosen.config).pipelines) if chosen.config.exists() else []
    names = list(dict.fromkeys([*configured, *store.spaces()]))
    if space is not None and space not in names:
        raise SnapshotError(f"{space}: no such space; there are: {', '.join(names) or 'none'}")
    logs = read_logs(chosen.home)
    spaces = {name: describe_space(store, name, logs.landed_days) for name in names if space in (None, name)}
    if as_json:
        print_json(
            {
                "home": str(chosen.home.root),
                "spaces": spaces,
                "ledger": logs.ledger,
                "quarantine": logs.quarantine,
                "problem": logs.problem,
            }
        )
    else:
        _print(chosen, spaces, logs, detail=space is not None)
    return DONE


def read_logs(home: Home) -> Logs:
    """The ledger and the quarantine; empty, with the reason, where the warehouse is missing or in use."""
    try:
        with Warehouse.open(home.warehouse, read_only=True) as warehouse:
            ledger = warehouse.frame("SELECT * FROM ledger_file ORDER BY landed_on, path, state").to_dicts()
            quarantine = warehouse.frame(
                "SELECT * FROM quarantine_line ORDER BY path, sha256, line_number"
            ).to_dicts()
    except WarehouseError as error:
        return Logs([], [], str(error))
    for line in quarantine:
        line["raw"] = line["raw"].decode("utf-8", "backslashreplace")
    return Logs(ledger, quarantine)


def describe_space(store: SnapshotStore, space: str, landed: list[date]) -> dict[str, Any]:
    """Everything about one space, as `--json` prints it."""
    current = store.current(space)
    versions = [_describe_version(store, space, version) for version in store.versions(space)]
    for entry in versions:
        entry["current"] = current is not None and entry["version"] == current.version
    days = {entry["day"] for entry in versions}
    current_day = next((entry["day"] for entry in versions if entry["current"]), None)
    newest = landed[-1] if landed else None
    return {
        "current": None if current is None else current.document(),
        "current_day": current_day,
        "days_behind": None
        if current_day is None or newest is None
        else max(0, (newest - date.fromisoformat(current_day)).days),
        "held_back": [entry["version"] for entry in versions if entry["standing"] == "held"],
        "missing_days": [day.isoformat() for day in _expected(days, newest) if day.isoformat() not in days],
        "versions": versions,
    }


def _describe_version(store: SnapshotStore, space: str, version: str) -> dict[str, Any]:
    manifest = store.manifest(space, version)
    headline = manifest.evaluation.get("headline")
    return {
        "version": version,
        "day": manifest.day.isoformat(),
        "rows": manifest.rows,
        "verdict": manifest.gate.verdict,
        "standing": str(store.standing(space, version)),
        "breached": [
            rule.model_dump()
            for rule in manifest.gate.rules
            if rule.outcome in ("warn", "block", "not_judged")
        ],
        "recall_at_10": headline.get("recall_at_10") if isinstance(headline, dict) else None,
        "popularity_recall_at_10": headline.get("popularity_recall_at_10")
        if isinstance(headline, dict)
        else None,
        "space_id": manifest.space_id,
        "backfilled": manifest.backfilled,
        "created_at": manifest.created_at.isoformat() + "Z",
    }


def _expected(days: set[str], newest: date | None) -> list[date]:
    """Every day from the first version to the newest landed log."""
    if not days or newest is None:
        return []
    first = date.fromisoformat(min(days))
    return [first + timedelta(days=offset) for offset in range((newest - first).days + 1)]


def _print(chosen: Settings, spaces: dict[str, dict[str, Any]], logs: Logs, *, detail: bool) -> None:
    print_table(
        "Spaces",
        ["space", "current", "rows", "verdict", "recall@10", "popularity", "days behind"],
        [_space_row(name, entry) for name, entry in spaces.items()],
    )
    for name, entry in spaces.items():
        _tell_what_is_due(chosen, name, entry)
    if detail:
        for entry in spaces.values():
            _print_versions(entry["versions"])
    if logs.problem is not None:
        say(logs.problem, "yellow")
        return
    _print_ledger(logs)


def _space_row(name: str, entry: dict[str, Any]) -> list[object]:
    current = next((version for version in entry["versions"] if version["current"]), None)
    shown = ("version", "rows", "verdict", "recall_at_10", "popularity_recall_at_10")
    return [name, *(None if current is None else current[key] for key in shown), entry["days_behind"]]


def _tell_what_is_due(chosen: Settings, name: str, entry: dict[str, Any]) -> None:
    """What a person should decide or run, with the command for it."""
    for version in entry["held_back"]:
        release = as_typed(chosen, f"nightjar release {name} {version} --reason …")
        why = as_typed(chosen, f"nightjar status --space {name}")
        tell(f"{name}: {version} is held back; `{why}` says why, `{release}` publishes it", "yellow")
    missing = entry["missing_days"]
    if missing:
        backfill = as_typed(chosen, f"nightjar backfill --first {missing[0]} --last {missing[-1]}")
        days = (
            f"{missing[0]}"
            if len(missing) == 1
            else f"{len(missing)} days from {missing[0]} to {missing[-1]}"
        )
        tell(f"{name}: missing {days}; `{backfill}` makes them", "yellow")


def _print_versions(versions: list[dict[str, Any]]) -> None:
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
        for rule in entry["breached"] if entry["current"] or entry["standing"] == "held" else ():
            tell(f"{entry['version']}: {explain(Rule(**rule))}", VERDICT_STYLE.get(rule["outcome"], "yellow"))


def _print_ledger(logs: Logs) -> None:
    totals: dict[str, dict[str, int]] = {}
    for row in logs.ledger:
        stream = totals.setdefault(row["stream"], dict.fromkeys((*_COUNTS, "files", "refused"), 0))
        stream["refused"] += row["state"] == "refused"
        if row["state"] == "loaded":
            stream["files"] += 1
            for key in _COUNTS:
                stream[key] += row[key]
    print_table(
        "Logs",
        ["stream", "files", *_COUNTS, "refused files"],
        [[name, of["files"], *(of[key] for key in _COUNTS), of["refused"]] for name, of in totals.items()],
    )
    for row in logs.ledger:
        if row["state"] == "refused":
            tell(f"refused: {row['path']}: {row['reason']}", "red")
    if logs.quarantine:
        shown = logs.quarantine[-SHOWN_QUARANTINE:]
        print_table(
            f"Quarantine: {len(logs.quarantine):,} lines, the last {len(shown)}",
            ["file", "line", "reason"],
            [[line["path"], line["line_number"], line["reason"]] for line in shown],
        )


_COUNTS = ("lines", "accepted", "duplicates", "quarantined", "blank")
