"""Training: which code it runs through, and what it takes over from a killed night."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tasks.stages import train as stage
from tasks.stages.train import train
from tasks.versions.candidate import EDITION, EVALUATION, TRAINED, Candidate
from tasks.versions.code_digest import modules_of
from tasks.versions.documents import content_of
from tasks.versions.inputs import read_inputs

if TYPE_CHECKING:
    from tests.stages.conftest import SmallHome

CARRIERS = (
    "tasks.embeddings.registry", "tasks.evaluation.spaces", "tasks.parameters", "tasks.progress",
    "tasks.versions.candidate", "tasks.versions.code_digest", "tasks.versions.entities", "tasks.versions.pipeline",
    "tasks.versions.plan", "tasks.versions.published", "warehouse.duckdb.", "warehouse.files",
    "warehouse.fingerprint", "warehouse.home", "warehouse.sealed", "warehouse.snapshots.",
)  # fmt: skip
"""What a training runs through beside the code that counts: it hands on what others made, whatever that is."""


@contextmanager
def called_modules() -> Iterator[set[str]]:
    """The modules of tasks and warehouse of which a function is called within."""
    found: set[str] = set()

    def note(frame: FrameType, event: str, argument: object) -> None:
        name = frame.f_globals.get("__name__", "")
        if event == "call" and name.split(".")[0] in ("tasks", "warehouse"):
            found.add(name)

    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(None)


@pytest.mark.parametrize("space", ["items", "readers"])
def test_it_runs_through_no_code_that_does_not_count(small_home: SmallHome, space: str) -> None:
    """Every module of which a function is called, from the inputs to the vectors."""
    plan = small_home.plan(space, small_home.days[1])
    with called_modules() as called:
        inputs = read_inputs(small_home.home, plan, small_home.configuration.features)
        embedding = plan.pipeline.how.fit(inputs, plan.pipeline.params, lambda done, total: None)
        content_of(embedding, np.eye(embedding.vectors.dim))
    assert "tasks.versions.inputs" in called and plan.pipeline.how.fit.__module__ in called
    unnamed = called - modules_of(plan.pipeline.how)
    assert {name for name in unnamed if not name.startswith(CARRIERS)} == set()


def test_another_edition_takes_over_what_was_trained_and_nothing_else(
    small_home: SmallHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = small_home.plan("items", small_home.days[1])
    candidate = Candidate.of(small_home.home, plan)
    train(small_home.home, plan, small_home.configuration.features)
    candidate.save_json(EVALUATION, {"of": "this edition"})
    trained = candidate.folder / f"{TRAINED}.parquet"
    written, content = trained.stat().st_mtime_ns, trained.read_bytes()
    train(small_home.home, plan, small_home.configuration.features)
    assert candidate.load_json(EVALUATION) == {"of": "this edition"}
    monkeypatch.setattr(stage, "edition", lambda: "another")
    train(small_home.home, plan, small_home.configuration.features)
    assert not candidate.has(EVALUATION) and candidate.load_json(EDITION) == {"code": "another"}
    assert (trained.stat().st_mtime_ns, trained.read_bytes()) == (written, content)
    candidate.remove()
