"""How far a night moved a space, beside what another seed alone would: overall, and by group."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.report.charts import Bar, bars
from tasks.report.facts import Change, Facts, FloorFact, GroupFact, Movement
from tasks.report.markup import Markup, tag
from tasks.report.numbers import count, number, plain, share, times
from tasks.report.parts import figure, folded, key, listed, quiet, section, table, wrote

GROUPINGS = {
    "popularity": "By popularity, from the fewest events (d01) to the most (d10)",
    "age": "By age",
    "topic": "By topic",
}
MOST_GROUPS = 12
"""Bars of a grouping; of more, those that changed most."""
FIRST = "The first version: there is nothing it could have moved from."


def movement(facts: Facts) -> Markup | None:
    of = facts.change
    if facts.subject.predecessor is None:
        return section(
            "movement",
            "Movement and noise",
            quiet(FIRST),
        )
    reason = quiet(f"Coordinates may not be compared: {of.reason}. Neighbours can.") if of.reason else None
    return section(
        "movement",
        "Movement and noise",
        reason,
        quiet(_noise(of.floor, of)),
        _movement_table(of) if of.movements else None,
        listed(
            ("ids", _population(of)),
            (
                "outliers",
                "" if of.outlier_share is None else f"{share(of.outlier_share, 2)} moved unlike the others",
            ),
            ("identity", _identity(of)),
        ),
        *(
            _grouping(name, [group for group in of.groups if group.grouping == name])
            for name in _names(of.groups)
        ),
    )


def _noise(floor: FloorFact, of: Change) -> str:
    if floor.status == "zero":
        return "The method draws nothing at random: the same logs give the same vectors, so all movement is real."
    if floor.status != "measured":
        why = f": {floor.note}" if floor.note else ""
        return f"The noise floor is not known{why}. Retraining alone moves vectors too."
    largest = next((one.multiple for one in of.movements if one.multiple is not None), None)
    of_day = f" (measured on {floor.day})" if floor.day else ""
    much = "" if largest is None else f" This night moved vectors {times(largest)} as far; 1× is noise alone."
    return f"Noise is what training with another seed changes on the same logs{of_day}.{much}"


def _movement_table(of: Change) -> Markup:
    said = "How much changed, beside what another seed changes"
    cells = [
        [one.name, number(one.change), number(one.seed), tag("b", times(one.multiple))]
        for one in of.movements
    ]
    charted = [Bar(one.short, one.change or 0.0, _shown(one), one.seed) for one in of.movements]
    caption = "How much changed (0: nothing), and how many times the noise that is"
    chart = figure(caption, bars(charted, said), *_keys("this night", of.movements))
    numbers = table(["what", "#changed", "#another seed", "#multiple"], cells, said)
    return tag("div", chart, folded("The numbers", numbers))


def _shown(one: Movement | GroupFact) -> str:
    return number(one.change) if one.multiple is None else times(one.multiple)


def _keys(bar: str, shown: Sequence[Movement | GroupFact]) -> list[Markup]:
    return [key("bar-of", bar), *([key("mark-of", "another seed")] if any(one.seed for one in shown) else [])]


def _population(of: Change) -> str:
    if of.common is None:
        return ""
    return f"{count(of.common)} in both versions, {count(of.added)} came, {count(of.vanished)} went"


def _identity(of: Change) -> str:
    if of.misplaced is None:
        return ""
    same = "" if of.identical_share is None else f"; {share(of.identical_share)} of the vectors are identical"
    return (
        f"{count(of.misplaced)} ids sit in another's place, of {count(of.displaced)} far from their own{same}"
    )


def _names(groups: Sequence[GroupFact]) -> list[str]:
    known = [name for name in GROUPINGS if any(group.grouping == name for group in groups)]
    return known + sorted({group.grouping for group in groups} - set(GROUPINGS))


def _grouping(name: str, groups: Sequence[GroupFact]) -> Markup:
    most = sorted(groups, key=lambda group: (-(group.change or 0), group.label))[:MOST_GROUPS]
    shown = [group for group in groups if group in most]
    left = f" ({len(shown)} of {len(groups)}, those that changed most)" if len(shown) < len(groups) else ""
    caption = GROUPINGS.get(name, f"By {plain(name)}") + left
    rows = [Bar(_cut(group.label), group.change or 0.0, _shown(group), group.seed) for group in shown]
    return tag(
        "div",
        figure(caption, bars(rows, caption), *_keys("1 − cosine, mean", shown)),
        folded("The numbers", _numbers(groups, caption)),
    )


def _numbers(groups: Sequence[GroupFact], name: str) -> Markup:
    cells = [
        [
            wrote(group.label),
            count(group.ids),
            number(group.change),
            number(group.seed),
            times(group.multiple),
        ]
        for group in groups
    ]
    return table(["group", "#ids", "#changed", "#another seed", "#multiple"], cells, name)


def _cut(label: str) -> str:
    return label if len(label) <= 14 else f"{label[:13]}…"
