"""The statistics of a comparison as facts: movement beside noise, by group, and the distribution."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

from tasks.report.facts import Change, FloorFact, GroupFact, Movement, Reading
from tasks.report.found import Found, short

MOVEMENTS = (
    (("direction of a vector (1 − cosine)", "direction"), "paired.cosine.mean", "cosine"),
    (("direction, context side (1 − cosine)", "context side"), "paired.output_cosine.mean", "output_cosine"),
    (("of the 10 nearest, replaced", "10 nearest"), "neighbours.overlap_at_10", "overlap_at_10"),
    (("of the 50 nearest, replaced", "50 nearest"), "neighbours.overlap_at_50", "overlap_at_50"),
)
"""Names, long and short; the place of the likeness, 1 for unchanged; its key among the floor's and the multiples."""
LENGTH = ("length of a vector (typical change)", "length")
TINY = 1e-6
"""A floor below this is rounding."""


def read_change(statistics: Found) -> Change:
    """How the vectors of common ids moved; nothing but the reason where they may not be compared."""
    population, identity = statistics.part("population"), statistics.part("identity")
    return Change(
        reason=short(statistics.text("frame.reason")),
        movements=tuple(_movements(statistics)),
        floor=_floor(statistics.part("floor")),
        groups=tuple(_groups(statistics)),
        common=population.whole("common"),
        added=population.whole("added"),
        vanished=population.whole("vanished"),
        outlier_share=statistics.number("paired.outlier_share"),
        displaced=identity.whole("displaced"),
        misplaced=identity.whole("misplaced"),
        identical_share=identity.number("identical_share"),
    )


def _movements(statistics: Found) -> Iterator[Movement]:
    multiples, floor = statistics.part("multiples"), statistics.part("floor")
    for names, place, key in MOVEMENTS:
        likeness = statistics.number(place)
        if likeness is not None:
            yield _movement(names, 1 - likeness, _seed(floor, key, place), multiples.number(key))
    length = statistics.number("paired.typical_norm_change")
    if length is not None:
        known = floor.number("typical_norm_change"), floor.number("paired.typical_norm_change")
        seed = next((value for value in known if value is not None), 0.0 if _is_zero(floor) else None)
        yield _movement(LENGTH, length, seed, multiples.number("norm_change"))


def _movement(names: tuple[str, str], change: float, seed: float | None, multiple: float | None) -> Movement:
    if multiple is None and seed is not None and seed > TINY:
        multiple = change / seed
    return Movement(*names, max(0.0, change), seed, multiple)


def _seed(floor: Found, *places: str) -> float | None:
    """What another seed alone changes, from the likeness of twins: a number, or a spread with its mean."""
    if _is_zero(floor):
        return 0.0
    for place in places:
        for found in (floor.number(place), floor.number(f"{place}.mean")):
            if found is not None:
                return max(0.0, 1 - found)
    return None


def _is_zero(floor: Found) -> bool:
    return floor.text("status") == "zero"


def _floor(found: Found) -> FloorFact:
    return FloorFact(found.text("status") or "missing", short(found.text("note")), found.text("day"))


def _groups(statistics: Found) -> Iterator[GroupFact]:
    floor = statistics.part("floor")
    for found in statistics.items("paired.groups"):
        cosine = found.number("cosine.mean")
        twin = found.number("floor_cosine")
        yield GroupFact(
            grouping=found.text("grouping"),
            label=short(found.text("label"), 40),
            ids=found.whole("cosine.count") or 0,
            change=None if cosine is None else max(0.0, 1 - cosine),
            seed=max(0.0, 1 - twin) if twin is not None else 0.0 if _is_zero(floor) else None,
            multiple=found.number("multiple"),
        )


def read_distribution(found: Found) -> tuple[Reading, ...]:
    """What a drift tool would say, each with how to read it; empty where nothing was compared."""
    if not found.number("old_rows") or not found.number("new_rows"):
        return ()
    squared = found.number("discrepancy.mmd_squared")
    largest = f"worst of {found.whole('projections.axes') or 0} axes"
    return (
        Reading(
            "domain classifier AUC",
            found.number("classifier.auc"),
            "0.5: versions cannot be told apart; 1: always",
        ),
        Reading("MMD", None if squared is None else sqrt(max(0.0, squared)), "0: no change"),
        Reading("MMD, p-value", found.number("discrepancy.p_value"), "how often chance gives as much"),
        Reading(
            "PSI of lengths", found.number("norms.psi"), "below 0.1 stable, above 0.25 another population"
        ),
        Reading(f"PSI, {largest}", found.number("projections.largest.psi"), "as above"),
        Reading(
            "Jensen–Shannon of lengths", found.number("norms.jensen_shannon"), "bits: 0 equal, 1 disjoint"
        ),
        Reading(f"Jensen–Shannon, {largest}", found.number("projections.largest.jensen_shannon"), "as above"),
        Reading(
            "mean cosine, shift", found.number("mean_cosine.shift"), "above 0: more of them point one way"
        ),
        Reading("cosine of the means", found.number("mean_cosine.of_means"), "1: the same direction"),
    )
