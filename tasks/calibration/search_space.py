"""Which values of which parameters a sweep may try, as a person writes them: `epochs=5..50`, `shift=1,5,10`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from tasks.parameters import Parameters

if TYPE_CHECKING:
    from optuna import Trial

LOG_FROM = 50
"""A range whose end is this many times its beginning is searched by order of magnitude."""


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, both included; whole numbers where both are."""

    low: float
    high: float

    def suggest(self, trial: Trial, key: str) -> float:
        log = self.low > 0 and self.high / self.low >= LOG_FROM
        if isinstance(self.low, int) and isinstance(self.high, int):
            return trial.suggest_int(key, self.low, self.high, log=log)
        return trial.suggest_float(key, self.low, self.high, log=log)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some values."""

    values: tuple[Any, ...]

    def suggest(self, trial: Trial, key: str) -> Any:
        # Optuna keeps texts and numbers, and a value may be a list.
        written = {repr(value): value for value in self.values}
        return written[trial.suggest_categorical(key, tuple(written))]


Search = Mapping[str, Range | Choice]


def parse_search(texts: tuple[str, ...], parameters: type[Parameters]) -> Search:
    """`key=low..high` or `key=a,b,c` for each text. ValueError where a key or a value is none of the method's."""
    if not texts:
        known = ", ".join(parameters.model_fields)
        raise ValueError(f"a sweep needs --search KEY=LOW..HIGH or KEY=A,B,C; keys are {known}")
    return dict(_parse(text, parameters) for text in texts)


def read_value(text: str) -> Any:
    """A number, true, false, null, a list or a text, as YAML reads it; `1e-3` is a number. ValueError for none."""
    with suppress(ValueError):
        if "e" in text.lower():
            return float(text)
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"expected a value as YAML writes it, found {text!r}; quote a text") from error


def read_setting(text: str) -> tuple[str, Any]:
    """`key=value`; ValueError where it is not of this form."""
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise ValueError(f"expected KEY=VALUE, found {text!r}")
    return key, read_value(value)


def _parse(text: str, parameters: type[Parameters]) -> tuple[str, Range | Choice]:
    key, _, values = text.partition("=")
    if key not in parameters.model_fields or not values:
        known = ", ".join(parameters.model_fields)
        raise ValueError(f"expected KEY=LOW..HIGH or KEY=A,B,C with a key of {known}; found {text!r}")
    low, dots, high = values.partition("..")
    if not dots:
        return key, Choice(tuple(read_value(value) for value in values.split(",")))
    ends = read_value(low), read_value(high)
    if not all(isinstance(end, int | float) for end in ends) or not ends[0] < ends[1]:
        raise ValueError(f"expected {key}=LOW..HIGH with two ascending numbers, found {text!r}")
    return key, Range(*ends)
