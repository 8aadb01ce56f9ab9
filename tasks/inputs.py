"""What a plan may learn from, read as of its day: inputs of a method, events and flits to score it on, known ids."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from tasks.embeddings.contract import Inputs
from tasks.encode_texts import read_encodings
from tasks.features import FeatureParameters
from tasks.plan import Plan
from warehouse.database import Warehouse
from warehouse.features import (
    AsOf,
    known_birds,
    known_flits,
    read_flits,
    read_interactions,
    read_sequences,
    read_texts,
)
from warehouse.home import Home
from warehouse.snapshots import Snapshot
from warehouse.vectors import Ids, Vectors


def read_inputs(home: Home, plan: Plan, features: FeatureParameters, until: datetime | None = None) -> Inputs:
    """Fill the sources that the plan's method declares.

    `until` bounds what birds did, half-open, the end of the day by default. Texts are not cut: a method that has read
    what a flit says has seen nothing of what birds did with it.
    """
    reads = plan.pipeline.how.reads
    events = AsOf(plan.day, plan.known_as_of, plan.pipeline.window, until)
    with Warehouse.open(home.warehouse) as warehouse:
        sequences = read_sequences(warehouse, events) if "sequences" in reads else None
        interactions = (
            read_interactions(warehouse, events, features.half_life) if "interactions" in reads else None
        )
        texts = read_texts(warehouse, AsOf(plan.day, plan.known_as_of)) if "texts" in reads else None
    encoded = None if texts is None else _read_encoded(home, plan, texts)
    parents = {name: read_vectors(home, name, version) for name, version in plan.parents.items()}
    return Inputs(sequences, texts, encoded, interactions, parents=parents)


def read_vectors(home: Home, space: str, version: str) -> Vectors:
    """The published vectors of one version."""
    snapshot = Snapshot.open(home.snapshots, space, version)
    return Vectors(snapshot.ids, snapshot.matrix)


def read_log(home: Home, plan: Plan) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Events (bird_id, flit_id, occurred_at) and flits (flit_id, author, posted_at) up to the end of the day."""
    as_of = AsOf(plan.day, plan.known_as_of)
    with Warehouse.open(home.warehouse) as warehouse:
        return read_sequences(warehouse, as_of), read_flits(warehouse, as_of)


def read_known(home: Home, plan: Plan) -> Ids:
    """Every id of the plan's entity that any log has named by the end of the day, sorted."""
    as_of = AsOf(plan.day, plan.known_as_of)
    with Warehouse.open(home.warehouse) as warehouse:
        return (known_birds if plan.pipeline.entity == "bird" else known_flits)(warehouse, as_of)


def _read_encoded(home: Home, plan: Plan, texts: pl.DataFrame) -> Vectors:
    return read_encodings(home, plan.pipeline.params, texts["text_hash"].drop_nulls())  # type: ignore[arg-type]
