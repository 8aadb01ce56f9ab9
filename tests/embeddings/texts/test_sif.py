"""SIF: the formula on words by hand, and what it takes away."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from tasks.embeddings.contract import Embedding, Inputs, silent
from tasks.embeddings.texts import sif
from tasks.embeddings.texts.sif import SifParameters
from warehouse.vectors import Vectors


def fit(texts: dict[str, str | None], words: Vectors, **parameters: Any) -> Embedding:
    frame = pl.DataFrame({"flit_id": list(texts), "text": list(texts.values())})
    return sif.fit(
        Inputs(documents=frame, parents={"flit_words": words}), SifParameters(**parameters), silent
    )


WORDS = Vectors.of(["finch", "heron", "the"], np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float32))


def test_a_flit_is_the_mean_of_its_words_by_inverse_frequency() -> None:
    """6 uses: the 3, finch 2, heron 1; with a = 0.5 they weigh 1/2, 3/5 and 3/4."""
    texts = {"a": "the finch", "b": "the heron", "c": "the finch"}
    matrix = fit(texts, WORDS, a=0.5, removed=0).vectors.matrix
    np.testing.assert_allclose(matrix[0], [0.3, 0, 0.25], atol=1e-6)
    np.testing.assert_allclose(matrix[1], [0, 0.375, 0.25], atol=1e-6)
    np.testing.assert_allclose(matrix[2], matrix[0])


def test_the_direction_that_all_flits_share_is_gone() -> None:
    generator = np.random.default_rng(0)
    names = [f"word{n}" for n in range(60)]
    common = np.zeros(20)
    common[0] = 10
    words = Vectors.of(names, generator.normal(size=(60, 20)) + common)
    texts = {f"f{n:03}": " ".join(generator.choice(names, size=6)) for n in range(200)}
    kept, removed = (fit(texts, words, removed=count).vectors.matrix for count in (0, 1))
    first = np.linalg.svd(kept, full_matrices=False)[2][0]
    np.testing.assert_allclose(removed, kept - np.outer(kept @ first, first), atol=1e-4)
    assert np.abs(removed @ first).max() < 1e-4


def test_every_flit_without_a_vector_has_its_reason() -> None:
    texts = {"a": "the finch", "b": "heron", "c": "owl", "d": None, "e": "?", "f": "owl finch heron"}
    embedding = fit(texts, WORDS)
    assert list(embedding.vectors.ids) == ["a", "b", "f"]
    assert {reason: list(ids) for reason, ids in embedding.left_out.items()} == {
        "no_word": ["d", "e"],
        "no_known_word": ["c"],
    }


def test_a_flit_that_is_nothing_but_common_has_no_direction() -> None:
    embedding = fit({"a": "finch", "b": "finch"}, WORDS)
    assert list(embedding.left_out["no_direction"]) == ["a", "b"]


def test_a_word_without_a_vector_does_not_weigh() -> None:
    alone, beside = (
        fit({"a": text, "z": "the heron"}, WORDS, removed=0, a=1) for text in ("finch", "finch owl")
    )
    assert alone.vectors.matrix[0][1] == beside.vectors.matrix[0][1] == 0
    assert beside.vectors.matrix[0][0] == pytest.approx(1 / (1 + 1 / 4))
