"""What the parameters of every rule of the gate have in common."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tasks.parameters import Parameters

Level = Literal["warn", "block"]
Count = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Growth = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Cosine = Annotated[float, Field(ge=-1, le=1)]


class RuleParameters(Parameters):
    """What every rule has: what a breach means, and the last value that passes."""

    level: Level
    limit: float
