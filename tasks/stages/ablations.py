"""Trainings that differ from an old version in one thing: what `tasks.stages.attribute` compares."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

import polars as pl

from tasks.embeddings.contract import Embedding, Inputs
from tasks.progress import Report
from tasks.stages.features import FeatureParameters
from tasks.versions.inputs import read_inputs
from tasks.versions.pipeline import Pipeline
from tasks.versions.plan import Plan
from warehouse.duckdb.features import AsOf
from warehouse.home import Home

Side = TypeVar("Side")


@dataclass(frozen=True)
class Ablations:
    """An old plan and a new one, and what lies between them. Inputs are read once."""

    home: Home
    old: Plan
    new: Plan
    features: FeatureParameters

    @cached_property
    def old_inputs(self) -> Inputs:
        return read_inputs(self.home, self.old, self.features)

    @cached_property
    def new_data(self) -> Inputs:
        """What the old pipeline would read on the new night."""
        plan = replace(self.old, night=self.new.night, parents=self.new.parents)
        return read_inputs(self.home, plan, self.features)

    @property
    def other_seed(self) -> Any:
        """The old parameters with the new version's seed, or where that is the same with any other; None without."""
        old, new = self.seeds
        if old is None:
            return None
        return _seeded(self.old, (old + 1) % 2**32 if new in (None, old) else new)

    @property
    def seeds(self) -> tuple[int | None, int | None]:
        """Of the old version and of the new one."""
        return getattr(self.old.pipeline.params, "seed", None), getattr(
            self.new.pipeline.params, "seed", None
        )

    @property
    def new_pipeline(self) -> Pipeline | None:
        """The new pipeline with the old seed; None where only gate, evaluation or seed differ."""
        seed = self.seeds[0]
        params = self.new.pipeline.params if seed is None else _seeded(self.new, seed)
        pipeline = self.new.pipeline.model_copy(update={"params": params})
        return None if _trains_alike(pipeline, self.old.pipeline) else pipeline

    def under(self, pipeline: Pipeline) -> Inputs:
        """The old night's inputs as another pipeline reads them."""
        return read_inputs(self.home, replace(self.old, pipeline=pipeline), self.features)

    def of_data(self) -> Iterator[tuple[str, str, Inputs]]:
        """Name, what it is, and the old inputs with one thing of the new ones; only what differs."""
        old, new = self.old_inputs, self.new_data
        if old.sequences is not None and new.sequences is not None:
            for name, what, events in self._of_events(old.sequences, new.sequences):
                yield name, what, replace(old, sequences=events)
        if old.texts is not None and new.texts is not None and not old.texts.equals(new.texts):
            yield (
                "texts",
                "flits that came, went or changed",
                replace(old, texts=new.texts, encoded=new.encoded),
            )
        if self.old.parents != self.new.parents:
            named = ", ".join(f"{name} {version}" for name, version in self.new.parents.items())
            parents = _same_names(old.parents, new.parents)
            yield (
                "parents",
                named,
                replace(old, parents=parents, outputs=_same_names(old.outputs, new.outputs)),
            )

    def _of_events(self, old: pl.DataFrame, new: pl.DataFrame) -> Iterator[tuple[str, str, pl.DataFrame]]:
        """Events that arrived after the old version's last day, aged out, or changed on the days of both."""
        start, end = _start(self.old, self.new), self.old.end
        when = pl.col("occurred_at")
        arrived, aged = new.filter(when >= end), old.filter(when < start)
        if len(arrived):
            days = arrived.select(days=when.dt.date().unique().sort().cast(pl.String))["days"]
            of = " to ".join(dict.fromkeys([days[0], days[-1]]))
            yield "arrivals", f"{len(arrived):,} events of {of}", _in_order(old, arrived)
        if len(aged):
            yield "aged out", f"{len(aged):,} events before {start:%Y-%m-%d}", old.filter(when >= start)
        kept, both = new.filter(when < end), old.filter(when >= start)
        if not kept.equals(both):
            known = f"{len(kept):,} events instead of {len(both):,} on the days of both"
            yield "late or revised", known, _in_order(aged, kept)


@dataclass(frozen=True, slots=True)
class TimedEmbedding:
    """What a training gave, and how long it took."""

    embedding: Embedding
    seconds: float


def train_in_memory(plan: Plan, inputs: Inputs, parameters: Any, report: Report) -> TimedEmbedding:
    """One training of the plan's method; nothing is written."""
    began = time.monotonic()
    embedding = plan.pipeline.how.fit(inputs, parameters, report)
    return TimedEmbedding(embedding, round(time.monotonic() - began, 1))


def _start(old: Plan, new: Plan) -> datetime:
    """Where the old pipeline's window begins on the new night."""
    return AsOf(new.day, new.known_as_of, old.pipeline.window).start


def _seeded(plan: Plan, seed: int) -> Any:
    return plan.pipeline.params.model_copy(update={"seed": seed})


def _trains_alike(one: Pipeline, other: Pipeline) -> bool:
    no_training = {"gate", "evaluate"}
    return one.model_dump(exclude=no_training) == other.model_dump(exclude=no_training)


def _same_names(old: Mapping[str, Side], new: Mapping[str, Side]) -> dict[str, Side]:
    return {name: new.get(name, side) for name, side in old.items()}


def _in_order(*frames: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(frames).sort("bird_id", "occurred_at", maintain_order=True)
