"""The causal transformer: order is learnt, no state knows what comes later, no event is lost on the way to it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tasks.embeddings.contract import Embedding, Inputs, silent
from tasks.embeddings.sequences import causal_transformer
from tasks.embeddings.sequences.causal_transformer import CausalTransformerParameters
from tasks.embeddings.sequences.histories import Histories
from tasks.embeddings.sequences.training import train
from tasks.embeddings.sequences.transformer import CausalTransformer, Dropout
from warehouse.joint import of_kind

Lines = dict[str, list[str]]


def sequences(histories: Lines) -> pl.DataFrame:
    rows = [(bird, flit) for bird in sorted(histories) for flit in histories[bird]]
    return pl.DataFrame(rows, schema={"bird_id": pl.String, "flit_id": pl.String}, orient="row")


def fit(histories: Lines, **parameters: Any) -> Embedding:
    small = {"dimensions": 16, "epochs": 30, "length": 8, "batch_size": 16, "negatives": 32}
    chosen = CausalTransformerParameters(**{**small, "learning_rate": 0.01, "device": "cpu", **parameters})
    return causal_transformer.fit(Inputs(sequences=sequences(histories)), chosen, silent)


def best_flit(embedding: Embedding) -> dict[str, str]:
    """Bird → the flit it scores highest."""
    birds, flits = of_kind(embedding.vectors, "bird"), of_kind(embedding.vectors, "flit")
    best = (birds.matrix @ flits.matrix.T).argmax(axis=1)
    return {bird: str(flits.ids[column]) for bird, column in zip(birds.ids, best, strict=True)}


def test_what_only_order_can_tell_is_learnt() -> None:
    """Flits stand on a ring, and birds walk it one way: beside each flit stand two, and only one comes next."""
    ring = [f"f{place:02}" for place in range(12)]
    walks = {f"b{n:03}": [ring[(n + step) % 12] for step in range(2 + n % 5)] for n in range(180)}
    best = best_flit(fit(walks))
    right = [best[bird] == ring[(ring.index(walk[-1]) + 1) % 12] for bird, walk in walks.items()]
    assert np.mean(right) == 1


def test_what_came_before_the_last_flit_counts() -> None:
    """After a, x comes z1, after b, x comes z2: the last flit is the same, the bird is not."""
    told = {
        f"{first}{n:02}": [first, "x", last] for first, last in (("a", "z1"), ("b", "z2")) for n in range(20)
    }
    best = best_flit(fit(told | {"asks a": ["a", "x"], "asks b": ["b", "x"]}, dropout=0.0))
    assert (best["asks a"], best["asks b"]) == ("z1", "z2")


@pytest.fixture
def model() -> CausalTransformer:
    generator = torch.Generator().manual_seed(3)
    return CausalTransformer(20, 10, 8, 2, 2, Dropout(0.3, generator)).eval()


@given(length=st.integers(1, 10), place=st.integers(0, 9), seed=st.integers(0, 1000))
def test_a_later_flit_does_not_change_an_earlier_state(length: int, place: int, seed: int) -> None:
    network = CausalTransformer(20, 10, 8, 2, 2, Dropout(0.3, torch.Generator().manual_seed(seed))).eval()
    codes = torch.from_numpy(np.random.default_rng(seed).integers(20, size=(1, length)))
    place %= length
    other = codes.clone()
    other[0, place] = (codes[0, place] + 1) % 20
    before, after = network(codes)[0], network(other)[0]
    assert torch.equal(before[:place], after[:place])
    assert not torch.allclose(before[place:], after[place:], atol=1e-6)


def test_padding_does_not_change_a_state(model: CausalTransformer) -> None:
    """The same three steps alone, and in a batch whose longest row has ten."""
    alone = model(torch.tensor([[4, 7, 2]]))[0]
    padded = torch.tensor([[4, 7, 2] + [2] * 7, list(range(10))])
    torch.testing.assert_close(model(padded)[0, :3], alone, atol=1e-6, rtol=0)


def test_equal_inputs_give_equal_bytes_whatever_else_draws_and_another_seed_others() -> None:
    histories = {f"b{n}": [f"f{(n * 7 + step * step) % 23}" for step in range(9)] for n in range(40)}
    first = fit(histories, epochs=3).vectors.matrix.tobytes()
    torch.rand(5)
    assert fit(histories, epochs=3).vectors.matrix.tobytes() == first
    assert fit(histories, epochs=3, seed=8).vectors.matrix.tobytes() != first
    two = [fit(histories, epochs=3, threads=2).vectors.matrix.tobytes() for _ in range(2)]
    assert two[0] == two[1]


def test_a_longer_log_is_passed_over_less_often_and_never_not_at_all() -> None:
    """40 histories of 8 steps that another one follows."""
    histories = {f"b{n}": [f"f{(n * 7 + step * step) % 23}" for step in range(9)] for n in range(40)}
    told: list[tuple[int, int]] = []
    inputs = Inputs(sequences=sequences(histories))
    for most, expected in ((40 * 8 * 3 - 1, 2), (1, 1), (10**9, 5)):
        parameters = CausalTransformerParameters(epochs=5, most_events=most, dimensions=4)
        causal_transformer.fit(inputs, parameters, lambda done, total: told.append((done, total)))
        assert told[-1] == (expected, expected)
    assert len(told) == sum(passes + 1 for passes in (2, 1, 5))


def test_torch_is_left_as_it_was_found() -> None:
    def state() -> tuple[int, bool, bytes]:
        drawn = torch.random.get_rng_state().numpy().tobytes()
        return torch.get_num_threads(), torch.are_deterministic_algorithms_enabled(), drawn

    before = state()
    fit({"b": ["x", "y"]}, epochs=1, threads=2)
    assert state() == before


def test_only_the_latest_flits_make_a_bird() -> None:
    """Beyond `length` nothing is read: two birds that differ before it are one row apart in name only."""
    walk = [f"f{n}" for n in range(12)]
    vectors = fit({"long": ["x", *walk], "other": ["y", "x", *walk]}, epochs=2).vectors
    assert np.array_equal(*vectors.matrix[vectors.rows(["bird:long", "bird:other"])])


def test_rare_and_lonely_ids_are_left_out_under_their_reason() -> None:
    together = {f"b{n}": ["common", "usual"] for n in range(5)}
    lonely = {"c": ["common", "rare"], "d": ["alone"] * 4, "e": ["rare one"]}
    embedding = fit(together | lonely, epochs=1, min_count=2)
    assert list(of_kind(embedding.vectors, "flit").ids) == ["common", "usual"]
    assert list(of_kind(embedding.vectors, "bird").ids) == ["b0", "b1", "b2", "b3", "b4", "c"]
    assert {reason: list(ids) for reason, ids in embedding.left_out.items()} == {
        "too_few_events": ["flit:rare", "flit:rare one"],
        "never_beside_another": ["flit:alone"],
        "no_vector_in_history": ["bird:d", "bird:e"],
    }


def test_a_repeat_in_a_row_is_one_step() -> None:
    histories = Histories.of(sequences({"b": ["x", "x", "y", "y", "x"], "c": ["x"], "d": ["lonely"]}))
    assert list(histories.birds) == ["b", "c"]
    assert list(histories.flits[histories.codes]) == ["x", "y", "x", "x"]
    assert list(histories.starts) == [0, 3, 4]


walks = st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=20), min_size=1, max_size=8)


@given(walks=walks, length=st.integers(1, 9), size=st.integers(1, 4))
def test_every_pair_of_neighbours_is_learnt_once(walks: list[list[int]], length: int, size: int) -> None:
    histories = Histories.of(
        sequences({f"b{n}": [f"f{flit}" for flit in walk] for n, walk in enumerate(walks)})
    )
    pieces = histories.pieces(length)
    found = []
    for rows in pieces.shuffled(size, np.random.default_rng(0)):
        places, real = pieces.batch(rows)
        assert len(rows) <= size and places.shape[1] == pieces.lengths[rows].max() <= length
        found += places[real].tolist()
    inside = [(at, at + 1) for a, b in pairwise(histories.starts) for at in range(a, b - 1)]
    assert sorted(found) == [at for at, _ in inside]


@given(walks=walks, length=st.integers(1, 9))
def test_recent_ends_every_history(walks: list[list[int]], length: int) -> None:
    histories = Histories.of(
        sequences({f"b{n}": [f"f{flit}" for flit in walk] for n, walk in enumerate(walks)})
    )
    recent = histories.recent(length)
    assert list(recent.starts + recent.lengths) == list(histories.starts[1:])
    assert all(recent.lengths == np.minimum(np.diff(histories.starts), length))


def test_birds_are_the_same_in_batches_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    histories = Histories.of(
        sequences({f"b{n}": [f"f{(n + s) % 9}" for s in range(1 + n % 7)] for n in range(50)})
    )
    parameters = CausalTransformerParameters(dimensions=8, length=5, epochs=1, device="cpu")
    whole = train(histories, parameters, silent).birds
    monkeypatch.setattr("tasks.embeddings.sequences.training.CELLS", 1)
    np.testing.assert_allclose(train(histories, parameters, silent).birds, whole, atol=1e-5)


def test_heads_that_do_not_divide_the_dimensions_are_refused() -> None:
    with pytest.raises(ValidationError, match="heads must divide dimensions, found 3 and 64"):
        CausalTransformerParameters(heads=3)


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is here")
def test_a_device_that_is_not_there_is_refused_in_one_line() -> None:
    with pytest.raises(ValueError, match="torch finds no GPU here") as refusal:
        fit({"b": ["x", "y"]}, device="cuda")
    assert "\n" not in str(refusal.value)
