"""A synthetic Flutter at a size that hurts: one night of many birds, spaces that learn from events alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.commands import ROOT, Nightjar
from benchmarks.figures import Figure
from tasks.synthetic.flutter import Flutter
from tasks.synthetic.parameters import SyntheticParameters

CONFIGURATION = ROOT / "benchmarks" / "size.yaml"


def size(folder: Path, birds: int) -> Iterator[Figure]:
    """Land the history and two nights, run both; steps of a second or more are told."""
    flutter = Flutter(SyntheticParameters(birds=birds, nights=2))
    command = Nightjar(folder / "size", folder / "size_landing", CONFIGURATION)
    flutter.land_history(command.landing)
    for day in flutter.nights:
        flutter.land(command.landing, day)
        cost = command("nightly", "--day", day)
        lines = cost.document["ingest"]["lines"]
        yield Figure(
            f"{birds:,} birds, night {day}",
            cost.wall_s,
            "s",
            note=f"{lines:,} lines landed, {cost.cpu_s:.0f} s of processor",
        )
        yield Figure("  peak memory of the command", cost.peak_mib, "MiB")
        for step in cost.steps:
            if step.seconds >= 1:
                yield Figure(f"  {step.name}", step.seconds, "s", note=step.note)
