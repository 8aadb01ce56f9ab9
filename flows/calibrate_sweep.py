"""`nightjar calibrate … --sweep`: search parameters on validation, look at test once, print what to paste."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click
import yaml

from flows.settings import Settings, now
from flows.terminal import live_progress, print_json, print_table, say, tell
from tasks.calibration.one import Request
from tasks.calibration.recipe import Recipe
from tasks.calibration.run import run
from tasks.calibration.score import Score
from tasks.calibration.scorecard import folder
from tasks.calibration.search import parse_search
from tasks.calibration.sets import SetName
from tasks.calibration.sweep import Sweep, Trial, sweep
from tasks.progress import heard_by, step

if TYPE_CHECKING:
    from flows.calibrate import Options

DONE, FAILED = 0, 1
SEED = 7


def run_sweep(chosen: Settings, as_json: bool, of: SetName, set_name: str, options: Options) -> int:
    """Run or go on with a sweep of one method; exit code 1 where no trial could be scored."""
    from flows.calibrate import recipe_of, settings_of

    if len(options.methods) != 1:
        raise click.UsageError("a sweep is of one method; name it by --method")
    assert options.sweep is not None
    recipe = recipe_of(options.methods[0], settings_of(options.settings), options.parents)
    try:
        search = parse_search(options.search, type(recipe.params))
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    asked = Sweep(of, recipe, search, folder(chosen.home, set_name) / "sweeps.log", SEED)
    trials: list[Trial] = []
    with live_progress() as listener, heard_by(listener):
        with step(f"{set_name}: sweep {recipe.method}") as report:

            def told(trial: Trial) -> None:
                trials.append(trial)
                report(len(trials), options.sweep or 0)

            best = sweep(
                asked, options.sweep, lambda request: run(request, lambda *_: None, os.environ), told
            )
            report.note = f"{len(trials)} trials, {sum(one.quality is None for one in trials)} given up"
        if best is None:
            say(f"{recipe.method}: no trial could be scored; the last said: {trials[-1].reason}", "red")
            return FAILED
        with step(f"{set_name}: the best on test"):
            chosen_recipe = recipe_of(
                recipe.method, recipe.params.model_dump(mode="json") | dict(best.params), options.parents
            )
            score = run(Request(of, chosen_recipe, ("validation", "test")), lambda *_: None, os.environ)
    _log(chosen, set_name, asked.name, trials, score)
    _show(as_json, trials, chosen_recipe, score)
    return DONE


def _log(chosen: Settings, set_name: str, name: str, trials: list[Trial], score: Score) -> None:
    """The sweep as a run with the test figures, its trials below it with those of validation."""
    from flows.calibrate_show import run_of
    from warehouse.registry import Registry
    from warehouse.registry.calibration import CalibrationLog, CalibrationRun

    registry = Registry.open(chosen.home, tracking_uri=chosen.registry_uri)
    log = CalibrationLog(registry.client, registry.artifact_root, set_name, int(now().timestamp() * 1000))
    parent = log.log(run_of(score))
    for trial in trials:
        quality = {} if trial.quality is None else {f"validation_{score.headline}": trial.quality}
        cost = {"seconds": trial.seconds, "peak_mib": trial.peak_mib}
        log.log(
            CalibrationRun(
                f"{name} trial {trial.number}",
                trial.params,
                quality | cost,
                {} if trial.reason is None else {"reason": trial.reason},
                "FINISHED" if trial.quality is not None else "KILLED",
            ),
            parent,
        )


def _show(as_json: bool, trials: list[Trial], recipe: Recipe, score: Score) -> None:
    lines = pipeline_lines(recipe)
    if as_json:
        documents = [
            {
                "number": one.number,
                "params": dict(one.params),
                "quality": one.quality,
                "seconds": one.seconds,
                "peak_mib": one.peak_mib,
                "reason": one.reason,
            }
            for one in trials
        ]
        print_json({**score.as_json(), "trials": documents, "pipelines": lines})
        return
    ranked = sorted(trials, key=lambda one: (-(one.quality or 0.0), one.number))
    keys = sorted({key for one in trials for key in one.params})
    headline = score.headline.replace("_at_", "@").replace("_", " ")
    print_table(
        f"{score.set}: {recipe.method}, {len(trials)} trials on validation",
        ["trial", headline, *keys, "seconds", "given up because"],
        [
            [one.number, one.quality, *(one.params.get(k) for k in keys), one.seconds, one.reason]
            for one in ranked
        ],
    )
    tell(
        f"the best on test: {headline} {score.quality.value:.4f} ({score.quality.low:.4f} to {score.quality.high:.4f})"
    )
    tell("\nto paste under `pipelines:`", "dim")
    tell(lines)


def pipeline_lines(recipe: Recipe) -> str:
    """The entry of `pipelines.yaml` that trains what was found; settings that are the method's own are left out."""
    params = recipe.params.model_dump(mode="json")
    own = type(recipe.params)().model_dump(mode="json")
    entry: dict[str, object] = {"entity": recipe.how.entity, "method": recipe.method}
    if recipe.parents:
        entry["from"] = list(recipe.parents)
    entry["params"] = {key: value for key, value in params.items() if value != own[key]}
    return yaml.safe_dump({f"my_{recipe.method}": entry}, sort_keys=False, default_flow_style=None).rstrip()
