"""A version in words: how good it is, how it compares with the one before, what changed between them and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tasks.comparison.gate.judge import results_of
from tasks.report.words import causes, in_markdown, told

NAMED = 3
"""Movers."""


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The version before. `numbers`: its metrics by MLflow's names; `parameters`: as its manifest has them."""

    version: str
    numbers: Mapping[str, float | None]
    parameters: Mapping[str, Any]
    inputs: Mapping[str, Any]
    code_sha: str


@dataclass(frozen=True, slots=True)
class VersionSummary:
    """What is known of a version when it is recorded.

    `evaluation` and `comparison` as their stages leave them; `rows`: ids with a vector. No text of a flit is quoted:
    files, such as the report, can be forgotten, and words in a database linger.
    """

    evaluation: Mapping[str, Any]
    comparison: Mapping[str, Any]
    parameters: Mapping[str, Any]
    inputs: Mapping[str, Any]
    code_sha: str
    rows: int
    before: Predecessor | None = None

    @property
    def conclusion(self) -> str:
        """One line: the verdict, the quality, and how it stands to popularity and to the version before."""
        quality = [self._recall(), self._against_popularity(), self._against_predecessor()]
        return "; ".join([self.comparison["verdict"], *(part for part in quality if part)])

    @property
    def description(self) -> str:
        """The verdict and five lines of Markdown, for the page of a run; tables show its beginning as it is."""
        breached = [told(cause, in_markdown) for cause in causes(results_of(self.comparison["rules"]))]
        verdict = f"{self.comparison['verdict']}: {' '.join(breached) or 'no rule of the gate objects'}"
        return "\n".join([verdict, "", *(f"- {line}" for line in self._lines())])

    def _lines(self) -> Iterator[str]:
        quality = [part for part in (self._recall(), self._against_popularity(), *self._in_itself()) if part]
        yield "**Quality**: " + "; ".join(quality)
        yield "**Against the version before**: " + (
            self._against_predecessor() or "it is the first version of the space"
        )
        yield f"**Moved**: {self._moved()}"
        yield f"**Changed**: {self._changed()}"
        yield f"**Covered**: {self._covered()}"

    @property
    def _metric(self) -> str:
        return f"recall_at_{self.evaluation['parameters']['k'][0]}"

    def _recall(self) -> str:
        if self.evaluation["reason"] is not None:
            return f"not measured: {self.evaluation['reason']}"
        numbers = self.evaluation["headline"]
        return f"{_words(self._metric)} {_with_interval(numbers, self._metric)} over {numbers['birds_scored']:,} birds"

    def _in_itself(self) -> Iterator[str]:
        """The first number of each test of the space in itself, and how much of it the space covers."""
        for name, tested in self.evaluation.get("intrinsic", {}).items():
            metric, found = next(iter(tested["metrics"].items()))
            covered = f"{tested['covered']:,} of {tested['asked']:,} covered"
            yield f"{name} {_words(metric)} {_shown(found['value'])}, {covered}"

    def _against_popularity(self) -> str:
        numbers = self.evaluation["headline"]
        low, high = (numbers.get(f"{self._metric}_over_popularity_{end}") for end in ("low", "high"))
        if low is None or high is None:
            return ""
        judgement = "better than" if low > 0 else "worse than" if high < 0 else "not clearly different from"
        return f"{judgement} popularity's {_shown(numbers[f'popularity_{self._metric}'])}"

    def _against_predecessor(self) -> str:
        """Paired: the model of the version before ranks the same days for the same birds."""
        if self.before is None:
            return ""
        numbers, version = self.evaluation["headline"], self.before.version
        low, high = (numbers.get(f"{self._metric}_over_predecessor_{end}") for end in ("low", "high"))
        if low is None or high is None:
            return f"quality cannot be compared with {version}"
        judgement = "better than" if low > 0 else "worse than" if high < 0 else "no clear difference from"
        return f"{judgement} {version} with {_shown(numbers.get(f'predecessor_{self._metric}'))} on the same days"

    def _moved(self) -> str:
        statistics = self.comparison["statistics"]
        cosine, kept = statistics["paired"]["cosine"]["mean"], statistics["neighbours"]["overlap_at_10"]
        if self.before is None:
            return "nothing to compare with"
        if cosine is None:
            return f"vectors may not be compared with those of {self.before.version}: {statistics['frame']['reason']}"
        movers = [
            f"{in_markdown(mover['id'])} ({mover['change']:.2f})"
            for mover in self.comparison["movers"][:NAMED]
        ]
        most = f"; most (1 − cosine): {', '.join(movers)}" if movers else ""
        share = "" if kept is None else f", {kept:.0%} of the nearest 10 kept"
        return f"cosine to its earlier self {cosine:.3f} on average{share}{most}"

    def _changed(self) -> str:
        if self.before is None:
            return "everything is seen for the first time"
        mine, other = dict(_flat("", self.parameters)), dict(_flat("", self.before.parameters))
        changed = [
            f"{name} {in_markdown(str(other.get(name, 'unset')))} → {in_markdown(str(mine.get(name, 'unset')))}"
            for name in sorted({*mine, *other})
            if mine.get(name) != other.get(name)
        ]
        logs = (
            "other logs" if self.inputs.get("files") != self.before.inputs.get("files") else "the same logs"
        )
        code = "other code" if self.code_sha != self.before.code_sha else "the same code"
        return f"{logs}, {code}, " + (", ".join(changed) or "the same parameters")

    def _covered(self) -> str:
        before = None if self.before is None else self.before.numbers.get("coverage_rows")
        change = "" if before is None else f" ({self.rows - int(before):+,})"
        without = [
            f"{count:,} {_words(reason)}" for reason, count in self.comparison["coverage"].items() if count
        ]
        return f"{self.rows:,} ids{change}; without a vector: {', '.join(without) or 'none'}"


def _interval(numbers: Mapping[str, float | None], metric: str) -> tuple[float, float] | None:
    low, high = numbers.get(f"{metric}_low"), numbers.get(f"{metric}_high")
    return None if low is None or high is None else (low, high)


def _with_interval(numbers: Mapping[str, float | None], metric: str) -> str:
    bounds = _interval(numbers, metric)
    shown = _shown(numbers.get(metric))
    return shown if bounds is None else f"{shown} ({_shown(bounds[0])} to {_shown(bounds[1])})"


def _shown(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4f}"


def _words(name: str) -> str:
    return name.replace("_at_", "@").replace("_", " ")


def _flat(prefix: str, value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        name = f"{prefix}.{key}" if prefix else key
        if isinstance(inner, Mapping):
            yield from _flat(name, inner)
        else:
            yield name, inner
