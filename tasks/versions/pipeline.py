"""One space as `pipelines.yaml` declares it: entity, method and its parameters, window, parents, evaluation, gate."""

from __future__ import annotations

import functools
import operator
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, create_model, model_validator

from tasks.comparison.gate.table import GateParameters, merged
from tasks.embeddings.contract import Entity, Method
from tasks.embeddings.registry import METHODS
from tasks.evaluation.protocol import EvaluationParameters
from tasks.parameters import Duration, Parameters, format_duration


class Pipeline(Parameters):
    """What every pipeline has. Each method has a subclass that knows its own parameters."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    entity: Entity = Field(description="What a row of the space stands for.")
    method: str
    params: Parameters
    from_: tuple[str, ...] = Field((), alias="from", description="Spaces that this one is computed from.")
    window: Duration | None = Field(
        None, description="Train on events of this long before the end of the day; all if absent."
    )
    evaluate: EvaluationParameters = EvaluationParameters()
    gate: dict[str, Any] = Field(default_factory=dict, description="Overrides of the top-level `gate`.")

    @property
    def how(self) -> Method:
        """The method behind the name."""
        return METHODS[self.method]

    def gate_parameters(self, defaults: GateParameters) -> GateParameters:
        return merged(defaults, self.gate)

    @model_validator(mode="after")
    def _fits_its_method(self) -> Self:
        if self.how.entity not in (self.entity, "parent"):
            raise ValueError(
                f"{self.method} makes vectors of a {self.how.entity}, found entity: {self.entity}"
            )
        if ("parents" in self.how.reads) != bool(self.from_):
            need = "needs `from` with the space to build on" if not self.from_ else "takes no `from`"
            raise ValueError(f"{self.method} {need}, found from: {list(self.from_)}")
        self._require_whole_days()
        self.gate_parameters(GateParameters())
        return self

    def _require_whole_days(self) -> None:
        """ValueError where what birds did, kept by day, is to be cut within one."""
        spans = {"window": self.window}
        if self.evaluate.task != "none":
            spans["evaluate.hold_out"] = self.evaluate.hold_out
        for key, span in spans.items():
            if "interactions" in self.how.reads and span is not None and span % timedelta(days=1):
                raise ValueError(
                    f"{self.method} reads interactions by day: expected {key} of whole days, found "
                    f"{format_duration(span)}"
                )


def _pipeline_of(name: str, method: Method) -> type[Pipeline]:
    parameters: Any = method.parameters
    fields: Any = {"method": (Literal[name], ...), "params": (parameters, parameters())}
    return create_model(f"{name}_pipeline", __base__=Pipeline, **fields)


if TYPE_CHECKING:
    AnyPipeline = Pipeline
else:
    AnyPipeline = Annotated[
        functools.reduce(operator.or_, [_pipeline_of(name, method) for name, method in METHODS.items()]),
        Field(discriminator="method"),
    ]
