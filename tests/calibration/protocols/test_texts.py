"""Duplicates among titles: planted ones, ranks held against a slow sort, files that are not so."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tasks.calibration.protocols import texts
from tasks.calibration.protocols.protocol import Part
from tasks.calibration.protocols.texts import TextSet, part_of, read
from tasks.calibration.recipe import Recipe
from tasks.embeddings.contract import Embedding, silent
from tasks.embeddings.registry import METHODS
from warehouse.vectors import Vectors

TF_IDF = METHODS["tf_idf"]


def write(folder: Path, titles: dict[str, str], pairs: list[tuple[str, str]]) -> tuple[Path, Path]:
    path, beside = folder / "titles.tsv", folder / "pairs.tsv"
    path.write_text("".join(f"{flit}\t{text}\n" for flit, text in titles.items()))
    beside.write_text("".join(f"{one}\t{other}\n" for one, other in pairs))
    return path, beside


@pytest.fixture
def planted(tmp_path: Path) -> TextSet:
    """Pairs of titles of the same five words out of 200, in other orders, among as many others."""
    generator = np.random.default_rng(0)
    vocabulary = [f"word{n}" for n in range(200)]
    titles: dict[str, str] = {}
    for n in range(40):
        said = generator.choice(vocabulary, size=5, replace=False)
        titles[f"a{n}"], titles[f"b{n}"] = " ".join(said), " ".join(generator.permutation(said))
        titles[f"c{n}"] = " ".join(generator.choice(vocabulary, size=5))
    return read(*write(tmp_path, titles, [(f"b{n}", f"a{n}") for n in range(40)]))


@pytest.mark.parametrize("on", ["validation", "test"])
def test_planted_duplicates_are_found_and_by_chance_they_are_not(planted: TextSet, on: Part) -> None:
    task = planted.task(on)
    embedding = Recipe.of("tf_idf", {}).fit(task, silent).embedding
    found = task.measure(TF_IDF, embedding)
    assert found[planted.headline].value == 1
    assert found["mrr"].low <= found["mrr"].value <= found["mrr"].high
    assert task.baselines["tf_idf_all_words"]()["mrr"].value == 1
    noise = np.random.default_rng(1).normal(size=embedding.vectors.matrix.shape)
    random = replace(embedding, vectors=Vectors.of(embedding.vectors.ids, noise))
    assert task.measure(TF_IDF, random)["within_10"].value < 0.4


def test_every_pair_is_in_one_part_whichever_way_it_is_written(planted: TextSet) -> None:
    parts = {on: {pair for pair in planted.pairs if part_of(pair) == on} for on in ("validation", "test")}
    assert len(parts["validation"]) + len(parts["test"]) == len(planted.pairs) == 40
    assert all(len(pairs) > 10 for pairs in parts.values())
    assert all(one < other for one, other in planted.pairs)


def test_metrics_are_those_of_a_slow_sort(planted: TextSet) -> None:
    ids = sorted(planted.titles["flit_id"])
    unit = np.random.default_rng(2).normal(size=(len(ids), 3))
    embedding = Embedding.uniform(Vectors.of(ids, unit), "text", {})
    matrix = embedding.vectors.normalised()
    place = {id_: row for row, id_ in enumerate(ids)}

    def rank(one: str, other: str) -> int:
        scores = matrix @ matrix[place[one]]
        order = sorted((id_ for id_ in ids if id_ != one), key=lambda id_: (-scores[place[id_]], id_))
        return order.index(other) + 1

    pairs = [pair for pair in planted.pairs if part_of(pair) == "test"]
    both = np.array([[rank(a, b), rank(b, a)] for a, b in pairs])
    found = planted.task("test").measure(TF_IDF, embedding)
    assert found["mrr"].value == pytest.approx((1 / both).mean())
    assert found["within_10"].value == pytest.approx((both <= 10).mean())


def test_a_title_without_a_vector_finds_nothing_and_stays_counted(planted: TextSet) -> None:
    task = planted.task("test")
    embedding = Recipe.of("tf_idf", {}).fit(task, silent).embedding
    lost = [pair[0] for pair in planted.pairs]
    kept = ~np.isin(embedding.vectors.ids, lost)
    some = Vectors(embedding.vectors.ids[kept], embedding.vectors.matrix[kept])
    found = task.measure(TF_IDF, Embedding.uniform(some, "text", {"no_word": lost}))
    assert found["mrr"].value == found["within_10"].value == found["within_10"].high == 0


def test_without_pairs_halves_look_for_their_other_half(tmp_path: Path) -> None:
    titles = {f"t{n}": f"a b{n} c{n} d{n} e{n} f{n} g" for n in range(30)} | {"short": "too short to cut"}
    halved = read(write(tmp_path, titles, [])[0])
    said = dict(halved.titles.iter_rows())
    assert said["t7/1"] == "a b7 c7" and said["t7/2"] == "d7 e7 f7 g"
    assert "t7" not in said and said["short"] == titles["short"]
    assert len(halved.pairs) == 30 and halved.name == "titles, other half"


def test_a_text_model_is_encoded_by_its_own_parameters(tmp_path: Path) -> None:
    titles = {
        "a": "How do I get to the airport?",
        "b": "Way to the airport",
        "c": "Soup recipes",
        "d": "Soup",
    }
    small = replace(read(*write(tmp_path, titles, [("a", "b"), ("c", "d")])), pairs=(("a", "b"), ("c", "d")))
    part: Part = part_of(("a", "b"))
    for params, width in (({"dimensions": 100}, 100), ({"layers": [-1]}, 384)):
        recipe = Recipe.of("sentence_transformer", params)
        embedding = recipe.fit(small.task(part), silent).embedding
        assert embedding.vectors.matrix.shape == (4, width)
        assert small.task(part).measure(recipe.how, embedding)["within_1"].value == 1


def test_gzip_is_read_by_its_suffix(tmp_path: Path) -> None:
    path = tmp_path / "titles.tsv.gz"
    path.write_bytes(gzip.compress(b"a\tone two three four five six\n"))
    assert len(read(path).pairs) == 1


@pytest.mark.parametrize(
    ("titles", "pairs", "said"),
    [
        ("a one\n", "", "titles.tsv, line 1: expected two columns"),
        ("a\tone\nb\t\n", "", "titles.tsv, line 2: expected two columns"),
        ("a\tone\na\ttwo\n", "", "'a' stands on two lines"),
        ("a\tone\nb\ttwo\n", "a\tz\n", "pairs.tsv, line 1: 'z' is in no line of titles.tsv"),
        ("a\tone\nb\ttwo\n", "a\tb\nb\tb\n", "pairs.tsv, line 2: 'b' is paired with itself"),
        ("", "", "titles.tsv: expected lines of id, tab, text, found an empty file"),
        ("a\tone\nb\ttwo\n", "", "pairs.tsv: expected lines of two ids, found an empty file"),
    ],
)
def test_files_that_are_not_so_are_refused_in_one_line(
    tmp_path: Path, titles: str, pairs: str, said: str
) -> None:
    (tmp_path / "titles.tsv").write_text(titles)
    (tmp_path / "pairs.tsv").write_text(pairs)
    with pytest.raises(ValueError, match=said) as refusal:
        read(tmp_path / "titles.tsv", tmp_path / "pairs.tsv")
    assert "\n" not in str(refusal.value)


def test_titles_too_short_to_cut_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"titles.tsv: .* at least 6 words .* found none; give --pairs FILE"):
        read(write(tmp_path, {"a": "one two", "b": "two one"}, [])[0])


def test_rows_that_are_no_titles_and_parts_without_pairs_are_refused(planted: TextSet) -> None:
    word: Any = METHODS["word2vec"]
    embedding = Embedding.uniform(Vectors.empty(3), "trained", {})
    with pytest.raises(ValueError, match="expected rows of entity flit, found word"):
        planted.task("test").measure(word, embedding)
    empty = TextSet("none", pl.DataFrame(schema=planted.titles.schema), ())
    with pytest.raises(ValueError, match="none of 0 pairs is in the test part"):
        empty.task("test")


def test_sparse_scores_rank_as_dense_ones_do(planted: TextSet, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = planted.task("test").baselines["tf_idf_all_words"]()
    monkeypatch.setattr(texts, "QUERIES_AT_A_TIME", 7)
    assert planted.task("test").baselines["tf_idf_all_words"]() == usual
