"""Rules about a version as it stands: its rows, its ids, its dimension, how well it ranks."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from tasks.comparison.gate.rule import Evidence, Measured, Rule
from tasks.comparison.statistics import Quality, Statistics

NORMAL_95 = 1.96
"""Half the width of a 95 % interval, in standard errors."""
NO_PREDECESSOR = "no predecessor"

_INPUT = "look for missing or refused files in `nightjar status`"
_BROKEN = "do not release it: the method or its input is broken, find the rows and repair it"


def _non_finite(statistics: Statistics, parameters: Any) -> Measured:
    return _broken_rows(statistics, statistics.new_structure.non_finite)


def _zero_norm(statistics: Statistics, parameters: Any) -> Measured:
    return _broken_rows(statistics, statistics.new_structure.zero_norm)


def _duplicate_id(statistics: Statistics, parameters: Any) -> Measured:
    return _broken_rows(statistics, statistics.new_structure.duplicate_id)


def _broken_rows(statistics: Statistics, rows: int) -> Measured:
    return Measured(float(rows), evidence=Evidence(rows, statistics.new_structure.rows))


def _rows(statistics: Statistics, parameters: Any) -> Measured:
    rows = statistics.new_structure.rows
    return Measured(float(rows), evidence=Evidence(rows, low=parameters.limit, compared="limit"))


def _dimension(statistics: Statistics, parameters: Any) -> Measured:
    old, new = statistics.old_structure, statistics.new_structure
    if old is None:
        return Measured(note=NO_PREDECESSOR)
    return Measured(float(abs(new.dim - old.dim)), evidence=_beside(new.dim, old.dim))


def _row_drop(statistics: Statistics, parameters: Any) -> Measured:
    return _row_change(statistics, -1)


def _row_growth(statistics: Statistics, parameters: Any) -> Measured:
    return _row_change(statistics, 1)


def _row_change(statistics: Statistics, sign: int) -> Measured:
    population = statistics.population
    if population.row_change is None:
        return Measured(note=_no_share(statistics))
    evidence = _beside(population.new_rows, population.old_rows)
    return Measured(max(0.0, sign * population.row_change), evidence=evidence)


def _kept_ids(statistics: Statistics, parameters: Any) -> Measured:
    population = statistics.population
    if population.kept_share is None:
        return Measured(note=_no_share(statistics))
    return Measured(population.kept_share, evidence=Evidence(population.common, population.old_rows))


def _coverage_drop(statistics: Statistics, parameters: Any) -> Measured:
    drop = statistics.coverage.drop
    return Measured(note="no earlier coverage") if drop is None else Measured(drop)


def _no_share(statistics: Statistics) -> str:
    return NO_PREDECESSOR if statistics.frame.comparable is None else "an empty predecessor"


def _beside(now: float | None, before: float | None) -> Evidence:
    return Evidence(now, low=before, high=before, compared="predecessor")


def _beats_popularity(statistics: Statistics, parameters: Any) -> Measured:
    """What is surely below popularity: of the night, where it is surely below its predecessor, which was not.

    Otherwise of the method, which is said once: by a warning, until the predecessor is below popularity too.
    """
    quality, before = statistics.quality, statistics.quality_before
    if quality.mean is None or quality.birds < parameters.min_birds:
        return Measured(note=quality.note or f"{quality.birds} birds scored, {parameters.min_birds} needed")
    below = 0.0 if quality.high is None else quality.high - quality.mean
    found = Measured(
        quality.mean,
        limit=parameters.limit - below,
        interval=_interval(quality),
        evidence=Evidence(whole=quality.birds),
    )
    if not quality.surely_below(parameters.limit):
        return found
    if statistics.old_structure is None:
        return replace(found, level="warn", note=NO_PREDECESSOR)
    if before.mean is None:
        return replace(found, level="warn", note="how its predecessor does on these days is not known")
    if before.surely_below(parameters.limit):
        return replace(found, level="info", note="its predecessor is below it too")
    if not statistics.quality_change.surely_below():
        return replace(found, level="warn", note="it is not surely worse than its predecessor")
    return replace(found, note="its predecessor is not below it")


def _recall_change(statistics: Statistics, parameters: Any) -> Measured:
    change = statistics.quality_change
    if change.mean is None or change.low is None or change.high is None:
        return Measured(note=change.note or NO_PREDECESSOR)
    error = (change.high - change.low) / (2 * NORMAL_95)
    return Measured(
        change.mean,
        floor=0.0,
        limit=parameters.limit - parameters.deviations * error,
        interval=_interval(change),
        evidence=Evidence(whole=change.birds),
    )


def _recall_decline(statistics: Statistics, parameters: Any) -> Measured:
    found = statistics.decline
    if found.deviations is None or found.recall is None or found.best is None:
        return Measured(note=found.note or NO_PREDECESSOR)
    note = f"recall@10 is {found.recall:.4f}; the three versions up to {found.best_day} had {found.best:.4f}"
    return Measured(max(0.0, found.deviations), note)


def _interval(quality: Quality) -> tuple[float, float] | None:
    return None if quality.low is None or quality.high is None else (quality.low, quality.high)


VERSION_RULES = (
    Rule(
        "non_finite", "block", 0, "count", "above", _non_finite,
        means="Rows with NaN or infinity.",
        unit="rows with NaN or infinity", todo=_BROKEN, breach="any row with NaN or infinity",
    ),
    Rule(
        "zero_norm", "block", 0, "count", "above", _zero_norm,
        means="Rows of length zero: they have no direction and no neighbours.",
        unit="rows of length zero", todo=_BROKEN, breach="any row of length zero",
    ),
    Rule(
        "duplicate_id", "block", 0, "count", "above", _duplicate_id,
        means="Rows whose id stands in an earlier row too.",
        unit="rows with an id that another row has", todo=_BROKEN, breach="any id in two rows",
    ),
    Rule(
        "rows", "warn", 1, "count", "below", _rows,
        means="The smallest number of rows that passes.",
        unit="rows", todo=_INPUT, breach="fewer rows than {limit}",
    ),
    Rule(
        "dimension", "block", 0, "count", "above", _dimension,
        means="By how many dimensions the version differs from its predecessor.",
        unit="dimensions",
        todo="consumers' models no longer fit: release it once they are ready for another space_id",
        breach="another number of dimensions",
    ),
    Rule(
        "row_drop", "block", 0.20, "share", "above", _row_drop,
        means="Share of the predecessor's number of rows that is missing.",
        unit="rows", todo=_INPUT, breach="more than {limit} of the rows gone",
    ),
    Rule(
        "row_growth", "warn", 0.50, "growth", "above", _row_growth,
        means="Growth of the number of rows: 0.5 is half as many again.",
        unit="rows", todo="look for repeated or foreign ids in the input", breach="more than {limit} more rows",
    ),
    Rule(
        "kept_ids", "warn", 0.50, "share", "below", _kept_ids,
        means="Smallest share of the predecessor's ids that are still there. Below half, nothing is aligned.",
        unit="ids of the predecessor are still there", todo="look whether ids are written differently",
        breach="fewer than {limit} of the predecessor's ids",
    ),
    Rule(
        "coverage_drop", "block", 0.20, "share", "above", _coverage_drop,
        means="Share of the predecessor's coverage that is lost; coverage is vectors per known id.",
        unit="of the coverage is lost", todo="look at the manifest's coverage for the reason that grew",
        breach="more than {limit} of the coverage (vectors per known id) lost",
    ),
    Rule(
        "beats_popularity", "block", 0, "difference", "below", _beats_popularity,
        means=(
            "Mean paired difference in recall@10 to popularity. A breach where its whole confidence interval lies "
            "below `limit`, the predecessor's on the same birds does not, and it is surely worse than the "
            "predecessor. A method that is poor on this log is a warning, once. Not judged below `min_birds` birds."
        ),
        unit="recall@10 {} popularity's",
        todo="look for missing events and changed parameters: it serves birds worse than the one before",
        todo_milder="compare methods on your log with `nightjar calibrate logs`: this one is poor on it",
        breach=(
            "recall@10 surely below popularity's and the predecessor's, which is not below popularity's on the same "
            "birds; a method that is below it anyway is a warning, once"
        ),
        follows=frozenset({"recall_change"}),
        more={"min_birds": (Annotated[int, Field(ge=1)], 30)},
    ),
    Rule(
        "recall_change", "block", 0, "difference", "below", _recall_change,
        means=(
            "Mean paired difference in recall@10 to the predecessor, both trained before the days that are scored. "
            "A breach where it is below `limit` by more than `deviations` standard errors."
        ),
        unit="recall@10 {} the predecessor's",
        todo="look for missing events and changed parameters: it serves birds worse than the one before",
        breach=(
            "recall@10 surely below the predecessor's, by 3 standard errors, both trained before the same days and "
            "scored on the same birds"
        ),
        more={"deviations": (Annotated[float, Field(ge=0, allow_inf_nan=False)], 3.0)},
    ),
    Rule(
        "recall_decline", "warn", 3.5, "deviations", "above", _recall_decline,
        means=(
            "How far recall@10 is below the best three successive released versions of the fortnight before, in "
            "deviations: those of versions that are scored on other days, twice the error of one number at least. A "
            "third of the best must be lost at least. Not judged with fewer than five scored versions."
        ),
        unit="recall@10 {} deviations below the best of the fortnight",
        todo="look at the nights since then in `nightjar status`: what changed little by little, and since when?",
        breach="recall@10 more than {limit} deviations, and a third, below the best three versions of a fortnight",
        follows=frozenset({"recall_change"}),
    ),
)  # fmt: skip
