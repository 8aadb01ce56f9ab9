"""Everything that is told of a version, read once: pages, pictures, Markdown and the terminal are drawn from it.

None and empty tuples stand for what is not known. What another stage measured is kept in that stage's own types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter

from tasks.comparison.gate.judge import RuleResult
from tasks.comparison.statistics import Statistics

FORMAT = 3
"""Of `report.json`."""


@dataclass(frozen=True, slots=True)
class ShownInterval:
    """A value and its confidence interval."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """The version that is reported on; `predecessor`: what it is compared with, None for the first version.

    `report_before`: the predecessor's report, as an address relative to this one's; empty where it has none.
    """

    space: str
    version: str
    day: str
    known_as_of: str
    entity: str
    method: str
    rows: int
    predecessor: str | None = None
    report_before: str = ""


@dataclass(frozen=True, slots=True)
class IntrinsicFact:
    """The first number of a test of the space in itself; `covered` of the `asked` the space knows."""

    name: str
    metric: str
    value: float | None
    covered: int
    asked: int


@dataclass(frozen=True, slots=True)
class QualityFact:
    """Recall on days that the scored model has not seen. `reason`: why there is none.

    `popularity`, `predecessor`, `best` (the best baseline, `best_name`) on the same days; `over_popularity`,
    `over_predecessor`: paired over the same birds; `note`: why the latter is not known.
    """

    metric: str
    birds: int = 0
    reason: str = ""
    reached: ShownInterval = ShownInterval()
    popularity: float | None = None
    predecessor: float | None = None
    best: float | None = None
    best_name: str = ""
    over_popularity: ShownInterval = ShownInterval()
    over_predecessor: ShownInterval = ShownInterval()
    note: str = ""
    intrinsic: tuple[IntrinsicFact, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrow:
    """Where a mover was and is on the map, in its thousandths; `number` is that of its card."""

    number: int
    id: str
    old: tuple[int, int]
    new: tuple[int, int]


@dataclass(frozen=True, slots=True)
class MapFact:
    """A sample of both versions on one plane, in thousandths of its sides, by what became of the ids.

    `shown` of the ids that either version has, `of`.
    """

    shown: int
    of: int
    before: tuple[tuple[int, int], ...] = ()
    stayed: tuple[tuple[int, int], ...] = ()
    came: tuple[tuple[int, int], ...] = ()
    went: tuple[tuple[int, int], ...] = ()
    arrows: tuple[Arrow, ...] = ()


@dataclass(frozen=True, slots=True)
class NearFact:
    """A neighbour; `both`: it is near in the other version too."""

    id: str
    text: str
    cosine: float
    both: bool = False


@dataclass(frozen=True, slots=True)
class MoverFact:
    """An id that moved far. `change`: 1 − cosine. `events` up to the day, `fresh` of them since the predecessor's."""

    id: str
    text: str
    change: float
    events: int
    fresh: int
    old: tuple[NearFact, ...] = ()
    new: tuple[NearFact, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """A parameter that differs from the predecessor's."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """What the version is made of. `same_logs`, `same_code`: as the predecessor's, None where there is none.

    `coverage`: reason → ids without a vector, `coverage_before`: the same of the predecessor with its `rows`.
    """

    parents: Mapping[str, str]
    digests: Mapping[str, str]
    seed: int | None
    alignment: str
    alignment_reason: str
    coverage: Mapping[str, int]
    coverage_before: Mapping[str, int] | None = None
    settings: tuple[Setting, ...] = ()
    same_logs: bool | None = None
    same_code: bool | None = None


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A version among those of its space. `breached`: the rules that warned or blocked."""

    version: str
    day: str
    verdict: str
    rows: int
    recall: ShownInterval = ShownInterval()
    popularity: float | None = None
    cosine: float | None = None
    overlap_at_50: float | None = None
    multiple: float | None = None
    space_id: str = ""
    breached: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """The whole report. `history`: oldest version first, this one last."""

    subject: Subject
    verdict: str
    rules: tuple[RuleResult, ...]
    quality: QualityFact
    statistics: Statistics
    lineage: Lineage
    history: tuple[HistoryRow, ...] = ()
    map: MapFact | None = None
    movers: tuple[MoverFact, ...] = ()


def document(facts: Facts) -> dict[str, Any]:
    """What `report.json` holds."""
    return {"format": FORMAT, **asdict(facts)}


def facts_of(document: Mapping[str, Any]) -> Facts:
    """What `document` was made of. ValueError for anything else."""
    if document.get("format") != FORMAT:
        raise ValueError(
            f"format must be {FORMAT}, found {document.get('format')!r}; read it with the Nightjar that wrote it"
        )
    return _FACTS.validate_python({key: value for key, value in document.items() if key != "format"})


_FACTS: TypeAdapter[Facts] = TypeAdapter(Facts)
