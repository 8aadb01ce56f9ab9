"""The lines that a sweep ends with: a configuration, with all that the method builds on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.commands.calibrate.sweep import pipeline_lines
from flows.configuration import load_configuration
from tasks.calibration.recipe import Recipe


@pytest.mark.parametrize(
    ("method", "params", "parents"),
    [
        ("item2vec", {"epochs": 3}, ()),
        ("pca", {"dimensions": 16}, ("lsa",)),
        ("recency_weighted_mean", {}, ("pmi_svd",)),
        ("concatenation", {}, ("lsa", "pmi_svd")),
        ("sif", {}, ("word2vec",)),
    ],
)
def test_what_is_printed_is_loaded_as_what_was_found(
    tmp_path: Path, method: str, params: dict[str, Any], parents: tuple[str, ...]
) -> None:
    recipe = Recipe.of(method, params, parents).within(timedelta(days=14))
    lines = pipeline_lines(recipe).splitlines()
    path = tmp_path / "pipelines.yaml"
    path.write_text("pipelines:\n" + "\n".join(f"  {line}" for line in lines) + "\n", encoding="utf-8")
    spaces = load_configuration(path).pipelines
    assert list(spaces) == [f"my_{name}" for name in (*parents, method)]
    found = Recipe.of_space(f"my_{method}", spaces)
    assert unnamed(found) == unnamed(recipe) and found.how.entity == recipe.how.entity


def unnamed(recipe: Recipe) -> list[Any]:
    """Method, parameters and window, of what is below too."""
    return [recipe.method, recipe.params, recipe.window, *map(unnamed, recipe.parents.values())]
