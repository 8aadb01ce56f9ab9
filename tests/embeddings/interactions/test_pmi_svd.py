"""PPMI-SVD: counts and information against slow readings of their formulas."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from tasks.embeddings.contract import Embedding, Inputs, silent
from tasks.embeddings.interactions import pmi_svd
from tasks.embeddings.interactions.corpus import read_corpus
from tasks.embeddings.interactions.pmi_svd import PmiSvdParameters, neighbours, shifted_ppmi

Histories = dict[str, list[str]]


def sequences(histories: Histories) -> pl.DataFrame:
    rows = [(bird, flit) for bird in sorted(histories) for flit in histories[bird]]
    return pl.DataFrame(rows, schema={"bird_id": pl.String, "flit_id": pl.String}, orient="row")


def fit(histories: Histories, **parameters: Any) -> Embedding:
    chosen = PmiSvdParameters(**{"dimensions": 16, "min_count": 1, **parameters})
    return pmi_svd.fit(Inputs(sequences=sequences(histories)), chosen, silent)


def slow_counts(histories: Histories, context: int, decay: float, both: bool) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for flits in histories.values():
        steps = [flit for n, flit in enumerate(flits) if n == 0 or flits[n - 1] != flit]
        for i, first in enumerate(steps):
            for j in range(i + 1, min(i + context, len(steps) - 1) + 1):
                for pair in [(first, steps[j]), (steps[j], first)][: 1 + both]:
                    if pair[0] != pair[1]:
                        found[pair] = found.get(pair, 0.0) + decay ** (j - i - 1)
    return found


@pytest.mark.parametrize("block", [3, 1_000_000])
@given(
    st.lists(st.lists(st.sampled_from("abcde"), max_size=9), min_size=1, max_size=5),
    st.integers(1, 4),
    st.booleans(),
)
def test_neighbours_are_those_of_a_slow_count(
    block: int, flits: list[list[str]], context: int, both: bool
) -> None:
    histories = {f"b{n}": of for n, of in enumerate(flits)}
    corpus = read_corpus(sequences(histories))
    parameters = PmiSvdParameters(
        context=context, distance_decay=0.5, direction="both" if both else "forward"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pmi_svd, "EVENTS_AT_A_TIME", block)
        steps: list[tuple[int, int]] = []
        counts = neighbours(corpus, parameters, lambda done, total: steps.append((done, total))).tocoo()
    blocks = -(-len(corpus.codes) // block)
    assert steps == [(done, blocks + 1) for done in range(1, blocks + 1)]
    found = {
        (corpus.flits[row], corpus.flits[column]): value
        for row, column, value in zip(*counts.coords, counts.data, strict=True)
    }
    assert found == pytest.approx(slow_counts(histories, context, 0.5, both))


def test_information_is_the_formula() -> None:
    counts = np.array([[0, 4, 1], [2, 0, 0], [0, 3, 0]], dtype=np.float64)
    chance = counts.sum(axis=0) ** 0.75 / (counts.sum(axis=0) ** 0.75).sum()
    expected = [
        [
            max(math.log(count / (row.sum() * chance[j]) / 1.2), 0) if count else 0
            for j, count in enumerate(row)
        ]
        for row in counts
    ]
    np.testing.assert_allclose(shifted_ppmi(csr_array(counts), 1.2, 0.75).toarray(), expected, rtol=1e-6)


def test_with_room_for_all_directions_a_score_is_the_information() -> None:
    """Seven flits in 16 dimensions: vector · output loses nothing."""
    histories = {f"b{n}": [f"f{(n * k) % 7}" for k in range(1, 5)] for n in range(1, 20)}
    for direction in ("both", "forward"):
        embedding = fit(histories, direction=direction, smoothing=0.75)
        corpus = read_corpus(sequences(histories))
        counts = neighbours(corpus, PmiSvdParameters(direction=direction))
        assert list(embedding.vectors.ids) == corpus.flits
        scores = embedding.vectors.matrix @ embedding.output.T  # type: ignore[union-attr]
        np.testing.assert_allclose(scores, shifted_ppmi(counts, 1, 0.75).toarray(), atol=1e-4)


def test_forward_finds_what_comes_after() -> None:
    """Rounds of three: the one that follows scores highest; the first of a history alone is never an output."""
    histories = {f"b{n:03}": [f"{n % 20:02} {step}" for step in "abcab"] for n in range(400)}
    histories["c"] = ["only first", "00 a", "00 b"]
    embedding = fit(histories, direction="forward", context=1, dimensions=64)
    scores = embedding.vectors.matrix @ embedding.output.T  # type: ignore[union-attr]
    ids = list(embedding.vectors.ids)
    after = dict(zip("abc", "bca", strict=True))
    assert [ids[column] for column in scores.argmax(axis=1)] == [id_[:-1] + after[id_[-1]] for id_ in ids]
    assert list(embedding.left_out["by_chance"]) == ["only first"]


def test_input_times_output_finds_what_is_chosen_together() -> None:
    histories = {f"b{n:03}": [f"left {n % 20:02}", f"right {n % 20:02}"] for n in range(400)}
    embedding = fit(histories, dimensions=64)
    scores = embedding.vectors.matrix @ embedding.output.T  # type: ignore[union-attr]
    ids = list(embedding.vectors.ids)
    best = [ids[column] for column in scores.argmax(axis=1)]
    assert best == [id_.replace("left", "x").replace("right", "left").replace("x", "right") for id_ in ids]


def test_what_says_too_little_is_left_out_under_its_reason() -> None:
    histories = {f"b{n}": ["common", "usual", "common"] for n in range(5)}
    embedding = fit(histories | {"c": ["common", "rare"], "d": ["alone"] * 4}, min_count=2)
    assert {reason: list(ids) for reason, ids in embedding.left_out.items()} == {
        "too_few_events": ["rare"],
        "never_beside_another": ["alone"],
    }


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("context", 1),
        ("direction", "forward"),
        ("distance_decay", 1.0),
        ("shift", 2.0),
        ("smoothing", 1.0),
        ("eigenvalue_weighting", 0.0),
    ],
)
def test_every_parameter_reaches_the_result(world: Any, key: str, value: Any) -> None:
    usual, other = (
        pmi_svd.fit(world.inputs, PmiSvdParameters(dimensions=8, **more), silent)
        for more in ({}, {key: value})
    )
    assert not np.array_equal(usual.vectors.matrix, other.vectors.matrix)
