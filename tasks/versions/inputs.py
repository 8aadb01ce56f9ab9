"""What a plan may learn from, read as of its day: inputs of a method, events and flits to score it on, known ids."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta

import polars as pl

from tasks.embeddings.contract import Frame, Inputs
from tasks.evaluation import SpaceVectors
from tasks.stages.encode_texts import read_encodings
from tasks.stages.features import FeatureParameters
from tasks.versions.entities import sayings
from tasks.versions.plan import Plan
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.features import (
    AsOf,
    known_birds,
    known_flits,
    read_birds,
    read_flits,
    read_interactions,
    read_reply_edges,
    read_sequences,
    read_texts,
)
from warehouse.duckdb.relations import read_advertisers, read_follows, read_relations
from warehouse.home import Home
from warehouse.joint import Kind, joint_id
from warehouse.snapshots import Snapshot
from warehouse.vectors import Ids, Vectors, as_ids


def read_inputs(
    home: Home,
    plan: Plan,
    features: FeatureParameters,
    until: datetime | None = None,
    parents: Mapping[str, SpaceVectors] | None = None,
) -> Inputs:
    """Fill the sources that the plan's method declares.

    `until` bounds what birds did, who posted what included, half-open, the end of the day by default. Texts are not
    cut: a method that has read what a flit says has seen nothing of what birds did with it. `parents`: in place of
    the published versions that the plan names.
    """
    seen = AsOf(plan.day, plan.known_as_of, plan.pipeline.window, until)
    with Warehouse.of(home, read_only=True) as warehouse:
        frames = read_frames(warehouse, plan.pipeline.how.frames, seen, features)
    encoded = _read_encoded(home, plan, frames["texts"]) if "texts" in frames else None
    if parents is None:
        parents = {name: _read_sides(home, name, version) for name, version in plan.parents.items()}
    return Inputs(
        **frames,
        encoded=encoded,
        parents={name: sides.vectors for name, sides in parents.items()},
        outputs={name: sides.output for name, sides in parents.items() if sides.output is not None},
    )


def read_frames(
    warehouse: Warehouse, frames: Collection[Frame], seen: AsOf, features: FeatureParameters
) -> dict[str, pl.DataFrame]:
    """The named fields of `Inputs`; what birds did in the window of `seen`, all else up to the end of its day.

    The bird table is that of the last night that was over at the window's end; WarehouseError where none was built.
    """
    always = AsOf(seen.day, seen.known_as_of)
    read: dict[Frame, Callable[[], pl.DataFrame]] = {
        "sequences": lambda: read_sequences(warehouse, seen),
        "interactions": lambda: read_interactions(warehouse, seen, features.half_life),
        "texts": lambda: read_texts(warehouse, always),
        "documents": lambda: _documents(read_flits(warehouse, always)),
        "authors": lambda: read_flits(warehouse, seen).select("flit_id", "author", "posted_at"),
        "birds": lambda: read_birds(warehouse, (seen.end - timedelta(days=1)).date()),
        "follows": lambda: read_follows(warehouse, seen),
        "replies": lambda: read_reply_edges(warehouse, seen),
        "relations": lambda: read_relations(warehouse, seen),
    }
    return {frame: read[frame]() for frame in sorted(frames)}


def _documents(flits: pl.DataFrame) -> pl.DataFrame:
    """flit_id, text: null where cleaning left nothing to read."""
    return flits.select("flit_id", text=pl.when(pl.col("text_hash").is_not_null()).then("text"))


def _read_sides(home: Home, space: str, version: str) -> SpaceVectors:
    """The published vectors of one version, and its output side where it has one."""
    snapshot = Snapshot.open(home.snapshots, space, version)
    output = snapshot.outputs(snapshot.ids) if snapshot.manifest.score.target == "output" else None
    return SpaceVectors(Vectors(snapshot.ids, snapshot.matrix), output)


def read_log(home: Home, plan: Plan) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Events (bird_id, flit_id, occurred_at) and flits (flit_id, author, posted_at) up to the end of the day."""
    as_of = AsOf(plan.day, plan.known_as_of)
    with Warehouse.of(home, read_only=True) as warehouse:
        return read_sequences(warehouse, as_of), read_flits(warehouse, as_of)


def read_known(home: Home, plan: Plan) -> Ids:
    """Every id of the plan's entity that any log has named by the end of the day, sorted."""
    as_of, entity = AsOf(plan.day, plan.known_as_of), plan.pipeline.entity
    with Warehouse.of(home, read_only=True) as warehouse:
        if entity == "bird":
            return known_birds(warehouse, as_of)
        if entity == "flit":
            return known_flits(warehouse, as_of)
        if entity == "word":
            return as_ids(sorted(sayings(entity, read_flits(warehouse, as_of))))
        # Advertisers are met in relations alone.
        payers = read_advertisers(warehouse, as_of) if "relations" in plan.pipeline.how.reads else []
        members: dict[Kind, Iterable[str]] = {
            "advertiser": payers,
            "bird": known_birds(warehouse, as_of),
            "flit": known_flits(warehouse, as_of),
        }
    return as_ids(joint_id(kind, id_) for kind, ids in members.items() for id_ in ids)


def _read_encoded(home: Home, plan: Plan, texts: pl.DataFrame) -> Vectors:
    return read_encodings(home, plan.pipeline.params, texts["text_hash"].drop_nulls())  # type: ignore[arg-type]
