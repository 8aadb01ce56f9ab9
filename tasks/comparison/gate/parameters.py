"""What a person may set about the gate and the comparison. One class a rule, its docstring is its reference.

A rule's `limit` is the last value that passes. The one exception is `beats_popularity`, where to equal is
not to beat.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError

from tasks.comparison.gate.input_parameters import (
    Concentration,
    DaySurge,
    DayVolume,
    DuplicateShare,
    EventsLost,
    EventsMissing,
    LateShare,
    MissingFiles,
    MissingHours,
    NewcomerBurst,
    Newcomers,
    QuarantineShare,
    RefusedFiles,
)
from tasks.comparison.gate.movement_parameters import (
    AlignedCosine,
    LengthCollapse,
    LostDirections,
    Misplaced,
    NeighbourOverlap,
    NormChange,
    OutlierShare,
    Unchanged,
    Upheaval,
)
from tasks.comparison.gate.rule_parameters import Count, Growth, Level, RuleParameters, Share
from tasks.parameters import Parameters


class NonFinite(RuleParameters):
    """Rows with NaN or infinity."""

    level: Level = "block"
    limit: Count = 0


class ZeroNorm(RuleParameters):
    """Rows of length zero: they have no direction and no neighbours."""

    level: Level = "block"
    limit: Count = 0


class DuplicateId(RuleParameters):
    """Rows whose id stands in an earlier row too."""

    level: Level = "block"
    limit: Count = 0


class Rows(RuleParameters):
    """The smallest number of rows that passes."""

    level: Level = "warn"
    limit: Count = 1


class Dimension(RuleParameters):
    """By how many dimensions the version differs from its predecessor."""

    level: Level = "block"
    limit: Count = 0


class RowDrop(RuleParameters):
    """Share of the predecessor's number of rows that is missing."""

    level: Level = "block"
    limit: Share = 0.20


class RowGrowth(RuleParameters):
    """Growth of the number of rows: 0.5 is half as many again."""

    level: Level = "warn"
    limit: Growth = 0.50


class KeptIds(RuleParameters):
    """Smallest share of the predecessor's ids that are still there. Below half, nothing is aligned."""

    level: Level = "warn"
    limit: Share = 0.50


class CoverageDrop(RuleParameters):
    """Share of the predecessor's coverage that is lost; coverage is vectors per known id."""

    level: Level = "block"
    limit: Share = 0.20


class BeatsPopularity(RuleParameters):
    """Mean paired difference in recall@10 to popularity; a breach where it is not above `limit`.

    A warning where only its confidence interval reaches down to `limit`, and where fewer than `min_birds`
    were scored.
    """

    level: Level = "block"
    limit: Annotated[float, Field(ge=-1, le=1)] = 0.0
    min_birds: Annotated[int, Field(ge=1)] = 30


class RecallChange(RuleParameters):
    """Mean paired difference in recall@10 to the predecessor, both trained before the days that are scored.

    A breach where it is below `limit` by more than `deviations` standard errors.
    """

    level: Level = "block"
    limit: Annotated[float, Field(ge=-1, le=1)] = 0.0
    deviations: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 3.0


class TopicGrowth(RuleParameters):
    """Growth of one word's share of the day's attention, farther out than any word of any day before."""

    level: Level = "warn"
    limit: Share = 0.03


class GateParameters(Parameters):
    """All rules of the gate. What is left out keeps its default, also within a rule."""

    non_finite: NonFinite = NonFinite()
    zero_norm: ZeroNorm = ZeroNorm()
    duplicate_id: DuplicateId = DuplicateId()
    rows: Rows = Rows()
    dimension: Dimension = Dimension()
    row_drop: RowDrop = RowDrop()
    row_growth: RowGrowth = RowGrowth()
    kept_ids: KeptIds = KeptIds()
    coverage_drop: CoverageDrop = CoverageDrop()
    beats_popularity: BeatsPopularity = BeatsPopularity()
    recall_change: RecallChange = RecallChange()
    aligned_cosine: AlignedCosine = AlignedCosine()
    upheaval: Upheaval = Upheaval()
    neighbour_overlap: NeighbourOverlap = NeighbourOverlap()
    norm_change: NormChange = NormChange()
    length_collapse: LengthCollapse = LengthCollapse()
    outlier_share: OutlierShare = OutlierShare()
    misplaced: Misplaced = Misplaced()
    unchanged: Unchanged = Unchanged()
    lost_directions: LostDirections = LostDirections()
    topic_growth: TopicGrowth = TopicGrowth()
    events_missing: EventsMissing = EventsMissing()
    events_lost: EventsLost = EventsLost()
    day_volume: DayVolume = DayVolume()
    day_surge: DaySurge = DaySurge()
    missing_hours: MissingHours = MissingHours()
    missing_files: MissingFiles = MissingFiles()
    refused_files: RefusedFiles = RefusedFiles()
    concentration: Concentration = Concentration()
    newcomer_burst: NewcomerBurst = NewcomerBurst()
    newcomers: Newcomers = Newcomers()
    quarantine_share: QuarantineShare = QuarantineShare()
    duplicate_share: DuplicateShare = DuplicateShare()
    late_share: LateShare = LateShare()


class AlignmentParameters(Parameters):
    """How a candidate is turned onto its predecessor."""

    min_common_share: Share = Field(0.50, description="Smallest share of the predecessor's ids in common.")
    unit_rows: bool = Field(
        True, description="Turn directions, whatever the length; false: long rows pull more."
    )
    rounds: Annotated[int, Field(ge=1)] = Field(
        2, description="Fits; from the second on an id weighs by how near it came to its old place."
    )


class DistributionParameters(Parameters):
    """How closely the distributions of two versions are looked at."""

    rows: Annotated[int, Field(ge=2)] = Field(10_000, description="Ids of either version, the same ones.")
    folds: Annotated[int, Field(ge=2)] = Field(5, description="Parts of the ids for the domain classifier.")
    frequencies: Annotated[int, Field(ge=1)] = Field(
        512, description="Random Fourier features, half of them."
    )
    permutations: Annotated[int, Field(ge=1)] = Field(199, description="Of the test of the discrepancy.")
    projections: Annotated[int, Field(ge=0)] = Field(32, description="Principal axes to project on.")
    bins: Annotated[int, Field(ge=2)] = Field(10, description="Bins of equally many values in a histogram.")
    seed: int = Field(0, ge=0, description="Of the random features and the permutations.")


class ComparisonParameters(Parameters):
    """How much the comparison looks at, and what the gate makes of it."""

    gate: GateParameters = GateParameters()
    queries: Annotated[int, Field(ge=1)] = Field(2000, description="Ids whose neighbours are compared.")
    movers: Annotated[int, Field(ge=0)] = Field(20, description="Most changed ids to name.")
    mover_neighbours: Annotated[int, Field(ge=1)] = Field(10, description="Neighbours to name of each.")
    distribution: DistributionParameters = DistributionParameters()


def merged(defaults: GateParameters, overrides: GateParameters | Mapping[str, Any]) -> GateParameters:
    """`defaults` with a pipeline's partial overrides: rule → the keys that differ.

    Of a `GateParameters` only the keys count that were set. ValueError, one line, for an unknown rule or key.
    """
    given = overrides.model_dump(exclude_unset=True) if isinstance(overrides, GateParameters) else overrides
    values = defaults.model_dump()
    for rule, changes in given.items():
        if rule not in values:
            raise ValueError(f"gate: no such rule: {rule!r}{_suggestion(rule, values)}")
        if not isinstance(changes, Mapping):
            raise ValueError(f"gate.{rule}: expected a mapping such as {{limit: 0.3}}, found {changes!r}")
        values[rule] = {**values[rule], **changes}
    try:
        return GateParameters.model_validate(values)
    except ValidationError as error:
        raise ValueError("; ".join(_line(fault) for fault in error.errors())) from error


def _line(fault: Any) -> str:
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        known = GateParameters.model_fields[fault["loc"][0]].default.model_dump()
        return f"gate.{key}: unknown key{_suggestion(str(fault['loc'][-1]), known)}"
    return f"gate.{key}: {fault['msg'].replace('Input should be', 'expected')}, found {fault['input']!r}"


def _suggestion(found: object, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(str(found), known, n=1)
    return (f"; did you mean {close[0]!r}?" if close else "; remove it") + f" (known: {', '.join(known)})"
