"""Texts in, vectors of texts out: what was never encoded is encoded, in shards that are kept one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from tasks.embeddings.contract import Report, silent
from tasks.embeddings.texts import sentence_transformer
from tasks.embeddings.texts.sentence_transformer import SentenceTransformerParameters
from tasks.progress import step
from tasks.versions.plan import Plan
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.features import AsOf, read_text_of, read_texts
from warehouse.encodings import Encodings
from warehouse.home import Home
from warehouse.vectors import Matrix, Vectors, as_ids

SHARD_TEXTS = 4096
Encode = Callable[[Sequence[str], SentenceTransformerParameters, Report], Matrix]
Encoder = Callable[[Sequence[str], Report], Matrix]


@dataclass(frozen=True, slots=True)
class EncodeReport:
    """Distinct texts that were encoded, and those whose vector was there already."""

    encoded: int
    reused: int


def encode_pending(home: Home, plan: Plan) -> EncodeReport:
    """Encode the texts that the plan's method will read and the store lacks; nothing for a method of another kind.

    Only texts that are to be encoded are fetched, and torch is not imported where there are none.
    """
    parameters = plan.pipeline.params
    if not isinstance(parameters, SentenceTransformerParameters):
        return EncodeReport(0, 0)
    store = _store(home, parameters)
    with Warehouse.of(home, read_only=True) as warehouse:
        hashes = (
            read_texts(warehouse, AsOf(plan.day, plan.known_as_of)).select("text_hash").drop_nulls().unique()
        )
        missing = hashes.join(store.known().to_frame(), on="text_hash", how="anti")["text_hash"]
        pending = read_text_of(warehouse, missing)
    with step(f"{plan.space}: encode texts") as progress:
        _encode_shards(store, pending, _encoder(sentence_transformer.encode, parameters), progress)
        report = EncodeReport(len(pending), len(hashes) - len(pending))
        progress.note = f"{report.encoded} encoded, {report.reused} known"
    return report


def encode_texts(
    home: Home,
    parameters: SentenceTransformerParameters,
    texts: pl.DataFrame,
    report: Report = silent,
    encode: Encode = sentence_transformer.encode,
) -> EncodeReport:
    """Encode what `texts` (text_hash, text; null hashes have no text) holds and the store lacks.

    Pending texts are taken in the order of their hashes, `SHARD_TEXTS` to a shard: a run killed between two shards
    and started again ends in the same files as an undisturbed one. `report` counts texts.
    """
    store = _store(home, parameters)
    distinct = _distinct(texts)
    pending = distinct.join(store.known().to_frame(), on="text_hash", how="anti", maintain_order="left")
    _encode_shards(store, pending, _encoder(encode, parameters), report)
    return EncodeReport(encoded=len(pending), reused=len(distinct) - len(pending))


def _encode_shards(store: Encodings, pending: pl.DataFrame, encode: Encoder, report: Report) -> None:
    """`pending`: text_hash, text, ordered by text_hash."""
    for start in range(0, len(pending), SHARD_TEXTS):
        part = pending.slice(start, SHARD_TEXTS)
        matrix = encode(part["text"].to_list(), _beginning_at(start, len(pending), report))
        store.add(Vectors(as_ids(part["text_hash"]), matrix))


def read_encodings(home: Home, parameters: SentenceTransformerParameters, hashes: Iterable[str]) -> Vectors:
    """The vectors of texts by hash, for `Inputs.encoded`; EncodingsError where one is missing or damaged."""
    store = _store(home, parameters)
    # Only the model can say it before anything was encoded, and loading the model takes seconds.
    dim = store.dim() or sentence_transformer.encoded_dimensions(parameters)
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


def _encoder(encode: Encode, parameters: SentenceTransformerParameters) -> Encoder:
    return lambda texts, report: encode(texts, parameters, report)


def _beginning_at(start: int, total: int, report: Report) -> Report:
    return lambda done, _: report(start + done, total)
