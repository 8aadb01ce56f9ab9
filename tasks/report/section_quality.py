"""How well the version ranks, beside popularity and its predecessor."""

from __future__ import annotations

from tasks.report.charts import Dot, dots
from tasks.report.facts import Interval, QualityFact
from tasks.report.markup import Markup
from tasks.report.numbers import interval, plural
from tasks.report.parts import figure, listed, quiet, section


def quality(of: QualityFact) -> Markup:
    if not of.scores:
        return section("quality", "Quality", quiet(f"Not measured: {of.reason}."))
    rows = [
        Dot(score.name, score.reached, interval(*_ends(score.reached)), score.ours) for score in of.scores
    ]
    caption = f"{of.metric} over {plural(of.birds, 'bird')} on days that the scored model has not seen, with intervals"
    return section(
        "quality",
        "Quality",
        listed(
            ("over popularity", _judged(of.over_popularity, "popularity", of.birds)),
            ("over predecessor", _judged(of.over_predecessor, "its predecessor", of.birds) or of.note),
        ),
        figure(caption, dots(rows, f"{of.metric} of this version and of what it is held against")),
    )


def _judged(of: Interval, other: str, birds: int) -> str:
    """A paired difference in words; the interval decides whether it is one."""
    if of.value is None:
        return ""
    sure = of.low is not None and of.high is not None and (of.low > 0 or of.high < 0)
    word = (
        f"no clear difference from {other}"
        if not sure
        else f"better than {other}"
        if of.value > 0
        else f"worse than {other}"
    )
    return f"{interval(*_ends(of), sign=True)}: {word}, paired over the same {plural(birds, 'bird')}"


def _ends(of: Interval) -> tuple[float | None, float | None, float | None]:
    return of.value, of.low, of.high
