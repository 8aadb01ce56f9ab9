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
    assert "domain classifier AUC" in out and "PSI of lengths" in out
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
    *_, last = capsys.readouterr().out.rstrip().splitlines()
    assert last == f"items: {held} (held) against {old} (released): {found['verdict']}", (
        "the verdict is read first"
    )


def test_what_did_not_pass_stands_last_in_the_table_and_then_in_words(planted, chosen, capsys):
    for number in (1, 2):
        planted.version("items", number, **UNSCORED)
    chosen.config.write_text(
        "pipelines: {}\ngate: {rows: {limit: 5}, kept_ids: {limit: 1}}\n", encoding="utf-8"
    )
    show_drift(chosen, False, "items", None, None)
    out = capsys.readouterr().out
    assert out.index("\nzero_norm ") < out.index("\nrows ") < out.index("\nrows, warn: ")
    assert out.rstrip().endswith("(released): warn")
    assert "rules had nothing to judge" in out and "not applicable" not in out


def test_a_version_may_be_named_by_its_day(planted, chosen, capsys):
    old, new = (planted.version("items", number, **UNSCORED) for number in (1, 2))
    show_drift(chosen, True, "items", old[:10], new[:10])
    found = json.loads(capsys.readouterr().out)
    assert (found["old"], found["new"]) == (old, new)
