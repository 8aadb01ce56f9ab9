"""Search a method's parameters on the validation part of a set; the test part is never looked at.

Optuna proposes (its tree-structured Parzen estimator: Bergstra et al., "Algorithms for Hyper-Parameter Optimization",
NeurIPS 2011) and keeps a journal, so that a sweep that was stopped goes on where it stood.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tasks.calibration.one import Request
from tasks.calibration.recipe import Recipe
from tasks.calibration.score import MethodScore
from tasks.calibration.search_space import Search
from tasks.calibration.sets import SetName
from tasks.parameters import one_line
from warehouse.errors import NightjarError
from warehouse.fingerprint import digest

if TYPE_CHECKING:
    import optuna

RUNG = 4
"""A trial is first trained for this part of its epochs; it goes on unless it is worse than the median so far."""
FREE_TRIALS = 4
"""Trials that are never pruned: there is no median yet."""
SCORE = "score"
DONE = frozenset({"COMPLETE", "PRUNED"})


class SweepBusyError(NightjarError):
    """Another process runs a sweep of this set."""


@dataclass(frozen=True, slots=True)
class Trial:
    """`quality`: the `headline` on validation, None where it was pruned or refused, for `reason`."""

    number: int
    params: Mapping[str, Any]
    quality: float | None
    seconds: float
    peak_mib: float
    reason: str | None = None
    headline: str = ""


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
        """The same for the same question: set and what it holds, method, what is fixed and what is searched."""
        recipe = self.recipe.as_json()
        fixed = {key: value for key, value in recipe["params"].items() if key not in self.search}
        search = {key: repr(values) for key, values in self.search.items()}
        asked = digest(self.of.digest, recipe | {"params": fixed}, search)
        return f"{self.of.protocol} {self.recipe.method} {asked[:12]}"

    def tried(self, trial: Trial) -> Recipe:
        """What the trial scored."""
        return _with(self.recipe, trial.params)


Scored = Callable[[Request], MethodScore]


def sweep(of: Sweep, trials: int, score: Scored, on_trial: Callable[[Trial], None]) -> Trial | None:
    """Run until `trials` are done, those of earlier runs included; each is told once. The best, None without one.

    SweepBusyError where another process runs a sweep by the same journal.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    of.journal.parent.mkdir(parents=True, exist_ok=True)
    with _only_sweep(of.journal):
        study = _study(of)
        _take_up(study)
        done = [_trial_of(trial) for trial in study.trials if trial.state.name in DONE]
        for trial in done:
            on_trial(trial)
        for _ in range(trials - len(done)):
            done.append(_trial_of(_next(of, study, score)))
            on_trial(done[-1])
    finished = [trial for trial in done if trial.quality is not None]
    return max(finished, key=lambda one: (one.quality or 0.0, -one.number), default=None)


@contextmanager
def _only_sweep(journal: Path) -> Iterator[None]:
    with journal.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SweepBusyError(
                f"{journal}: another process runs a sweep by it; wait for it or stop it"
            ) from error
        yield


def _study(of: Sweep) -> optuna.Study:
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    study = optuna.create_study(
        study_name=of.name,
        storage=JournalStorage(JournalFileBackend(str(of.journal))),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=FREE_TRIALS),
        direction="maximize",
        load_if_exists=True,
    )
    # A sampler that began anew with the same seed would propose what was tried already.
    study.sampler = optuna.samplers.TPESampler(seed=of.seed + len(study.trials))
    return study


def _take_up(study: optuna.Study) -> None:
    """Propose again what was under way when a sweep was stopped."""
    from optuna.trial import TrialState

    for trial in study.get_trials(states=(TrialState.RUNNING,)):
        study.enqueue_trial(trial.params)
        study.tell(trial.number, state=TrialState.FAIL)


def _next(of: Sweep, study: optuna.Study, score: Scored) -> optuna.trial.FrozenTrial:
    """One trial, to its end. It is left as running where it is stopped: who comes next takes it up."""
    import optuna

    trial = study.ask()
    try:
        return study.tell(trial, _try(of, trial, score))
    except optuna.TrialPruned:
        pass
    except (ValueError, NightjarError) as error:
        trial.set_user_attr("reason", str(error))
    return study.tell(trial, state=optuna.trial.TrialState.PRUNED)


def _try(of: Sweep, trial: optuna.Trial, score: Scored) -> float:
    """Train in two steps where the method counts epochs, so that a hopeless trial costs a quarter.

    Not where epochs are searched: a quarter of few would be compared with a quarter of many.
    """
    import optuna

    proposed = {key: values.suggest(trial, key) for key, values in of.search.items()}
    trial.set_user_attr("proposed", proposed)
    recipe = _with(of.recipe, proposed)
    epochs = getattr(recipe.params, "epochs", 1)
    if epochs >= RUNG and "epochs" not in of.search:
        early = score(Request(of.of, _with(recipe, {"epochs": epochs // RUNG}), ("validation",)))
        trial.report(early.quality.value, 0)
        if trial.should_prune():
            trial.set_user_attr(
                "reason", f"{early.quality.value:.4f} after {epochs // RUNG} epochs: below the median"
            )
            raise optuna.TrialPruned
    found = score(Request(of.of, recipe, ("validation",)))
    cost = {"seconds": found.seconds, "peak_mib": found.peak_mib}
    trial.set_user_attr(SCORE, {**cost, "headline": found.headline})
    return found.quality.value


def _with(recipe: Recipe, params: Mapping[str, Any]) -> Recipe:
    """ValueError in one line where the method refuses the values."""
    try:
        changed = type(recipe.params).model_validate(recipe.params.model_dump() | dict(params))
    except ValidationError as error:
        raise ValueError(one_line(error)) from error
    return replace(recipe, params=changed)


def _trial_of(trial: optuna.trial.FrozenTrial) -> Trial:
    score = trial.user_attrs.get(SCORE, {})
    complete = trial.state.name == "COMPLETE"
    return Trial(
        trial.number,
        trial.user_attrs.get("proposed", trial.params),
        trial.value if complete else None,
        score.get("seconds", 0.0),
        score.get("peak_mib", 0.0),
        None if complete else trial.user_attrs["reason"],
        score.get("headline", ""),
    )
