"""The report of a version as a file that a browser opens."""

from __future__ import annotations

from pathlib import Path

from tasks.versions.candidate import REPORT
from warehouse.home import Home
from warehouse.snapshots import Manifest


def report_of(home: Home, manifest: Manifest) -> Path | None:
    """None where the version was made without one."""
    if manifest.file(REPORT) is None:
        return None
    return home.snapshots / manifest.space / manifest.version / REPORT
