"""Search a method's parameters on the validation part of a set; the test part is never looked at.

Optuna proposes (its tree-structured Parzen estimator: Bergstra et al., "Algorithms for Hyper-Parameter Optimization",
NeurIPS 2011) and keeps a journal, so that a sweep that was stopped goes on where it stood.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tasks.calibration.one import Request
from tasks.calibration.recipe import Recipe
from tasks.calibration.score import Score
from tasks.calibration.search import Search
from tasks.calibration.sets import SetName
from warehouse.errors import NightjarError
from warehouse.fingerprint import digest

if TYPE_CHECKING:
    import optuna

RUNG = 4
"""A trial is first trained for this part of its epochs; it goes on unless it is worse than the median so far."""
FREE_TRIALS = 4
"""Trials that are never pruned: there is no median yet."""
SCORE = "score"


@dataclass(frozen=True, slots=True)
class Trial:
    """`quality`: the headline on validation, None where it was pruned or refused, for `reason`."""

    number: int
    params: Mapping[str, Any]
    quality: float | None
    seconds: float
    peak_mib: float
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Sweep:
    """What is searched: `recipe` gives what `search` leaves fixed. `journal`: the file that a resumed sweep reads."""

    of: SetName
    recipe: Recipe
    search: Search
    journal: Path
    seed: int

    @property
    def name(self) -> str:
        """The same for the same question: set, method, what is fixed and what is searched."""
        fixed = {k: v for k, v in self.recipe.as_json()["params"].items() if k not in self.search}
        search = {key: repr(values) for key, values in self.search.items()}
        asked = digest(
            self.of.protocol, dict(self.of.arguments), self.recipe.as_json()["parents"], fixed, search
        )
        return f"{self.of.protocol} {self.recipe.method} {asked[:12]}"


Scored = Callable[[Request], Score]


def sweep(of: Sweep, trials: int, score: Scored, told: Callable[[Trial], None]) -> Trial | None:
    """Run until `trials` are done, those of earlier runs included; each is told once. The best, None without one."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = _study(of)
    for trial in study.trials:
        if trial.state.is_finished():
            told(_told(trial))
    ahead = trials - sum(trial.state.is_finished() for trial in study.trials)

    def objective(trial: optuna.Trial) -> float:
        try:
            return _try(of, trial, score)
        except (ValueError, NightjarError) as error:
            trial.set_user_attr("reason", str(error))
            raise optuna.TrialPruned from error

    study.optimize(objective, max(ahead, 0), callbacks=[lambda _, trial: told(_told(trial))])
    finished = [_told(trial) for trial in study.trials if trial.state == optuna.trial.TrialState.COMPLETE]
    return max(finished, key=lambda one: (one.quality or 0.0, -one.number), default=None)


def _study(of: Sweep) -> optuna.Study:
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    of.journal.parent.mkdir(parents=True, exist_ok=True)
    return optuna.create_study(
        study_name=of.name,
        storage=JournalStorage(JournalFileBackend(str(of.journal))),
        sampler=optuna.samplers.TPESampler(seed=of.seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=FREE_TRIALS),
        direction="maximize",
        load_if_exists=True,
    )


def _try(of: Sweep, trial: optuna.Trial, score: Scored) -> float:
    """Train in two steps where the method counts epochs, so that a hopeless trial costs a quarter."""
    import optuna

    proposed = {key: values.suggest(trial, key) for key, values in of.search.items()}
    trial.set_user_attr("proposed", proposed)
    recipe = _with(of.recipe, proposed)
    epochs = getattr(recipe.params, "epochs", 1)
    if epochs >= RUNG:
        early = score(Request(of.of, _with(recipe, {"epochs": epochs // RUNG}), ("validation",)))
        trial.report(early.quality.value, 0)
        if trial.should_prune():
            trial.set_user_attr(
                "reason", f"{early.quality.value:.4f} after {epochs // RUNG} epochs: below the median"
            )
            raise optuna.TrialPruned
    found = score(Request(of.of, recipe, ("validation",)))
    trial.set_user_attr(SCORE, {"seconds": found.seconds, "peak_mib": found.peak_mib})
    return found.quality.value


def _with(recipe: Recipe, params: Mapping[str, Any]) -> Recipe:
    """ValueError in one line where the method refuses the values."""
    try:
        changed = type(recipe.params).model_validate(recipe.params.model_dump() | dict(params))
    except ValidationError as error:
        fault = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}") from error
    return replace(recipe, params=changed)


def _told(trial: optuna.trial.FrozenTrial) -> Trial:
    cost = trial.user_attrs.get(SCORE, {"seconds": 0.0, "peak_mib": 0.0})
    complete = trial.state.name == "COMPLETE"
    reason = (
        trial.user_attrs.get("reason") or trial.system_attrs.get("fail_reason") or trial.state.name.lower()
    )
    return Trial(
        trial.number,
        trial.user_attrs.get("proposed", trial.params),
        trial.value if complete else None,
        cost["seconds"],
        cost["peak_mib"],
        None if complete else str(reason),
    )
