"""What a fault is: which part of a night it spoils, how strongly, and for which methods that can happen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tasks.comparison.compare_versions import Version
from tasks.comparison.inputs.day_profile import DayProfile
from tasks.embeddings.contract import Embedding, Inputs, Method, Source


@dataclass(frozen=True, slots=True, eq=False)
class FaultContext:
    """What a fault may need to know. `end`: midnight after the last day; `seed`: which of many draws.

    `new`: the flits of the last day.
    """

    end: datetime
    seed: int = 0
    predecessor: Embedding | None = None
    new: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, by exactly one of its five functions: each takes the sound thing, a strength, the context.

    `strength`: the default, in the unit that `what` names. `reads`: sources that the method must read, all of them;
    `parameter`: one that it must have. `judged_by`: the rule without which the fault cannot be told from a sound night,
    where there is one. `harmless`: no fault, the gate must let it pass, though where
    `may_warn` not without a word.
    """

    name: str
    what: str
    strength: float = 0.0
    reads: frozenset[Source] = frozenset()
    parameter: str | None = None
    judged_by: str = ""
    harmless: bool = False
    may_warn: bool = False
    inputs: Callable[[Inputs, float, FaultContext], Inputs] | None = None
    parameters: Callable[[Any, float, FaultContext], Any] | None = None
    embedding: Callable[[Embedding, float, FaultContext], Embedding] | None = None
    version: Callable[[Version, float, FaultContext], Version] | None = None
    day: Callable[[DayProfile, float, FaultContext], DayProfile] | None = None

    def __post_init__(self) -> None:
        spoilt = [self.inputs, self.parameters, self.embedding, self.version, self.day]
        if sum(part is not None for part in spoilt) != 1:
            raise ValueError(f"{self.name}: a fault spoils exactly one part of a night")

    @property
    def retrains(self) -> bool:
        """Whether it takes a training to see what becomes of it."""
        return self.inputs is not None or self.parameters is not None

    def why_not(self, method: Method) -> str:
        """Why the fault cannot happen to a space of this method; empty where it can."""
        unread = sorted(self.reads - method.reads)
        if unread:
            return f"the method reads no {unread[0]}"
        if self.parameter is not None and self.parameter not in method.parameters.model_fields:
            return f"the method has no {self.parameter}"
        if self.harmless and self.embedding is not None and method.fixed_frame:
            return "the axes of the space are fixed"
        return ""
