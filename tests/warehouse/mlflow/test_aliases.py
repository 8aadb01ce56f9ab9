"""Aliases, decisions and the history of a space."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl
import pytest

from warehouse.mlflow import Registry, VersionRecord

Make = Callable[..., VersionRecord]


@pytest.fixture
def three(registry: Registry, record: Make) -> list[str]:
    """Three versions of flit_text, as model versions."""
    return [registry.log_candidate(record(day)).model_version for day in (1, 2, 3)]


def test_the_champion_before_becomes_the_previous_one(registry: Registry, three: list[str]) -> None:
    registry.promote("flit_text", three[0])
    assert registry.aliases("flit_text") == {"candidate": "3", "champion": "1"}
    for _ in range(2):
        registry.promote("flit_text", three[2])
        assert registry.aliases("flit_text") == {"candidate": "3", "champion": "3", "previous": "1"}


def test_a_promotion_killed_half_way_is_finished_by_the_next(registry: Registry, three: list[str]) -> None:
    registry.promote("flit_text", three[0])
    registry.client.set_registered_model_alias(
        "flit_text", "previous", three[0]
    )  # killed after its first step
    registry.promote("flit_text", three[1])
    assert registry.aliases("flit_text") == {"candidate": "3", "champion": "2", "previous": "1"}


def test_rollback_goes_to_the_previous_or_the_named_version(registry: Registry, three: list[str]) -> None:
    for model_version in three:
        registry.promote("flit_text", model_version)
    assert registry.rollback("flit_text") == "2"
    assert registry.rollback("flit_text", "1") == "1"
    assert registry.aliases("flit_text") == {"candidate": "3", "champion": "1", "previous": "2"}


def test_without_an_earlier_champion_there_is_nothing_to_roll_back_to(
    registry: Registry, three: list[str]
) -> None:
    registry.promote("flit_text", three[0])
    with pytest.raises(ValueError, match="flit_text: no earlier champion"):
        registry.rollback("flit_text")


def test_a_space_without_a_model_has_no_aliases_and_no_history(registry: Registry) -> None:
    assert registry.aliases("unheard_of") == {}
    assert registry.metric_history("unheard_of").is_empty()


def test_a_decision_is_noted_on_the_version_and_its_run(registry: Registry, three: list[str]) -> None:
    registry.tag("flit_text", three[1], {"decision": "release", "decided_by": "Ada"})
    version = registry.client.get_model_version("flit_text", three[1])
    run = registry.client.get_run(version.run_id)
    assert version.tags["decision"] == run.data.tags["decision"] == "release"
    assert run.data.tags["version"] == "2015-12-02-0123456789ab"


def test_history_has_a_row_per_finished_version(registry: Registry, three: list[str], record: Make) -> None:
    class Killed(BaseException):
        pass

    def end(step: str) -> None:
        raise Killed

    with pytest.raises(Killed):
        registry.log_candidate(record(4), end)
    history = registry.metric_history("flit_text")
    assert history["day"].to_list() == [date(2015, 12, day) for day in (1, 2, 3)]
    assert history["model_version"].to_list() == three
    assert history["verdict"].to_list() == ["pass"] * 3
    assert history["recall_at_10"].to_list() == pytest.approx([0.11, 0.12, 0.13])
    assert history["drift_cosine_mean"].to_list() == [None, 0.98, 0.98]


def test_the_version_of_tonight_joins_the_history_before_it_is_logged(
    registry: Registry, three: list[str], record: Make
) -> None:
    before = registry.metric_history("flit_text")
    tonight = pl.concat([before, record(4).history_row], how="diagonal")
    registry.log_candidate(record(4))
    after = registry.metric_history("flit_text")
    assert tonight.drop("run_id", "model_version").equals(after.drop("run_id", "model_version"))
