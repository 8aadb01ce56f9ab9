"""`nightjar drift` and `verify`: looking at what is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from flows.commands.reports import report_of
from flows.commands.terminal import VERDICT_STYLE, print_json, print_table, say, tell
from flows.configuration import load_configuration
from flows.decisions import champions_astray, damaged_state, stray_files
from flows.settings import Settings
from tasks.comparison.gate.judge import RuleResult, Verdict
from tasks.comparison.statistics import Statistics
from tasks.comparison.vectors.movers import Mover
from tasks.report.numbers import of_kind, plural
from tasks.report.part_version import readings
from tasks.report.words import cause_line, causes, kind_of
from tasks.stages.compare import compare_published
from warehouse.duckdb.database import LOOK_S, Warehouse, WarehouseError
from warehouse.duckdb.features import read_texts_of_flits
from warehouse.home import Home
from warehouse.joint import joint_id
from warehouse.snapshots import Snapshot, SnapshotError, SnapshotStore, verify
from warehouse.vectors import Matrix

DONE, FAILED = 0, 1
MOVERS = 10
WORDS = 60
"""Characters of a text that a table has room for."""


def show_drift(chosen: Settings, as_json: bool, space: str, old: str | None, new: str | None) -> int:
    """Compare two versions and print what the gate would say: details first, the verdict as the last line."""
    store = SnapshotStore(chosen.home.snapshots)
    if old is None or new is None:
        old, new = newest_and_parent(store, space)
    old, new = store.named(space, old), store.named(space, new)
    configuration = load_configuration(chosen.config)
    gate = configuration.gate
    if space in configuration.pipelines:
        gate = configuration.pipelines[space].gate_parameters(gate)
    before = Snapshot.open(chosen.home.snapshots, space, old)
    after = Snapshot.open(chosen.home.snapshots, space, new)
    comparison = compare_published(before, after, gate)
    if as_json:
        print_json({"space": space, "old": old, "new": new, **comparison.as_json()})
        return DONE
    statistics, verdict = comparison.statistics, comparison.verdict
    rows = [list(row) for row in readings(statistics.distribution)]
    if rows:
        print_table("Distribution (information, no gate)", ["statistic", "value", "reads"], rows)
    _print_movers(chosen, comparison.movers[:MOVERS])
    _print_rules(f"{space}: {old} → {new}", verdict)
    tell(_movement(statistics))
    report = report_of(chosen.home, after.manifest)
    if report is not None:
        against = after.manifest.parent_version or "nothing, the first of its space"
        tell(f"The report of {new} against {against}: {report}")
    for cause in causes(verdict.rules):
        tell(cause_line(cause), VERDICT_STYLE.get(cause.rule.outcome, "yellow"))
    names = f"{new} ({store.standing(space, new)}) against {old} ({store.standing(space, old)})"
    tell(f"{space}: {names}: {verdict.verdict}", VERDICT_STYLE[verdict.verdict])
    return DONE


def _print_movers(chosen: Settings, movers: Sequence[Mover]) -> None:
    texts = texts_of(chosen.home, [mover.id for mover in movers])
    print_table(
        "Movers",
        ["id", "cosine", "near it since", "says"],
        [
            [
                mover.id,
                1 - mover.change,
                ", ".join(near.id for near in mover.new_neighbours[:3]),
                (texts.get(mover.id) or "")[:WORDS],
            ]
            for mover in movers
        ],
    )


def _print_rules(title: str, verdict: Verdict) -> None:
    """What was judged, what did not pass last, where it is read first; how many rules had nothing to judge."""
    judged = [rule for rule in verdict.rules if rule.outcome != "not_applicable"]
    rows = [
        [rule.rule, *_shown(rule), rule.level, rule.outcome.replace("_", " ")]
        for rule in (*(rule for rule in judged if not rule.breached), *reversed(verdict.breached))
    ]
    print_table(title, ["rule", "value", "floor", "limit", "level", "outcome"], rows)
    idle = len(verdict.rules) - len(judged)
    if idle:
        tell(f"{plural(idle, 'rule')} had nothing to judge", "dim")


def _shown(rule: RuleResult) -> list[str | None]:
    """Value, floor and limit, each as the rule counts: rows, a share, or a number."""
    numbers = (rule.value, rule.floor, rule.limit)
    return [None if value is None else of_kind(value, kind_of(rule)) for value in numbers]


def _movement(statistics: Statistics) -> str:
    """How much of the movement is noise, in a sentence."""
    floor, times = statistics.floor, statistics.multiples
    if floor.status != "measured":
        return f"Noise floor: {floor.note}"
    movement = {
        "by cosine": times.cosine,
        "by 10 neighbours": times.overlap_at_10,
        "by 50": times.overlap_at_50,
        "by length": times.norm_change,
    }
    moved = ", ".join(f"{value:.1f} {name}" for name, value in movement.items() if value is not None)
    new = statistics.inputs.turnover
    share = "" if new is None else f"; {new:.1%} of the inputs came or went since"
    return f"Moved by so many times what another seed does: {moved}{share}"


def nearest_with_texts(home: Home, snapshot: Snapshot, query: str | Matrix, k: int) -> dict[str, Any]:
    """`text` of the query, if it is an id, and `neighbours`: id, score, text each; None for what has no text."""
    try:
        near = snapshot.nearest(query, k)
    except KeyError as error:
        raise SnapshotError(str(error.args[0])) from error
    own = [query] if isinstance(query, str) else []
    texts = texts_of(home, [*own, *(neighbour.id for neighbour in near)])
    listed = [{"id": one.id, "score": one.score, "text": texts.get(one.id)} for one in near]
    return {"text": texts.get(own[0]) if own else None, "neighbours": listed}


def show_verification(chosen: Settings, as_json: bool, space: str | None) -> int:
    """Re-read everything; exit code 1 where anything is not as it was published. Stray files are named only."""
    found = [*verify(chosen.home.snapshots, space), *stray_files(chosen.home)]
    findings, strays = ([one for one in found if one.stray is stray] for stray in (False, True))
    store = SnapshotStore(chosen.home.snapshots)
    names = [space] if space is not None else store.spaces()
    findings += damaged_state(chosen.home)
    findings += champions_astray(chosen, [] if findings else names)
    versions = {name: store.versions(name) for name in names}
    if as_json:
        print_json(
            {
                "spaces": versions,
                "findings": [asdict(finding) for finding in findings],
                "strays": [stray.file for stray in strays],
                "sound": not findings,
            }
        )
    else:
        rows = [[name, len(versions[name]), sum(one.space == name for one in findings)] for name in names]
        print_table("Verified", ["space", "versions", "findings"], rows)
        for stray in strays:
            tell(f"stray: {stray}", "yellow")
        for finding in findings:
            tell(str(finding), "red")
        if not rows:
            say(f"{chosen.home.snapshots}: nothing is published yet, so there is nothing to verify", "yellow")
    return FAILED if findings else DONE


def newest_and_parent(store: SnapshotStore, space: str) -> tuple[str, str]:
    """What `nightjar drift` compares unless versions are named: the newest one, held back or not, after its parent."""
    made = [store.manifest(space, version) for version in store.versions(space)]
    if not made:
        raise SnapshotError(
            f"{space}: nothing is published yet; name two versions, `nightjar status` lists them"
        )
    newest = max(made, key=lambda manifest: (manifest.day, manifest.created_at, manifest.version))
    if newest.parent_version is None:
        raise SnapshotError(
            f"{space}: {newest.version} is the first version; there is nothing to compare it with"
        )
    return newest.parent_version, newest.version


def texts_of(home: Home, ids: list[str]) -> dict[str, str]:
    """Texts of flits, of a joint space too; none where the warehouse is missing or in use: they only help to read."""
    flits = {id_: id_.removeprefix(joint_id("flit", "")) for id_ in ids}
    try:
        with Warehouse.of(home, read_only=True, wait_s=LOOK_S) as warehouse:
            texts = read_texts_of_flits(warehouse, {*ids, *flits.values()})
            return {
                id_: texts.get(id_) or texts[flit]
                for id_, flit in flits.items()
                if {id_, flit} & texts.keys()
            }
    except WarehouseError as error:
        say(f"without texts: {error}", "dim")
        return {}
