"""What a text model needs and a set of titles cannot bring: vectors of the texts, by the model's own parameters."""

from __future__ import annotations

from dataclasses import replace

from tasks.embeddings.contract import Inputs, Report
from tasks.embeddings.texts.sentence_transformer import SentenceTransformerParameters, encode
from tasks.parameters import Parameters
from warehouse.vectors import Vectors


def with_encodings(inputs: Inputs, parameters: Parameters, report: Report) -> Inputs:
    """`inputs` with each text of `documents` encoded once, where `parameters` are a text model's and nothing is yet."""
    if not isinstance(parameters, SentenceTransformerParameters) or inputs.encoded is not None:
        return inputs
    named = inputs.frame("texts").join(inputs.frame("documents"), on="flit_id", how="inner").drop_nulls()
    once = named.unique("text_hash").sort("text_hash")
    return replace(
        inputs, encoded=Vectors.of(once["text_hash"], encode(once["text"].to_list(), parameters, report))
    )
