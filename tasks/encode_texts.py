"""Texts in, vectors of texts out: what was never encoded is encoded, in shards that are kept one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from tasks.embeddings import sentence_transformer
from tasks.embeddings.contract import Report, silent
from tasks.embeddings.sentence_transformer import SentenceTransformerParameters
from warehouse.encodings import Encodings
from warehouse.home import Home
from warehouse.vectors import Matrix, Vectors, as_ids

SHARD_TEXTS = 4096
Encode = Callable[[Sequence[str], SentenceTransformerParameters, Report], Matrix]


@dataclass(frozen=True, slots=True)
class EncodeReport:
    """Distinct texts that were encoded, and those whose vector was there already."""

    encoded: int
    reused: int


def encode_texts(
    home: Home,
    parameters: SentenceTransformerParameters,
    texts: pl.DataFrame,
    report: Report = silent,
    encode: Encode = sentence_transformer.encode,
) -> EncodeReport:
    """Encode what `texts` (text_hash, text; null hashes have no text) holds and the store lacks.

    Pending texts are taken in the order of their hashes, `SHARD_TEXTS` to a shard: a run killed between two
    shards and started again ends in the same files as an undisturbed one. `report` counts texts.
    """
    store = _store(home, parameters)
    distinct = _distinct(texts)
    pending = distinct.join(store.known().to_frame(), on="text_hash", how="anti", maintain_order="left")
    for start in range(0, len(pending), SHARD_TEXTS):
        part = pending.slice(start, SHARD_TEXTS)
        matrix = encode(part["text"].to_list(), parameters, _beginning_at(start, len(pending), report))
        store.add(Vectors(as_ids(part["text_hash"]), matrix))
    return EncodeReport(encoded=len(pending), reused=len(distinct) - len(pending))


def read_encodings(home: Home, parameters: SentenceTransformerParameters, hashes: Iterable[str]) -> Vectors:
    """The vectors of texts by hash, for `Inputs.encoded`; EncodingsError where one is missing or damaged."""
    store = _store(home, parameters)
    # Only the model can say it before anything was encoded, and loading the model takes seconds.
    dim = store.dim() or sentence_transformer.dimensions(parameters)
    return store.read(hashes, dim)


def _store(home: Home, parameters: SentenceTransformerParameters) -> Encodings:
    return Encodings.of(home.encodings, sentence_transformer.encoding_digest(parameters))


def _distinct(texts: pl.DataFrame) -> pl.DataFrame:
    """One row a hash, in their order. ValueError where a hash stands for two texts."""
    pairs = texts.select("text_hash", "text").drop_nulls("text_hash").unique().sort("text_hash", "text")
    repeated = pairs.filter(pl.col("text_hash").is_duplicated())
    if len(repeated):
        raise ValueError(
            f"{repeated['text_hash'].n_unique()} text hashes stand for two texts, the first is "
            f"{repeated['text_hash'][0]!r}; hash the text that is to be encoded"
        )
    return pairs


def _beginning_at(start: int, total: int, report: Report) -> Report:
    return lambda done, _: report(start + done, total)
