"""What a drift tool would say of the version, for information."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.report.facts import Reading
from tasks.report.markup import Markup
from tasks.report.numbers import number, signed
from tasks.report.parts import quiet, section, table

TOLD = "For those who expect them; no rule looks at these. They do not see two ids swapped."


def distribution(readings: Sequence[Reading]) -> Markup | None:
    if not readings:
        return None
    rows = [
        [one.name, signed(one.value) if "shift" in one.name else number(one.value), one.reads]
        for one in readings
    ]
    told = table(["statistic", "#value", "reads"], rows, "Distribution")
    return section("distribution", "Distribution (information)", quiet(TOLD), told)
