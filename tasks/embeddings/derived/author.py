"""An author as the mean of the flits that it wrote, the recent ones above all, in the frame of the flits' space.

The same reading as of the flits that a bird chose (`recency_weighted_mean`), with what it wrote in their place. As
features beside birds' vectors, such vectors lift a ranker ("What are embeddings", on Instagram's author embeddings).
"""

from __future__ import annotations

from dataclasses import replace

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.derived import recency_weighted_mean
from tasks.embeddings.derived.recency_weighted_mean import RecencyWeightedMeanParameters


class AuthorParameters(RecencyWeightedMeanParameters):
    """As of `recency_weighted_mean`; an event is a flit that the bird wrote, at the moment it was posted."""


def fit(inputs: Inputs, parameters: AuthorParameters, report: Report) -> Embedding:
    """Unit vectors of the authors of `inputs.authors` in the one space of `inputs.parents`; rows are `mean`.

    Left out: `no_vector_in_history`, where no flit of the author that counts has a vector, and `no_direction`, where
    they cancel each other out. Memory: 4 bytes × dimensions an author, 60 bytes a flit, beside the inputs.
    """
    wrote = (
        inputs.frame("authors")
        .select(bird_id="author", flit_id="flit_id", occurred_at="posted_at")
        .drop_nulls("bird_id")
        .sort("bird_id", "occurred_at", "flit_id")
    )
    return recency_weighted_mean.fit(replace(inputs, sequences=wrote), parameters, report)
