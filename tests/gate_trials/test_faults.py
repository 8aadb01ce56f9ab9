"""The registry: every fault spoils exactly the part that it names, for the methods to which it can happen."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

from tasks.comparison.compare_versions import Version
from tasks.comparison.inputs.day_profile import DayProfile
from tasks.embeddings.contract import Embedding, Inputs
from tasks.embeddings.registry import METHODS
from tasks.gate_trials import CANARIES, FAULTS, Fault, FaultContext


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_changes_what_it_names(
    name: str, log: pl.DataFrame, end: datetime, embedding: Embedding
) -> None:
    fault = FAULTS[name]
    assert fault.name == name and fault.what
    context = FaultContext(end, 1, Embedding.uniform(embedding.vectors, "older", {}), frozenset({"a", "b"}))
    texts = pl.DataFrame({"flit_id": ["a", "b"], "text_hash": ["1", "2"]})
    inputs = Inputs(sequences=log, texts=texts)
    if fault.inputs is not None:
        spoilt = fault.inputs(inputs, fault.strength, context)
        (source,) = fault.reads
        assert not getattr(spoilt, source).equals(getattr(inputs, source))
        other = "texts" if source == "sequences" else "sequences"
        assert getattr(spoilt, other) is getattr(inputs, other)
    if fault.day is not None:
        day = DayProfile(kinds={"like": 3, "view": 9}, events=12)
        assert fault.day(day, fault.strength, context) == DayProfile(kinds={"like": 3}, events=3)
        alone = DayProfile(kinds={"view": 9}, events=9)
        assert fault.day(alone, fault.strength, context) is alone
    if fault.parameters is not None:
        parameters = METHODS["item2vec"].parameters()
        assert fault.parameters(parameters, fault.strength, context) == parameters.model_copy(
            update={"epochs": 1}
        )
    if fault.embedding is not None:
        assert fault.embedding(embedding, fault.strength, context).provenance is not None
    if fault.version is not None:
        version = Version(embedding.vectors.ids, embedding.vectors.matrix, "s", embedding.output)
        assert fault.version(version, fault.strength, context) is not version


def test_a_stale_copy_is_the_predecessor_and_needs_one(end: datetime, embedding: Embedding) -> None:
    older = Embedding.uniform(embedding.vectors, "older", {})
    spoil = FAULTS["stale"].embedding
    assert spoil is not None
    assert spoil(embedding, 0, FaultContext(end, 1, older)) is older
    with pytest.raises(ValueError, match="needs a predecessor"):
        spoil(embedding, 0, FaultContext(end, 1))


def test_faults_happen_where_they_can() -> None:
    applies = {
        method: {name for name, fault in FAULTS.items() if not fault.why_not(how)}
        for method, how in METHODS.items()
    }
    log = {"lose_events", "lose_last_day", "repeat_last_day", "spam", "shuffle_sessions", "new_topic"}
    log |= {"shift_flits", "mix_up_birds"}
    always = {"permute_ids", "zero_dimensions", "stale", "duplicate_id", "non_finite", "lose_kind"}
    assert applies["item2vec"] == always | log | {"one_epoch", "rotate"}
    assert applies["recency_weighted_mean"] == always | log
    assert applies["sentence_transformer"] == always | {
        "lose_texts",
        "empty_new_texts",
        "same_new_texts",
        "shift_new_texts",
    }
    text = METHODS["sentence_transformer"]
    assert FAULTS["spam"].why_not(text) == "the method reads no sequences"
    assert FAULTS["one_epoch"].why_not(text) == "the method has no epochs"
    assert FAULTS["rotate"].why_not(text) == "the axes of the space are fixed"


def test_canaries_are_all_faults_but_a_trend() -> None:
    assert set(FAULTS) - set(CANARIES) == {"new_topic"}
    assert {name for name, fault in FAULTS.items() if fault.harmless} == {"rotate", "new_topic"}
    assert {name for name, fault in FAULTS.items() if fault.retrains} == {
        name for name, fault in FAULTS.items() if fault.reads or fault.parameter
    }


def test_a_fault_spoils_one_part() -> None:
    with pytest.raises(ValueError, match="exactly one part"):
        Fault("nothing", "does nothing")
