"""What an evaluation is: its parameters, a log cut in time, and the shape of everything that scores."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import AfterValidator, Field, PositiveInt, model_serializer, model_validator

from tasks.evaluation.intrinsic_parameters import IntrinsicParameters
from tasks.parameters import Duration, Parameters, format_duration
from warehouse.vectors import Ids, Matrix

Depth = Annotated[int, Field(ge=1, le=10_000)]
_CANDIDATES = "expected `all` or `{posted_within: 30d}`"


class Candidates(Parameters):
    """Which flits are ranked for every bird: `all`, or `{posted_within: 30d}`, also as text.

    `all`: every flit known before the end of the hold-out. `posted_within`: only those posted in
    [end − duration, end), as a feed of fresh flits is served.
    """

    posted_within: Duration | None = None

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        if value == "all":
            return {}
        if isinstance(value, str) and (
            match := re.fullmatch(r"posted_within\s*[:=]?\s*(\S+)", value.strip())
        ):
            return {"posted_within": match[1]}
        if isinstance(value, dict) and set(value) == {"posted_within"}:
            return value
        raise ValueError(f"{_CANDIDATES}, found {value!r}")

    @model_serializer
    def _write(self) -> Any:
        return "all" if self.posted_within is None else {"posted_within": format_duration(self.posted_within)}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> Any:
        duration = {"type": "string", "pattern": r"^([1-9][0-9]*)([smhd])$", "examples": ["30d"]}
        return {
            "description": "Which flits are ranked: all, or those posted within a duration of the end.",
            "anyOf": [
                {"const": "all"},
                {"type": "string", "pattern": r"^posted_within\s*[:=]?\s*[1-9][0-9]*[smhd]$"},
                {
                    "type": "object",
                    "properties": {"posted_within": duration},
                    "required": ["posted_within"],
                    "additionalProperties": False,
                },
            ],
        }


class ProfileParameters(Parameters):
    """How a bird is made of its history where a space has vectors of flits only.

    The profile is the weighted mean of the vectors of the bird's flits, each once, at its last touch.
    `position`: a flit i steps before the last weighs `factor`^i. `time`: it weighs ½^(age / `half_life`), age
    before the cut. `last`: only so many of the latest flits count.
    """

    decay: Literal["position", "time"] = "position"
    factor: float = Field(default=0.9, gt=0, le=1)
    half_life: Duration = Field(default="30d", validate_default=True)
    last: PositiveInt | None = None


def _ascending(depths: tuple[int, ...]) -> tuple[int, ...]:
    if list(depths) != sorted(set(depths)):
        raise ValueError(f"k must ascend and name each depth once, found {list(depths)}")
    return depths


class EvaluationParameters(Parameters):
    """The protocol by which a space is scored.

    `task`: `next_flit` asks which flits a bird touches first after the cut; `none` leaves the space unscored.
    `hold_out`: the days after the cut. `min_history`: distinct flits (own ones too) that a bird must have
    touched before the cut. `sample`: at most so many birds, those with the lowest hash of their id, so the
    same ones every night. `exclude_own`, `exclude_seen`: flits that a bird wrote, or touched before the cut,
    are neither recommended nor looked for. `recent_half_life`: of the baseline recent popularity.
    `item_knn_factor`: weight per step back of the baseline item-kNN, 1 for none. `intrinsic`: tests of the space in
    itself, whatever the task.
    """

    task: Literal["next_flit", "none"] = "next_flit"
    k: Annotated[tuple[Depth, ...], AfterValidator(_ascending), Field(min_length=1)] = (10, 50)
    hold_out: Duration = Field(default="7d", validate_default=True)
    candidates: Candidates = Candidates.model_validate("all")
    min_history: PositiveInt = 5
    sample: PositiveInt = 5000
    exclude_own: bool = True
    exclude_seen: bool = True
    profile: ProfileParameters = ProfileParameters()
    recent_half_life: Duration = Field(default="7d", validate_default=True)
    item_knn_factor: float = Field(default=0.6, gt=0, le=1)
    intrinsic: IntrinsicParameters = IntrinsicParameters()
    resamples: int = Field(default=1000, ge=100, le=100_000)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    seed: int = Field(default=7, ge=0, le=2**32 - 1)


@dataclass(frozen=True, slots=True)
class SplitCounts:
    """How many birds and touches the protocol's conditions leave.

    `birds`: with enough history and a touch to find. `birds_scorable`: of these, with such a touch among the
    candidates. `truth`: touches to find of `birds`; `truth_reachable`: of these, among the candidates.
    """

    birds: int
    birds_scorable: int
    truth: int
    truth_reachable: int


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A log cut in time: what a model may learn from before `cut`, what it must find in [`cut`, `until`).

    `history`: bird_id, flit_id, occurred_at; every event of every bird before the cut.
    `birds`: (n,) sorted ids that are scored. `candidates`: (c,) sorted ids that are ranked for each of them;
    `posted_at` (c,) and `warm` (c,) belong to them: warm is what the model has met, all else is cold.
    `truth`: row, column: `candidates[column]` is first touched by `birds[row]` in the hold-out; sorted.
    `excluded`: row, column: never recommended; sorted.
    """

    cut: datetime
    until: datetime
    history: pl.DataFrame
    birds: Ids
    candidates: Ids
    posted_at: NDArray[np.datetime64]
    warm: NDArray[np.bool_]
    truth: pl.DataFrame
    excluded: pl.DataFrame
    counts: SplitCounts

    def __post_init__(self) -> None:
        if not self.cut < self.until:
            raise ValueError(f"the hold-out is empty: the cut {self.cut} is not before its end {self.until}")
        shape = self.candidates.shape
        if self.posted_at.shape != shape or self.warm.shape != shape:
            raise ValueError(f"{shape} candidates, {self.posted_at.shape} posted_at, {self.warm.shape} warm")


class Scorer(Protocol):
    """Scores every candidate of a split for some birds."""

    def score(self, birds: Ids) -> Matrix:
        """Shape (len(birds), candidates), float32; higher is better, −inf is never recommended."""
        ...
