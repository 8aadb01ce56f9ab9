"""item2vec: what counts as a neighbour, what is left out, and that no event is lost on the way to gensim."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from gensim.models import word2vec
from hypothesis import given
from hypothesis import strategies as st

from tasks.embeddings.contract import Inputs, silent
from tasks.embeddings.gensim_training import LONGEST_SEQUENCE
from tasks.embeddings.interactions import corpus, item2vec
from tasks.embeddings.interactions.item2vec import Item2VecParameters


def sequences(histories: dict[str, list[str]]) -> Inputs:
    rows = [(bird, flit) for bird in sorted(histories) for flit in histories[bird]]
    return Inputs(
        sequences=pl.DataFrame(rows, schema={"bird_id": pl.String, "flit_id": pl.String}, orient="row")
    )


def fit(histories: dict[str, list[str]], **parameters: Any) -> Any:
    chosen = Item2VecParameters(**{"dimensions": 16, "min_count": 1, **parameters})
    return item2vec.fit(sequences(histories), chosen, silent)


def test_input_times_output_finds_what_is_chosen_together() -> None:
    """Birds choose pairs: a flit's counterpart scores highest, above the flit itself, which never follows itself."""
    histories = {f"b{n:03}": [f"left {n % 20:02}", f"right {n % 20:02}"] for n in range(400)}
    embedding = fit(histories)
    scores = embedding.vectors.matrix @ embedding.output.T
    ids = list(embedding.vectors.ids)
    best = [ids[column] for column in scores.argmax(axis=1)]
    assert best == [id_.replace("left", "x").replace("right", "left").replace("x", "right") for id_ in ids]


def test_rare_and_lonely_flits_are_left_out_under_their_reason() -> None:
    together = {f"b{n}": ["common", "usual", "common"] for n in range(5)}
    embedding = fit(together | {"c": ["common", "rare", "usual"], "d": ["alone"] * 4}, min_count=2)
    assert list(embedding.vectors.ids) == ["common", "usual"]
    assert {reason: list(ids) for reason, ids in embedding.left_out.items()} == {
        "too_few_events": ["rare"],
        "never_beside_another": ["alone"],
    }


def test_a_repeat_in_a_row_is_one_step_even_across_a_dropped_flit() -> None:
    frame = sequences({"b": ["x", "x", "y", "y", "x"], "c": ["x"], "d": ["y", "x"]}).frame("sequences")
    assert list(corpus.read_corpus(frame)) == [["x", "y", "x"], ["y", "x"]]


@given(st.integers(1, 5 * LONGEST_SEQUENCE))
def test_pieces_hold_every_event_and_fit_into_gensim(length: int) -> None:
    pieces = corpus.pieces(length)
    assert sum(pieces) == length
    assert max(pieces) <= word2vec.MAX_WORDS_IN_BATCH
    assert max(pieces) - min(pieces) <= 1


def test_the_end_of_an_endless_history_is_learnt_too() -> None:
    """Beyond gensim's limit lies a flit that no one else touches: dropped, its vector would stay as it began."""
    long = [f"x{n % 50}" for n in range(LONGEST_SEQUENCE)] + ["late", "later"] * 200
    embedding = fit({"b": long}, epochs=1, context=2)
    scores = embedding.vectors.matrix @ embedding.output.T
    late, later = embedding.vectors.rows(["late", "later"])
    assert scores[late].argmax() == later
    assert scores[later].argmax() == late


def test_another_seed_gives_another_space_with_the_same_neighbours(world: Any) -> None:
    parameters = Item2VecParameters(dimensions=16)
    one = item2vec.fit(world.inputs, parameters, silent)
    other = item2vec.fit(world.inputs, parameters.model_copy(update={"seed": 8}), silent)
    assert not np.allclose(one.vectors.matrix, other.vectors.matrix, atol=0.01)
    assert list(one.vectors.ids) == list(other.vectors.ids)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("epochs", 5),
        ("context", 1),
        ("negative", 1),
        ("ns_exponent", 1.0),
        ("sample", 0.01),
        ("learning_rate", 0.01),
    ],
)
def test_every_parameter_reaches_the_training(world: Any, key: str, value: float) -> None:
    parameters = Item2VecParameters(dimensions=16)
    usual = item2vec.fit(world.inputs, parameters, silent)
    other = item2vec.fit(world.inputs, parameters.model_copy(update={key: value}), silent)
    assert not np.array_equal(usual.vectors.matrix, other.vectors.matrix)


def test_what_thinning_never_lets_through_has_no_vector() -> None:
    histories = {f"b{n}": ["everywhere", "everywhere else"] for n in range(4)}
    embedding = fit(histories, sample=1e-9, epochs=1)
    assert len(embedding.vectors) == 0
    assert list(embedding.left_out["thinned_out"]) == ["everywhere", "everywhere else"]


def test_no_vector_is_as_it_was_drawn() -> None:
    """Counter-examples learn an output side without ever being let through themselves."""
    chosen = np.random.default_rng(0).integers(60, size=(50, 20))
    histories = {f"b{bird:02}": [f"f{flit:02}" for flit in flits] for bird, flits in enumerate(chosen)}
    embedding = fit(histories, sample=1e-4, epochs=1)
    untrained = word2vec.Word2Vec(vector_size=16, min_count=1, seed=7)
    untrained.build_vocab_from_freq(corpus.read_corpus(sequences(histories).frame("sequences")).counts())
    drawn = [untrained.wv[flit] for flit in embedding.vectors.ids]
    assert 0 < len(drawn) < 60 == len(drawn) + len(embedding.left_out["thinned_out"])
    assert (embedding.vectors.matrix != drawn).any(axis=1).all()


def test_every_epoch_is_reported() -> None:
    steps: list[tuple[int, int]] = []
    inputs = sequences({"b": ["x", "y"], "c": ["y", "x"]})
    item2vec.fit(
        inputs, Item2VecParameters(min_count=1, epochs=3), lambda done, total: steps.append((done, total))
    )
    assert steps == [(0, 3), (1, 3), (2, 3), (3, 3)]
