"""The joint space: the worked example of the survey, gradients by finite differences, and planted camps."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from tasks.embeddings.contract import Inputs, silent
from tasks.embeddings.graph import relations
from tasks.embeddings.graph.relations import Edges, RelationsParameters
from tasks.embeddings.graph.translation import Batch, Model, Table, _softmax_gradients
from warehouse.joint import of_kind
from warehouse.vectors import Vectors

SCHEMA = {"relation": pl.String, "source": pl.String, "target": pl.String, "events": pl.Int64}
FIXTURE = [
    ("authors", "bird:U2", "flit:T1"),
    ("clicks", "bird:U1", "flit:Ad1"),
    ("follows", "bird:U1", "bird:U2"),
    ("follows", "bird:U1", "bird:U3"),
    ("follows", "bird:U2", "bird:U3"),
    ("likes", "bird:U1", "flit:T1"),
    ("promotes", "advertiser:Adv1", "flit:Ad1"),
    ("reflits", "bird:U1", "flit:T2"),
    ("replies", "bird:U1", "flit:T3"),
]
"""U1 follows U2 and U3, U2 follows U3; U2 authors T1; U1 likes T1, reflits T2, replies to T3, clicks Ad1; Adv1
promotes Ad1 (TwHIN, figure 1)."""


def inputs_of(edges: list[tuple[str, ...]], events: int = 1) -> Inputs:
    return Inputs(relations=pl.DataFrame([(*edge, events) for edge in edges], schema=SCHEMA, orient="row"))


def fit(edges: list[tuple[str, ...]], **parameters: Any) -> Vectors:
    return relations.fit(inputs_of(edges), RelationsParameters(**parameters), silent).vectors


@pytest.mark.parametrize("seed", range(5))
def test_the_worked_example(seed: int) -> None:
    vectors = fit(FIXTURE, dimensions=16, epochs=200, drawn=16, seed=seed)
    assert list(vectors.ids) == [
        "advertiser:Adv1", "bird:U1", "bird:U2", "bird:U3", "flit:Ad1", "flit:T1", "flit:T2", "flit:T3",
    ]  # fmt: skip
    birds, flits = of_kind(vectors, "bird"), of_kind(vectors, "flit")
    scores = birds.matrix @ flits.matrix.T
    assert flits.ids[scores[birds.rows(["U2"])[0]].argmax()] == "T1"
    advertiser = of_kind(vectors, "advertiser").matrix[0]
    assert flits.ids[(flits.matrix @ advertiser).argmax()] == "Ad1"
    touched = scores[birds.rows(["U1"])[0]]
    assert touched.min() > scores[birds.rows(["U3"])[0]].max(), "U1 touched every flit, U3 none"


def test_gradients_are_those_of_the_loss() -> None:
    generator = np.random.default_rng(3)
    queries, truths, others = (generator.normal(size=(n, 4)) for n in (3, 3, 5))
    weights = np.array([1.0, 2.0, 0.5])

    def loss(q: Any, t: Any, o: Any) -> float:
        scores = np.concatenate([(q * t).sum(axis=1)[:, None], q @ o.T], axis=1)
        return float((weights * (np.log(np.exp(scores).sum(axis=1)) - scores[:, 0])).sum())

    found = _softmax_gradients(queries, truths, others, weights)  # type: ignore[arg-type]
    for place, matrix in enumerate((queries, truths, others)):
        for at in np.ndindex(matrix.shape):
            moved = [queries.copy(), truths.copy(), others.copy()]
            moved[place][at] += 1e-6
            slope = (loss(*moved) - loss(queries, truths, others)) / 1e-6
            assert found[place][at] == pytest.approx(slope, abs=1e-4)


def test_a_step_moves_only_what_the_batch_names_and_lowers_the_loss() -> None:
    model = Model.drawn(8, 2, 4, np.random.default_rng(0))
    before, still = model.entities.rows.copy(), model.relations.rows.copy()
    rows = np.array([1, 2])
    batch = Batch(1, rows, rows + 2, np.ones(2, np.float32), np.array([1, 6]), np.array([5, 5]))

    def scores(entities: Any, moves: Any) -> Any:
        return (entities[batch.sources] + moves[1]) @ entities[[3, 4, 5]].T

    model.learn(batch, 0.05)
    moved = (model.entities.rows != before).any(axis=1)
    assert moved.tolist() == [False, True, True, True, True, True, True, False]
    assert (model.relations.rows[0] == still[0]).all() and (model.relations.rows[1] != 0).any()
    after, was = scores(model.entities.rows, model.relations.rows), scores(before, still)
    assert ((after[:, :2].diagonal() - after[:, 2]) > (was[:, :2].diagonal() - was[:, 2])).all()


def test_gradients_of_one_row_add_up() -> None:
    together, alone = (Table.of(np.zeros((3, 2), dtype=np.float32)) for _ in range(2))
    gradients = np.array([[1, 2], [3, 4], [5, 6]], dtype=np.float32)
    together.descend(np.array([1, 0, 1]), gradients, 0.1)
    alone.descend(np.array([0, 1]), np.array([[3, 4], [6, 8]], dtype=np.float32), 0.1)
    np.testing.assert_allclose(together.rows, alone.rows)


def test_draws_are_of_the_kind_that_they_stand_against() -> None:
    edges = Edges.of(inputs_of(FIXTURE).frame("relations"), 0.5)
    names = sorted({relation for relation, _, _ in FIXTURE})
    seen = 0
    for batch in edges.batches(RelationsParameters(drawn=64), np.random.default_rng(0)):
        kinds = {"follows": ("bird", "bird"), "promotes": ("advertiser", "flit")}
        source, target = kinds.get(names[batch.relation], ("bird", "flit"))
        for rows, kind in (
            (batch.sources, source), (batch.other_sources, source),
            (batch.targets, target), (batch.other_targets, target),
        ):  # fmt: skip
            assert {id_.partition(":")[0] for id_ in edges.ids[rows]} == {kind}
        assert len(batch.other_sources) == len(batch.other_targets) == 64
        seen += len(batch.sources)
    assert seen == len(FIXTURE)


def test_an_entity_joined_to_itself_alone_is_left_out() -> None:
    embedding = relations.fit(
        inputs_of([*FIXTURE, ("follows", "bird:hermit", "bird:hermit")]), RelationsParameters(), silent
    )
    assert list(embedding.left_out["no_edge_to_another"]) == ["bird:hermit"]


def test_repetition_weighs_events() -> None:
    frame = inputs_of(FIXTURE, events=9).frame("relations")
    assert set(Edges.of(frame, 0.5).weights.tolist()) == {3.0}
    assert set(Edges.of(frame, 0.0).weights.tolist()) == {1.0}
