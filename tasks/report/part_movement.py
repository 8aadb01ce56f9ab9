"""How far a night moved a space, beside what another seed alone would: overall, and by group."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from tasks.report.elements import Bar, Bars, ReportPart, ReportTable, cut
from tasks.report.facts import Facts
from tasks.report.numbers import count, number, plain, plural, share, short, times

MOST_GROUPS = 12
"""Bars of a grouping; of more, those that changed most."""
TINY = 1e-6
"""A floor below this is rounding."""
GROUPINGS = {
    "popularity": "By popularity, from the fewest events (d01) to the most (d10)",
    "age": "By age",
    "topic": "By topic",
}


def movement(facts: Facts) -> ReportPart:
    """How far a night moved a space, beside what another seed alone would: overall, and by group."""
    found, title = facts.statistics, "Movement and noise"
    if facts.subject.predecessor is None:
        return ReportPart("movement", title, "the first version: there is nothing it could have moved from")
    zero, moves = found.floor.status == "zero", list(_moves(facts))
    multiple = next((one[3] for one in moves if one[3] is not None), None)
    cosine = found.paired.cosine.mean
    digest = "" if cosine is None else f"mean cosine to the earlier self {number(cosine)}"
    digest = digest if multiple is None else f"{times(multiple)} as far as another seed alone"
    if found.frame.reason:
        digest = "coordinates may not be compared"
    rows, identity = found.population, found.identity
    pairs = []
    if rows.common is not None:
        came_and_went = (
            f"{count(rows.common)} in both versions, {count(rows.added)} came, {count(rows.vanished)} went"
        )
        pairs.append(("ids", came_and_went))
    if found.paired.outlier_share is not None:
        pairs.append(("outliers", f"{share(found.paired.outlier_share, 2)} moved unlike the others"))
    if identity.identical_share is not None:
        pairs.append(
            (
                "identity",
                f"{count(identity.misplaced)} ids sit in another's place, of {count(identity.displaced)} far from "
                f"their own; {share(identity.identical_share)} of the vectors are identical",
            )
        )
    if found.origin.version is not None:
        pairs.append(("since the first", _origin(facts)))
    said = "How much changed, from 0 for nothing, and how many times the noise that is"
    bars = [
        Bar(short_name, change, _moved(change, ratio), seed) for _, short_name, change, ratio, seed in moves
    ]
    numbers = [
        [name, number(change), number(seed), Markup("<b>{}</b>").format(times(ratio))]
        for name, _, change, ratio, seed in moves
    ]
    reason = [f"Coordinates may not be compared: {short(found.frame.reason)}. Neighbours can."]
    return ReportPart(
        "movement",
        title,
        digest,
        [*(reason if found.frame.reason else ()), _noise(facts, multiple)],
        pairs,
        [
            *([Bars(said, bars, "this night", "another seed", "")] if bars else []),
            *_groups(facts, zero),
        ],
        [ReportTable(said, ["what", "#changed", "#another seed", "#multiple"], numbers)] if numbers else [],
    )


def _moves(facts: Facts) -> Iterator[tuple[str, str, float, float | None, float | None]]:
    """Name, short name, change (0 is unchanged), its multiple of the noise, and what another seed changes."""
    found, floor = facts.statistics, facts.statistics.floor
    likeness = (
        ("direction of a vector (1 − cosine)", "direction", found.paired.cosine.mean, floor.mean_cosine,
         found.multiples.cosine),
        ("direction, context side (1 − cosine)", "context side", found.paired.output_cosine.mean,
         1.0 if floor.status == "zero" else floor.paired.output_cosine.mean, None),
        ("of the 10 nearest, replaced", "10 nearest", found.neighbours.overlap_at_10, floor.overlap_at_10,
         found.multiples.overlap_at_10),
        ("of the 50 nearest, replaced", "50 nearest", found.neighbours.overlap_at_50, floor.overlap_at_50,
         found.multiples.overlap_at_50),
    )  # fmt: skip
    for name, brief, alike, twin, multiple in likeness:
        if alike is not None:
            yield _move(name, brief, 1 - alike, multiple, None if twin is None else 1 - twin)
    length = found.paired.typical_norm_change
    if length is not None:
        seed = 0.0 if floor.status == "zero" else floor.paired.typical_norm_change
        yield _move(
            "length of a vector (typical change)", "length", length, found.multiples.norm_change, seed
        )


def _move(
    name: str, brief: str, change: float, multiple: float | None, seed: float | None
) -> tuple[str, str, float, float | None, float | None]:
    seed = None if seed is None else max(0.0, seed)
    if multiple is None and seed is not None and seed > TINY:
        multiple = change / seed
    return name, brief, max(0.0, change), multiple, seed


def _moved(change: float, multiple: float | None) -> str:
    return number(change) if multiple is None else times(multiple)


def _noise(facts: Facts, multiple: float | None) -> str:
    floor = facts.statistics.floor
    if floor.status == "zero":
        return "The method draws nothing at random: the same logs give the same vectors, so all movement is real."
    if floor.status != "measured":
        why = f": {short(floor.note)}" if floor.note else ""
        return f"The noise floor is not known{why}. Retraining alone moves vectors too."
    of_day = f" (measured on {floor.day})" if floor.day else ""
    much = (
        "" if multiple is None else f" This night moved vectors {times(multiple)} as far; 1× is noise alone."
    )
    return f"Noise is what training with another seed changes on the same logs{of_day}.{much}"


def _groups(facts: Facts, zero: bool) -> Iterator[Bars]:
    groups = facts.statistics.paired.groups
    known = {group.grouping for group in groups}
    for name in [*(name for name in GROUPINGS if name in known), *sorted(known - set(GROUPINGS))]:
        mine = [group for group in groups if group.grouping == name]
        most = sorted(mine, key=lambda group: (group.cosine.mean or 1, group.label))[:MOST_GROUPS]
        left = f" ({len(most)} of {len(mine)}, those that changed most)" if len(most) < len(mine) else ""
        bars = []
        for group in (group for group in mine if group in most):
            change = 1 - (1 if group.cosine.mean is None else group.cosine.mean)
            twin = 1.0 if zero else group.floor_cosine
            seed = None if twin is None else max(0.0, 1 - twin)
            bars.append(Bar(cut(group.label, 14), max(0.0, change), _moved(change, group.multiple), seed))
        title = GROUPINGS.get(name, f"By {plain(name)}") + left
        yield Bars(title, bars, "this night, mean of 1 − cosine", "another seed", "")


def _origin(facts: Facts) -> str:
    of = facts.statistics.origin
    parts = [
        f"cosine {number(of.cosine)}" if of.cosine is not None else "",
        f"{share(of.overlap_at_50, 0)} of the 50 nearest kept" if of.overlap_at_50 is not None else "",
        f"{times(of.multiple)} the noise" if of.multiple is not None else "",
    ]
    days = f" ({plural(of.days, 'day')} ago)" if of.days is not None else ""
    return f"{', '.join(filter(None, parts))}, against {of.version}{days}"
