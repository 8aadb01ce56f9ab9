"""Score one method on one set, as a process of its own: its memory is the method's.

Reads a request as JSON from stdin; writes JSON lines to stdout: progress, then the score or what was refused.
"""

from __future__ import annotations

import json
import os
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tasks.calibration.protocols.protocol import Metrics, Part, PublicSet, Task
from tasks.calibration.recipe import Fitted, Recipe
from tasks.calibration.score import MethodScore
from tasks.calibration.sets import SetName
from tasks.embeddings.contract import Embedding, Report
from warehouse.errors import NightjarError


@dataclass(frozen=True, slots=True)
class Request:
    """`what`: a recipe, or the name of a baseline. `parts` in the order in which they are learnt and scored."""

    of: SetName
    what: Recipe | str
    parts: tuple[Part, ...]

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        what = document["what"]
        return cls(
            SetName(document["protocol"], document["arguments"]),
            what if isinstance(what, str) else Recipe.from_json(what),
            tuple(document["parts"]),
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "protocol": self.of.protocol,
            "arguments": dict(self.of.arguments),
            "what": self.what if isinstance(self.what, str) else self.what.as_json(),
            "parts": list(self.parts),
        }


def score(request: Request, report: Report) -> MethodScore:
    """Learn and measure part by part. ValueError where the method does not fit the set."""
    public = request.of.open()
    if isinstance(request.what, str):
        return _score_baseline(public, request.what, request.parts)
    recipe = request.what
    metrics: dict[Part, Metrics] = {}
    for part in request.parts:
        task = public.task(part)
        wall, cpu = time.monotonic(), time.process_time()
        fitted = recipe.fit(task, report)
        seconds, cpu_seconds = time.monotonic() - wall, time.process_time() - cpu
        metrics[part] = _measure(task, recipe, fitted)
    embedding = fitted.embedding
    matrices = [embedding.vectors.matrix] + ([] if embedding.output is None else [embedding.output])
    return MethodScore(
        public.name,
        recipe.method,
        public.headline,
        metrics,
        recipe.params.model_dump(mode="json"),
        fitted.events,
        round(seconds, 2),
        round(cpu_seconds, 2),
        peak_mib(),
        len(embedding.vectors),
        embedding.vectors.dim,
        sum(matrix.nbytes for matrix in matrices),
        _coverage(embedding),
        recipe.as_json()["parents"],
        recipe.space,
        recipe.as_json()["window"],
    )


def _measure(task: Task, recipe: Recipe, fitted: Fitted) -> Metrics:
    if recipe.how.entity == "bird" and task.measure_birds is not None and len(fitted.below) == 1:
        return task.measure_birds(fitted.embedding, fitted.below[0])
    return task.measure(recipe.how, fitted.embedding)


def _score_baseline(public: PublicSet, name: str, parts: tuple[Part, ...]) -> MethodScore:
    metrics: dict[Part, Metrics] = {}
    wall = cpu = 0.0
    for part in parts:
        baselines = public.task(part).baselines
        if name not in baselines:
            known = ", ".join(baselines)
            raise ValueError(f"{name}: no baseline of {public.name}; it has {known}")
        wall, cpu = time.monotonic(), time.process_time()
        metrics[part] = baselines[name]()
    seconds, cpu_seconds = time.monotonic() - wall, time.process_time() - cpu
    return MethodScore(
        public.name,
        name,
        public.headline,
        metrics,
        seconds=round(seconds, 2),
        cpu_seconds=round(cpu_seconds, 2),
        peak_mib=peak_mib(),
    )


def _coverage(embedding: Embedding) -> dict[str, int]:
    """Rows by provenance, then ids without a vector by reason."""
    return dict(sorted(Counter(embedding.provenance.tolist()).items())) | {
        reason: len(ids) for reason, ids in embedding.left_out.items()
    }


def peak_mib() -> float:
    """Of resident memory, since this program was started."""
    if sys.platform == "linux":  # ru_maxrss begins there with what the process held that started it
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        if found := re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE):
            return round(int(found[1]) / 1024, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024**2 if sys.platform == "darwin" else 1024), 1)


def _tell(write: Callable[[str], object], **line: Any) -> None:
    write(json.dumps(line, allow_nan=False) + "\n")


def main(scored: Callable[[Request, Report], MethodScore] = score) -> int:
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # libraries that print, from C too, do not reach the pipe

    def report(done: int, total: int) -> None:
        _tell(out.write, done=done, total=total)
        out.flush()

    with out:
        try:
            found = scored(Request.from_json(json.load(sys.stdin)), report)
        except (NightjarError, ValueError, OSError) as error:
            _tell(out.write, refused=str(error))
            return 1
        _tell(out.write, score=found.as_json())
        return 0


if __name__ == "__main__":
    sys.exit(main())
