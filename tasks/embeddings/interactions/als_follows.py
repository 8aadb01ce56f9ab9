"""als_follows: ALS on what birds are interested in and on whom they follow, with one vector for a bird in both.

Collective factorisation (Singh and Gordon, "Relational Learning via Collective Matrix Factorization", 2008; for friends
Ma et al., "SoRec", 2008): the followed birds stand beside the flits as columns of one matrix, so the vector of a bird
must explain its flits and its follows. A bird has a row and a column; a tie between the two keeps them one bird.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from pydantic import Field
from scipy.sparse import csr_array, eye_array, hstack

from tasks.embeddings.contract import Embedding, Inputs, Report
from tasks.embeddings.interactions.als import AlsParameters, factorise
from tasks.embeddings.interactions.touches import Touches, damped
from warehouse.vectors import Ids


class AlsFollowsParameters(AlsParameters):
    """Those of `als`, and how much follows count beside touches."""

    follows_weight: float = Field(
        0.4, gt=0, le=1000, description="How much follows and ties count, 1 as much as a touch each."
    )
    tie: float = Field(6.0, ge=0, le=1000, description="How many follows a bird's tie to itself counts.")


def fit(inputs: Inputs, parameters: AlsFollowsParameters, report: Report) -> Embedding:
    """Factorise `inputs.interactions` beside `inputs.follows`. Rows are `trained`; left out: `touches.REASONS`.

    A bird that touched nothing is placed by whom it follows and who follows it; `no_flit_left` are those with neither.
    Memory and time: those of `als` with a pair for each follow, and a flit for each bird.
    """
    everything = inputs.frame("follows")
    follows = everything.filter(pl.col("bird_id") != pl.col("followee_id"))
    touched = Touches.read(inputs.frame("interactions"), parameters.min_birds)
    touches = touched.with_birds(_named(follows), _named(everything))
    weights = damped(touches.weights, parameters.weight_power, parameters.popularity_power)
    ties = damped(_ties(follows, touches.birds, parameters.tie), 1, parameters.popularity_power)
    rows, columns = factorise(
        csr_array(hstack([weights, parameters.follows_weight * ties])), parameters, report
    )
    return touches.joint(rows, columns[: len(touches.flits)])


def _named(follows: pl.DataFrame) -> set[str]:
    return {*follows["bird_id"].unique(), *follows["followee_id"].unique()}


def _ties(follows: pl.DataFrame, birds: Ids, tie: float) -> csr_array:
    """(birds, birds): 1 where the bird of the row follows that of the column, `tie` where they are one."""
    places = tuple(np.searchsorted(birds, follows[name].to_numpy()) for name in ("bird_id", "followee_id"))
    size = len(birds)
    followed = csr_array((np.ones(len(follows), dtype=np.float32), places), shape=(size, size))
    return csr_array(followed + tie * eye_array(size, dtype=np.float32))
