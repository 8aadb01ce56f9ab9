"""Travel Stack Exchange: an empty home, the same night again, birds scored as published, the next night."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from benchmarks.commands import ROOT, Cost, Nightjar
from benchmarks.figures import Figure
from warehouse import Snapshot

LAST_DAY = date(2015, 12, 31)
NEXT_DAY = LAST_DAY + timedelta(days=1)
DECEMBER = ROOT / "benchmarks" / "travel_december.yaml"


def travel(data: Path, folder: Path) -> Iterator[Figure]:
    """The figures in the order in which they are measured, on one home below `folder`."""
    landing = Path(shutil.copytree(data / "travel", folder / "travel_landing", copy_function=shutil.copyfile))
    command = Nightjar(folder / "travel", landing)
    yield from _empty_home(command("nightly", "--day", LAST_DAY))
    yield from _same_night(command)
    yield _birds(command)
    yield from _next_night(command)


def _empty_home(cost: Cost) -> Iterator[Figure]:
    encoding_s = cost.seconds_of("encode texts")
    note = (
        f"{cost.cpu_s:.0f} s of processor; {encoding_s:.0f} s of it all encode {cost.note_of('encode texts')}"
    )
    yield Figure(f"travel, empty home, night {LAST_DAY}", cost.wall_s, "s", "≤", 240, note)
    yield Figure("  peak memory of the command", cost.peak_mib, "MiB", "≤", 2048)
    yield Figure(
        "  peak memory with its server", cost.peak_tree_mib, "MiB", "≤", 2048, "shared pages count twice"
    )


def _same_night(command: Nightjar) -> Iterator[Figure]:
    before = _digests(command.home / "snapshots")
    cost = command("nightly", "--day", LAST_DAY)
    after = _digests(command.home / "snapshots")
    yield Figure(
        "travel, the same night again", cost.wall_s, "s", "≤", 15, f"{cost.cpu_s:.1f} s of processor"
    )
    changed = sum(after.get(path) != digest for path, digest in before.items())
    yield Figure(
        "  files changed or added", changed + len(after.keys() - before), "", "=", 0, f"of {len(before)}"
    )


def _birds(command: Nightjar) -> Figure:
    night = command("nightly", "--day", LAST_DAY, config=DECEMBER).document
    version = night["spaces"]["december"]["version"]
    evaluation = Snapshot.open(command.home / "snapshots", "december", version).manifest.evaluation
    headline, counts = evaluation["headline"], evaluation["counts"]
    note = (
        f"95 % interval {headline['recall_at_10_low']:.3f} to {headline['recall_at_10_high']:.3f}; "
        f"popularity {headline['popularity_recall_at_10']:.3f}, best baseline {evaluation['best_baseline']} "
        f"{headline['best_baseline_recall_at_10']:.3f}; {counts['birds_scored']} of {counts['birds']} birds have "
        f"one of {counts['candidates']} candidates to find"
    )
    return Figure("travel, bird_interests recall@10, December", headline["recall_at_10"], "", "≥", 0.14, note)


def _next_night(command: Nightjar) -> Iterator[Figure]:
    land_next_day(command.landing)
    shards = set((command.home / "encodings").rglob("*.parquet"))
    cost = command("nightly", "--day", NEXT_DAY)
    added = set((command.home / "encodings").rglob("*.parquet")) - shards
    encoded = sum(pq.read_metadata(path).num_rows for path in added)
    parts = {name: cost.seconds_of(name) for name in ("ingest", "features", "encode texts")}
    told = ", ".join(f"{name} {seconds:.1f}" for name, seconds in parts.items())
    lines = cost.document["ingest"]["lines"]
    yield Figure(
        "travel, the next night: ingest, features, text",
        sum(parts.values()),
        "s",
        "≤",
        15,
        f"{told}; {lines} lines, the last day's log again as of the day after, under ids and titles of its own",
    )
    yield Figure(
        "  texts encoded", encoded, "", "=", len(_fresh_titles(command.landing)), "as many as landed"
    )
    yield Figure(
        "  the whole command", cost.wall_s, "s", note=f"{cost.cpu_s:.0f} s of processor; {_steps(cost)}"
    )


def land_next_day(landing: Path) -> None:
    """The last day's log as if it had happened a day later: what a real night brings, and no line of it known."""
    for stream, moment in (("flits", "posted_at"), ("interactions", "occurred_at"), ("birds", "joined_at")):
        lines = gzip.decompress((landing / stream / f"{LAST_DAY}.jsonl.gz").read_bytes()).splitlines()
        later = [_a_day_later(json.loads(line), moment) for line in lines]
        path = landing / stream / f"{NEXT_DAY}.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in later), encoding="utf-8")


def _a_day_later(line: dict[str, str], moment: str) -> dict[str, str]:
    later = dict(line)
    later[moment] = (
        np.datetime64(line[moment].rstrip("Z")) + np.timedelta64(1, "D")
    ).item().isoformat() + "Z"
    if "event_id" in later:
        later["event_id"] += "-later"
    if "text" in later:
        later["flit_id"] += "-later"
        later["text"] = f"Once more: {later['text']}"
    return later


def _fresh_titles(landing: Path) -> set[str]:
    lines = (landing / "flits" / f"{NEXT_DAY}.jsonl").read_text(encoding="utf-8").splitlines()
    return {json.loads(line)["text"] for line in lines}


def _steps(cost: Cost) -> str:
    return ", ".join(f"{step.name} {step.seconds:.1f}" for step in cost.steps if step.seconds >= 1)


def _digests(folder: Path) -> dict[Path, str]:
    return {
        path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
