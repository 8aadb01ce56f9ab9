"""What a text model needs and a set of titles cannot bring: vectors of the texts, by the model's own parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tasks.embeddings.contract import Inputs, Report
from tasks.embeddings.texts.sentence_transformer import SentenceTransformerParameters, encode
from tasks.parameters import Parameters
from warehouse.vectors import Vectors

Encode = Callable[[Inputs, SentenceTransformerParameters, Report], Vectors]
"""Vectors of the `texts` of inputs, by their hashes."""


def encode_documents(inputs: Inputs, parameters: SentenceTransformerParameters, report: Report) -> Vectors:
    """Each text of `documents` encoded once."""
    named = inputs.frame("texts").join(inputs.frame("documents"), on="flit_id", how="inner").drop_nulls()
    once = named.unique("text_hash").sort("text_hash")
    return Vectors.of(once["text_hash"], encode(once["text"].to_list(), parameters, report))


def with_encodings(inputs: Inputs, parameters: Parameters, report: Report, encode: Encode) -> Inputs:
    """`inputs` with their texts encoded, where `parameters` are a text model's."""
    if not isinstance(parameters, SentenceTransformerParameters):
        return inputs
    return replace(inputs, encoded=encode(inputs, parameters, report))
