"""Each rule about inputs reads its own number, and says why where there is none."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace

import pytest

from tasks.comparison.gate import input_parameters
from tasks.comparison.gate.input_rules import INPUT_CHECKS
from tasks.comparison.gate.rule_parameters import RuleParameters
from tasks.comparison.inputs.day_drift import Files, LineShare, LineShares, MissingHours
from tasks.comparison.inputs.drift import InputDrift
from tasks.comparison.inputs.volume import Surge, Volume
from tasks.comparison.inputs.window_drift import Concentration, Excess, Known
from tasks.comparison.statistics import Coverage, Quality, Statistics
from tasks.comparison.vectors.paired import Population
from tasks.comparison.vectors.structure import inspect as inspect_structure
from warehouse.vectors import Vectors

DRIFT = InputDrift(
    known=Known(lost=0.1),
    volume=Volume(deviations=-5.0),
    surge=Surge(times=4.0),
    hours=MissingHours((3, 4), 40.0),
    concentration=Concentration(Excess(9, 1, 1.6), Excess(9, 1, 1.7), Excess(9, 1, 1.8)),
    lines=LineShares(LineShare(excess=0.02), LineShare(excess=0.03), LineShare(excess=0.04)),
    files=Files(missing=2, refused=1),
)
VALUES = {
    "events_missing": 0.1,
    "events_lost": 0.1,
    "day_volume": 5.0,
    "day_surge": 4.0,
    "missing_hours": 2.0,
    "missing_files": 2.0,
    "refused_files": 1.0,
    "concentration": 1.6,
    "newcomers": 1.7,
    "newcomer_burst": 1.8,
    "quarantine_share": 0.02,
    "duplicate_share": 0.03,
    "late_share": 0.04,
}


def statistics(inputs: InputDrift) -> Statistics:
    vectors = Vectors.empty(2)
    structure = inspect_structure(vectors.ids, vectors.matrix).structure
    return replace(Statistics(structure, Population(new_rows=0), Coverage(), Quality()), inputs=inputs)


@pytest.mark.parametrize("name", sorted(INPUT_CHECKS))
def test_a_rule_reads_its_number(name: str) -> None:
    assert INPUT_CHECKS[name].measure(statistics(DRIFT)) == VALUES[name]


@pytest.mark.parametrize("name", sorted(INPUT_CHECKS))
def test_a_first_night_passes_without_noise(name: str) -> None:
    check = INPUT_CHECKS[name]
    assert check.measure(statistics(InputDrift())) is None
    outcome, why = check.missing(statistics(InputDrift()))
    assert outcome == "not_applicable"
    assert why


def test_every_rule_has_its_parameters() -> None:
    classes = {
        re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        for name, found in inspect.getmembers(input_parameters, inspect.isclass)
        if issubclass(found, RuleParameters) and found is not RuleParameters
    }
    assert classes == set(INPUT_CHECKS)
