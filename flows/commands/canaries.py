"""`nightjar drift SPACE --canaries`: the gate of a space, tried on damaged copies of what is current."""

from __future__ import annotations

from datetime import date

from flows.commands.terminal import live_progress, print_json, print_table, tell
from flows.configuration import Configuration, load_configuration
from flows.pages.canary_page import answer
from flows.settings import Settings
from tasks.progress import heard_by
from tasks.stages.canaries import Attempt, canaries
from tasks.versions.canary_results import CanaryResults, CanaryTrial
from warehouse.home import Home
from warehouse.lock import only_writer
from warehouse.snapshots import Manifest, SnapshotError, SnapshotStore

DONE, MISSED = 0, 1


def show_canaries(chosen: Settings, as_json: bool, space: str) -> int:
    """Try the gate and print what it said to each fault; exit code 1 where it missed one."""
    configuration = load_configuration(chosen.config)
    with live_progress() as listener, heard_by(listener), only_writer(chosen.home.root):
        result = run_canaries(chosen, configuration, space)
    if as_json:
        print_json(result.document())
    else:
        _print(result)
    return MISSED if result.missed else DONE


def run_canaries(
    chosen: Settings, configuration: Configuration, space: str, day: date | None = None
) -> CanaryResults:
    """Canaries of a space's current version, under the gate that `pipelines.yaml` names. Each day draws others."""
    manifest = _current(chosen.home, space)
    if space not in configuration.pipelines:
        raise SnapshotError(f"{space}: not in {chosen.config}; its gate cannot be tried without its rules")
    gate = configuration.pipelines[space].gate_parameters(configuration.gate)
    night = day or manifest.day
    attempt = Attempt(gate, configuration.features, night, seed=night.toordinal())
    return canaries(chosen.home, manifest, attempt)


def can_be_tried(home: Home, space: str) -> bool:
    """Whether what is current has a predecessor."""
    store = SnapshotStore(home.snapshots)
    current = store.current(space)
    return current is not None and store.manifest(space, current.version).parent_version is not None


def _current(home: Home, space: str) -> Manifest:
    store = SnapshotStore(home.snapshots)
    current = store.current(space)
    if current is None:
        raise SnapshotError(f"{space}: nothing is published yet; canaries need a version to damage")
    return store.manifest(space, current.version)


def _print(result: CanaryResults) -> None:
    print_table(
        f"Canaries: {result.space} {result.version}, in itself {result.verdict}",
        ["fault", "what", "gate", "verdict", "rules that object", "seconds"],
        [
            [trial.fault, _what(trial), answer(trial), trial.verdict, _rules(trial), trial.seconds]
            for trial in result.trials
            if trial.right is not None
        ],
    )
    for trial in result.trials:
        if trial.right is None:
            tell(f"{trial.fault}: not tried, {trial.reason}", "dim")
    tell("Nothing was evaluated again: recall caught nobody here.", "dim")
    tell(f"{result.summary}, in {result.seconds:.0f} s", "bold red" if result.missed else "green")


def _what(trial: CanaryTrial) -> str:
    return f"{trial.what} ({trial.strength:g})" if trial.strength else trial.what


def _rules(trial: CanaryTrial) -> str | None:
    return ", ".join(f"{one.rule} ({one.outcome})" for one in trial.objections) or None
