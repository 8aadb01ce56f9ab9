"""What is scored: a method, its parameters, and what it is built on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Self

from tasks.calibration.encoding import with_encodings
from tasks.calibration.protocols.protocol import Task
from tasks.embeddings.contract import BEHAVIOUR, Embedding, Frame, Method, Report, silent
from tasks.embeddings.registry import METHODS
from tasks.parameters import Parameters, format_duration, parse_duration
from tasks.versions.pipeline import Pipeline
from warehouse.vectors import Vectors


@dataclass(frozen=True, slots=True)
class Recipe:
    """A method by name. `parents`: what each space that it builds on is made by, in order.

    `space`: its name in `pipelines.yaml`, None where it has none. `window`: how far back what birds did is learnt from.
    """

    method: str
    params: Parameters
    parents: Mapping[str, Recipe] = field(default_factory=dict)
    space: str | None = None
    window: timedelta | None = None

    @classmethod
    def of(cls, method: str, params: Mapping[str, Any], parents: tuple[str, ...] = ()) -> Self:
        """`params` over the method's defaults, on `parents`, methods with theirs. ValueError where they do not fit."""
        how = _known(method)
        if ("parents" in how.reads) != bool(parents):
            need = "needs --from with the method to build on" if not parents else "takes no --from"
            raise ValueError(f"{method} {need}, found {list(parents)}")
        deep = [parent for parent in parents if "parents" in _known(parent).reads]
        if deep:
            raise ValueError(
                f"{deep[0]} builds on other methods itself: declare it in pipelines.yaml, and score it on your own "
                "logs by the name of its space"
            )
        below = {parent: cls(parent, _known(parent).parameters()) for parent in parents}
        made = cls(method, how.parameters.model_validate(dict(params)), below)
        expected = how.builds_on or (made.how.entity if how.entity == "parent" else None)
        for parent, recipe in below.items():
            if expected is not None and recipe.how.entity != expected:
                raise ValueError(
                    f"{method} builds here on spaces of entity {expected}, {parent} makes one of {recipe.how.entity}; "
                    "name another by --from"
                )
        return made

    @classmethod
    def of_space(cls, name: str, pipelines: Mapping[str, Pipeline]) -> Self:
        """As `pipelines.yaml` declares a space and those below it."""
        pipeline = pipelines[name]
        below = {parent: cls.of_space(parent, pipelines) for parent in pipeline.from_}
        return cls(pipeline.method, pipeline.params, below, name, pipeline.window)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        parents = {parent["name"]: cls.from_json(parent) for parent in document["parents"]}
        how = _known(document["method"])
        params, window = how.parameters.model_validate(document["params"]), document["window"]
        return cls(
            document["method"],
            params,
            parents,
            document["space"],
            None if window is None else parse_duration(window),
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "method": self.method,
            "params": self.params.model_dump(mode="json"),
            "space": self.space,
            "window": None if self.window is None else format_duration(self.window),
            # A list: what comes first matters, and keys of a document may be sorted.
            "parents": [{"name": name, **parent.as_json()} for name, parent in self.parents.items()],
        }

    def within(self, window: timedelta) -> Recipe:
        """It and all below it, learning from `window` where they learn from what birds did."""
        below = {name: parent.within(window) for name, parent in self.parents.items()}
        return replace(self, parents=below, window=window if self.how.reads & BEHAVIOUR else None)

    @property
    def windows(self) -> list[timedelta]:
        """How far back it and what is below it learn from what birds did; nothing for what learns from all."""
        own = [] if self.window is None or not self.how.reads & BEHAVIOUR else [self.window]
        return own + [each for parent in self.parents.values() for each in parent.windows]

    @property
    def how(self) -> Method:
        """The method; where its rows stand for what those below stand for, with that in place."""
        how = METHODS[self.method]
        return (
            how
            if how.entity != "parent"
            else replace(how, entity=next(iter(self.parents.values())).how.entity)
        )

    @property
    def frames(self) -> frozenset[Frame]:
        """The sources that it and all below it read."""
        return self.how.frames.union(*(parent.frames for parent in self.parents.values()))

    def fit(self, task: Task, report: Report) -> Fitted:
        """Fit what is below, then the method itself; only the last of them reports."""
        fitted = {name: parent.fit(task, silent).embedding for name, parent in self.parents.items()}
        below = {name: embedding.vectors for name, embedding in fitted.items()}
        outputs = {
            name: embedding.output for name, embedding in fitted.items() if embedding.output is not None
        }
        inputs = replace(task.learnt_from(self.window), parents=below, outputs=outputs)
        read = with_encodings(inputs, self.params, report, task.encode)
        return Fitted(self.how.fit(read, self.params, report), tuple(below.values()), inputs.rows)


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What a recipe made, the spaces that it was built on, in order, and `events`: rows of the longest source."""

    embedding: Embedding
    below: tuple[Vectors, ...]
    events: int


def _known(method: str) -> Method:
    if method not in METHODS:
        raise ValueError(f"no such method: {method!r}; expected one of {', '.join(sorted(METHODS))}")
    return METHODS[method]
