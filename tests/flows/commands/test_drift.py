"""`nightjar drift`: the gate's rules, and what it tells without judging."""

from __future__ import annotations

import json

import pytest

from flows.commands.drift import show_drift
from flows.settings import Settings

UNSCORED = {"evaluation": {"reason": "nothing to score"}}


@pytest.fixture
def chosen(planted) -> Settings:
    config = planted.home.root / "pipelines.yaml"
    config.write_text("pipelines: {}\n", encoding="utf-8")
    return Settings(planted.home, config, None, None)


def test_distribution_statistics_are_shown_as_information(planted, chosen, capsys):
    for number in (1, 2):
        planted.version("items", number, **UNSCORED)
    assert show_drift(chosen, False, "items", None, None) == 0
    out = capsys.readouterr().out
    assert "Distribution (information, no gate)" in out
    assert "domain classifier AUC" in out and "PSI of norms" in out
    assert "nan" not in out


def test_as_json_they_stand_among_the_statistics(planted, chosen, capsys):
    old, new = (planted.version("items", number, **UNSCORED) for number in (1, 2))
    show_drift(chosen, True, "items", old, new)
    found = json.loads(capsys.readouterr().out)["statistics"]["distribution"]
    assert set(found) == {
        "old_rows", "new_rows", "classifier", "discrepancy", "norms", "projections", "mean_cosine",
    }  # fmt: skip
    assert (found["old_rows"], found["new_rows"], found["norms"]["psi"]) == (2, 2, 0)


def test_versions_of_two_spaces_have_no_such_table(planted, chosen, capsys):
    planted.version("items", 1, **UNSCORED)
    planted.version("items", 2, space_id="another", **UNSCORED)
    show_drift(chosen, False, "items", None, None)
    assert "Distribution" not in capsys.readouterr().out


def test_the_newest_version_is_told_also_where_it_is_held_back(planted, chosen, capsys):
    planted.version("items", 1, **UNSCORED)
    old = planted.version("items", 2, **UNSCORED)
    held = planted.version("items", 3, "block", **UNSCORED)
    show_drift(chosen, True, "items", None, None)
    found = json.loads(capsys.readouterr().out)
    assert (found["old"], found["new"]) == (old, held)
    show_drift(chosen, False, "items", None, None)
    assert f"items: {held} (held) against {old} (released)." in " ".join(capsys.readouterr().out.split())
