"""Words by the words around them: the published matrix, its cosines, and PPMI against its formula."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_array

from tasks.embeddings.contract import Embedding, Inputs, silent
from tasks.embeddings.words import cooccurrence
from tasks.embeddings.words.cooccurrence import CooccurrenceParameters, count, ppmi
from tasks.embeddings.words.corpus import WordCorpus
from tasks.embeddings.words.factors import centred_factors, factors

SENTENCES = ["The cat sat on the mat.", "The dog sat on the log.", "The cat chased the dog."]
DOCUMENTS = pl.DataFrame({"flit_id": ["a", "b", "c"], "text": SENTENCES})
WORDS = ["cat", "chased", "dog", "log", "mat", "on", "sat", "the"]
COUNTS = [
    [0, 1, 0, 0, 0, 1, 1, 3],
    [1, 0, 1, 0, 0, 0, 0, 2],
    [0, 1, 0, 0, 0, 1, 1, 2],
    [0, 0, 0, 0, 0, 1, 0, 1],
    [0, 0, 0, 0, 0, 1, 0, 1],
    [1, 0, 1, 1, 1, 0, 2, 2],
    [1, 0, 1, 0, 0, 2, 0, 4],
    [3, 2, 2, 1, 1, 2, 4, 0],
]


def fit(**parameters: Any) -> Embedding:
    chosen = CooccurrenceParameters(**{"min_count": 1, "window": 2, **parameters})
    return cooccurrence.fit(Inputs(documents=DOCUMENTS), chosen, silent)


def cosine(matrix: Any, one: str, other: str) -> float:
    a, b = matrix[WORDS.index(one)], matrix[WORDS.index(other)]
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_the_published_counts_and_their_cosines(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = WordCorpus.read(DOCUMENTS)
    assert list(corpus.words) == WORDS
    counts = count(corpus, 2).toarray()
    assert counts.tolist() == COUNTS
    assert cosine(counts, "cat", "dog") == pytest.approx(0.98198, abs=5e-6)
    assert cosine(counts, "mat", "log") == pytest.approx(1)
    monkeypatch.setattr(cooccurrence, "TOKENS_AT_A_TIME", 3)
    steps: list[tuple[int, int]] = []
    assert count(corpus, 2, lambda done, total: steps.append((done, total))).toarray().tolist() == COUNTS
    blocks = -(-len(corpus.codes) // 3)
    assert steps == [(block, blocks + 1) for block in range(1, blocks + 1)]


@pytest.mark.parametrize("reduction", ["svd", "pca"])
def test_the_dog_is_the_animal_nearest_to_the_cat(reduction: str) -> None:
    embedding = fit(weighting="raw", reduction=reduction, eigenvalue_weighting=1, dimensions=8)
    matrix = embedding.vectors.matrix
    assert cosine(matrix, "cat", "dog") > cosine(matrix, "cat", "mat")
    assert cosine(matrix, "mat", "log") == pytest.approx(1, abs=1e-4)


def test_every_direction_of_the_counts_keeps_their_cosines() -> None:
    matrix = fit(weighting="raw", eigenvalue_weighting=1, dimensions=8).vectors.matrix
    assert cosine(matrix, "cat", "dog") == pytest.approx(0.98198, abs=5e-5)


def test_pca_in_two_dimensions_is_the_centred_decomposition() -> None:
    counts = np.array(COUNTS, dtype=np.float64)
    apart = counts - counts.mean(axis=0)
    left, strengths, _ = np.linalg.svd(apart)
    for dimensions in (2, 8):
        found, values = centred_factors(csr_array(counts), dimensions, seed=7)
        np.testing.assert_allclose(values, strengths[:dimensions], atol=1e-4)
        np.testing.assert_allclose(np.abs(found[:, :2]), np.abs(left[:, :2]), atol=1e-4)


def test_factors_are_those_of_the_decomposition() -> None:
    counts = np.array(COUNTS, dtype=np.float64)
    left, strengths, _ = np.linalg.svd(counts)
    found, values = factors(csr_array(counts), 3, seed=7)
    np.testing.assert_allclose(values, strengths[:3], rtol=1e-4)
    np.testing.assert_allclose(np.abs(found), np.abs(left[:, :3]), atol=1e-3)


@pytest.mark.parametrize("smoothing", [1.0, 0.75])
def test_ppmi_is_its_formula(smoothing: float) -> None:
    counts = np.array(COUNTS, dtype=np.float64)
    share = counts / counts.sum()
    chance = share.sum(axis=0) ** smoothing / (share.sum(axis=0) ** smoothing).sum()
    with np.errstate(divide="ignore"):
        expected = np.maximum(np.log(share / np.outer(share.sum(axis=1), chance)), 0)
    np.testing.assert_allclose(ppmi(csr_array(counts), smoothing).toarray(), expected, atol=1e-6)


def test_a_word_that_is_always_alone_is_left_out() -> None:
    frame = pl.concat([DOCUMENTS, pl.DataFrame({"flit_id": ["d", "e"], "text": ["owl", "wren"]})])
    embedding = cooccurrence.fit(Inputs(documents=frame), CooccurrenceParameters(min_count=1), silent)
    assert list(embedding.left_out["never_beside_another"]) == ["owl", "wren"]
    assert list(embedding.vectors.ids) == WORDS
