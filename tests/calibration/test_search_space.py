"""What a sweep may try, as people write it."""

from __future__ import annotations

from typing import Any

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.calibration.search_space import Choice, Range, parse_search, read_setting, read_value
from tasks.embeddings.interactions.item2vec import Item2VecParameters
from tasks.embeddings.texts.sentence_transformer import SentenceTransformerParameters


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("0.5", 0.5), ("1e-3", 0.001), ("-1", -1), ("null", None), ("[-4, -1]", [-4, -1]), ("true", True),
     ("all-MiniLM-L6-v2", "all-MiniLM-L6-v2"), ("popular", "popular")],
)  # fmt: skip
def test_a_value_is_what_it_looks_like(text: str, value: Any) -> None:
    assert read_value(text) == value
    assert type(read_value(text)) is type(value)


def test_ranges_and_lists() -> None:
    search = parse_search(("epochs=5..50", "learning_rate=0.001..0.1", "negative=5,10"), Item2VecParameters)
    assert search == {
        "epochs": Range(5, 50), "learning_rate": Range(0.001, 0.1), "negative": Choice((5, 10)),
    }  # fmt: skip


def test_a_choice_may_be_among_lists(recwarn: pytest.WarningsRecorder) -> None:
    search = parse_search(("layers=[0],[1]",), SentenceTransformerParameters)
    trial = optuna.create_study().ask()
    assert search["layers"].suggest(trial, "layers") in ([0], [1])
    assert not recwarn.list


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("epoch=1..2", "epochs"),
        ("epochs", "KEY=LOW..HIGH"),
        ("epochs=9..3", "ascending"),
        ("epochs=a..b", "ascending"),
    ],
)
def test_a_wrong_search_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as refusal:
        parse_search((text,), Item2VecParameters)
    assert "\n" not in str(refusal.value) and repr(text) in str(refusal.value)


def test_a_sweep_without_a_search_is_told_the_keys() -> None:
    with pytest.raises(ValueError, match="dimensions, epochs"):
        parse_search((), Item2VecParameters)


@pytest.mark.parametrize("text", ["epochs", "=3", ""])
def test_a_setting_is_a_key_and_a_value(text: str) -> None:
    with pytest.raises(ValueError, match="KEY=VALUE"):
        read_setting(text)


@pytest.mark.parametrize("text", ["[1", "{a: 1", "a: b: c", "'open", "&"])
def test_what_yaml_cannot_read_is_one_line(text: str) -> None:
    with pytest.raises(ValueError, match="quote") as refusal:
        read_setting(f"epochs={text}")
    assert "\n" not in str(refusal.value) and repr(text) in str(refusal.value)


@given(st.integers(-1000, 1000) | st.floats(-1e6, 1e6) | st.booleans())
def test_a_printed_value_comes_back(value: float) -> None:
    key, found = read_setting(f"key={str(value).lower() if isinstance(value, bool) else value}")
    assert (key, found) == ("key", value)
