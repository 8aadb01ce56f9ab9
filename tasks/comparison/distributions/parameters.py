"""How closely the distributions of two versions are looked at."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tasks.parameters import Parameters


class DistributionParameters(Parameters):
    """How closely the distributions of two versions are looked at."""

    rows: Annotated[int, Field(ge=2)] = Field(10_000, description="Ids of either version, the same ones.")
    folds: Annotated[int, Field(ge=2)] = Field(5, description="Parts of the ids for the domain classifier.")
    frequencies: Annotated[int, Field(ge=1)] = Field(
        512, description="Random Fourier features, half of them."
    )
    permutations: Annotated[int, Field(ge=1)] = Field(199, description="Of the test of the discrepancy.")
    projections: Annotated[int, Field(ge=0)] = Field(32, description="Principal axes to project on.")
    bins: Annotated[int, Field(ge=2)] = Field(10, description="Bins of equally many values in a histogram.")
    seed: int = Field(0, ge=0, description="Of the random features and the permutations.")
