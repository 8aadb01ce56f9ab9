"""A pipeline overrides what it names and nothing else."""

from __future__ import annotations

import pytest

from tasks.comparison.gate.table import GateParameters, merged


def test_what_is_left_out_keeps_its_default():
    gate = GateParameters.model_validate({"row_drop": {"limit": 0.4}, "aligned_cosine": {"level": "block"}})
    assert (gate.row_drop.level, gate.row_drop.limit) == ("block", 0.4)
    assert (gate.aligned_cosine.level, gate.aligned_cosine.limit) == ("block", 0.8)
    assert gate.non_finite == GateParameters().non_finite


def test_a_pipeline_overrides_over_the_file_over_the_defaults():
    file = GateParameters.model_validate({"row_drop": {"limit": 0.4}, "kept_ids": {"level": "block"}})
    gate = merged(file, {"row_drop": {"level": "warn"}, "beats_popularity": {"min_birds": 5}})
    assert (gate.row_drop.level, gate.row_drop.limit) == ("warn", 0.4)
    assert (gate.kept_ids.level, gate.kept_ids.limit) == ("block", 0.5)
    assert (gate.beats_popularity.level, gate.beats_popularity.min_birds) == ("block", 5)
    assert merged(file, {}) == file


def test_of_a_model_only_what_was_set_overrides():
    file = GateParameters.model_validate({"row_drop": {"limit": 0.4}, "kept_ids": {"level": "block"}})
    pipeline = GateParameters.model_validate({"row_drop": {"level": "warn"}})
    assert merged(file, pipeline) == merged(file, {"row_drop": {"level": "warn"}})


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            {"row_dorp": {}},
            r"^gate: no such rule: 'row_dorp'; did you mean 'row_drop'\? \(known: non_finite, .*\)$",
        ),
        ({"zebra": {}}, r"no such rule: 'zebra'; remove it"),
        ({"row_drop": 0.3}, r"^gate.row_drop: expected a mapping such as \{limit: 0.3\}, found 0.3$"),
        (
            {"row_drop": {"limits": 0.3}},
            r"^gate.row_drop.limits: unknown key; did you mean 'limit'\? \(known: level",
        ),
        ({"row_drop": {"level": "stop"}}, r"^gate.row_drop.level: expected 'warn' or 'block', found 'stop'$"),
        ({"row_drop": {"limit": 1.5}}, r"^gate.row_drop.limit: expected less than or equal to 1, found 1.5$"),
        ({"non_finite": {"limit": float("nan")}}, r"^gate.non_finite.limit: expected"),
        ({"beats_popularity": {"min_birds": 0}}, r"min_birds: expected greater than or equal to 1, found 0$"),
    ],
)
def test_faults_are_one_line(overrides, message):
    with pytest.raises(ValueError, match=message) as caught:
        merged(GateParameters(), overrides)
    assert "\n" not in str(caught.value)


def test_the_schema_requires_nothing_and_explains_everything():
    schema = GateParameters.model_json_schema()
    rules = [schema["$defs"][name] for name in schema["$defs"]]
    assert len(rules) == len(GateParameters.model_fields)
    assert all(rule["description"] and "required" not in rule for rule in rules)
