"""The shape that every embedding method has.

A method is one file in a folder of its family: a parameter model, and `fit(inputs, parameters, report) -> Embedding`, a
pure function of its arguments. One line in `registry.METHODS` makes it known to `pipelines.yaml`, and the
contract tests run over it. Heavy libraries are imported inside functions: reading the configuration must cost
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import numpy as np
import polars as pl

from tasks.parameters import Parameters
from warehouse.parts import Parts
from warehouse.vectors import Ids, Matrix, Vectors, as_ids

Entity = Literal["bird", "flit", "word", "joint"]
"""What a row stands for. `word`: a word of the flits' texts. `joint`: several kinds, ids as `warehouse.joint` has
them."""

Frame = Literal[
    "sequences", "texts", "interactions", "documents", "birds", "authors", "follows", "replies", "relations"
]
Source = Frame | Literal["parents"]
BEHAVIOUR: frozenset[Source] = frozenset(
    {"sequences", "interactions", "birds", "authors", "follows", "replies", "relations"}
)
"""Sources that tell what birds did, posting included: a model that is scored on a day must not have seen that day's."""
TEXTS: frozenset[Source] = frozenset({"texts", "documents"})
"""Sources that tell what flits say: a model of these alone gives a flit the same vector whatever its age."""

Report = Callable[[int, int], None]
"""Called with (steps done, steps in all) during long work."""


def silent(done: int, total: int) -> None:
    """A `Report` for nobody."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a method may learn from. Only the sources that it declares in `Method.reads` are filled.

    `sequences`: bird_id, flit_id, occurred_at, ordered by (bird_id, occurred_at, event_id); one row an
    interaction.
    `texts`: flit_id, text_hash (null where nothing is left to read), ordered by flit_id; `encoded` has the
    vector of each text_hash.
    `interactions`: bird_id, flit_id, weight (decayed, at the end of the day), ordered by (bird_id, flit_id).
    `documents`: flit_id, text (cleaned; null where nothing is left to read), ordered by flit_id.
    `birds`: bird_id and the columns of core_bird but day, ordered by bird_id.
    `authors`: flit_id, author, posted_at, ordered by flit_id.
    `follows`: bird_id, followee_id of the follows that stand, ordered by both.
    `replies`: bird_id, author_id (who was answered), flit_id, occurred_at, ordered by (bird_id, occurred_at).
    `relations`: relation, source, target, events: how often; source and target are joint ids, ordered by
    (relation, source, target). Birds follow birds, write, like, reply to, reflit, share and click flits;
    advertisers promote flits.
    `parents`: the spaces named in `from`, by name, in that order. `outputs`: name → the context side, same rows, of
    those that have one.
    """

    sequences: pl.DataFrame | None = None
    texts: pl.DataFrame | None = None
    encoded: Vectors | None = None
    interactions: pl.DataFrame | None = None
    documents: pl.DataFrame | None = None
    birds: pl.DataFrame | None = None
    authors: pl.DataFrame | None = None
    follows: pl.DataFrame | None = None
    replies: pl.DataFrame | None = None
    relations: pl.DataFrame | None = None
    parents: Mapping[str, Vectors] = field(default_factory=dict)
    outputs: Mapping[str, Matrix] = field(default_factory=dict)

    def frame(self, source: Frame) -> pl.DataFrame:
        """The rows of `source`; ValueError where it was not filled."""
        frame: pl.DataFrame | None = getattr(self, source)
        if frame is None:
            raise ValueError(f"the method reads {source}, and found none; fill `Inputs.{source}`")
        return frame

    @property
    def rows(self) -> int:
        """How much there is to learn from: rows of the longest source."""
        frames = (getattr(self, source) for source in get_args(Frame))
        return max((len(frame) for frame in frames if frame is not None), default=0)

    def only_parent(self) -> Vectors:
        """The space named in `from`; ValueError unless it is exactly one."""
        if len(self.parents) != 1:
            raise ValueError(f"the method builds on 1 space, found {len(self.parents)}; name one in `from`")
        return next(iter(self.parents.values()))


EVENTS: tuple[Frame, ...] = ("sequences", "interactions", "replies", "relations", "follows")
"""Sources of which a row is something that happened, or a few such things."""


def thinned(inputs: Inputs, share: float, seed: int) -> Inputs:
    """`inputs` without a `share` of the events, drawn evenly; the very same object where they hold none."""
    held = {name: getattr(inputs, name) for name in EVENTS}
    fewer: dict[str, Any] = {
        name: _without(frame, share, seed) for name, frame in held.items() if frame is not None
    }
    return replace(inputs, **fewer) if fewer else inputs


def _without(frame: pl.DataFrame, share: float, seed: int) -> pl.DataFrame:
    kept = np.ones(len(frame), dtype=np.bool_)
    kept[np.random.default_rng(seed).choice(len(frame), round(share * len(frame)), replace=False)] = False
    return frame.filter(pl.Series(kept, dtype=pl.Boolean))


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """What a method has learnt.

    `vectors`: one row an entity. `output`: the context side, same rows, or None where a score is vector ·
    vector.
    `provenance`: (n,) strings, how each row came about (`trained`, `text`, …).
    `left_out`: reason → ids that the method saw and gave no vector; disjoint from each other and from
    `vectors.ids`. Reasons without ids are no entries.
    `parts`: the several vectors of each entity, where it has several; `vectors` is then their summary, which
    is what is compared with the predecessor and reported.
    `measured`: what the method found out about its own work (how much a reduction loses), the same names every night.
    """

    vectors: Vectors
    provenance: Ids
    output: Matrix | None = None
    left_out: Mapping[str, Ids] = field(default_factory=dict)
    parts: Parts | None = None
    measured: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.provenance.shape != self.vectors.ids.shape:
            raise ValueError(f"{self.provenance.shape} provenances for {self.vectors.ids.shape} ids")
        if self.output is not None and self.output.shape != self.vectors.matrix.shape:
            raise ValueError(f"output {self.output.shape} does not match vectors {self.vectors.matrix.shape}")
        if self.parts is not None and self.output is not None:
            raise ValueError("entities of several vectors have no output side")
        if self.parts is not None and list(self.parts.ids[self.parts.starts]) != list(self.vectors.ids):
            raise ValueError(
                f"{len(self.parts)} parts are not of the {len(self.vectors)} ids that have vectors"
            )
        accounted = [self.vectors.ids, *self.left_out.values()]
        seen, rows = len(set().union(*accounted)), sum(map(len, accounted))
        if seen != rows:
            raise ValueError(
                f"an id has either a vector or one reason to have none: {rows} rows for {seen} ids"
            )

    @classmethod
    def uniform(
        cls,
        vectors: Vectors,
        provenance: str,
        left_out: Mapping[str, Iterable[str]],
        output: Matrix | None = None,
        measured: Mapping[str, float] | None = None,
    ) -> Embedding:
        """All rows came about in the same way; reasons that hold nobody are dropped."""
        reasons = {reason: as_ids(ids) for reason, ids in left_out.items()}
        return cls(
            vectors,
            np.full(len(vectors), provenance, dtype=object),
            output,
            {reason: ids for reason, ids in reasons.items() if len(ids)},
            measured=measured or {},
        )


def no_artefact(parameters: Any) -> str | None:
    """For methods that learn from their inputs alone."""
    return None


@dataclass(frozen=True, slots=True)
class Method:
    """A method as `pipelines.yaml` names it.

    `parameters`: every field has a default. `entity`: what a row stands for; `parent`: what a row of the
    space that it builds on stands for. `reads`: the sources it needs.
    `fixed_frame`: coordinates mean the same every night, so that versions compare without a rotation (a
    frozen text model; anything computed from one).
    `leaves_out`: every reason for which `fit` may give an id no vector; each is counted for every version, also
    where it is nobody's, so that versions show the same numbers.
    `artefact_digest`: hex SHA-256 of what the method brings along beside its code (the files of a text
    model), or None; part of a version's fingerprint.
    `builds_on`: what the rows of the spaces named in `from` must stand for; None for any, all of one kind.
    """

    parameters: type[Parameters]
    entity: Entity | Literal["parent"]
    reads: frozenset[Source]
    fit: Callable[[Inputs, Any, Report], Embedding]
    fixed_frame: bool
    leaves_out: tuple[str, ...]
    artefact_digest: Callable[[Any], str | None] = no_artefact
    builds_on: Entity | None = None

    @property
    def frames(self) -> frozenset[Frame]:
        """The fields of `Inputs` that it reads beside its parents."""
        return frozenset(source for source in self.reads if source != "parents")
