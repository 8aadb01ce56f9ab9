"""Rules about vectors that moved: each against what another seed moves, and what the passing of time explains.

A night differs from the one before by its seed's noise and by the events that came and went. Measured on healthy
nights, the distance between two versions is about floor × (1 + `PER_TURNOVER` × turnover): `docs/gate.md` shows the
table. A limit is a multiple of that expectation; where no floor is known it is the configured one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tasks.comparison.gate.check import Check, Outcome
from tasks.comparison.gate.movement_parameters import Movement
from tasks.comparison.gate.rule_parameters import RuleParameters
from tasks.comparison.statistics import Statistics

PER_TURNOVER = 12.0
"""How many floors a space moves when all its inputs are replaced: at most, over healthy nights of real logs."""

ENOUGH_NEWS = 12
"""Events or flits of the last day, depending on what a space reads, of which at least one must leave a trace."""

FEWEST_ROWS_A_DIMENSION = 2
"""With fewer rows, directions come and go with single ids."""


def _expected(statistics: Statistics) -> float:
    """How many floors a healthy night of this turnover moves."""
    return 1 + PER_TURNOVER * (statistics.inputs.turnover or 0.0)


def _below_floor(floor: float | None, statistics: Statistics, parameters: RuleParameters) -> float:
    if statistics.floor.status != "measured" or floor is None:
        return parameters.limit
    assert isinstance(parameters, Movement)
    return max(-1.0, 1 - parameters.multiple * _expected(statistics) * (1 - floor))


def _cosine_limit(statistics: Statistics, parameters: RuleParameters) -> float:
    return _below_floor(statistics.floor.mean_cosine, statistics, parameters)


def _overlap_limit(statistics: Statistics, parameters: RuleParameters) -> float:
    return max(0.0, _below_floor(statistics.floor.overlap_at_50, statistics, parameters))


def _with_turnover(statistics: Statistics, parameters: RuleParameters) -> float:
    return parameters.limit * _expected(statistics)


def _outlier_limit(statistics: Statistics, parameters: RuleParameters) -> float:
    """A trained id may move with its surroundings; where nothing is drawn at random, one with events of its own may."""
    measured = statistics.floor.status == "measured"
    moving = (statistics.inputs.turnover or 0.0) / 4 if measured else statistics.active_share or 0.0
    return min(1.0, parameters.limit + moving)


def _norm_change(statistics: Statistics) -> float | None:
    change = statistics.paired.norm_change.p50
    return None if change is None else abs(change)


def _norm_floor(statistics: Statistics) -> float | None:
    if statistics.floor.status == "zero":
        return 0.0
    change = statistics.floor.paired.norm_change.p50
    return None if change is None else abs(change)


def _misplaced(statistics: Statistics) -> float | None:
    return None if statistics.identity.misplaced_share is None else float(statistics.identity.misplaced)


def _unchanged(statistics: Statistics) -> float | None:
    if statistics.same_inputs is not False:
        return None
    if statistics.floor.status == "measured" or _is_copy(statistics):
        return statistics.identity.identical_share
    return None


def _is_copy(statistics: Statistics) -> bool:
    """Whether no id came, went or moved, though the log has enough that is new: also what never retrains shows that."""
    population, inputs = statistics.population, statistics.inputs
    acts = sum(day.events for day in inputs.days if day.day == inputs.window.end)
    news = inputs.today.posted or 0 if inputs.window.events is None else acts
    same_ids = population.added == population.vanished == 0
    return same_ids and statistics.identity.identical_share == 1 and news >= ENOUGH_NEWS


def _why_not_unchanged(statistics: Statistics) -> tuple[Outcome, str]:
    if statistics.frame.comparable is None:
        return "not_applicable", "no predecessor"
    if statistics.same_inputs:
        return "not_applicable", "the predecessor learnt from the same logs"
    if statistics.frame.comparable and statistics.floor.status != "measured":
        return "not_applicable", "nothing is drawn at random, and it is no copy"
    return "not_applicable", statistics.frame.reason or "no noise floor is known"


def _lost_directions(statistics: Statistics) -> float | None:
    old, new = statistics.old_structure, statistics.new_structure
    if old is None or old.dim != new.dim or new.rows < FEWEST_ROWS_A_DIMENSION * new.dim:
        return None
    return float(max(0, old.rank - new.rank))


def _why_no_directions(statistics: Statistics) -> tuple[Outcome, str]:
    if statistics.old_structure is None:
        return "not_applicable", "no predecessor"
    if statistics.old_structure.dim != statistics.new_structure.dim:
        return "not_applicable", "another dimension"
    return "not_applicable", f"fewer than {FEWEST_ROWS_A_DIMENSION} rows a dimension"


def _no_coordinates(statistics: Statistics) -> tuple[Outcome, str]:
    if statistics.frame.comparable is None:
        return "not_applicable", "no predecessor"
    return "not_judged", statistics.frame.reason or "no id in common with the predecessor"


def _no_lengths(statistics: Statistics) -> tuple[Outcome, str]:
    return "not_applicable", _no_coordinates(statistics)[1]


def _no_neighbours(statistics: Statistics) -> tuple[Outcome, str]:
    if statistics.frame.comparable is None:
        return "not_applicable", "no predecessor"
    if not statistics.neighbours.candidates:
        return "not_judged", "no id in common with the predecessor"
    return "not_applicable", f"{statistics.neighbours.candidates} ids in common, more than 51 needed"


_MEANT = "where it is meant, release the version"
_LOOK_AT_MOVERS = f"look at the movers in `nightjar drift`; {_MEANT}"
_LOOK_AT_TRAINING = f"look for changed parameters, missing events or a training cut short; {_MEANT}"

_COSINE = Check(
    lambda s: s.paired.cosine.mean,
    "below",
    "mean cosine to the predecessor after alignment",
    "number",
    _LOOK_AT_MOVERS,
    _no_coordinates,
    lambda s: s.floor.mean_cosine,
    _cosine_limit,
)
_LENGTHS = Check(
    _norm_change,
    "above",
    "median change of length since the predecessor",
    "share",
    _LOOK_AT_TRAINING,
    _no_lengths,
    _norm_floor,
    _with_turnover,
)

MOVEMENT_CHECKS: Mapping[str, Check] = {
    "aligned_cosine": _COSINE,
    "upheaval": replace(_COSINE, remedy=_LOOK_AT_TRAINING, missing=_no_lengths),
    "neighbour_overlap": Check(
        lambda s: s.neighbours.overlap_at_50,
        "below",
        "of the 50 nearest neighbours kept",
        "share",
        _LOOK_AT_MOVERS,
        _no_neighbours,
        lambda s: s.floor.overlap_at_50,
        _overlap_limit,
    ),
    "norm_change": _LENGTHS,
    "length_collapse": _LENGTHS,
    "outlier_share": Check(
        lambda s: s.paired.outlier_share,
        "above",
        "of the common ids moved unlike their seed",
        "share",
        _LOOK_AT_MOVERS,
        _no_lengths,
        lambda s: 0.0 if s.floor.status == "zero" else s.floor.paired.outlier_share,
        _outlier_limit,
    ),
    "misplaced": Check(
        _misplaced,
        "above",
        "ids in the place of another",
        "count",
        "ids and vectors are mixed up: do not release, look how rows are written and joined",
        _no_lengths,
    ),
    "unchanged": Check(
        _unchanged,
        "above",
        "of the common ids with the very same vector",
        "share",
        "the version looks like a copy of its predecessor: do not release, look whether training ran",
        _why_not_unchanged,
    ),
    "lost_directions": Check(
        _lost_directions,
        "above",
        "directions empty that the predecessor filled",
        "count",
        "the method or its input is broken: do not release, look for dimensions that hold one value",
        _why_no_directions,
    ),
}
