"""`nightjar calibrate logs`: the home's own logs as a set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import click
from pydantic import ValidationError

from flows.calibrate import Options, Work, score_all
from flows.calibrate_show import Axis
from flows.calibrate_sweep import run_sweep
from flows.configuration import Configuration, load_configuration
from flows.settings import Settings
from flows.terminal import live_progress
from tasks.calibration import logs
from tasks.calibration.recipe import Recipe
from tasks.calibration.sets import SetName
from tasks.embeddings.texts.sentence_transformer import SentenceTransformerParameters
from tasks.evaluation import EvaluationParameters
from tasks.evaluation.baselines import BASELINES
from tasks.features import features
from tasks.parameters import parse_duration
from tasks.progress import heard_by, step
from warehouse.lock import only_writer


@dataclass(frozen=True, slots=True)
class Asked:
    """Which days to find, learning from what; durations as text. UsageError where one is none."""

    day: date | None
    window: str | None
    hold_out: str
    posted_within: str | None
    sizes: str | None = None

    def __post_init__(self) -> None:
        try:
            _ = self.evaluation, self.shares
            if self.window is not None:
                parse_duration(self.window)
        except (ValidationError, ValueError) as error:
            raise click.UsageError(str(error).splitlines()[-1].strip()) from error

    @property
    def evaluation(self) -> EvaluationParameters:
        candidates = "all" if self.posted_within is None else {"posted_within": self.posted_within}
        return EvaluationParameters.model_validate({"hold_out": self.hold_out, "candidates": candidates})

    @property
    def shares(self) -> tuple[float, ...]:
        """Shares of the birds to learn from, one after the other."""
        shares = tuple(float(share) for share in (self.sizes or "1").split(","))
        if not all(0 < share <= 1 for share in shares):
            raise ValueError(f"--sizes: expected shares of the birds in (0, 1], found {self.sizes}")
        return shares


def calibrate_logs(chosen: Settings, as_json: bool, asked: Asked, options: Options) -> int:
    """Score on the home's own logs: the configured spaces, and every method that builds on none."""
    configuration = load_configuration(chosen.config)
    day = asked.day or logs.newest_day(chosen.home)
    with live_progress() as listener, heard_by(listener), only_writer(chosen.home.root), step("features"):
        features(chosen.home, configuration.features, day, day)
    jobs = [
        (_named(chosen, configuration, day, asked, what, share), what)
        for what in _asked_for(configuration, options)
        for share in ((1.0,) if isinstance(what, str) else asked.shares)
    ]
    name = jobs[0][0].open().name
    if options.sweep is not None:
        return run_sweep(chosen, as_json, jobs[0][0], name, options)
    by: Axis = "events" if asked.sizes else "dimensions" if options.dimensions else "cost"
    return score_all(chosen, as_json, Work(name, jobs, by), options)


def _asked_for(configuration: Configuration, options: Options) -> Iterator[Recipe | str]:
    """Names of spaces may stand for methods; where none is named the spaces come first."""
    spaces = configuration.pipelines
    if options.methods and set(options.methods) <= spaces.keys():
        yield from (Recipe.of_space(name, spaces) for name in options.methods)
        return
    if not options.methods:
        yield from (
            Recipe.of_space(name, spaces) for name, pipeline in spaces.items() if pipeline.entity != "word"
        )
    yield from options.recipes("logs", tuple(BASELINES))


def _named(
    chosen: Settings, configuration: Configuration, day: date, asked: Asked, what: Recipe | str, share: float
) -> SetName:
    """The set with the sources that `what` reads, so that no more is read."""
    encoder = None if isinstance(what, str) else what.within(SentenceTransformerParameters)
    question = logs.Asked(
        day=day,
        features=configuration.features,
        evaluate=asked.evaluation,
        frames=() if isinstance(what, str) else tuple(sorted(what.frames)),
        window=None if asked.window is None else parse_duration(asked.window),
        share=share,
        encoder=encoder or SentenceTransformerParameters(),
    )
    return SetName(
        "logs", {"home": str(chosen.home.root.resolve()), "asked": question.model_dump(mode="json")}
    )
