"""A causal transformer over the flits that a bird chose, in the order of choosing: birds and flits in one space.

SASRec (Kang and McAuley, "Self-Attentive Sequential Recommendation", ICDM 2018) learnt by sampled softmax in place of
one negative a step, as Klenitskiy and Vasilev, "Turning Dross Into Gold Loss" (RecSys 2023), propose. A bird is the
state after its last flit; how likely it is to choose a flit next is scored by bird · flit.
"""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
import polars as pl
from pydantic import Field, model_validator

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.sequences.histories import Histories
from tasks.parameters import Parameters
from warehouse.joint import joint_ids
from warehouse.vectors import Vectors


class CausalTransformerParameters(Parameters):
    """Size and length are those of the published comparison on Amazon Beauty (64 dimensions, one block, one head, 50
    flits); dropout, negatives, rate and epochs are the best of those tried on its validation part.

    Cost in time: min(epochs × events, most_events) times (blocks × dimensions × 30 + negatives) × dimensions, and for
    each batch flits × dimensions. So a log that grows does not make nights longer.
    """

    dimensions: int = Field(64, ge=1, le=4096, description="Length of a vector.")
    length: int = Field(50, ge=1, le=4096, description="So many latest flits make a bird.")
    blocks: int = Field(1, ge=1, le=24, description="Layers of attention, one upon the other.")
    heads: int = Field(1, ge=1, le=64, description="Patterns of attention in a block; divides dimensions.")
    dropout: float = Field(0.5, ge=0, lt=1, description="Share of values left out while learning.")
    epochs: int = Field(60, ge=1, le=10_000, description="Passes over all histories, at the most.")
    most_events: int = Field(
        10_000_000,
        ge=1,
        description="Events read in all passes together: a longer log is passed over less often, once at the least.",
    )
    batch_size: int = Field(128, ge=1, le=65_536, description="Histories, or pieces of them, a step.")
    negatives: int = Field(1024, ge=1, le=65_536, description="Counter-examples a step, drawn evenly.")
    learning_rate: float = Field(0.002, gt=0, le=1, description="At its highest; it falls evenly to 0.")
    min_count: int = Field(1, ge=1, description="Flits with fewer events get no vector.")
    seed: int = Field(7, ge=0, le=2**32 - 1)
    threads: int = Field(
        1, ge=1, le=64, description="Of the processor; another number gives other last bits."
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="auto takes a GPU where there is one; each kind of device gives bytes of its own."
    )

    @model_validator(mode="after")
    def _heads_divide(self) -> Self:
        if self.dimensions % self.heads:
            raise ValueError(f"heads must divide dimensions, found {self.heads} and {self.dimensions}")
        return self


def fit(inputs: Inputs, parameters: CausalTransformerParameters, report: Report) -> Embedding:
    """Train on `inputs.sequences`; ids are joint, `bird:…` and `flit:…`, rows are `trained`.

    Left out: flits with `too_few_events`, flits `never_beside_another`, birds with `no_vector_in_history`. Repeats of
    a flit in a row count once. Equal inputs give equal bytes for one kind of device and one number of threads; birds
    with the same latest flits have the same row. Memory: see `training.train`.
    """
    sequences = inputs.frame("sequences")
    frequent = sequences.filter(pl.len().over("flit_id") >= parameters.min_count)
    histories = Histories.of(frequent)
    birds, flits = set(sequences["bird_id"].unique()), set(sequences["flit_id"].unique())
    counted = set(frequent["flit_id"].unique())
    left_out = {
        "too_few_events": joint_ids("flit", sorted(flits - counted)),
        "never_beside_another": joint_ids("flit", sorted(counted.difference(histories.flits))),
        "no_vector_in_history": joint_ids("bird", sorted(birds.difference(histories.birds))),
    }
    return Embedding.uniform(_vectors(histories, parameters, report), "trained", left_out)


def _vectors(histories: Histories, parameters: CausalTransformerParameters, report: Report) -> Vectors:
    if not len(histories.flits):
        report(parameters.epochs, parameters.epochs)
        return Vectors.empty(parameters.dimensions)
    from tasks.embeddings.sequences.training import train

    trained = train(histories, parameters, report)
    ids = [*joint_ids("bird", histories.birds), *joint_ids("flit", histories.flits)]
    return Vectors.of(ids, np.concatenate([trained.birds, trained.flits]))
