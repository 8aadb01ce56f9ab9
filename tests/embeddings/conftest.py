"""A planted world with every source filled: what each method should find in it is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

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
    "documents": {"flit_id": pl.String, "text": pl.String},
    "birds": {
        "bird_id": pl.String, "bird_posts": pl.Int64, "bird_clicks": pl.Int64, "bird_geo": pl.String,
        "bird_likes": pl.Int64, "days_since_post": pl.Int64, "posts_4w": pl.Int64, "interactions_4w": pl.Int64,
        "account_age_days": pl.Int64,
    },
    "authors": {"flit_id": pl.String, "author": pl.String, "posted_at": pl.Datetime("us")},
    "follows": {"bird_id": pl.String, "followee_id": pl.String},
    "replies": {
        "bird_id": pl.String, "author_id": pl.String, "flit_id": pl.String, "occurred_at": pl.Datetime("us"),
    },
    "relations": {"relation": pl.String, "source": pl.String, "target": pl.String, "events": pl.Int64},
}  # fmt: skip
BEGAN = datetime(2024, 5, 1)  # noqa: DTZ001 - times are naive UTC
NAMES = {"bird_id", "flit_id", "followee_id", "author_id", "author"}
"""Columns that hold ids."""


@dataclass(frozen=True, eq=False)
class PlantedWorld:
    """Two camps of birds that never touch a flit of the other camp. `camp`: id → 0 or 1, birds and flits."""

    inputs: Inputs
    camp: dict[str, int]

    def named(self, rename: Callable[[str], str]) -> PlantedWorld:
        """The same world under other names, in the order that the contract asks for."""
        frames = {name: _renamed(self.inputs.frame(name), rename) for name in SCHEMAS}  # type: ignore[arg-type]
        parents = {
            name: space if name == "words" else Vectors.of([rename(i) for i in space.ids], space.matrix)
            for name, space in self.inputs.parents.items()
        }
        renamed = replace(self.inputs, **frames, parents=parents)
        return PlantedWorld(renamed, {rename(id_): camp for id_, camp in self.camp.items()})

    def with_events(self, rows: list[tuple[str, str]]) -> PlantedWorld:
        """The same flits and texts, and only these (bird, flit) events, a minute apart."""
        return PlantedWorld(with_events(self.inputs, rows), self.camp)


def _renamed(frame: pl.DataFrame, rename: Callable[[str], str]) -> pl.DataFrame:
    def joint(id_: str) -> str:
        kind, _, name = id_.partition(":")
        return f"{kind}:{rename(name)}"

    columns = [
        pl.col(name).map_elements(joint if name in ("source", "target") else rename, return_dtype=pl.String)
        for name in frame.columns
        if name in NAMES | {"source", "target"}
    ]
    keys = [name for name in frame.columns if name in NAMES | {"relation", "source", "target"}]
    keys = [*keys[:1], "occurred_at"] if "occurred_at" in frame.columns else keys
    return frame.with_columns(columns).sort(keys, maintain_order=True)


def with_events(inputs: Inputs, rows: list[tuple[str, str]]) -> Inputs:
    timed = [(bird, flit, BEGAN + timedelta(minutes=minute)) for minute, (bird, flit) in enumerate(rows)]
    sequences = pl.DataFrame(timed, schema=SCHEMAS["sequences"], orient="row").sort(
        "bird_id", "occurred_at", maintain_order=True
    )
    weights = sequences.group_by("bird_id", "flit_id").len("weight").sort("bird_id", "flit_id")
    return replace(inputs, sequences=sequences, interactions=weights.cast({"weight": pl.Float64}))


def told(camp: dict[str, int], seed: int) -> dict[str, pl.DataFrame]:
    """What the birds and flits of two camps say, who wrote what, and who follows and answers whom: never across."""
    generator = np.random.default_rng(seed)
    members = [[id_ for id_ in sorted(camp) if id_[0] == "b" and camp[id_] == side] for side in (0, 1)]
    flits = [id_ for id_ in sorted(camp) if id_[0] == "f"]
    birds = sorted(members[0] + members[1])
    author = {flit: str(generator.choice(members[camp[flit]])) for flit in flits}

    def words(flit: str) -> str:
        vocabulary = [f"{'heron' if camp[flit] else 'finch'}{letter}" for letter in "abcdefgh"]
        return " ".join([*generator.permutation(vocabulary)[:5], *generator.choice(vocabulary, size=3)])

    features = [
        (bird, 10 + 30 * camp[bird] + n % 5, 20 + n, ("NZ", "UK")[camp[bird]], 5 + 50 * camp[bird] + n, n % 7,
         9 + 30 * camp[bird] + n % 3, 40 + n, 100 + n)
        for n, bird in enumerate(birds)
    ]  # fmt: skip
    follows = sorted(
        (bird, str(followee))
        for bird in birds
        for followee in generator.permutation([other for other in members[camp[bird]] if other != bird])[:5]
    )
    replies = sorted(
        (bird, author[flit], flit, BEGAN + timedelta(minutes=n))
        for n, (bird, flit) in enumerate(
            (b, f) for b in birds for f in flits if camp[b] == camp[f] and author[f] != b
        )
        if n % 3 == 0
    )
    relations = (
        [("authors", f"bird:{author[flit]}", f"flit:{flit}", 1) for flit in flits]
        + [("follows", f"bird:{bird}", f"bird:{followee}", 1) for bird, followee in follows]
        + [("replies", f"bird:{bird}", f"flit:{flit}", 1) for bird, _, flit, _ in replies]
        + [
            ("promotes", f"advertiser:a{camp[flit]}", f"flit:{flit}", 1)
            for flit in flits
            if flit.endswith(("1", "2"))
        ]
    )
    rows: dict[str, list[tuple[object, ...]]] = {
        "documents": [(flit, words(flit)) for flit in flits],
        "birds": list(features),
        "authors": [(flit, author[flit], BEGAN) for flit in flits],
        "follows": list(follows),
        "replies": list(replies),
        "relations": sorted(relations),
    }
    return {name: pl.DataFrame(of, schema=SCHEMAS[name], orient="row") for name, of in rows.items()}


def planted_parents(
    flit_text: Vectors, documents: pl.DataFrame, centres: np.ndarray[Any, Any]
) -> dict[str, Vectors]:
    """Spaces of every kind that a method may build on; `parents_for` in test_contract.py chooses.

    `flit_text` has every flit, `flit_interactions` (in coordinates of its own) all but those whose name ends in 0,
    and `words` every word of the documents, beside the centre of its camp, and all with something in common.
    """
    generator = np.random.default_rng(DIM)
    turn = np.linalg.qr(generator.normal(size=(DIM, DIM)))[0]
    warm = [row for row, name in enumerate(flit_text.ids) if not name.endswith("0")]
    words = sorted({word for text in documents["text"] for word in text.split()})
    near = centres[[int(word.startswith("heron")) for word in words]] + 2 * generator.normal(size=DIM)
    return {
        "flit_text": flit_text,
        "flit_interactions": Vectors.of(flit_text.ids[warm], 2 * flit_text.matrix[warm] @ turn),
        "words": Vectors.of(words, near + 0.3 * generator.normal(size=near.shape)),
    }


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
    frames = told(camp, seed)
    hashes = [f"{generator.integers(2**60):015x}" for _ in names]
    texts = pl.DataFrame({"flit_id": names, "text_hash": hashes}, schema=SCHEMAS["texts"])
    parents = planted_parents(Vectors(as_ids(names), unit), frames["documents"], centres)
    inputs = Inputs(texts=texts, encoded=Vectors.of(hashes, unit), parents=parents, **frames)
    return PlantedWorld(with_events(inputs, events), camp | {f"a{side}": side for side in (0, 1)})


@pytest.fixture(scope="session")
def world() -> PlantedWorld:
    return planted_world()


@pytest.fixture(scope="session")
def worn_world(world: PlantedWorld) -> PlantedWorld:
    """The world with what logs bring: flits touched once, without text, without a vector; birds of one event, or of
    whom nothing is known, or who follow themselves alone; a flit without a vector by a new bird; a word that is used
    once."""
    rare = [("b0000", "f0000"), ("lone bird", "flit without vector"), ("b0001", "rare"), ("b0000", "f0001")]
    worn = world.with_events(rare * 3 + [("once", "f1000"), ("b1000", "seldom")]).inputs
    frames = {
        "texts": _with_rows(worn.texts, ("zz", None)),
        "documents": _with_rows(worn.documents, ("zy", "Qwq!"), ("zz", None)),
        "birds": _with_rows(worn.birds, ("bz", *[None] * (len(SCHEMAS["birds"]) - 1))),
        "authors": _with_rows(worn.authors, ("zz", "by", BEGAN)),
        "follows": _with_rows(worn.follows, ("hermit", "hermit")),
        "relations": _with_rows(worn.relations, ("follows", "bird:hermit", "bird:hermit", 1)),
    }
    return PlantedWorld(replace(worn, **frames), {})


def _with_rows(frame: pl.DataFrame | None, *rows: tuple[object, ...]) -> pl.DataFrame:
    assert frame is not None
    more = pl.DataFrame(rows, schema=frame.schema, orient="row")
    return pl.concat([frame, more]).sort(frame.columns, maintain_order=True)


@pytest.fixture(scope="session")
def crowd() -> PlantedWorld:
    return planted_world(birds=60, flits=80)


@pytest.fixture(scope="session")
def thinned_crowd(crowd: PlantedWorld) -> PlantedWorld:
    """Every twentieth row of every source and space gone."""

    def rows(of: pl.DataFrame | Vectors) -> Any:
        return np.flatnonzero(np.arange(len(of)) % 20 != 7)

    frames = {name: frame[rows(frame)] for name in SCHEMAS for frame in [crowd.inputs.frame(name)]}  # type: ignore[arg-type]
    parents = {
        name: Vectors(space.ids[rows(space)], space.matrix[rows(space)])
        for name, space in crowd.inputs.parents.items()
    }
    return PlantedWorld(replace(crowd.inputs, **frames, parents=parents), crowd.camp)


@pytest.fixture
def empty_inputs() -> Inputs:
    """Every source there, and nothing in it."""
    nothing = {name: pl.DataFrame(schema=schema) for name, schema in SCHEMAS.items()}
    parents = dict.fromkeys(("flit_text", "flit_interactions", "words"), Vectors.empty(DIM))
    return Inputs(**nothing, encoded=Vectors.empty(DIM), parents=parents)


@pytest.fixture
def one_row_inputs() -> Inputs:
    """One bird, one flit, one event; the bird wrote the flit, and follows and answers itself for want of others."""
    one = Vectors.of(["f"], np.eye(1, DIM))
    rows: dict[str, list[tuple[object, ...]]] = {
        "texts": [("f", "0a")],
        "documents": [("f", "finch")],
        "birds": [("b", 1, 2, "NZ", 3, 0, 1, 5, 100)],
        "authors": [("f", "b", BEGAN)],
        "follows": [("b", "b")],
        "replies": [("b", "b", "f", BEGAN)],
        "relations": [("authors", "bird:b", "flit:f", 1)],
    }
    frames = {name: pl.DataFrame(of, schema=SCHEMAS[name], orient="row") for name, of in rows.items()}
    encoded = Vectors.of(["0a"], np.eye(1, DIM))
    parents = {"flit_text": one, "flit_interactions": one, "words": Vectors.of(["finch"], np.eye(1, DIM))}
    return with_events(Inputs(**frames, encoded=encoded, parents=parents), [("b", "f")])
