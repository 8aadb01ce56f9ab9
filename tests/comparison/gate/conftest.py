"""A healthy night, and for every rule a night on which its value, and nothing else, is planted."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tasks.comparison.inputs.day_drift import Files, LineShare, LineShares, MissingHours, Part, PartDrifts
from tasks.comparison.inputs.day_profile import DayProfile
from tasks.comparison.inputs.input_drift import InputDrift, Untimely
from tasks.comparison.inputs.joins import Fit, Joins, Met
from tasks.comparison.inputs.new_ids import NewIds
from tasks.comparison.inputs.new_texts import NewTexts, Writing
from tasks.comparison.inputs.trends import Trend, Trends
from tasks.comparison.inputs.volume import Surge, Volume
from tasks.comparison.inputs.window_drift import Concentration, DayCount, Excess, Known, WindowNumbers
from tasks.comparison.statistics import Coverage, Decline, Frame, Quality, Statistics
from tasks.comparison.vectors.floor import Floor
from tasks.comparison.vectors.misplaced_ids import Identity
from tasks.comparison.vectors.neighbours import Overlap
from tasks.comparison.vectors.paired import Paired, Population, Spread
from tasks.comparison.vectors.structure import Structure

DAY = "2026-03-06"
SOUND = Structure(rows=100, dim=8, non_finite=0, zero_norm=0, duplicate_id=0, rank=8)
HEALTHY = Statistics(
    new_structure=SOUND,
    old_structure=SOUND,
    population=Population(100, 100, 100, 0, 0, 0.0, 1.0),
    coverage=Coverage(0.9, 0.9, 0.0),
    quality=Quality(birds=100, mean=0.05, low=0.02, high=0.08),
    quality_before=Quality(birds=100, mean=0.06, low=0.03, high=0.09),
    frame=Frame(comparable=True, status="aligned", residual=0.1),
    paired=Paired(cosine=Spread(100, 0.95)),
    neighbours=Overlap(100, 100, 0.7, 0.8),
)
FIRST = Statistics(SOUND, Population(new_rows=100), Coverage(None, 0.9), HEALTHY.quality)


@dataclass(frozen=True, slots=True)
class Planted:
    """How to plant a value of one rule: under `limit`, `passes` is the last that passes, `breaches` the next.

    `missing`: a night on which the rule has no value; None for one that always has.
    """

    make: Callable[[Any], Statistics]
    limit: float
    passes: float
    breaches: float
    missing: Statistics | None = field(default=FIRST)


def structure(**changes: int) -> Statistics:
    return replace(HEALTHY, new_structure=replace(SOUND, **changes))


def population(**changes: float) -> Statistics:
    return replace(HEALTHY, population=replace(HEALTHY.population, **changes))


def paired(**changes: Any) -> Statistics:
    return replace(HEALTHY, paired=Paired(**{"cosine": Spread(100, 0.95), **changes}))


def inputs(**changes: Any) -> Statistics:
    """A window of which the last day has 100 events."""
    window, days = WindowNumbers(end=DAY, events=900), (DayCount(DAY, 100, None),)
    today = DayProfile(day=DAY, lines=100, quarantined=9, duplicates=9, landed=100, late=9)
    return replace(HEALTHY, inputs=replace(InputDrift(window=window, days=days, today=today), **changes))


def excess(which: str, times: float) -> Statistics:
    return inputs(concentration=Concentration(**{which: Excess(74, 20, times)}))


def new_ids(**changes: Any) -> Statistics:
    return replace(HEALTHY, new_ids=NewIds(40, 28, **changes))


def line_share(which: str, share: float) -> Statistics:
    return inputs(lines=LineShares(**{which: LineShare(share, 0.001, share)}))


def above(limit: float) -> tuple[float, float, float]:
    return limit, limit, math.nextafter(limit, math.inf)


def below(limit: float) -> tuple[float, float, float]:
    return limit, limit, math.nextafter(limit, -math.inf)


WORSE = Quality(100, -0.01, -0.02, -0.001)
UNSCORED = replace(HEALTHY, quality=Quality(note="task is none"))
PLANTED: Mapping[str, Planted] = {
    "non_finite": Planted(lambda value: structure(non_finite=value), 3, 3, 4, None),
    "zero_norm": Planted(lambda value: structure(zero_norm=value), 3, 3, 4, None),
    "duplicate_id": Planted(lambda value: structure(duplicate_id=value), 3, 3, 4, None),
    "rows": Planted(lambda value: structure(rows=value), 50, 50, 49, None),
    "dimension": Planted(lambda value: structure(dim=8 - value), 2, 2, 3),
    "row_drop": Planted(lambda value: population(row_change=-value, new_rows=70), *above(0.2)),
    "row_growth": Planted(lambda value: population(row_change=value, new_rows=170), *above(0.5)),
    "kept_ids": Planted(lambda value: population(kept_share=value, common=40), *below(0.5)),
    "coverage_drop": Planted(lambda value: replace(HEALTHY, coverage=Coverage(0.9, 0.1, value)), *above(0.2)),
    "beats_popularity": Planted(
        lambda value: replace(HEALTHY, quality=Quality(100, value, value, value), quality_change=WORSE),
        *below(-0.02),
        UNSCORED,
    ),
    "recall_change": Planted(
        lambda value: replace(HEALTHY, quality_change=Quality(100, value, value, value)), *below(-0.1)
    ),
    "recall_decline": Planted(
        lambda value: replace(HEALTHY, decline=Decline(0.03, 0.078, "2026-03-01", 6, 0.01, value)),
        *above(3.5),
    ),
    "aligned_cosine": Planted(lambda value: paired(cosine=Spread(1, value)), *below(0.8)),
    "upheaval": Planted(lambda value: paired(cosine=Spread(1, value)), *below(0.9)),
    "neighbour_overlap": Planted(
        lambda value: replace(HEALTHY, neighbours=Overlap(9, 99, value, value)), *below(0.5)
    ),
    "norm_change": Planted(lambda value: paired(norm_change=Spread(1, p50=-value)), *above(0.1)),
    "length_collapse": Planted(lambda value: paired(norm_change=Spread(1, p50=value)), *above(0.04)),
    "outlier_share": Planted(lambda value: paired(outlier_share=value), *above(0.1)),
    "misplaced": Planted(
        lambda value: replace(HEALTHY, identity=Identity(9, value, value / 100, 0.0)), 1, 1, 2
    ),
    "unchanged": Planted(
        lambda value: replace(
            HEALTHY, floor=Floor("measured"), same_inputs=False, identity=Identity(0, 0, 0.0, value)
        ),
        *above(0.5),
    ),
    "lost_directions": Planted(lambda value: structure(rank=8 - value), 2, 2, 3),
    "topic_growth": Planted(
        lambda value: replace(
            HEALTHY,
            trends=Trends(
                (Trend("cats", 0.1, 0.2, value, 9.0), Trend("dogs", 0.1, 0.9, 0.8, 5.0)), 5.0, 9, 90
            ),
        ),
        *above(0.1),
    ),
    "events_missing": Planted(
        lambda value: inputs(known=Known(8, 1_000, 900, value, 0.0, DAY, 0.8)), *above(0.01)
    ),
    "events_lost": Planted(
        lambda value: inputs(known=Known(8, 1_000, 900, value, 0.0, DAY, 0.8)), *above(0.08)
    ),
    "day_volume": Planted(
        lambda value: inputs(
            volume=Volume(DAY, 4_812, 2_540.0, 1.9, 0.05, -value, "same_weekday", ("2026-02-27",), "")
        ),
        *above(3.5),
    ),
    "day_surge": Planted(lambda value: inputs(surge=Surge(DAY, 900, 100.0, value)), *above(3.5)),
    "missing_hours": Planted(
        lambda value: inputs(hours=MissingHours(tuple(range(4, 4 + value)), 40.0)), 2, 2, 3
    ),
    "missing_kinds": Planted(
        lambda value: inputs(parts=PartDrifts((Part("kind", "like", 1, 117.0, 0.4, -value),))), *above(6)
    ),
    "missing_files": Planted(
        lambda value: inputs(files=Files({}, {"interactions": value}, value, 0)), 2, 2, 3
    ),
    "refused_files": Planted(lambda value: inputs(files=Files({}, {}, 0, value)), 0, 0, 1),
    "concentration": Planted(lambda value: excess("busiest_birds", value), *above(1.5)),
    "newcomer_burst": Planted(lambda value: excess("newcomers_together", value), *above(1.5)),
    "newcomers": Planted(lambda value: excess("newcomers", value), *above(1.25)),
    "quarantine_share": Planted(lambda value: line_share("quarantined", value), *above(0.01)),
    "duplicate_share": Planted(lambda value: line_share("duplicates", value), *above(0.05)),
    "conflict_share": Planted(
        lambda value: inputs(today=DayProfile(day=DAY, lines=1, conflicts=value)), *above(0.005)
    ),
    "undelivered": Planted(
        lambda value: inputs(today=DayProfile(day=DAY, delivered=1, undelivered=value)), *above(0.005)
    ),
    "late_share": Planted(lambda value: line_share("late", value), *above(0.2)),
    "day_fit": Planted(lambda value: inputs(joins=Joins(Fit(200, 14, 0.5, 2.0, 0.2, value))), *above(3)),
    "own_flits": Planted(lambda value: inputs(joins=Joins(own=Met(15, 106, 0.3, 0.2, -value))), *above(3.5)),
    "repeat_pairs": Planted(
        lambda value: inputs(joins=Joins(repeats=Met(15, 106, 0.3, 0.2, -value))), *above(3.5)
    ),
    "early_events": Planted(
        lambda value: inputs(joins=Joins(early=LineShare(value, 0.0, value), early_events=9, known=100)),
        *above(0.02),
    ),
    "late_files": Planted(
        lambda value: inputs(
            window=WindowNumbers(events=10_000),
            untimely=Untimely(round(10_000 * value), ("interactions/2026-03-01.jsonl",), 0),
        ),
        0.6,
        0.6,
        0.6001,
    ),
    "dated_ahead": Planted(
        lambda value: inputs(
            today=DayProfile(day=DAY, landed=10_000), untimely=Untimely(0, (), round(10_000 * value))
        ),
        0.3,
        0.3,
        0.3001,
    ),
    "new_without_text": Planted(
        lambda value: inputs(texts=NewTexts(40, LineShare(value, 0.0, value), without=9)), *above(0.2)
    ),
    "new_repeated": Planted(
        lambda value: inputs(texts=NewTexts(40, repeated=LineShare(value, 0.0, value), repeats=9, without=1)),
        *above(0.2),
    ),
    "new_alike": Planted(
        lambda value: new_ids(alike=0.43, usually_alike=0.1, alike_deviations=value), *above(8)
    ),
    "new_place": Planted(
        lambda value: new_ids(place=0.1, usual_place=0.3, place_deviations=value), *above(8)
    ),
    "new_text_fit": Planted(lambda value: new_ids(fit=Fit(200, 14, 0.5, 2.0, 0.2, value)), *above(3)),
    "new_writing": Planted(
        lambda value: inputs(texts=NewTexts(40, writing=(Writing("capitals", 0.9, 0.04, value),))), *above(8)
    ),
}


@pytest.fixture
def healthy() -> Statistics:
    return HEALTHY


@pytest.fixture
def first() -> Statistics:
    """Of a first version."""
    return FIRST


@pytest.fixture
def planted() -> Mapping[str, Planted]:
    """A night for each rule."""
    return PLANTED
