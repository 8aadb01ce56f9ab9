"""A candidate with all its stages done: what is recorded in MLflow and published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.comparison.vectors.alignment import Alignment
from tasks.embeddings.contract import Embedding
from tasks.versions.candidate import COMPARISON, EVALUATION, TRAINED, Candidate
from tasks.versions.plan import Plan
from warehouse.home import Home
from warehouse.parts import Parts
from warehouse.snapshots import Content
from warehouse.vectors import Vectors


@dataclass(frozen=True, slots=True)
class RunContext:
    """The run that publishes: what a version says about it beside its content."""

    at: datetime
    backfilled: bool
    prefect_flow_run_id: str | None
    tracking_uri: str | None
    prefect_flow_run_url: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class JudgedCandidate:
    """A candidate with all its stages done."""

    content: Content
    evaluation: dict[str, Any]
    comparison: dict[str, Any]
    measured: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def load(cls, home: Home, plan: Plan) -> JudgedCandidate:
        candidate = Candidate.of(home, plan)
        embedding = candidate.load_embedding(TRAINED)
        return cls(
            content_of(embedding, candidate.load_rotation()),
            candidate.load_json(EVALUATION),
            candidate.load_json(COMPARISON),
            embedding.measured,
        )

    @property
    def covered(self) -> dict[str, int]:
        """`rows`: ids with a vector; then how many have none, by reason."""
        return {"rows": len(self.content.vectors), **self.comparison["coverage"]}


def content_of(embedding: Embedding, rotation: NDArray[np.float64] | None) -> Content:
    """What is published: turned where a rotation was found, and then what it was before beside it."""
    if embedding.parts is not None:
        return _content_of_parts(embedding, embedding.parts, rotation)
    raw, raw_output = embedding.vectors.matrix, embedding.output
    if rotation is None:
        return Content(embedding.vectors, raw_output, provenance=embedding.provenance)
    turn = Alignment("aligned", rotation=rotation).apply
    return Content(
        Vectors(embedding.vectors.ids, turn(raw)),
        None if raw_output is None else turn(raw_output),
        raw,
        raw_output,
        embedding.provenance,
        rotation,
    )


def _content_of_parts(embedding: Embedding, parts: Parts, rotation: NDArray[np.float64] | None) -> Content:
    """A row a part; what is said of an id holds for each of its parts."""
    provenance = embedding.provenance[embedding.vectors.rows(parts.ids)]
    if rotation is None:
        return Content(parts.summary(), provenance=provenance, parts=parts)
    turned = replace(parts, matrix=Alignment("aligned", rotation=rotation).apply(parts.matrix))
    return Content(turned.summary(), raw=parts.matrix, provenance=provenance, rotation=rotation, parts=turned)
