"""What a person decides about a version: release, discard, roll back; kept with who, when and why.

Each decision is a function that decides, for commands and for flows, and one that prints.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from flows.commands.terminal import print_json, print_table, say
from flows.configuration import load_configuration
from flows.night import night_of_children
from flows.servers.approvals import end_settled
from flows.settings import Settings, as_typed, now, who
from warehouse import sealed
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.set_aside import PERSON, Aside, Word, decide, propose
from warehouse.errors import NightjarError
from warehouse.home import Home, strays
from warehouse.snapshots import Current, Decision, Finding, Manifest, SnapshotError, SnapshotStore

logger = logging.getLogger("nightjar")

DONE = 0


class UnsaidError(NightjarError):
    """A decision without a name or a reason."""


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides, and why."""

    who: str
    why: str

    def __post_init__(self) -> None:
        for name, value in (("who", self.who), ("why", self.why)):
            if not value.strip():
                raise UnsaidError(f"a decision needs {name}: expected a few words, found none")


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as it is kept, and what consumers follow after it.

    `already`: it had been decided so before, by whom `decision` says, and nothing was changed. `untold`: why MLflow
    does not know; consumers follow the decision all the same. `set_aside`: how many birds, files, hours and days of the
    logs the decision counts in, or keeps out.
    """

    space: str
    decision: Decision
    current: Current | None
    already: bool = False
    untold: str | None = None
    set_aside: int = 0

    def document(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "space": self.space,
            "decision": self.decision.document(),
            "current": None if self.current is None else self.current.document(),
            "already": self.already,
            "untold": self.untold,
            "set_aside": self.set_aside,
        }


def decide_release(chosen: Settings, space: str, version: str, by: Decider, force: bool = False) -> Decided:
    """Publish a version that the gate held back or a rollback withdrew, and count in what it had set aside.

    Consumers follow it unless they have a later day already; the logs count from the next night on. SnapshotError where
    there is no such version, and, without `force`, where it has no rows.
    """
    store = SnapshotStore(chosen.home.snapshots)
    manifest, current = _with_rows(store.manifest(space, version), force), store.current(space)
    counted = _say_of_logs(chosen, store, manifest, "released", by)
    overtaken = current is not None and store.manifest(space, current.version).day > manifest.day
    points = current is not None and current.version == version
    earlier = _last_word(store, space, version)
    if earlier is not None and earlier.decision == "release" and (overtaken or points):
        decided = Decided(space, earlier, current, already=True)
    elif overtaken:
        decided = Decided(space, store.decide(space, _decision("release", version, by)), current)
    else:
        moved = store.point(space, version, now(), _decision("release", version, by))
        decided = Decided(space, moved.decision or _decision("release", version, by), moved)
    return _noted(chosen, store, replace(decided, set_aside=counted))


def decide_discard(
    chosen: Settings, space: str, version: str, by: Decider, leave_out: Sequence[str] = ()
) -> Decided:
    """Keep a version from consumers for good; it stays readable under its name until retention deletes it.

    What it had set aside stays out of the nights to come, and so does `leave_out`, such as `bird:b0402`; a release
    counts it in again. SnapshotError where there is no such version, and where consumers follow it.
    """
    store = SnapshotStore(chosen.home.snapshots)
    manifest = store.manifest(space, version)
    earlier = _last_word(store, space, manifest.version)
    named = [Aside.typed(text, manifest.day) for text in leave_out]
    if earlier is not None and earlier.decision == "discard":
        decided = Decided(space, earlier, store.current(space), already=True)
    else:
        kept = store.decide(space, _decision("discard", version, by))
        decided = Decided(space, kept, store.current(space))
    kept_out = _say_of_logs(chosen, store, manifest, "discarded", by, named)
    return _noted(chosen, store, replace(decided, set_aside=kept_out))


def decide_rollback(
    chosen: Settings, space: str, to: str | None, by: Decider, force: bool = False
) -> Decided:
    """Point consumers back to `to`, else to the newest released version of an earlier day.

    The versions after it are withdrawn. Said again without `to`, while consumers are where a rollback took them, it
    changes nothing: one version deeper needs its name. SnapshotError where there is nothing to go back to, and,
    without `force`, where that has no rows.
    """
    store = SnapshotStore(chosen.home.snapshots)
    current = store.current(space)
    earlier = None if current is None else current.decision
    rolled_back = earlier is not None and earlier.decision == "rollback"
    if current is not None and earlier is not None and rolled_back and to in (None, current.version):
        decided = Decided(space, earlier, current, already=True)
    else:
        version = _with_rows(store.manifest(space, to or _before_current(store, space)), force).version
        moved = store.point(space, version, now(), _decision("rollback", version, by))
        decided = Decided(space, moved.decision or _decision("rollback", version, by), moved)
    return _noted(chosen, store, decided)


def release_version(
    chosen: Settings, as_json: bool, space: str, version: str, reason: str, force: bool = False
) -> int:
    """`nightjar release`; then what waited for the version is made."""
    version = SnapshotStore(chosen.home.snapshots).named(space, version)
    code = _show(chosen, as_json, decide_release(chosen, space, version, Decider(who(), reason), force))
    if chosen.config.exists():
        make_what_waited(chosen, SnapshotStore(chosen.home.snapshots).manifest(space, version))
    return code


def make_what_waited(chosen: Settings, manifest: Manifest) -> None:
    """Run the version's night for the spaces that are built on its space; nothing where there is none."""
    configuration = load_configuration(chosen.config)
    request = night_of_children(configuration, manifest)
    if request is None:
        return
    from flows.commands.nightly import prefect_server, run_night

    with prefect_server(chosen, configuration) as server:
        made = run_night(chosen, configuration, request, server)
    for name, outcome in made.spaces.items():
        say(f"{name}: {outcome.version or outcome.reason}, {outcome.verdict or 'not made'}")


def discard_version(
    chosen: Settings, as_json: bool, space: str, version: str, reason: str, leave_out: Sequence[str] = ()
) -> int:
    """`nightjar discard`."""
    version = SnapshotStore(chosen.home.snapshots).named(space, version)
    return _show(chosen, as_json, decide_discard(chosen, space, version, Decider(who(), reason), leave_out))


def roll_back(
    chosen: Settings, as_json: bool, space: str, to: str | None, reason: str, force: bool = False
) -> int:
    """`nightjar rollback`."""
    to = None if to is None else SnapshotStore(chosen.home.snapshots).named(space, to)
    return _show(chosen, as_json, decide_rollback(chosen, space, to, Decider(who(), reason), force))


def _decision(kind: str, version: str, by: Decider) -> Decision:
    return Decision.model_validate(
        {"decision": kind, "version": version, "who": by.who, "when": now(), "why": by.why}
    )


def _say_of_logs(
    chosen: Settings,
    store: SnapshotStore,
    manifest: Manifest,
    decision: Literal["released", "discarded"],
    by: Decider,
    named: Sequence[Aside] = (),
) -> int:
    """What a decision means for what the version has set aside, from the night after the newest on; how many things.

    Nights that are done stay as they are: the same night run again is the same version.
    """
    if not chosen.home.warehouse.exists():
        return 0
    made = [date.fromisoformat(version[:10]) for space in store.spaces() for version in store.versions(space)]
    newest = max([manifest.day, *made])
    with Warehouse.of(chosen.home) as warehouse:
        if named:
            propose(warehouse, manifest.space, manifest.version, newest, [(one, PERSON) for one in named])
        said = Word(decision, newest + timedelta(days=1), by.who, by.why, now().replace(tzinfo=None))
        return decide(warehouse, manifest.space, manifest.version, said)


def _last_word(store: SnapshotStore, space: str, version: str) -> Decision | None:
    """The last decision of a person on a version, also where it took the version back with others."""
    decisions = store.decisions(space).decisions
    return next((one for one in reversed(decisions) if version in (one.version, *one.withdraws)), None)


def _before_current(store: SnapshotStore, space: str) -> str:
    current = store.current(space)
    if current is None:
        raise SnapshotError(
            f"{space}: nothing is published, so there is nothing to roll back; see `nightjar status`"
        )
    earlier = store.released(space, before=store.manifest(space, current.version).day)
    if earlier is None:
        raise SnapshotError(
            f"{space}: no released version is older than {current.version}; see `nightjar status`"
        )
    return earlier


def _with_rows(manifest: Manifest, force: bool) -> Manifest:
    if manifest.rows == 0 and not force:
        raise SnapshotError(
            f"{manifest.space}: {manifest.version} has 0 rows, and consumers would find nothing; name another "
            "version, or decide so with --force"
        )
    return manifest


def _noted(chosen: Settings, store: SnapshotStore, decided: Decided) -> Decided:
    """Tell MLflow what is current and who decided, also what was decided already: a kill may have come, or it was away.

    MLflow is told, it does not decide: consumers follow the pointer, whatever goes wrong here.
    """
    if not has_mlflow(chosen):
        return decided
    from warehouse.mlflow import Registry
    from warehouse.mlflow.faults import FAULTS, in_a_line

    decision = decided.decision
    tags = {"decision": decision.decision, "decided_by": decision.who, "decided_because": decision.why}
    try:
        registry = Registry.open(chosen.home, tracking_uri=chosen.registry_uri)
        registry.promote_current(store, decided.space)
        model_version = registry.model_version(store.manifest(decided.space, decision.version))
        if model_version is not None:
            registry.tag(decided.space, model_version, tags)
    except FAULTS as error:
        reason = in_a_line(error)
        logger.warning(
            "%s: the %s is in force; MLflow does not know it until the next decision or night: %s",
            decided.space, decision.decision, reason,
        )  # fmt: skip
        return replace(decided, untold=reason)
    return decided


def damaged_state(home: Home) -> Iterator[Finding]:
    """What a home keeps for its next nights and that is not as it was written."""
    for folder in (home.candidates, home.floors, home.held_out, home.canaries):
        remedy = "nothing to do: the next night removes it and makes it again"
        for path in sealed.damaged(folder):
            place, name = path.parent.relative_to(folder).parts, path.relative_to(home.root).as_posix()
            space = place[0] if place else folder.name
            yield Finding(space, None, name, "the bytes of its seal", "others", remedy)


def stray_files(home: Home) -> Iterator[Finding]:
    """What lies in a home beside what Nightjar keeps there."""
    for path in strays(home):
        yield Finding.of_stray("", None, path.relative_to(home.root).as_posix())


def promote_current(chosen: Settings, space: str) -> None:
    """Let MLflow call champion what consumers of the space follow, as far as it knows that version."""
    from warehouse.mlflow import Registry

    registry = Registry.open(chosen.home, tracking_uri=chosen.registry_uri)
    registry.promote_current(SnapshotStore(chosen.home.snapshots), space)


def commands_to_decide(space: str, version: str) -> list[str]:
    """How a held version is released, and how it is discarded."""
    return [f"nightjar {verb} {space} {version} --reason …" for verb in ("release", "discard")]


def ways_to_decide(chosen: Settings, space: str, version: str, form: str | None) -> str:
    """What follows "decide": at the form, where there is one, or by the commands as they work when typed here."""
    release, discard = (as_typed(chosen, command) for command in commands_to_decide(space, version))
    return f"{'' if form is None else f'at {form} or '}by `{release}` or `{discard}`"


def has_mlflow(chosen: Settings) -> bool:
    """Whether there is an MLflow to ask. To open the home's own would make it."""
    return chosen.registry_uri is not None or chosen.home.mlflow_database.exists()


def champions_astray(chosen: Settings, spaces: Sequence[str]) -> Iterator[Finding]:
    """Spaces whose champion in MLflow is another version than the one that consumers follow.

    Nothing where MLflow knows no current version or cannot be asked; the log says the latter.
    """
    if not (spaces and has_mlflow(chosen)):
        return
    from warehouse.mlflow import Registry
    from warehouse.mlflow.faults import FAULTS, in_a_line

    store = SnapshotStore(chosen.home.snapshots)
    try:
        registry = Registry.open(chosen.home, tracking_uri=chosen.registry_uri)
        known = {space: registry.current_version(store, space) for space in spaces}
        expected = {space: number for space, number in known.items() if number is not None}
        found = {space: registry.aliases(space).get("champion", "none") for space in expected}
    except FAULTS as error:
        logger.warning("MLflow was not asked for its champions: %s", in_a_line(error))
        return
    for space, version in expected.items():
        if found[space] != version:
            remedy = "the next decision about the space, or its next night, sets it"
            yield Finding(space, None, f"MLflow, model {space}", f"champion {version}", found[space], remedy)


def _show(chosen: Settings, as_json: bool, decided: Decided) -> int:
    decision, current = decided.decision, decided.current
    end_settled(SnapshotStore(chosen.home.snapshots), chosen.prefect_api_url, chosen.auth)
    if decided.already:
        say(
            f"{decision.version}: {decision.decision} was decided at {decision.when:%Y-%m-%d %H:%M} UTC already"
            + ("; `--to VERSION` goes further back" if decision.decision == "rollback" else ""),
            "dim",
        )
    if decided.set_aside:
        what = {"release": "count", "discard": "stay out"}.get(decision.decision, "stay as they are")
        say(f"{decided.set_aside:,} things in the logs that were set aside {what} from the next night on")
    if as_json:
        print_json(decided.document())
    else:
        follows = (None, None) if current is None else (current.version, current.sequence)
        print_table(
            f"{decision.decision} of {decided.space}",
            ["version", "current", "sequence", "who", "why"],
            [[decision.version, *follows, decision.who, decision.why]],
        )
    return DONE
