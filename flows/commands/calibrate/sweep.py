"""`nightjar calibrate … --sweep`: search parameters on validation, look at test once, print what to paste."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import click
import yaml

from flows.commands.calibrate.runs import logged
from flows.commands.calibrate.show import keep, run_of
from flows.commands.terminal import live_progress, print_json, print_table, say, tell
from flows.settings import Settings
from tasks.calibration.one import Request
from tasks.calibration.recipe import Recipe
from tasks.calibration.run import run
from tasks.calibration.score import MethodScore
from tasks.calibration.scorecard import Scorecard, folder
from tasks.calibration.search_space import parse_search
from tasks.calibration.sets import SetName
from tasks.calibration.sweep import Sweep, Trial, sweep
from tasks.progress import heard_by, step

if TYPE_CHECKING:
    from flows.commands.calibrate.scores import Options

DONE, FAILED = 0, 1
SEED = 7


def run_sweep(
    chosen: Settings, as_json: bool, set_name: str, job: tuple[SetName, Recipe | str], options: Options
) -> int:
    """Run or go on with a sweep of one method; exit code 1 where no trial could be scored."""
    asked = _asked(chosen, set_name, job, options)
    trials: list[Trial] = []
    with live_progress() as listener, heard_by(listener), logged(chosen, set_name, asked) as runs:
        with step(f"{set_name}: sweep {asked.recipe.method}") as report:

            def on_trial(trial: Trial) -> None:
                trials.append(trial)
                runs.add(trial)
                report(len(trials), options.sweep or 0)

            best = sweep(asked, options.sweep or 0, _scored, on_trial)
            report.note = f"{len(trials)} trials, {sum(one.quality is None for one in trials)} given up"
        if best is None:
            say(f"{asked.recipe.method}: no trial could be scored; the last said: {trials[-1].reason}", "red")
            return FAILED
        recipe = asked.tried(best)
        score = _kept(chosen, set_name, recipe) or _on_test(chosen, asked.of, set_name, recipe)
        runs.best = run_of(score).metrics
    _show(as_json, trials, recipe, score)
    return DONE


def _asked(chosen: Settings, set_name: str, job: tuple[SetName, Recipe | str], options: Options) -> Sweep:
    """UsageError where the options do not name one method and what of it to search."""
    of, recipe = job
    if len(options.methods) != 1 or isinstance(recipe, str):
        raise click.UsageError("a sweep is of one method; name it by --method")
    try:
        search = parse_search(options.search, type(recipe.params))
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    return Sweep(of, recipe, search, folder(chosen.home, set_name) / "sweeps.log", SEED)


def _scored(request: Request) -> MethodScore:
    return run(request, lambda *_: None, os.environ)


def _kept(chosen: Settings, set_name: str, recipe: Recipe) -> MethodScore | None:
    """The recipe's score where it was looked at on test already."""
    scores = Scorecard.load(chosen.home, set_name).scores
    looked = (score for score in scores if score.part == "test" and score.recipe == recipe.as_json())
    return next(looked, None)


def _on_test(chosen: Settings, of: SetName, set_name: str, recipe: Recipe) -> MethodScore:
    with step(f"{set_name}: the best on test"):
        score = replace(_scored(Request(of, recipe, ("validation", "test"))), set=set_name)
    keep(chosen, set_name, [score], "cost")
    return score


def _show(as_json: bool, trials: list[Trial], recipe: Recipe, score: MethodScore) -> None:
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
    """The entries of `pipelines.yaml` that train what was found, what it builds on first.

    Settings that are the method's own are left out.
    """
    return yaml.safe_dump(_entries(recipe), sort_keys=False, default_flow_style=None).rstrip()


def _entries(recipe: Recipe) -> dict[str, dict[str, object]]:
    entries = {name: entry for parent in recipe.parents.values() for name, entry in _entries(parent).items()}
    made = recipe.as_json()
    own = type(recipe.params)().model_dump(mode="json")
    entry: dict[str, object] = {"entity": recipe.how.entity, "method": recipe.method}
    if recipe.parents:
        entry["from"] = [_my(parent) for parent in recipe.parents.values()]
    if recipe.window is not None:
        entry["window"] = made["window"]
    entry["params"] = {key: value for key, value in made["params"].items() if value != own[key]}
    return entries | {_my(recipe): entry}


def _my(recipe: Recipe) -> str:
    return f"my_{recipe.method}"
