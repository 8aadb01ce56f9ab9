"""The day's flits in a space of texts: measured where a flit's vector does not depend on its age, and only there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from flows.configuration import Configuration
from flows.night import read_night
from tasks.comparison.gate.table import GateParameters
from tasks.comparison.inputs.new_ids import NewIds
from tasks.comparison.vectors.floor import Floor
from tasks.embeddings.contract import silent
from tasks.versions.id_profiles import IdProfiles
from tasks.versions.inputs import read_inputs
from tasks.versions.plan import plan_space
from tasks.versions.references import CandidateFacts, References
from warehouse.vectors import Vectors

if TYPE_CHECKING:
    from tests.stages.conftest import SmallHome

SPACES: dict[str, dict[str, Any]] = {
    "texts": {"entity": "flit", "method": "lsa", "params": {"dimensions": 8}},
    "items": {"entity": "flit", "method": "als_flits", "params": {"dimensions": 8}},
}


@pytest.mark.parametrize("space", SPACES)
def test_the_new_flits_of_texts_are_measured(space: str, small_home: SmallHome) -> None:
    configuration, day = Configuration.model_validate({"pipelines": SPACES}), small_home.days[1]
    night = read_night(small_home.home, configuration, day, day)
    plan = plan_space(small_home.home, space, configuration.pipelines[space], night)
    profiles = IdProfiles.read(small_home.home, plan)
    inputs = read_inputs(small_home.home, plan, configuration.features)
    embedding = plan.pipeline.how.fit(inputs, plan.pipeline.params, silent)
    references = References.of(small_home.home, plan, GateParameters(), Floor())
    found = references.judge(embedding, CandidateFacts(profiles)).comparison.statistics.new_ids
    if space == "items":
        assert found == NewIds()
        return
    today = profiles.born_on_the_last_day() & set(embedding.vectors.ids)
    assert found.ids == len(today) > 0 and found.days > 7
    assert found.alike_deviations is not None and abs(found.alike_deviations) < 8
    assert found.fit.value is not None and found.fit.value > 0.3
    new = sorted(today)
    rows = np.searchsorted(embedding.vectors.ids, np.array(new, dtype=object))
    matrix = embedding.vectors.matrix.copy()
    matrix[rows] = np.roll(matrix[rows], 1, axis=0)
    shifted = replace(embedding, vectors=Vectors(embedding.vectors.ids, matrix))
    mixed = references.judge(shifted, CandidateFacts(profiles)).comparison.statistics.new_ids
    assert mixed.fit.birds == found.fit.birds
    assert mixed.fit.value is not None and mixed.fit.value < found.fit.value / 2
