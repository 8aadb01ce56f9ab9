"""The parameters as `pipelines.yaml` writes them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from tasks.evaluation import Candidates, EvaluationParameters


@pytest.mark.parametrize(
    "text", [{"posted_within": "30d"}, "posted_within: 30d", "posted_within:30d", "posted_within 30d"]
)
def test_every_spelling_of_fresh_candidates_means_the_same(text: object) -> None:
    parameters = EvaluationParameters.model_validate({"candidates": text})
    assert parameters.candidates.posted_within == timedelta(days=30)
    assert parameters.model_dump(mode="json")["candidates"] == {"posted_within": "30d"}


def test_all_is_the_default_and_survives_a_round_trip() -> None:
    parameters = EvaluationParameters()
    written = parameters.model_dump(mode="json")
    assert written["candidates"] == "all"
    assert EvaluationParameters.model_validate(written) == parameters


@pytest.mark.parametrize("wrong", ["fresh", "posted_within", {}, {"posted": "30d"}, None, 30, ["all"]])
def test_other_candidates_are_refused_with_what_was_expected(wrong: object) -> None:
    with pytest.raises(ValidationError, match=r"expected `all` or `\{posted_within: 30d\}`, found"):
        EvaluationParameters.model_validate({"candidates": wrong})


def test_a_duration_without_a_unit_is_refused() -> None:
    with pytest.raises(ValidationError, match="expected a duration such as 30m, 12h or 28d, found '30'"):
        EvaluationParameters.model_validate({"candidates": {"posted_within": "30"}})


@pytest.mark.parametrize("k", [[50, 10], [10, 10], [], [0, 10]])
def test_depths_ascend_and_are_positive(k: list[int]) -> None:
    with pytest.raises(ValidationError):
        EvaluationParameters.model_validate({"k": k})


@pytest.mark.parametrize(("key", "largest"), [("k", [10_000]), ("resamples", 100_000), ("seed", 2**32 - 1)])
def test_numbers_are_bounded(key: str, largest: int | list[int]) -> None:
    EvaluationParameters.model_validate({key: largest})
    more = [largest[0] + 1] if isinstance(largest, list) else largest + 1
    with pytest.raises(ValidationError, match="less than or equal to"):
        EvaluationParameters.model_validate({key: more})


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="holdout"):
        EvaluationParameters.model_validate({"holdout": "7d"})


def test_the_schema_for_editors_takes_what_is_taken_and_refuses_what_is_refused() -> None:
    check = Draft202012Validator(EvaluationParameters.model_json_schema())
    for good in ("all", {"posted_within": "30d"}, "posted_within: 12h"):
        assert check.is_valid({"candidates": good, "hold_out": "7d", "k": [10]})
        EvaluationParameters.model_validate({"candidates": good})
    for bad in ("fresh", {}, {"posted_within": 30}, {"posted_within": "30d", "x": 1}):
        assert not check.is_valid({"candidates": bad})
        with pytest.raises(ValidationError):
            Candidates.model_validate(bad)
