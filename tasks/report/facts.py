"""Everything that the report of a version tells, as values. None and empty tuples stand for what is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import TypeAdapter

from tasks.comparison.gate.judge import RuleResult
from tasks.report.inputs import Inputs

FORMAT = 2
"""Of `report.json`."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and its confidence interval."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """The version that is reported on; `predecessor`: what it is compared with, None for the first version."""

    space: str
    version: str
    day: str
    known_as_of: str
    entity: str
    method: str
    rows: int
    predecessor: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """What one ranking reaches. `ours`: of this version."""

    name: str
    reached: Interval
    ours: bool = False


@dataclass(frozen=True, slots=True)
class QualityFact:
    """Recall on days that the scored model has not seen. `reason`: why there is none.

    `over_popularity`, `over_predecessor`: paired over the same birds; `note`: why the latter is not known.
    """

    metric: str = ""
    birds: int = 0
    reason: str = ""
    scores: tuple[Score, ...] = ()
    over_popularity: Interval = Interval()
    over_predecessor: Interval = Interval()
    note: str = ""


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
class Movement:
    """One way in which a night changed a space. 0 is unchanged; `seed`: what another seed alone changes.

    `multiple`: change / seed, 1 is noise.
    """

    name: str
    short: str
    change: float | None
    seed: float | None = None
    multiple: float | None = None


@dataclass(frozen=True, slots=True)
class FloorFact:
    """What is known of the noise: measured, zero (nothing is drawn at random), or missing."""

    status: str = "missing"
    note: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True)
class GroupFact:
    """The change (1 − cosine) of the ids with one label, beside what another seed alone changes."""

    grouping: str
    label: str
    ids: int
    change: float | None
    seed: float | None = None
    multiple: float | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """How the vectors of common ids moved. `reason`: why coordinates may not be compared.

    `misplaced`: ids that sit in another's place, of `displaced` that are far from their own; `identical_share`: of
    the common ids.
    """

    reason: str = ""
    movements: tuple[Movement, ...] = ()
    floor: FloorFact = FloorFact()
    groups: tuple[GroupFact, ...] = ()
    common: int | None = None
    added: int | None = None
    vanished: int | None = None
    outlier_share: float | None = None
    displaced: int | None = None
    misplaced: int | None = None
    identical_share: float | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """A neighbour; `both`: it is near in the other version too."""

    id: str
    text: str
    cosine: float
    both: bool = False


@dataclass(frozen=True, slots=True)
class MoverFact:
    """An id that moved far. `events` up to the day, `fresh` of them since the predecessor's day."""

    id: str
    text: str
    change: float
    events: int
    fresh: int
    old: tuple[Near, ...] = ()
    new: tuple[Near, ...] = ()


@dataclass(frozen=True, slots=True)
class TopicFact:
    """A part of the space that holds together, and its share of the attention of the days before and of the last.

    `added`: of its `ids`, unknown to the predecessor.
    """

    name: str
    words: tuple[str, ...]
    ids: int
    added: int
    share_before: float | None
    share_today: float | None


@dataclass(frozen=True, slots=True)
class WordFact:
    """A word, and its share of the attention of the days before and of the last."""

    word: str
    share_before: float
    share_today: float


@dataclass(frozen=True, slots=True)
class TopicsFact:
    """All topics. `usual_growth`: the largest that any of them had on one of the `days` before, None if not known.

    `words`: those that grew farthest out of what is usual.
    """

    topics: tuple[TopicFact, ...] = ()
    usual_growth: float | None = None
    days: int = 0
    words: tuple[WordFact, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A statistic with how to read it."""

    name: str
    value: float | None
    reads: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A parameter that differs from the predecessor's."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Drift against the oldest version of the chain that is kept."""

    version: str
    days: int | None
    cosine: float | None
    overlap_at_50: float | None
    multiple: float | None = None


@dataclass(frozen=True, slots=True)
class Lineage:
    """What the version is made of. `same_logs`, `same_code`: as the predecessor's, None where there is none."""

    parents: Mapping[str, str]
    digests: Mapping[str, str]
    seed: int | None
    alignment: str
    coverage: Mapping[str, int]
    settings: tuple[Setting, ...] = ()
    same_logs: bool | None = None
    same_code: bool | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A version among those of its space. `breached`: the rules that warned or blocked."""

    version: str
    day: str
    verdict: str
    rows: int
    recall: Interval = Interval()
    popularity: float | None = None
    cosine: float | None = None
    overlap_at_50: float | None = None
    multiple: float | None = None
    space_id: str = ""
    breached: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """The whole report."""

    subject: Subject
    verdict: str
    rules: tuple[RuleResult, ...]
    quality: QualityFact
    change: Change
    lineage: Lineage
    history: tuple[HistoryRow, ...]
    map: MapFact | None = None
    movers: tuple[MoverFact, ...] = ()
    topics: TopicsFact = TopicsFact()
    inputs: Inputs | None = None
    distribution: tuple[Reading, ...] = field(default=())


def document(facts: Facts) -> dict[str, Any]:
    """What `report.json` holds."""
    return {"format": FORMAT, **asdict(facts)}


def facts_of(document: Mapping[str, Any]) -> Facts:
    """What `document` was made of. ValueError for anything else."""
    if document.get("format") != FORMAT:
        raise ValueError(
            f"format must be {FORMAT}, found {document.get('format')!r}; read it with the Nightjar that wrote it"
        )
    return TypeAdapter(Facts).validate_python(
        {key: value for key, value in document.items() if key != "format"}
    )
