"""Rules about vectors that moved: each against what another seed moves, and what the passing of time explains.

A night differs from the one before by its seed's noise and by the events that came and went. Measured on healthy
nights, the distance between two versions is about floor × (1 + `PER_TURNOVER` × turnover): `docs/gate.md` shows the
table. A limit is a multiple of that expectation; where no floor is known it is the one that is set.
"""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import Field

from tasks.comparison.gate.rule import Evidence, Measured, Missing, Rule
from tasks.comparison.gate.version_rules import NO_PREDECESSOR
from tasks.comparison.statistics import Statistics

PER_TURNOVER = 12.0
"""How many floors a space moves when all its inputs are replaced: at most, over healthy nights of real logs."""

OVER_CHANCE = 3.0
"""How many times what leaving out a part of the log does, scaled to the night's turnover, still is chance."""

ENOUGH_NEWS = 12
"""Events or flits of the last day, depending on what a space reads, of which at least one must leave a trace."""

FEWEST_ROWS_A_DIMENSION = 2
"""With fewer rows, directions come and go with single ids."""


def _expected(statistics: Statistics) -> float:
    """How many floors a healthy night of this turnover moves."""
    return 1 + PER_TURNOVER * (statistics.inputs.turnover or 0.0)


def _likeness(
    value: float, measured: str, lowest: float, statistics: Statistics, parameters: Any
) -> Measured:
    """A cosine or an overlap, 1 for unchanged, against the distance from 1 that is expected of the night.

    `measured`: which, by its name in `Sampling`. Expected is the larger of what the seed's distance makes of the
    turnover, and what the chance of the log adds to it.
    """
    floor = statistics.floor.mean_cosine if measured == "cosine" else statistics.floor.overlap_at_50
    if statistics.floor.status != "measured" or floor is None:
        return Measured(value, floor=floor)
    by_chance = statistics.floor.by_chance(measured, statistics.inputs.turnover)
    distance = max(_expected(statistics) * (1 - floor), 1 - floor + by_chance)
    usual = Evidence(low=max(lowest, 1 - distance), compared="expected")
    return Measured(value, floor=floor, limit=max(lowest, 1 - parameters.multiple * distance), evidence=usual)


def _cosine(statistics: Statistics, parameters: Any, missing: Missing) -> Measured:
    cosine = statistics.paired.cosine.mean
    if cosine is None:
        return _no_coordinates(statistics, missing)
    return _likeness(cosine, "cosine", -1.0, statistics, parameters)


def _aligned_cosine(statistics: Statistics, parameters: Any) -> Measured:
    return _cosine(statistics, parameters, "not_judged")


def _upheaval(statistics: Statistics, parameters: Any) -> Measured:
    return _cosine(statistics, parameters, "not_applicable")


def _neighbour_overlap(statistics: Statistics, parameters: Any) -> Measured:
    overlap, candidates = statistics.neighbours.overlap_at_50, statistics.neighbours.candidates
    if overlap is not None:
        return _likeness(overlap, "overlap_at_50", 0.0, statistics, parameters)
    if statistics.frame.comparable is None:
        return Measured(note=NO_PREDECESSOR)
    if not candidates:
        return Measured(note="no id in common with the predecessor", missing="not_judged")
    return Measured(note=f"{candidates} ids in common, more than 51 needed")


def _lengths(statistics: Statistics, parameters: Any) -> Measured:
    """The limit grows with the turnover, and with what the chance of the log does to lengths."""
    change, floor = statistics.paired.norm_change.p50, statistics.floor
    if change is None:
        return _no_coordinates(statistics)
    twin = 0.0 if floor.status == "zero" else floor.paired.norm_change.p50
    return Measured(
        abs(change),
        floor=None if twin is None else abs(twin),
        limit=max(parameters.limit * _expected(statistics), _chance("norm_change", statistics)),
    )


def _outlier_share(statistics: Statistics, parameters: Any) -> Measured:
    """A trained id may move with its surroundings; where nothing is drawn at random, one with events of its own may."""
    share, floor = statistics.paired.outlier_share, statistics.floor
    if share is None:
        return _no_coordinates(statistics)
    measured = floor.status == "measured"
    moving = (statistics.inputs.turnover or 0.0) / 4 if measured else statistics.active_share or 0.0
    common = statistics.population.common
    return Measured(
        share,
        floor=0.0 if floor.status == "zero" else floor.paired.outlier_share,
        limit=min(1.0, max(parameters.limit + moving, _chance("outlier_share", statistics))),
        evidence=Evidence(None if common is None else round(share * common), common),
    )


def _misplaced(statistics: Statistics, parameters: Any) -> Measured:
    """Among ids that may move, some come to lie where another was: as many as chance gives are no fault.

    Chance is what leaving out a part of the log does, each count with its own uncertainty: once and twice its
    root. Where that is not known, of the ids that moved as many as had events of their own may lie anywhere.
    """
    identity, floor = statistics.identity, statistics.floor
    if identity.misplaced_share is None:
        return _no_coordinates(statistics)
    if floor.sampling is not None:
        found = floor.sampling.misplaced or 0
        most = floor.sampling.of(found + math.sqrt(found) + 1, statistics.inputs.turnover)
        by_chance = most + 2 * math.sqrt(most)
    elif floor.status == "measured":
        by_chance = 0.0
    else:
        by_chance = (statistics.active_share or 0.0) * identity.displaced
    evidence = Evidence(identity.misplaced, statistics.population.common)
    return Measured(
        float(identity.misplaced), limit=parameters.limit + math.floor(by_chance), evidence=evidence
    )


def _chance(measured: str, statistics: Statistics) -> float:
    """The most that the chance of the log should give on a night of this turnover."""
    return OVER_CHANCE * statistics.floor.by_chance(measured, statistics.inputs.turnover)


def _unchanged(statistics: Statistics, parameters: Any) -> Measured:
    share, common = statistics.identity.identical_share, statistics.population.common
    if statistics.news is not None and statistics.news < ENOUGH_NEWS:
        return Measured(
            note=f"{statistics.news} new on the last day of what it reads: a quiet night looks the same"
        )
    judged = statistics.floor.status == "measured" or _is_copy(statistics)
    if statistics.same_inputs is False and judged and share is not None:
        identical = None if common is None else round(share * common)
        return Measured(share, evidence=Evidence(identical, common))
    if statistics.frame.comparable is None:
        return Measured(note=NO_PREDECESSOR)
    if statistics.same_inputs:
        return Measured(note="the predecessor learnt from the same logs")
    if statistics.frame.comparable and statistics.floor.status != "measured":
        return Measured(note="nothing is drawn at random, and it is no copy")
    return Measured(note=statistics.frame.reason or "no noise floor is known")


def _is_copy(statistics: Statistics) -> bool:
    """Whether no id came, went or moved, though the log has enough that is new: also what never retrains shows that."""
    population, inputs = statistics.population, statistics.inputs
    acts = sum(day.events for day in inputs.days if day.day == inputs.window.end)
    news = inputs.today.posted or 0 if inputs.window.events is None else acts
    same_ids = population.added == population.vanished == 0
    return same_ids and statistics.identity.identical_share == 1 and news >= ENOUGH_NEWS


def _lost_directions(statistics: Statistics, parameters: Any) -> Measured:
    old, new = statistics.old_structure, statistics.new_structure
    if old is None:
        return Measured(note=NO_PREDECESSOR)
    if old.dim != new.dim:
        return Measured(note="another dimension")
    if new.rows < FEWEST_ROWS_A_DIMENSION * new.dim:
        return Measured(note=f"fewer than {FEWEST_ROWS_A_DIMENSION} rows a dimension")
    lost = max(0, old.rank - new.rank)
    return Measured(float(lost), evidence=Evidence(lost, old.rank))


def _no_coordinates(statistics: Statistics, missing: Missing = "not_applicable") -> Measured:
    if statistics.frame.comparable is None:
        return Measured(note=NO_PREDECESSOR)
    return Measured(note=statistics.frame.reason or "no id in common with the predecessor", missing=missing)


_MULTIPLE = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_OR_A_MULTIPLE = (
    " `multiple` counts where a noise floor was measured: times the distance that is expected of a healthy night; "
    "`limit` where there is none."
)
_MOVERS = "look at the movers in `nightjar drift`"
_TRAINING = "look for changed parameters, missing events or a training cut short"

LOG_FAULTS = frozenset(
    {
        "events_lost", "events_missing", "day_volume", "day_surge", "missing_hours", "missing_files",
        "concentration", "newcomer_burst", "newcomers",
    }
)  # fmt: skip
"""Rules for inputs whose breach explains that vectors moved."""

MOVEMENT_RULES = (
    Rule(
        "aligned_cosine", "warn", 0.80, "cosine", "below", _aligned_cosine,
        means="Smallest mean cosine between old and new vectors of the common ids, after alignment." + _OR_A_MULTIPLE,
        unit="a mean cosine of {} to the predecessor after alignment", todo=_MOVERS,
        breach=(
            "1 − mean cosine to the predecessor more than {multiple:g} times what is expected; without a noise floor a "
            "cosine below {limit}"
        ),
        follows=LOG_FAULTS | {"upheaval"},
        more={"multiple": (_MULTIPLE, 1.75)},
    ),
    Rule(
        "upheaval", "block", 0.50, "cosine", "below", _upheaval,
        means="As `aligned_cosine`, so far off that the version is another space." + _OR_A_MULTIPLE,
        unit="a mean cosine of {} to the predecessor after alignment", todo=_TRAINING,
        breach="the same, more than {multiple:g} times; without a noise floor below {limit}",
        follows=LOG_FAULTS,
        more={"multiple": (_MULTIPLE, 4.0)},
    ),
    Rule(
        "neighbour_overlap", "warn", 0.50, "share", "below", _neighbour_overlap,
        means="Smallest mean overlap@50 of old and new neighbours; needs no alignment." + _OR_A_MULTIPLE,
        unit="of the 50 nearest neighbours kept", todo=_MOVERS,
        breach=(
            "of the 50 nearest neighbours {multiple:g} times more lost than expected; without a noise floor less than "
            "{limit} kept"
        ),
        follows=LOG_FAULTS | {"upheaval", "aligned_cosine"},
        more={"multiple": (_MULTIPLE, 1.75)},
    ),
    Rule(
        "norm_change", "warn", 0.06, "growth", "above", _lengths,
        means=(
            "Median change of length, either way; the limit grows with the turnover of the inputs. Lengths hold how "
            "much training an id had: they shrink when events are missing or epochs are left out."
        ),
        unit="lengths of vectors changed by {} in the median", todo=_TRAINING,
        breach="lengths changed by more than {limit} in the median, more where many events are new",
        follows=LOG_FAULTS | {"upheaval", "length_collapse"},
    ),
    Rule(
        "length_collapse", "block", 0.50, "growth", "above", _lengths,
        means="As `norm_change`, so far off that training was another.",
        unit="lengths of vectors changed by {} in the median", todo=_TRAINING,
        breach="the same, more than {limit}",
        follows=LOG_FAULTS,
    ),
    Rule(
        "outlier_share", "warn", 0.004, "share", "above", _outlier_share,
        means="Share of the common ids that moved unlike their seed; the limit grows with the turnover of the inputs.",
        unit="ids moved farther than another seed moves them", todo=_MOVERS,
        breach="more than {limit} of the ids moved unlike their seed, more where many events are new",
        follows=LOG_FAULTS | {"upheaval", "aligned_cosine", "misplaced"},
    ),
    Rule(
        "misplaced", "block", 1, "count", "above", _misplaced,
        means="Ids that sit in the place of another that is gone from there: what mixed-up ids look like.",
        unit="ids in the place of another",
        todo="do not release it: ids and vectors are mixed up, look how rows are written and joined",
        breach=(
            "more than {limit} id in the place of another that is gone from there, beyond what the chance of the log "
            "gives: ids are mixed up"
        ),
    ),
    Rule(
        "unchanged", "block", 0.50, "share", "above", _unchanged,
        means="Share of the common ids with the very same vector, though the method retrains and the logs are others.",
        unit="ids with the very same vector as before",
        todo="do not release it: it looks like a copy of its predecessor, look whether training ran",
        breach="more than {limit} of the vectors are the predecessor's, though the logs are others",
    ),
    Rule(
        "lost_directions", "block", 0, "count", "above", _lost_directions,
        means="Dimensions of the space that the predecessor's vectors filled and these do not, in whatever frame.",
        unit="directions empty that the predecessor filled",
        todo="do not release it: the method or its input is broken, look for dimensions that hold one value",
        breach="a direction is empty that the predecessor filled",
    ),
)  # fmt: skip
