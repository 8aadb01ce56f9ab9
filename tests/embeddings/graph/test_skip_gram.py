"""DeepWalk and node2vec on planted graphs: whose edges count, and what each parameter is for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from tasks.embeddings.contract import Embedding, Inputs, silent
from tasks.embeddings.graph import deepwalk, node2vec, skip_gram
from tasks.embeddings.graph.skip_gram import WalkParameters, Walks
from tasks.embeddings.graph.walks import Bias, Graph

Pairs = list[tuple[str, str]]
AT = datetime(2024, 5, 1)  # noqa: DTZ001 - times are naive UTC
FOLLOWS = {"bird_id": pl.String, "followee_id": pl.String}
REPLIES = {
    "bird_id": pl.String,
    "author_id": pl.String,
    "flit_id": pl.String,
    "occurred_at": pl.Datetime("us"),
}


def inputs_of(follows: Pairs, replies: list[tuple[str, str | None]] | None = None) -> Inputs:
    answers = [(bird, author, "f", AT) for bird, author in replies or []]
    return Inputs(
        follows=pl.DataFrame(sorted(follows), schema=FOLLOWS, orient="row"),
        replies=pl.DataFrame(answers, schema=REPLIES, orient="row"),
    )


def clique(name: str, size: int = 6) -> Pairs:
    return [(f"{name}{a}", f"{name}{b}") for a in range(size) for b in range(a)]


def cosine(embedding: Embedding, one: str, other: str) -> float:
    rows = embedding.vectors.rows([one, other])
    unit = embedding.vectors.normalised()
    return float(unit[rows[0]] @ unit[rows[1]])


@pytest.mark.parametrize("softmax", ["hierarchical", "negative"])
def test_two_cliques_with_a_bridge_are_apart(softmax: str) -> None:
    inputs = inputs_of([*clique("l"), *clique("r"), ("l0", "r0")])
    parameters = deepwalk.DeepWalkParameters(dimensions=8, walks=60, length=20, context=3, softmax=softmax)
    embedding = deepwalk.fit(inputs, parameters, silent)
    assert cosine(embedding, "l1", "l2") > cosine(embedding, "l1", "r2") + 0.2
    assert embedding.output is None and set(embedding.provenance) == {"trained"}


def test_deepwalk_is_node2vec_without_a_bias() -> None:
    inputs = inputs_of(clique("l"))
    one = deepwalk.fit(inputs, deepwalk.DeepWalkParameters(dimensions=8), silent)
    other = node2vec.fit(inputs, node2vec.Node2VecParameters(dimensions=8, p=1, q=1), silent)
    biased = node2vec.fit(
        inputs_of([*clique("l"), *clique("r"), ("l0", "r0")]), node2vec.Node2VecParameters(), silent
    )
    assert np.array_equal(one.vectors.matrix, other.vectors.matrix)
    assert biased.vectors.dim == 128


def test_replies_join_birds_as_follows_do() -> None:
    """Replies only, in both cliques, and nobody follows anybody."""
    inputs = inputs_of([], [*clique("l"), *clique("r")] * 3)
    embedding = skip_gram.fit(
        inputs, WalkParameters(dimensions=8, walks=40, length=10, context=2), Bias(), silent
    )
    assert cosine(embedding, "l1", "l2") > cosine(embedding, "l1", "r2") + 0.2


def test_weights_of_follows_and_replies_add_up_on_an_edge() -> None:
    inputs = inputs_of([("a", "b"), ("b", "a"), ("b", "c")], [("a", "b"), ("a", "b"), ("c", "c")])
    edges = skip_gram._edges(
        inputs.frame("follows"), inputs.frame("replies"), WalkParameters(follows=2, replies=5)
    )
    graph = Graph.of(edges)
    assert list(graph.ids) == ["a", "b", "c"]
    assert graph.strengths().tolist() == [14, 16, 2]


@pytest.mark.parametrize(("weights", "alone"), [({"replies": 0}, ["c", "d"]), ({"follows": 0}, ["b", "d"])])
def test_an_edge_of_weight_zero_is_none(weights: dict[str, Any], alone: list[str]) -> None:
    inputs = inputs_of([("a", "b"), ("d", "d")], [("a", "c"), ("d", None)])
    embedding = skip_gram.fit(inputs, WalkParameters(dimensions=4, **weights), Bias(), silent)
    assert {reason: list(ids) for reason, ids in embedding.left_out.items()} == {"no_edge_to_another": alone}


def test_weights_may_lie_far_apart_and_not_farther() -> None:
    inputs = inputs_of([("a", "b"), ("b", "c")], [("c", "d")] * 3)
    for softmax in ("hierarchical", "negative"):
        parameters = WalkParameters(dimensions=4, follows=1e-3, replies=1e3, softmax=softmax)
        assert len(skip_gram.fit(inputs, parameters, Bias(), silent).vectors) == 4
    beyond: list[dict[str, Any]] = [{"follows": 1e-12}, {"replies": 1e-4}, {"follows": 1e4}]
    for weights in beyond:
        with pytest.raises(ValueError, match="1000"):
            WalkParameters(**weights)


def test_each_pass_walks_anew_and_each_fit_the_same_way() -> None:
    graph = Graph.of(
        pl.DataFrame(clique("n"), schema=["source", "target"], orient="row").with_columns(weight=1.0)
    )
    corpus = Walks(graph, WalkParameters(length=12), Bias())
    first, second = list(corpus), list(corpus)
    assert first != second
    assert list(Walks(graph, WalkParameters(length=12), Bias())) == first
    assert {len(walk) for walk in first} == {12} and len(first) == len(graph)
