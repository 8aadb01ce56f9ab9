"""The table of rules, and the parameters that follow from it. A further rule is one entry of one of its parts."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError, create_model

from tasks.comparison.gate.input_rules import INPUT_RULES
from tasks.comparison.gate.movement_rules import MOVEMENT_RULES
from tasks.comparison.gate.rule import LIMITS, Level, Rule, RuleParameters
from tasks.comparison.gate.version_rules import VERSION_RULES
from tasks.parameters import Parameters

RULES: Mapping[str, Rule] = {rule.name: rule for rule in (*VERSION_RULES, *MOVEMENT_RULES, *INPUT_RULES)}
"""Every rule by its name, in the order in which verdicts list them."""


def _parameters_of(rule: Rule) -> type[RuleParameters]:
    """`row_drop` → `RowDrop`: level, limit and what else may be set, with the rule's defaults."""
    name = "".join(part.capitalize() for part in rule.name.split("_"))
    fields: dict[str, Any] = {"level": (Level, rule.level), "limit": (LIMITS[rule.kind], rule.limit)}
    fields |= rule.more
    return create_model(name, __base__=RuleParameters, __doc__=rule.means, __module__=__name__, **fields)


_MODELS = {rule.name: _parameters_of(rule) for rule in RULES.values()}
globals().update({model.__name__: model for model in _MODELS.values()})  # pickle finds a class by its name
_AllRules = create_model(
    "_AllRules",
    __base__=Parameters,
    __module__=__name__,
    **{name: (model, model.model_validate({})) for name, model in _MODELS.items()},  # type: ignore[call-overload]
)


class GateParameters(_AllRules):
    """All rules of the gate. What is left out keeps its default, also within a rule."""

    def of(self, rule: str) -> RuleParameters:
        """What is set of one rule. AttributeError for a name that is none."""
        found: RuleParameters = getattr(self, rule)
        return found


def merged(defaults: GateParameters, overrides: GateParameters | Mapping[str, Any]) -> GateParameters:
    """`defaults` with a pipeline's partial overrides: rule → the keys that differ.

    Of a `GateParameters` only the keys count that were set. ValueError, one line, for an unknown rule or key.
    """
    given = overrides.model_dump(exclude_unset=True) if isinstance(overrides, GateParameters) else overrides
    values = defaults.model_dump()
    for rule, changes in given.items():
        if rule not in values:
            raise ValueError(f"gate: no such rule: {rule!r}{_suggestion(rule, values)}")
        if not isinstance(changes, Mapping):
            raise ValueError(f"gate.{rule}: expected a mapping such as {{limit: 0.3}}, found {changes!r}")
        values[rule] = {**values[rule], **changes}
    try:
        return GateParameters.model_validate(values)
    except ValidationError as error:
        raise ValueError("; ".join(_line(fault) for fault in error.errors())) from error


def _line(fault: Any) -> str:
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        known = _MODELS[fault["loc"][0]].model_fields
        return f"gate.{key}: unknown key{_suggestion(str(fault['loc'][-1]), known)}"
    return f"gate.{key}: {fault['msg'].replace('Input should be', 'expected')}, found {fault['input']!r}"


def _suggestion(found: object, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(str(found), known, n=1)
    return (f"; did you mean {close[0]!r}?" if close else "; remove it") + f" (known: {', '.join(known)})"
