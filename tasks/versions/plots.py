"""The pictures of a version that MLflow keeps: the map with who moved, the trend, and who is covered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasks.versions.documents import Judged
from tasks.versions.entities import mentions, sayings
from tasks.versions.inputs import read_log
from tasks.versions.plan import Plan
from warehouse.home import Home
from warehouse.snapshots import Snapshot
from warehouse.vectors import Vectors

if TYPE_CHECKING:
    from tasks.report.plots import Earlier, SpaceMap

ARROWS = 10
"""Movers on the map."""


@dataclass(frozen=True, slots=True, eq=False)
class Captions:
    """What the logs tell of the ids of a space: how many events each has, and what each says, if it says anything."""

    events: Mapping[str, int]
    texts: Mapping[str, str]

    @classmethod
    def read(cls, home: Home, plan: Plan) -> Captions:
        events, flits = read_log(home, plan)
        entity = plan.pipeline.entity
        counts = mentions(entity, events, flits).group_by("id").len()
        return cls(dict(counts.iter_rows()), sayings(entity, flits))


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """`before`: the predecessor, where there is one."""

    plan: Plan
    judged: Judged
    told: Captions
    before: Snapshot | None

    def draw(self, folder: Path, history: pl.DataFrame) -> list[Path]:
        """Write `map.png`, `trend.png` and `coverage.png`; `history` with the version as its last row."""
        from tasks.report.plots import draw_coverage, draw_map, draw_trend

        paths = [folder / f"{name}.png" for name in ("map", "trend", "coverage")]
        k, old = self.plan.pipeline.evaluate.k[0], None if self.before is None else self.before.manifest
        draw_map(paths[0], self._map())
        draw_trend(paths[1], self.plan.space, history, f"recall_at_{k}", f"popularity_recall_at_{k}")
        covered = None if old is None else {"rows": old.rows, **old.coverage}
        draw_coverage(paths[2], self._title, self.judged.covered, covered)
        return paths

    @property
    def _title(self) -> str:
        return f"{self.plan.space} {self.plan.version}"

    def _map(self) -> SpaceMap:
        from tasks.report.plots import SpaceMap

        vectors = self.judged.content.vectors
        colour = np.array([self.told.events.get(id_, 0) for id_ in vectors.ids], dtype=np.float64)
        return SpaceMap(self._title, vectors, colour, "events", self.told.texts, self._earlier())

    def _earlier(self) -> Earlier | None:
        """The predecessor, where its coordinates are those of the version."""
        from tasks.report.plots import Earlier

        comparison = self.judged.comparison
        if self.before is None or self.before.space_id != comparison["space_id"]:
            return None
        movers = [mover["id"] for mover in comparison["movers"][:ARROWS]]
        return Earlier(self.before.manifest.version, Vectors(self.before.ids, self.before.matrix), movers)
