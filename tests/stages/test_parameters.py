"""Faults of parameters in one line."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import Field, ValidationError, model_validator

from tasks.parameters import Duration, Parameters, one_line


class Sample(Parameters):
    factor: float = Field(0.5, gt=0, le=1)
    window: Duration | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Sample:
        if self.factor == 0.25:
            raise ValueError("expected no quarter")
        return self


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"factor": 7}, "factor: expected less than or equal to 1, found 7"),
        ({"factors": 7}, "factors: no such key"),
        ({"window": "x"}, "window: expected a duration such as 30m, 12h or 28d, found 'x'"),
        ({"factor": 0.25}, "expected no quarter"),
    ],
)
def test_a_fault_is_one_line_with_its_key_and_what_was_expected(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        Sample.model_validate(values)
    assert one_line(refusal.value) == said
