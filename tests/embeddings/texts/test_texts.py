"""Texts as words: the three quotations with their published and computed numbers, and what is left out."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from tasks.embeddings.contract import Embedding, Inputs, silent
from tasks.embeddings.texts import bag_of_words, lda, lsa, tf_idf
from tasks.embeddings.texts.bag_of_words import BagOfWordsParameters
from tasks.embeddings.texts.counted import Counted
from tasks.embeddings.texts.lda import LdaParameters
from tasks.embeddings.texts.lsa import LsaParameters
from tasks.embeddings.texts.tf_idf import TfIdfParameters, weigh
from tasks.embeddings.words.corpus import WordCorpus

QUOTATIONS = [
    "Hold fast to dreams, for if dreams die, life is a broken-winged bird that cannot fly.",
    "No bird soars too high if he soars with his own wings.",
    "A bird does not sing because it has an answer, it sings because it has a song.",
]


def documents(*texts: str | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"flit_id": [f"F{n}" for n in range(1, len(texts) + 1)], "text": texts},
        schema={"flit_id": pl.String, "text": pl.String},
    )


def fit(method: ModuleType, frame: pl.DataFrame, parameters: Any) -> Embedding:
    return method.fit(Inputs(documents=frame), parameters, silent)  # type: ignore[no-any-return]


def cosines(embedding: Embedding) -> list[float]:
    unit = embedding.vectors.normalised()
    return [float(unit[one] @ unit[other]) for one, other in ((0, 1), (0, 2), (1, 2))]


def test_the_bag_of_the_quotations() -> None:
    embedding = fit(bag_of_words, documents(*QUOTATIONS), BagOfWordsParameters(dimensions=34))
    matrix = embedding.vectors.matrix
    assert matrix.shape == (3, 34) and set(np.unique(matrix)) == {0, 1}
    assert matrix.any(axis=0).all(), "34 words, a column each"
    assert matrix.sum(axis=1).tolist() == [15, 11, 11]
    assert (matrix.sum(axis=0) == 3).sum() == 1, "only bird is in all three"
    assert Counted.read(documents(*QUOTATIONS), 34).words[0] == "bird"
    assert cosines(embedding) == pytest.approx([0.155700, 0.077850, 0.090909], abs=5e-7)


def test_a_second_use_counts_where_it_should() -> None:
    embedding = fit(bag_of_words, documents(*QUOTATIONS), BagOfWordsParameters(dimensions=40, binary=False))
    assert embedding.vectors.matrix.shape == (3, 40)
    assert embedding.vectors.matrix.sum(axis=1).tolist() == [16, 12, 15]


@pytest.mark.parametrize(
    ("word", "first", "second"),
    [
        ("bird", 0.172503, 0.197242),
        ("if", 0.172503, 0.197242),
        ("broken", 0.242447, 0),
        ("dreams", 0.484893, 0),
        ("he", 0, 0.277217),
        ("soars", 0, 0.554434),
    ],
)
def test_tf_idf_of_two_quotations(word: str, first: float, second: float) -> None:
    counted = Counted.read(documents(*QUOTATIONS[:2]), 100)
    weights = weigh(counted, "smooth").toarray()[:, list(counted.words).index(word)]
    assert weights.tolist() == pytest.approx([first, second], abs=5e-7)


def test_tf_idf_cosines() -> None:
    two = fit(tf_idf, documents(*QUOTATIONS[:2]), TfIdfParameters(dimensions=64)).vectors.normalised()
    assert two[0] @ two[1] == pytest.approx(0.068050, abs=5e-7)
    three = fit(tf_idf, documents(*QUOTATIONS), TfIdfParameters(dimensions=64))
    assert cosines(three) == pytest.approx([0.062682, 0.017182, 0.019662], abs=5e-7)


def test_tf_idf_is_the_libraries_on_its_own_words() -> None:
    theirs = TfidfVectorizer().fit(QUOTATIONS)
    counted = Counted.read(documents(*QUOTATIONS), 100)
    order = [theirs.vocabulary_[word] for word in counted.words]
    np.testing.assert_allclose(
        weigh(counted, "smooth").toarray(), theirs.transform(QUOTATIONS).toarray()[:, order], atol=1e-6
    )


def test_the_textbook_formula_on_the_words_of_the_book() -> None:
    """The book keeps `a` and `broken-winged`: 16 and 12 words."""
    first = QUOTATIONS[0].lower().replace(",", "").rstrip(".").split()
    second = QUOTATIONS[1].lower().rstrip(".").split()
    counted = Counted.of(WordCorpus.of([("F1", first), ("F2", second)]), 100)
    assert counted.lengths.tolist() == [16, 12]
    weights = dict(zip(counted.words, weigh(counted, "textbook").toarray().T.tolist(), strict=True))
    assert weights["a"] == pytest.approx([0.018814, 0], abs=5e-7)
    assert weights["dreams"] == pytest.approx([0.037629, 0], abs=5e-7)
    assert weights["soars"] == pytest.approx([0, 0.050172], abs=5e-7)
    assert weights["bird"] == weights["if"] == [0, 0]


def test_columns_are_the_words_of_most_flits_and_the_rest_is_left_out_with_its_reason() -> None:
    frame = documents("finch heron", "heron heron", "finch", "owl", None, "!?")
    embedding = fit(bag_of_words, frame, BagOfWordsParameters(dimensions=2, binary=False))
    assert list(Counted.read(frame, 2).words) == ["finch", "heron"]
    assert embedding.vectors.matrix.tolist() == [[1, 1], [0, 2], [1, 0]]
    assert {reason: list(ids) for reason, ids in embedding.left_out.items()} == {
        "no_telling_word": ["F4"],
        "no_word": ["F5", "F6"],
    }


def test_a_word_of_every_flit_tells_nothing_by_the_textbook() -> None:
    embedding = fit(tf_idf, documents("finch", "finch heron"), TfIdfParameters(formula="textbook"))
    assert list(embedding.vectors.ids) == ["F2"]
    assert list(embedding.left_out["no_telling_word"]) == ["F1"]


@pytest.mark.parametrize("formula", ["smooth", "textbook"])
def test_flits_that_say_nothing_make_no_word_rarer(formula: Any) -> None:
    said, silence = QUOTATIONS[:2], ["!?", None]
    alone, among = (
        fit(tf_idf, documents(*texts), TfIdfParameters(dimensions=30, formula=formula)).vectors
        for texts in (said, [*said, *silence])
    )
    assert list(among.ids) == list(alone.ids)
    np.testing.assert_array_equal(among.matrix, alone.matrix)


def test_lsa_with_every_direction_keeps_the_cosines_of_tf_idf() -> None:
    whole = fit(lsa, documents(*QUOTATIONS), LsaParameters(dimensions=10, min_flits=1))
    assert whole.vectors.dim == 10 and not whole.vectors.matrix[:, 3:].any()
    assert cosines(whole) == pytest.approx([0.062682, 0.017182, 0.019662], abs=5e-6)


def planted_synonyms() -> pl.DataFrame:
    """Flits say `jet` or `plane`, never both, each with a word of the same subject; others speak of something else."""
    generator = np.random.default_rng(0)
    subjects = (["jet", "plane"], ["wing", "pilot", "runway"]), (["bun", "loaf"], ["flour", "oven", "crust"])
    return documents(
        *(
            " ".join([str(generator.choice(names)), *generator.choice(beside, size=2)])
            for _ in range(100)
            for names, beside in subjects
        ),
        "jet",
        "plane",
        "bun",
    )


def test_lsa_brings_flits_together_that_share_no_word() -> None:
    frame = planted_synonyms()
    jet, plane, bun = fit(lsa, frame, LsaParameters(dimensions=2)).vectors.normalised()[
        [int(np.flatnonzero(np.array(sorted(frame["flit_id"])) == f"F{n}")[0]) for n in (201, 202, 203)]
    ]
    assert jet @ plane > 0.95
    assert abs(jet @ bun) < 0.05
    apart = fit(tf_idf, frame, TfIdfParameters()).vectors
    rows = apart.normalised()[apart.rows(["F201", "F202"])]
    assert rows[0] @ rows[1] == 0


def test_lda_finds_the_two_subjects() -> None:
    frame = planted_synonyms()
    embedding = fit(lda, frame, LdaParameters(dimensions=2, epochs=20, batch_size=32))
    shares = embedding.vectors.matrix
    assert shares.sum(axis=1) == pytest.approx(1, abs=1e-5)
    topic = dict(zip(embedding.vectors.ids, shares.argmax(axis=1), strict=True))
    flying = {topic[f"F{n}"] for n in range(1, 200, 2)}
    baking = {topic[f"F{n}"] for n in range(2, 201, 2)}
    assert len(flying) == len(baking) == 1 and flying != baking


def test_lda_reports_every_epoch() -> None:
    steps: list[tuple[int, int]] = []
    lda.fit(
        Inputs(documents=planted_synonyms()),
        LdaParameters(epochs=3),
        lambda done, total: steps.append((done, total)),
    )
    assert steps == [(0, 3), (1, 3), (2, 3), (3, 3)]
