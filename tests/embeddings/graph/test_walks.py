"""Random walks: every step is an edge, taken as often as the formulas say, and a seed says which."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.embeddings.graph import walks as module
from tasks.embeddings.graph.walks import Bias, Graph, walks

Edge = tuple[str, str, float]
NODES = "abcdefg"
edge_lists = st.lists(
    st.tuples(st.sampled_from(NODES), st.sampled_from(NODES), st.sampled_from([0.1, 1.0, 3.0])), max_size=25
)
biases = st.builds(Bias, st.sampled_from([0.05, 1.0, 4.0]), st.sampled_from([0.05, 1.0, 4.0]))


def graph_of(edges: list[Edge]) -> Graph:
    return Graph.of(
        pl.DataFrame(
            edges, schema={"source": pl.String, "target": pl.String, "weight": pl.Float64}, orient="row"
        )
    )


def weights_of(edges: list[Edge]) -> dict[tuple[str, str], float]:
    """The slow oracle: both directions of every edge, loops dropped."""
    weights: Counter[tuple[str, str]] = Counter()
    for source, target, weight in edges:
        if source != target:
            weights[source, target] += weight  # type: ignore[assignment]
            weights[target, source] += weight  # type: ignore[assignment]
    return dict(weights)


@given(edge_lists)
def test_the_graph_is_the_edges_in_both_directions(edges: list[Edge]) -> None:
    graph, weights = graph_of(edges), weights_of(edges)
    assert list(graph.ids) == sorted({node for pair in weights for node in pair})
    found = {
        (graph.ids[node], graph.ids[target]): graph.reach[at + 1] - graph.reach[at]
        for node in range(len(graph))
        for at, target in zip(
            range(graph.starts[node], graph.starts[node + 1]),
            graph.targets[graph.starts[node] : graph.starts[node + 1]],
            strict=True,
        )
    }
    assert found.keys() == weights.keys()
    assert all(found[pair] == pytest.approx(weights[pair]) for pair in weights)
    every = np.arange(len(graph), dtype=np.int32)
    for node in every:
        expected = [(graph.ids[node], id_) in weights for id_ in graph.ids]
        assert graph.has_edges(np.full(len(graph), node, np.int32), every).tolist() == expected


@settings(deadline=None)
@given(edge_lists, biases, st.integers(2, 12), st.integers(0, 2**32 - 1))
def test_every_step_is_an_edge_and_every_node_begins_one_walk(
    edges: list[Edge], bias: Bias, length: int, seed: int
) -> None:
    graph, weights = graph_of(edges), weights_of(edges)
    walked = list(walks(graph, length, bias, np.random.default_rng(seed)))
    assert sum(map(len, walked)) == len(graph)
    begun = []
    for walk in (row for block in walked for row in block):
        begun.append(int(walk[0]))
        assert len(walk) == length
        assert all((graph.ids[a], graph.ids[b]) in weights for a, b in pairwise(walk))
    assert sorted(begun) == list(range(len(graph)))


@pytest.mark.parametrize("bias", [Bias(), Bias(0.25, 4.0), Bias(4.0, 0.5), Bias(1.0, 2.0)])
def test_steps_are_taken_as_often_as_the_paper_says(bias: Bias) -> None:
    """Grover and Leskovec (2016), section 3.2.2, by hand: from t over v, for every pair (t, v) of a small graph."""
    edges = [
        ("a", "b", 1.0),
        ("b", "c", 2.0),
        ("a", "c", 1.0),
        ("c", "d", 3.0),
        ("b", "e", 1.0),
        ("d", "e", 1.0),
    ]
    # A hundred islands of one shape are walked at once.
    weights, islands = weights_of(edges), [(f"{a}{n}", f"{b}{n}", w) for n in range(100) for a, b, w in edges]
    graph, generator = graph_of(islands), np.random.default_rng(5)
    letters = np.array([id_[0] for id_ in graph.ids])
    taken: Counter[tuple[str, str, str]] = Counter()
    for _ in range(8):
        for block in walks(graph, 40, bias, generator):
            names = letters[block]
            taken.update(
                zip(names[:, :-2].ravel(), names[:, 1:-1].ravel(), names[:, 2:].ravel(), strict=True)
            )
    for before, at in {(t, v) for t, v, _ in taken}:
        terms = {
            x: weights[at, x] * (1 / bias.p if x == before else 1.0 if (before, x) in weights else 1 / bias.q)
            for v, x in weights
            if v == at
        }
        steps = sum(taken[before, at, x] for x in terms)
        for x, term in terms.items():
            share = term / sum(terms.values())
            error = 5 * np.sqrt(share * (1 - share) / steps)
            assert taken[before, at, x] / steps == pytest.approx(share, abs=error), (before, at, x)


def test_a_seed_says_which_walks_and_blocks_join_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(0)
    graph = graph_of([(f"n{a:03}", f"n{b:03}", 1.0) for a, b in generator.integers(0, 200, size=(600, 2))])
    monkeypatch.setattr(module, "WALKS_AT_A_TIME", 64)

    def walked(seed: int) -> list[np.ndarray]:  # type: ignore[type-arg]
        return list(walks(graph, 10, Bias(0.5, 2.0), np.random.default_rng(seed)))

    first, again, other = walked(1), walked(1), walked(2)
    assert [len(block) for block in first] == [64, 64, 64, len(graph) - 192]
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])
    assert sorted(node for block in first for node in block[:, 0]) == list(range(len(graph)))
