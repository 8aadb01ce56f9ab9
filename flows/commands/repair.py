"""`nightjar repair`: rebuild what can be rebuilt, and say what cannot."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flows.commands.terminal import print_json, tell
from flows.configuration import load_configuration
from flows.decisions import champions_astray, has_mlflow, promote_current
from flows.settings import Settings, last_complete_day, now
from tasks.stages.ingest import ingest
from warehouse.duckdb.checks import COMPUTED, run_checks, say_broken
from warehouse.duckdb.database import UnreadableWarehouseError, Warehouse
from warehouse.home import Home
from warehouse.lock import only_writer
from warehouse.snapshots import SnapshotStore, verify

DONE, FAILED = 0, 1
logger = logging.getLogger("nightjar")


@dataclass(frozen=True, slots=True)
class Repaired:
    """One thing that was wrong: where, and what was done about it."""

    what: str
    done: str


def show_repair(chosen: Settings, as_json: bool) -> int:
    """Mend the home; exit code 1 where something stays that only a backup or a person can mend."""
    with only_writer(chosen.home.root):
        repaired = [
            *_pointers(chosen),
            *_missed_by_mlflow(chosen),
            *_champions(chosen),
            *([] if not chosen.home.warehouse.exists() else _warehouse(chosen, last_complete_day())),
        ]
    left = [str(finding) for finding in verify(chosen.home.snapshots) if not finding.stray]
    if as_json:
        mended = [{"what": one.what, "done": one.done} for one in repaired]
        print_json({"repaired": mended, "left": left})
    else:
        for one in repaired:
            tell(f"repaired: {one.what}: {one.done}", "green")
        for line in left:
            tell(f"cannot be repaired here: {line}", "red")
        if not (repaired or left):
            tell("nothing to repair: warehouse, pointers, champions and versions are sound")
    return FAILED if left else DONE


def _warehouse(chosen: Settings, day: date) -> Iterator[Repaired]:
    """A warehouse that is damaged is put aside and made anew from what lies in the landing folder."""
    home = chosen.home
    damage = _damage_of(home)
    if damage is not None:
        configuration = load_configuration(chosen.config)
        aside = _free_name(home.warehouse)
        home.warehouse.replace(aside)
        log = home.warehouse.with_name(f"{home.warehouse.name}.wal")
        if log.exists():
            log.replace(aside.with_name(f"{aside.name}.wal"))
        report = ingest(home, configuration.ingest, configuration.sources, day, day)
        yield Repaired(
            f"{home.warehouse}{damage}",
            f"made anew from {report.read:,} landed files, {report.accepted:,} lines; the next night computes the "
            f"features; the damaged file is {aside.name}, files that no longer lie in {home.landing} are not in it",
        )


def _damage_of(home: Home) -> str | None:
    """What is wrong with the warehouse; nothing to say where it cannot be read, None where it is sound.

    Checks of feature tables wait for the next night: until then, those that a revision made stale offend.
    """
    try:
        with Warehouse.of(home, read_only=True) as warehouse:
            warehouse.read_whole()
            found = run_checks(warehouse)
    except UnreadableWarehouseError:
        return ""
    broken = [
        say_broken(name, rows)
        for name, rows in found.items()
        if not (rows.is_empty() or name.startswith(COMPUTED))
    ]
    return f": {'; '.join(broken)}" if broken else None


def _pointers(chosen: Settings) -> Iterator[Repaired]:
    """A pointer that is damaged or gone leads to the newest released version again: what it led to before."""
    store = SnapshotStore(chosen.home.snapshots)
    for space in store.spaces():
        moved = store.mend_pointer(space, now())
        if moved is not None:
            yield Repaired(f"{space}/current.json", f"leads to {moved.version}, the newest released version")


def _missed_by_mlflow(chosen: Settings) -> Iterator[Repaired]:
    """Versions that were published while MLflow was away."""
    if not has_mlflow(chosen):
        return
    from tasks.stages.register import record_missed
    from warehouse.mlflow import Registry
    from warehouse.mlflow.faults import FAULTS, in_a_line

    try:
        registry = Registry.open(chosen.home, tracking_uri=chosen.registry_uri)
        for space in SnapshotStore(chosen.home.snapshots).spaces():
            for version in record_missed(chosen.home, space, registry):
                yield Repaired(
                    f"{space} {version}", "recorded in MLflow, which was away when it was published"
                )
    except FAULTS as error:
        logger.warning("MLflow was not told what it missed: %s", in_a_line(error))


def _champions(chosen: Settings) -> Iterator[Repaired]:
    spaces = SnapshotStore(chosen.home.snapshots).spaces()
    for finding in list(champions_astray(chosen, spaces)):
        promote_current(chosen, finding.space)
        yield Repaired(finding.file, f"{finding.expected} instead of {finding.found}")


def _free_name(path: Path) -> Path:
    """A name beside `path` that nothing has."""
    numbers = iter(range(1, 10_000))
    return next(
        name for number in numbers if not (name := path.with_name(f"{path.name}.damaged-{number}")).exists()
    )
