"""Globo's clicks: 192 hourly files through a mapping alone, one space trained and published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.commands import ROOT, Nightjar
from benchmarks.figures import Figure
from warehouse import Snapshot

CONFIGURATION = ROOT / "docs" / "sources" / "globo.yaml"
SPACE, LAST_DAY = "flit_interactions", "2017-10-09"


def globo(data: Path, folder: Path) -> Iterator[Figure]:
    """The figures, on a home below `folder`."""
    command = Nightjar(folder / "globo", data / "globo", CONFIGURATION)
    cost = command("nightly", "--day", LAST_DAY)
    taken_in = cost.document["ingest"]
    yield Figure(
        f"globo, {taken_in['read']} hourly files ingested",
        cost.seconds_of("ingest"),
        "s",
        "≤",
        60,
        f"{taken_in['lines']:,} lines: {taken_in['accepted']:,} accepted, {taken_in['quarantined']:,} quarantined",
    )
    outcome = cost.document["spaces"][SPACE]
    steps = ", ".join(
        f"{name} {cost.seconds_of(name):.0f}" for name in ("train", "evaluate", "compare", "publish")
    )
    yield Figure("globo, trained and published", outcome["seconds"], "s", "≤", 600, steps)
    yield Figure(
        "  the whole command", cost.wall_s, "s", note=f"{cost.cpu_s:.0f} s of processor, evaluation included"
    )
    yield Figure("  peak memory of the command", cost.peak_mib, "MiB")
    headline = Snapshot.open(command.home / "snapshots", SPACE, outcome["version"]).manifest.evaluation[
        "headline"
    ]
    yield Figure(
        "  recall@10",
        headline["recall_at_10"],
        note=f"popularity {headline['popularity_recall_at_10']:.4f}, "
        f"best baseline {headline['best_baseline_recall_at_10']:.4f}",
    )
