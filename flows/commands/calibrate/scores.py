"""`nightjar calibrate`: score methods one after the other, keep the scorecard, show it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import click
from pydantic import ValidationError

from flows.commands.calibrate.show import Axis, Keeper, show
from flows.commands.calibrate.sweep import run_sweep
from flows.commands.terminal import live_progress, say
from flows.settings import Settings
from tasks.calibration.one import Request
from tasks.calibration.protocols.protocol import Part
from tasks.calibration.recipe import Recipe
from tasks.calibration.run import CalibrationError, run
from tasks.calibration.search_space import read_setting
from tasks.calibration.sets import ProtocolName, SetName
from tasks.embeddings.contract import Entity, Frame
from tasks.embeddings.registry import METHODS
from tasks.parameters import one_line
from tasks.progress import heard_by, step

DONE, FAILED, STOPPED = 0, 1, 130
READS: Mapping[ProtocolName, tuple[frozenset[Frame], frozenset[Entity]]] = {
    "sequences": (frozenset({"sequences", "interactions"}), frozenset({"flit", "joint"})),
    "ratings": (
        frozenset({"sequences", "interactions", "follows", "relations"}),
        frozenset({"flit", "joint"}),
    ),
    "graph": (frozenset({"follows", "replies"}), frozenset({"bird"})),
    "texts": (frozenset({"documents", "texts"}), frozenset({"flit"})),
    "logs": (
        frozenset({"sequences", "interactions", "documents", "texts", "follows", "replies", "relations"}),
        frozenset({"flit", "joint"}),
    ),
}
"""What each protocol offers to learn from, and what the rows of a method must stand for: which methods are scored by
themselves where none is named. One that reads less than it would like to is refused when it is named."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for."""

    methods: tuple[str, ...]
    settings: tuple[str, ...]
    parents: tuple[str, ...]
    on: str
    dimensions: str | None
    sweep: int | None
    search: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.search and self.sweep is None:
            raise click.UsageError("--search is for a sweep: give --sweep TRIALS too")
        if self.sweep is not None and (self.dimensions or self.on != "both"):
            raise click.UsageError(
                "--sweep searches on validation and looks at test once: leave out --dimensions and --on"
            )

    @property
    def parts(self) -> tuple[Part, ...]:
        return (
            ("validation", "test")
            if self.on == "both"
            else ("test",)
            if self.on == "test"
            else ("validation",)
        )

    def recipes(
        self, protocol: ProtocolName, baselines: tuple[str, ...], lacks: frozenset[Frame] = frozenset()
    ) -> Iterator[Recipe | str]:
        """What to score, in order. UsageError where the options do not fit each other or the method.

        `lacks`: what the set could hold by its protocol, and does not.
        """
        if not self.methods:
            if self.settings or self.parents or self.dimensions or self.sweep:
                raise click.UsageError(
                    "--set, --from, --dimensions and --sweep are for one method: name it by --method"
                )
            yield from baselines
            yield from (Recipe(name, METHODS[name].parameters()) for name in _fitting(protocol, lacks))
            return
        if set(self.methods) <= set(baselines) and (self.settings or self.parents or self.dimensions):
            raise click.UsageError(
                "--set, --from and --dimensions are for methods: a baseline has none of them"
            )
        for method in dict.fromkeys(self.methods):
            if method in baselines:
                yield method
            else:
                yield from self._sizes(method)

    def _sizes(self, method: str) -> Iterator[Recipe]:
        sizes = (
            [{}] if self.dimensions is None else [{"dimensions": size} for size in self.dimensions.split(",")]
        )
        for size in sizes:
            yield recipe_of(method, settings_of(self.settings) | size, self.parents)


def settings_of(texts: tuple[str, ...]) -> dict[str, Any]:
    """KEY=VALUE texts as a mapping; UsageError where one is not of this form."""
    try:
        return dict(read_setting(text) for text in texts)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def recipe_of(method: str, settings: Mapping[str, Any], parents: tuple[str, ...]) -> Recipe:
    """UsageError in one line where a method, a parameter or what it builds on is not known."""
    try:
        return Recipe.of(method, settings, parents)
    except ValidationError as error:
        known = ", ".join(METHODS[method].parameters.model_fields)
        raise click.UsageError(f"{method}: {one_line(error)}; its parameters are {known}") from error
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def calibrate_file(
    chosen: Settings, as_json: bool, protocol: ProtocolName, arguments: Mapping[str, Any], options: Options
) -> int:
    """Score on a public file; exit code 1 where a method that was asked for has no score."""
    of = SetName(protocol, arguments)
    lacks = lacking(arguments, options)
    try:
        public = of.open()
        identity = of.identity(public.name)
    except ValidationError as error:
        raise click.UsageError(f"--profile: {one_line(error)}") from error
    except (ValueError, OSError) as error:
        raise CalibrationError(str(error)) from error
    jobs = [(of, what) for what in options.recipes(protocol, public.baselines, lacks)]
    if options.sweep is not None:
        return run_sweep(chosen, as_json, identity, jobs[0], options)
    by: Axis = "cost" if options.dimensions is None else "dimensions"
    return score_all(chosen, as_json, Work(identity, jobs, by), options)


def lacking(arguments: Mapping[str, Any], options: Options) -> frozenset[Frame]:
    """Follows, where a file of friends could be given and is not. UsageError where a method asked for reads them."""
    if arguments.get("friends", "no such argument") is not None:
        return frozenset()
    for name in (*options.methods, *options.parents):
        if name in METHODS and "follows" in METHODS[name].frames:
            raise click.UsageError(f"{name} learns from who follows whom: give --friends FILE")
    return frozenset({"follows"})


def _fitting(protocol: ProtocolName, lacks: frozenset[Frame]) -> list[str]:
    frames, entities = READS[protocol]
    return [
        name
        for name, how in METHODS.items()
        if "parents" not in how.reads and how.frames <= frames - lacks and how.entity in entities
    ]


@dataclass(frozen=True, slots=True)
class Work:
    """What to score on which set; `by`: what the chart shows beside quality."""

    set: str
    jobs: list[tuple[SetName, Recipe | str]]
    by: Axis


def score_all(chosen: Settings, as_json: bool, work: Work, options: Options) -> int:
    """One after the other: side by side they would pay for each other's time. Each score is kept when it is there."""
    keeper = Keeper.open(chosen, work.set, work.by)
    refused: dict[str, str] = {}
    stopped = False
    try:
        _score_each(work, options, keeper, refused)
    except KeyboardInterrupt:
        stopped = True
    for name, reason in refused.items():
        say(f"{name}: {reason}", "yellow")
    show(as_json, len(work.jobs) == 1, keeper, refused)
    if stopped:
        done = f"{len(keeper.scores)} of {len(work.jobs)}"
        say(
            f"stopped; {done} are scored and kept: name the rest by --method, or all are scored again",
            "yellow",
        )
        return STOPPED
    return FAILED if not keeper.scores or (options.methods and refused) else DONE


def _score_each(work: Work, options: Options, keeper: Keeper, refused: dict[str, str]) -> None:
    with live_progress() as listener, heard_by(listener):
        for of, what in work.jobs:
            name = _named(of, what, work.by)
            with step(f"{work.set}: {name}") as report:
                try:
                    score = run(Request(of, what, options.parts), report, os.environ)
                except CalibrationError as error:
                    refused[name], report.note = str(error), "refused"
                else:
                    keeper.add(replace(score, set=work.set))
                    report.note = f"{score.headline} {score.quality.value:.4f}"


def _named(of: SetName, what: Recipe | str, by: Axis) -> str:
    """With what tells it from the others."""
    if isinstance(what, str):
        return what
    name = what.space or what.method
    if by == "dimensions":
        return f"{name} {getattr(what.params, 'dimensions', '')}-d"
    return f"{name} of {of.arguments['asked']['share']:.0%}" if by == "events" else name
