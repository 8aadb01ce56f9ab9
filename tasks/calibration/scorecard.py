"""The scorecard of a set, kept in the home: a line a method, joined with what was scored before."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tasks.calibration.score import Score
from warehouse.fingerprint import digest
from warehouse.home import Home
from warehouse.json_file import save_json


@dataclass(frozen=True, slots=True)
class Scorecard:
    """`scores` of one set, best headline first. A method stands once for each of its settings and amounts of events."""

    set: str
    scores: tuple[Score, ...] = ()

    @classmethod
    def load(cls, home: Home, set_name: str) -> Scorecard:
        """What was kept of the set; empty where nothing was."""
        path = folder(home, set_name) / "scorecard.json"
        if not path.exists():
            return cls(set_name)
        document = json.loads(path.read_text(encoding="utf-8"))
        return cls(set_name, tuple(Score.from_json(score) for score in document["scores"]))

    def joined(self, scores: Iterable[Score]) -> Scorecard:
        """With `scores` in place of earlier ones of the same method and settings."""
        known = {_key(score): score for score in (*self.scores, *scores)}
        ranked = sorted(known.values(), key=lambda score: (-score.quality.value, score.method, _key(score)))
        return Scorecard(self.set, tuple(ranked))

    def save(self, home: Home) -> Path:
        path = folder(home, self.set) / "scorecard.json"
        save_json(path, {"set": self.set, "scores": [score.as_json() for score in self.scores]})
        return path


def folder(home: Home, set_name: str) -> Path:
    """Where a set's scorecard, chart and sweeps lie."""
    return home.calibration / (re.sub(r"[^\w.-]+", "_", set_name) or "_")


def _key(score: Score) -> str:
    return digest(score.name, score.method, dict(score.params), list(score.parents), score.events)
