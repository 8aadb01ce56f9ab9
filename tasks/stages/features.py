"""Features: what landed up to a day, as tables that training reads; only what is stale is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field

from tasks.parameters import Duration, Parameters
from warehouse.duckdb.checks import require_sound
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.partitions import Build, overwrite_partitions, stale_partitions
from warehouse.duckdb.set_aside import enforce
from warehouse.home import Home

Kind = Literal["view", "click", "like", "reply", "reflit", "share", "hide", "report"]
Weight = Annotated[float, Field(ge=-100, le=100)]
Gap = Annotated[Duration, Field(le=timedelta(days=1))]


class KindWeights(Parameters):
    """What one interaction of each kind says of a bird's interest in a flit.

    Kinds of weight 0 are left out. Hiding and reporting speak against what was seen: a pair whose decayed sum
    is not positive is no interest, and readers drop it.
    """

    view: Weight = 0.3
    click: Weight = 1.0
    like: Weight = 2.0
    reply: Weight = 2.0
    reflit: Weight = 3.0
    share: Weight = 3.0
    hide: Weight = -3.0
    report: Weight = -3.0


class FeatureParameters(Parameters):
    """`features:` of `pipelines.yaml`.

    `session_gap`: a longer pause, at most a day, ends a visit. `half_life`: after it an interaction weighs
    half. `sequence_kinds`: what a bird does on purpose; a view is the feed's doing, and would teach the feed,
    not the bird.
    """

    session_gap: Gap = timedelta(minutes=30)
    half_life: Duration = timedelta(days=14)
    kind_weights: KindWeights = KindWeights()
    sequence_kinds: Annotated[tuple[Kind, ...], Field(min_length=1)] = (
        "click",
        "like",
        "reply",
        "reflit",
        "share",
    )


@dataclass(frozen=True, slots=True)
class Computed:
    """Partitions of one table that were computed, and the rows they hold."""

    partitions: int
    rows: int


@dataclass(frozen=True, slots=True)
class FeatureReport:
    """What a night computed, table by table; all zero where nothing was stale."""

    tables: Mapping[str, Computed]

    @property
    def partitions(self) -> int:
        return sum(computed.partitions for computed in self.tables.values())


def features(home: Home, parameters: FeatureParameters, day: date, known_as_of: date) -> FeatureReport:
    """Bring every feature table up to the night `day` as known at `known_as_of`, without what is set aside.

    What is computed is checked, with the lines that it was made of, before it counts: WarehouseError where a check of
    `sql/checks/` finds an offender, and every table is as it was.
    """
    with Warehouse.of(home) as warehouse:
        enforce(warehouse, known_as_of)
        computed: dict[str, Computed] = {}
        days: set[date] = set()
        with warehouse.transaction():
            for build in builds(parameters):
                due = stale_partitions(warehouse, build, day, known_as_of)
                computed[build.table.name] = Computed(
                    len(due), overwrite_partitions(warehouse, build, known_as_of, due)
                )
                days |= due.keys()
            require_sound(warehouse, days)
        return FeatureReport(computed)


def stale(home: Home, parameters: FeatureParameters, day: date, known_as_of: date) -> dict[str, list[date]]:
    """The partitions that `features` would compute, table by table, without computing them."""
    with Warehouse.of(home, read_only=True) as warehouse:
        return {
            build.table.name: list(stale_partitions(warehouse, build, day, known_as_of))
            for build in builds(parameters)
        }


def builds(parameters: FeatureParameters) -> list[Build]:
    """Each table's query and the parameters that it reads: another gap leaves the sequences as they are."""
    weights = {kind: weight for kind, weight in parameters.kind_weights if weight}
    return [
        Build.of(
            "core_interaction",
            {
                "kinds": list(weights),
                "weights": list(weights.values()),
                "half_life_s": parameters.half_life.total_seconds(),
            },
        ),
        Build.of("core_flit_sequence", {"kinds": sorted(parameters.sequence_kinds)}),
        Build.of("core_flit_text", {}),
        Build.of("core_reply_edge", {}),
        Build.of("core_follow_edge", {}),
        Build.of("core_visit", {"gap_us": parameters.session_gap // timedelta(microseconds=1)}),
        Build.of("core_bird", {}),
    ]
