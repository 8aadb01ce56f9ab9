"""Two published versions compared anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tasks.comparison.gate.table import GateParameters
from tasks.stages.compare import compare_published
from warehouse.snapshots import Content, Snapshot, SnapshotStore
from warehouse.snapshots.layout import version_name
from warehouse.vectors import Vectors


@pytest.mark.parametrize("parent", [None, "another"])
def test_a_copy_of_what_was_built_on_another_parent_is_no_second_version_of_the_same_logs(
    small_home: Any, tmp_path: Path, parent: str | None
) -> None:
    old = small_home.pair("readers")[0]
    fingerprint = "f" * 64
    copy = old.manifest.model_copy(
        update={
            "fingerprint": fingerprint,
            "version": version_name(old.manifest.day, fingerprint),
            "parent_version": None,
            "inputs": {**old.manifest.inputs, **({} if parent is None else {"parents": {"items": parent}})},
            "files": (),
        }
    )
    store = SnapshotStore(tmp_path)
    for manifest in (old.manifest.model_copy(update={"files": ()}), copy):
        store.write(Content(Vectors(old.ids, old.matrix)), manifest)
    before, after = (
        Snapshot.open(tmp_path, "readers", version) for version in (old.manifest.version, copy.version)
    )
    rules = {rule.rule: rule for rule in compare_published(before, after, GateParameters()).verdict.rules}
    assert rules["unchanged"].outcome == ("not_applicable" if parent is None else "block")
