"""A published version taken up again: its plan read back from the manifest, its embedding as it was trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from pydantic import TypeAdapter, ValidationError

from tasks.embeddings.contract import Embedding
from tasks.versions.pipeline import AnyPipeline, Pipeline
from tasks.versions.plan import Night, Plan
from warehouse.errors import NightjarError
from warehouse.parts import Parts
from warehouse.snapshots import Manifest, Snapshot
from warehouse.vectors import Matrix, Vectors, as_ids

_PIPELINE: TypeAdapter[Pipeline] = TypeAdapter(AnyPipeline)


class OtherEditionError(NightjarError):
    """A version was made by a Nightjar whose parameters this one does not know."""


def plan_of(manifest: Manifest) -> Plan:
    """What the version was planned as. Its name may be another one today: code is part of a fingerprint.

    OtherEditionError where this edition does not know the method or one of its parameters.
    """
    try:
        pipeline = _PIPELINE.validate_python(manifest.parameters)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise OtherEditionError(
            f"{manifest.space} {manifest.version}: {where}: {fault['msg']}; "
            "another edition of Nightjar made it: choose a later version"
        ) from error
    inputs: Any = manifest.inputs
    night = Night(manifest.day, manifest.known_as_of, inputs["files"], 0, inputs["features"])
    parents = {name: inputs["parents"][name] for name in pipeline.from_}  # a manifest's keys are sorted
    return Plan(manifest.space, pipeline, night, parents, inputs["predecessor"])


def trained(snapshot: Snapshot) -> Embedding:
    """The embedding before it was aligned. Which ids were left out is not kept: none are named."""
    frame = snapshot.frame()
    raw = "raw" in frame.columns
    output = "raw_output" if raw else "output"
    provenance = frame["provenance"] if "provenance" in frame.columns else [""] * len(frame)
    if "part" in frame.columns:
        parts = Parts(
            as_ids(frame["id"]),
            frame["part"].to_numpy(),
            frame["weight"].to_numpy(),
            _matrix(frame, "raw" if raw else "vector"),
        )
        return Embedding(parts.summary(), as_ids(provenance)[parts.starts], parts=parts)
    return Embedding(
        Vectors(snapshot.ids, _matrix(frame, "raw") if raw else snapshot.matrix),
        as_ids(provenance),
        _matrix(frame, output) if output in frame.columns else None,
    )


def _matrix(frame: pl.DataFrame, column: str) -> Matrix:
    return np.ascontiguousarray(frame[column].to_numpy(), dtype=np.float32)
