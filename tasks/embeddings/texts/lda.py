"""LDA: a flit as its shares of topics, a topic as words that are used together.

Blei, Ng and Jordan, "Latent Dirichlet Allocation" (2003), learnt batch by batch (Hoffman, Blei and Bach, "Online
Learning for Latent Dirichlet Allocation", 2010).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.texts.counted import Counted
from tasks.parameters import Parameters
from warehouse.threads import one_thread
from warehouse.vectors import Matrix


class LdaParameters(Parameters):
    """How many topics, of which words, and how long to look for them."""

    dimensions: int = Field(
        32, ge=2, le=1024, description="Topics; a vector is a flit's share of each, in all 1."
    )
    vocabulary: int = Field(
        20_000, ge=1, le=1_000_000, description="Only the words that most flits use are read."
    )
    min_flits: int = Field(2, ge=1, description="A word that fewer flits use is not read.")
    epochs: int = Field(10, ge=1, le=1000, description="Passes over all flits.")
    batch_size: int = Field(1024, ge=1, le=65_536, description="Flits between two looks at the topics.")
    concentration: float | None = Field(
        None, gt=0, le=100, description="Below 1 a flit has few topics; 1 / dimensions if absent."
    )
    seed: int = Field(7, ge=0, le=2**32 - 1)


def fit(inputs: Inputs, parameters: LdaParameters, report: Report) -> Embedding:
    """Find the topics of `inputs.documents`. Rows are `text`; left out: `counted.REASONS`.

    Memory: 32 bytes × dimensions × words, 16 bytes × dimensions a flit of a batch, 4 a flit, and 20 bytes a word in
    the texts.
    """
    counted = Counted.read(inputs.frame("documents"), parameters.vocabulary, parameters.min_flits)
    matrix = np.zeros((len(counted.flits), parameters.dimensions), dtype=np.float32)
    told = np.flatnonzero(np.diff(counted.counts.indptr))
    if told.size:
        matrix[told] = _shares(counted.counts[told], parameters, report)
    report(parameters.epochs, parameters.epochs)
    return counted.embed(matrix, parameters.dimensions)


def _shares(counts: Any, parameters: LdaParameters, report: Report) -> Matrix:
    from sklearn.decomposition import LatentDirichletAllocation

    model = LatentDirichletAllocation(
        parameters.dimensions,
        doc_topic_prior=parameters.concentration,
        total_samples=counts.shape[0],
        random_state=parameters.seed,
    )
    batches = range(0, counts.shape[0], parameters.batch_size)
    with one_thread():
        for epoch in range(parameters.epochs):
            report(epoch, parameters.epochs)
            for start in batches:
                model.partial_fit(counts[start : start + parameters.batch_size])
        shares = [model.transform(counts[start : start + parameters.batch_size]) for start in batches]
    return np.concatenate(shares).astype(np.float32)
