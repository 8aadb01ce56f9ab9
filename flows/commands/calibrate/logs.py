"""`nightjar calibrate logs`: the home's own logs as a set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import click

from flows.commands.calibrate.scores import Options, Work, score_all
from flows.commands.calibrate.show import Axis
from flows.commands.calibrate.sweep import run_sweep
from flows.commands.terminal import live_progress
from flows.configuration import Configuration, load_configuration
from flows.settings import Settings
from tasks.calibration.protocols import logs
from tasks.calibration.recipe import Recipe
from tasks.calibration.sets import SetName
from tasks.evaluation import EvaluationParameters
from tasks.evaluation.baselines import BASELINES
from tasks.parameters import parse_duration
from tasks.progress import heard_by, step
from tasks.stages.features import features
from warehouse.lock import only_writer

BASELINE = "popularity"
"""It reads no source, so the set is named by the question alone, whatever is scored on it."""


@dataclass(frozen=True, slots=True)
class SplitOptions:
    """Which days to find, learning from what; durations as text. UsageError where one is none."""

    day: date | None
    window: str | None
    hold_out: str
    posted_within: str | None
    sizes: str | None = None

    def __post_init__(self) -> None:
        for option, text in (
            ("--hold-out", self.hold_out), ("--window", self.window), ("--posted-within", self.posted_within)
        ):  # fmt: skip
            if text is not None:
                _duration(option, text)
        # Validation ends where the days of test begin, and logs are known day by day.
        if parse_duration(self.hold_out) % timedelta(days=1):
            raise click.UsageError(f"--hold-out: expected whole days such as 7d, found {self.hold_out!r}")
        _ = self.shares

    @property
    def evaluation(self) -> EvaluationParameters:
        candidates = "all" if self.posted_within is None else {"posted_within": self.posted_within}
        return EvaluationParameters.model_validate({"hold_out": self.hold_out, "candidates": candidates})

    @property
    def shares(self) -> tuple[float, ...]:
        """Shares of the birds to learn from, one after the other."""
        try:
            shares = tuple(float(share) for share in (self.sizes or "1").split(","))
        except ValueError:
            shares = ()
        if not shares or not all(0 < share <= 1 for share in shares):
            raise click.UsageError(
                f"--sizes: expected shares of the birds in (0, 1] such as 0.1,0.3,1, found {self.sizes!r}"
            )
        return shares

    def learning(self, what: Recipe | str) -> Recipe | str:
        """From the window that is asked for, else from that of the space."""
        if isinstance(what, str) or self.window is None:
            return what
        return what.within(parse_duration(self.window))


def _duration(option: str, text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from error


def calibrate_logs(chosen: Settings, as_json: bool, asked: SplitOptions, options: Options) -> int:
    """Score on the home's own logs: the configured spaces, and every method that builds on none."""
    configuration = load_configuration(chosen.config)
    scored = [asked.learning(what) for what in asked_for(configuration, options)]
    day = asked.day or logs.newest_day(chosen.home)
    with live_progress() as listener, heard_by(listener), only_writer(chosen.home.root), step("features"):
        features(chosen.home, configuration.features, day, day)
    jobs = [
        (_named(chosen, configuration, day, asked, what, share), what)
        for what in scored
        for share in ((1.0,) if isinstance(what, str) else asked.shares)
    ]
    whole = _named(chosen, configuration, day, asked, BASELINE, 1.0)
    name = whole.identity(whole.open().name)
    if options.sweep is not None:
        return run_sweep(chosen, as_json, name, jobs[0], options)
    by: Axis = "events" if asked.sizes else "dimensions" if options.dimensions else "cost"
    return score_all(chosen, as_json, Work(name, jobs, by), options)


def asked_for(configuration: Configuration, options: Options) -> Iterator[Recipe | str]:
    """Each name is a space's, a baseline's or a method's, in this order; where none is given the spaces come first."""
    spaces, baselines = configuration.pipelines, tuple(BASELINES)
    if not options.methods:
        yield from (
            Recipe.of_space(name, spaces) for name, pipeline in spaces.items() if pipeline.entity != "word"
        )
        yield from options.recipes("logs", baselines)
    for name in options.methods:
        if name in spaces:
            _refuse_for_a_space(name, options)
            yield Recipe.of_space(name, spaces)
        else:
            yield from replace(options, methods=(name,)).recipes("logs", baselines)


def _refuse_for_a_space(name: str, options: Options) -> None:
    if options.settings or options.parents or options.dimensions or options.sweep:
        raise click.UsageError(
            f"--set, --from, --dimensions and --sweep are for methods, and {name} is a space of pipelines.yaml: change "
            "it there, or name its method"
        )


def _named(
    chosen: Settings,
    configuration: Configuration,
    day: date,
    asked: SplitOptions,
    what: Recipe | str,
    share: float,
) -> SetName:
    """The set with the sources that `what` reads, so that no more is read."""
    windows = [] if isinstance(what, str) else what.windows
    question = logs.SplitParameters(
        day=day,
        features=configuration.features,
        evaluate=asked.evaluation,
        frames=() if isinstance(what, str) else tuple(sorted(what.frames)),
        window=min(windows, default=None),
        share=share,
    )
    return SetName(
        "logs", {"home": str(chosen.home.root.resolve()), "asked": question.model_dump(mode="json")}
    )
