"""The scorecard of a set, kept in the home: a line a method, joined with what was scored before."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from tasks.calibration.score import MethodScore
from warehouse.errors import NightjarError
from warehouse.fingerprint import digest
from warehouse.home import Home, file_name
from warehouse.json_file import save_json


class ScorecardError(NightjarError):
    """A scorecard that cannot be read."""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """`scores` of one set, best headline first. A method stands once for each of its settings and amounts of events."""

    set: str
    scores: tuple[MethodScore, ...] = ()

    @classmethod
    def load(cls, home: Home, set_name: str) -> Scorecard:
        """What was kept of the set; empty where nothing was. ScorecardError where it cannot be read."""
        path = folder(home, set_name) / "scorecard.json"
        if not path.exists():
            return cls(set_name)
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            return cls(set_name, tuple(MethodScore.from_json(score) for score in document["scores"]))
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise ScorecardError(
                f"{path}: expected a scorecard, found {error!r:.80}; move the file away to begin another"
            ) from error

    @classmethod
    def join(cls, home: Home, set_name: str, scores: Iterable[MethodScore]) -> Scorecard:
        """Keep `scores` beside what was kept, also by another command meanwhile."""
        place = folder(home, set_name)
        place.mkdir(parents=True, exist_ok=True)
        with (place / "scorecard.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # until it is closed, or its process ends
            card = cls.load(home, set_name).joined(scores)
            card.save(home)
        return card

    def joined(self, scores: Iterable[MethodScore]) -> Scorecard:
        """With `scores` in place of earlier ones of the same method and settings."""
        named = (replace(score, set=self.set) for score in scores)
        known = {_key(score): score for score in (*self.scores, *named)}
        ranked = sorted(known.values(), key=lambda score: (-score.quality.value, score.method, _key(score)))
        return Scorecard(self.set, tuple(ranked))

    def save(self, home: Home) -> Path:
        path = folder(home, self.set) / "scorecard.json"
        save_json(path, {"set": self.set, "scores": [score.as_json() for score in self.scores]})
        return path


def folder(home: Home, set_name: str) -> Path:
    """Where a set's scorecard, chart and sweeps lie."""
    return home.calibration / file_name(set_name)


def _key(score: MethodScore) -> str:
    return digest(score.name, score.method, dict(score.params), list(score.parents), score.events)
