"""A planted world with every source filled: what each method should find in it is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from tasks.embeddings.contract import Inputs
from warehouse.vectors import Vectors, as_ids

DIM = 16
SCHEMAS = {
    "sequences": {"bird_id": pl.String, "flit_id": pl.String, "occurred_at": pl.Datetime("us")},
    "texts": {"flit_id": pl.String, "text_hash": pl.String},
    "interactions": {"bird_id": pl.String, "flit_id": pl.String, "weight": pl.Float64},
}


@dataclass(frozen=True)
class PlantedWorld:
    """Two camps of birds that never touch a flit of the other camp. `camp`: id → 0 or 1, birds and flits."""

    inputs: Inputs
    camp: dict[str, int]

    def named(self, rename: Callable[[str], str]) -> PlantedWorld:
        """The same world under other names, in the order that the contract asks for."""
        names = pl.String
        again = [pl.col(c).map_elements(rename, return_dtype=names) for c in ("bird_id", "flit_id")]
        inputs = self.inputs
        assert inputs.sequences is not None and inputs.texts is not None and inputs.interactions is not None
        renamed = Inputs(
            sequences=inputs.sequences.with_columns(again).sort(
                "bird_id", "occurred_at", maintain_order=True
            ),
            texts=inputs.texts.with_columns(again[1]).sort("flit_id"),
            encoded=inputs.encoded,
            interactions=inputs.interactions.with_columns(again).sort("bird_id", "flit_id"),
            parents={
                name: Vectors.of([rename(i) for i in space.ids], space.matrix)
                for name, space in inputs.parents.items()
            },
        )
        return PlantedWorld(renamed, {rename(id_): camp for id_, camp in self.camp.items()})

    def with_events(self, rows: list[tuple[str, str]]) -> PlantedWorld:
        """The same flits and texts, and only these (bird, flit) events, a minute apart."""
        return PlantedWorld(with_events(self.inputs, rows), self.camp)


def with_events(inputs: Inputs, rows: list[tuple[str, str]]) -> Inputs:
    began = datetime(2024, 5, 1)  # noqa: DTZ001 - times are naive UTC
    timed = [(bird, flit, began + timedelta(minutes=minute)) for minute, (bird, flit) in enumerate(rows)]
    sequences = pl.DataFrame(timed, schema=SCHEMAS["sequences"], orient="row").sort(
        "bird_id", "occurred_at", maintain_order=True
    )
    weights = sequences.group_by("bird_id", "flit_id").len("weight").sort("bird_id", "flit_id")
    return replace(inputs, sequences=sequences, interactions=weights.cast({"weight": pl.Float64}))


def planted_world(birds: int = 12, flits: int = 16, seed: int = 0) -> PlantedWorld:
    """`birds` and `flits` in each of two camps; a bird touches 10 flits of its camp, each flit is touched often."""
    generator = np.random.default_rng(seed)
    camp = {
        f"{kind}{c}{i:03}": c for kind, n in (("b", birds), ("f", flits)) for c in (0, 1) for i in range(n)
    }
    events = [
        (bird, f"f{camp[bird]}{chosen:03}")
        for bird in camp
        if bird[0] == "b"
        for chosen in generator.permutation(flits)[:10]
    ]
    names = sorted(id_ for id_ in camp if id_[0] == "f")
    centres = generator.normal(size=(2, DIM))
    matrix = centres[[camp[f] for f in names]] + 0.3 * generator.normal(size=(len(names), DIM))
    unit = (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).astype(np.float32)
    hashes = [f"{generator.integers(2**60):015x}" for _ in names]
    texts = pl.DataFrame({"flit_id": names, "text_hash": hashes}, schema=SCHEMAS["texts"])
    inputs = Inputs(
        texts=texts, encoded=Vectors.of(hashes, unit), parents={"flit_text": Vectors(as_ids(names), unit)}
    )
    return PlantedWorld(with_events(inputs, events), camp)


@pytest.fixture
def world() -> PlantedWorld:
    return planted_world()


@pytest.fixture
def empty_inputs() -> Inputs:
    """Every source there, and nothing in it."""
    nothing = {name: pl.DataFrame(schema=schema) for name, schema in SCHEMAS.items()}
    return Inputs(**nothing, encoded=Vectors.empty(DIM), parents={"flit_text": Vectors.empty(DIM)})


@pytest.fixture
def one_row_inputs() -> Inputs:
    """One bird, one flit, one event."""
    one = Vectors.of(["f"], np.eye(1, DIM))
    texts = pl.DataFrame({"flit_id": ["f"], "text_hash": ["0a"]}, schema=SCHEMAS["texts"])
    encoded = Vectors.of(["0a"], np.eye(1, DIM))
    return with_events(Inputs(texts=texts, encoded=encoded, parents={"flit_text": one}), [("b", "f")])
