"""What a night says at its end: a reason once, with what it holds for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows.commands.nightly import print_night
from flows.night import NightResult, Outcome
from flows.settings import Settings
from tasks.ingest.ingest_report import IngestReport
from warehouse.snapshots import Gate, GateRule


def held(planted: Any, rules: dict[str, str]) -> NightResult:
    """A night of which every space is held back, each by a rule."""
    outcomes = {}
    for space, rule in rules.items():
        judged = GateRule(rule=rule, value=9.0, floor=None, limit=1.0, level="block", outcome="block")
        version = planted.version(space, 1, "block", gate=Gate(verdict="block", rules=(judged,)))
        outcomes[space] = Outcome(version, "block", current=False, held=True, reused=False, seconds=1.0)
    day = planted.day(1)
    return NightResult(day, day, IngestReport().document(), outcomes, 1.0)


def said(planted: Any, result: NightResult, capsys: pytest.CaptureFixture[str]) -> list[str]:
    print_night(Settings(planted.home, Path("pipelines.yaml"), None, None), result)
    return capsys.readouterr().out.splitlines()


def test_a_reason_that_holds_several_spaces_is_told_once(
    planted: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    result = held(planted, {"flits": "concentration", "items": "misplaced", "birds": "concentration"})
    lines = said(planted, result, capsys)
    versions = {name: outcome.version for name, outcome in result.spaces.items()}
    start = next(
        number for number, line in enumerate(lines) if line.startswith("flits, birds are held back: ")
    )
    assert lines[start].endswith("; then decide about each:")
    for line, name in zip(lines[start + 1 : start + 3], ("flits", "birds"), strict=True):
        assert line.startswith(f"  {name} {versions[name]} by `")
        for verb in ("release", "discard"):
            assert f"nightjar {verb} {name} {versions[name]} --reason …" in line
    (alone,) = [line for line in lines if line.startswith(f"items: {versions['items']} is held back: ")]
    assert f"nightjar release items {versions['items']} --reason …" in alone.partition("then decide by ")[2]
