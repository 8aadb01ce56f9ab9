"""Recipes: what they refuse, and that the order of what is below survives a document with sorted keys."""

from __future__ import annotations

import json

import pytest

from tasks.calibration.recipe import Recipe


def test_the_order_of_parents_survives_sorted_keys() -> None:
    recipe = Recipe.of("bridge", {"ridge": 2.0}, ("pmi_svd", "lsa"))
    again = Recipe.from_json(json.loads(json.dumps(recipe.as_json(), sort_keys=True)))
    assert again == recipe and list(again.parents) == ["pmi_svd", "lsa"]


def test_rows_of_a_reduction_stand_for_what_is_below() -> None:
    assert Recipe.of("pca", {}, ("lsa",)).how.entity == "flit"
    assert Recipe.of("pca", {}, ("deepwalk",)).how.entity == "bird"
    assert Recipe.of("sif", {}, ("word2vec",)).frames == {"documents"}


@pytest.mark.parametrize(
    ("method", "parents", "said"),
    [
        ("item2vek", (), "no such method"),
        ("pca", (), "needs --from"),
        ("lsa", ("als",), "takes no --from"),
        ("pca", ("bridge",), "builds on other methods itself"),
        ("pca", ("nothing",), "no such method: 'nothing'"),
        ("recency_weighted_mean", ("als",), "builds here on spaces of entity flit, als makes one of joint"),
        ("concatenation", ("lsa", "deepwalk"), "of entity flit, deepwalk makes one of bird"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(method: str, parents: tuple[str, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said) as refusal:
        Recipe.of(method, {}, parents)
    assert "\n" not in str(refusal.value)
