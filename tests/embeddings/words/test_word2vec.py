"""word2vec, with and without subwords: the quotation that it completes, planted synonyms, words too rare to learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from tasks.embeddings.contract import Inputs, Method, silent
from tasks.embeddings.gensim_training import LONGEST_SEQUENCE
from tasks.embeddings.registry import METHODS
from tasks.embeddings.words import subword_word2vec, word2vec
from tasks.embeddings.words.corpus import WordCorpus
from tasks.embeddings.words.subword_word2vec import SubwordWord2VecParameters
from tasks.embeddings.words.word2vec import Pieces, Word2VecParameters, train

QUOTATIONS = [
    "hold fast to dreams for if dreams die life is a broken-winged bird that cannot fly",
    "no bird soars too high if he soars with his own wings",
    "a bird does not sing because it has an answer it sings because it has a song",
]
SMALL: dict[str, Any] = {"dimensions": 16, "min_count": 2, "epochs": 20}


@pytest.mark.parametrize("seed", range(5))
def test_no_bird_soars_too_high(seed: int) -> None:
    corpus = WordCorpus.of((f"F{n}", text.split()) for n, text in enumerate(QUOTATIONS))
    assert len(corpus.words) == 34
    assert (corpus.lengths - 2 * 2).sum() == 33, "words with two on either side"
    parameters = Word2VecParameters(
        model="cbow", sample=0, context=2, negative=5, learning_rate=0.05, epochs=500, seed=seed
    )
    model = train(word2vec.word2vec(parameters), corpus, parameters, silent).model
    ((word, _),) = model.predict_output_word(["no", "bird", "too", "high"], topn=1)
    assert word == "soars"


def feed(*more: str) -> Inputs:
    """Flits on flying and on baking; `jetliner` and `airliner` stand in for each other."""
    generator = np.random.default_rng(0)
    subjects = (
        (["jetliner", "airliner"], ["wing", "pilot", "runway", "gate"]),
        (["muffin", "loaf"], ["flour", "oven", "crust", "dough"]),
    )
    said = [
        " ".join(generator.permutation([generator.choice(names), *generator.permutation(beside)[:3]]))
        for _ in range(150)
        for names, beside in subjects
    ]
    texts = [*said, *more]
    return Inputs(documents=pl.DataFrame({"flit_id": [f"f{n:04}" for n in range(len(texts))], "text": texts}))


@pytest.mark.parametrize("model", ["cbow", "skip_gram"])
def test_words_in_the_same_company_are_near(model: str) -> None:
    vectors = word2vec.fit(feed(), Word2VecParameters(**SMALL, model=model), silent).vectors
    jet, air, loaf = vectors.normalised()[vectors.rows(["jetliner", "airliner", "loaf"])]
    assert jet @ air > 0.5 > jet @ loaf


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("model", "cbow"),
        ("epochs", 5),
        ("context", 1),
        ("negative", 1),
        ("ns_exponent", 0.0),
        ("sample", 0.0),
        ("learning_rate", 0.01),
        ("centre", False),
        ("seed", 8),
    ],
)
def test_every_parameter_reaches_the_training(key: str, value: Any) -> None:
    usual, other = (
        word2vec.fit(feed(), Word2VecParameters(**SMALL | changed), silent).vectors.matrix
        for changed in ({}, {key: value})
    )
    assert not np.array_equal(usual, other)


def test_words_left_out_have_their_reason() -> None:
    more = ("ornithopter wing", "wren wing", "wren wing")
    embedding = word2vec.fit(feed(*more), Word2VecParameters(**SMALL, vocabulary=12), silent)
    assert {reason: list(ids) for reason, ids in embedding.left_out.items()} == {
        "too_few_uses": ["ornithopter"],
        "beyond_vocabulary": ["wren"],
    }


def test_a_word_that_is_always_alone_learns_nothing() -> None:
    embedding = word2vec.fit(feed("solo", "solo"), Word2VecParameters(**SMALL), silent)
    assert list(embedding.left_out["never_beside_another"]) == ["solo"]


@pytest.mark.parametrize("method", [METHODS["word2vec"], METHODS["subword_word2vec"]])
def test_words_that_taught_nothing_say_why(method: Method) -> None:
    """Thinning lets nothing of two texts through; a word that only stands beside itself is the mean of all words."""

    def left_out(texts: list[str], **parameters: Any) -> dict[str, list[str]]:
        frame = pl.DataFrame({"flit_id": [f"f{n}" for n in range(len(texts))], "text": texts})
        chosen = method.parameters(**SMALL, **parameters)
        embedding = method.fit(Inputs(documents=frame), chosen, silent)
        assert len(embedding.vectors) == 0 and set(embedding.left_out) <= set(method.leaves_out)
        return {reason: list(ids) for reason, ids in embedding.left_out.items()}

    assert left_out(["owl wren"] * 2, sample=1e-9) == {"thinned_out": ["owl", "wren"]}
    assert left_out(["owl owl"] * 20, sample=0) == {"no_direction": ["owl"]}


def test_a_long_text_is_read_to_its_end() -> None:
    words = [f"w{n % 7}" for n in range(2 * LONGEST_SEQUENCE + 3)]
    pieces = Pieces(WordCorpus.of([("a", words), ("b", []), ("c", ["w1"])]))
    assert len(pieces) == len(list(pieces)) == 4
    assert [word for piece in pieces for word in piece] == [*words, "w1"]
    assert max(map(len, pieces)) == LONGEST_SEQUENCE


def test_a_word_too_rare_to_learn_lies_where_its_pieces_lie() -> None:
    inputs = feed("jetliners", "qqqq")
    embedding = subword_word2vec.fit(inputs, SubwordWord2VecParameters(**SMALL), silent)
    vectors = embedding.vectors
    rare, jet, loaf = vectors.normalised()[vectors.rows(["jetliners", "jetliner", "loaf"])]
    assert rare @ jet > 0.5 > rare @ loaf
    how = dict(zip(vectors.ids, embedding.provenance, strict=True))
    assert how["jetliners"] == "subwords" and how["jetliner"] == "trained"
    assert {reason: list(ids) for reason, ids in embedding.left_out.items()} == {"no_known_subword": ["qqqq"]}


def test_pieces_are_kept_in_as_many_rows_as_were_asked_for() -> None:
    few = SubwordWord2VecParameters(**SMALL, buckets=50)
    assert subword_word2vec._fast_text(few).wv.bucket == 50
    assert len(subword_word2vec.fit(feed(), few, silent).vectors) == 12


def test_the_longest_piece_is_not_below_the_shortest() -> None:
    with pytest.raises(ValueError, match="longest 2 is below shortest 3"):
        SubwordWord2VecParameters(longest=2)
