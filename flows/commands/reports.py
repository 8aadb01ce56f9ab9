"""Where the report of a version is opened: its page while `nightjar up` serves it, else the file."""

from __future__ import annotations

from flows.servers.served import report_address, up_now
from flows.settings import shown
from tasks.versions.candidate import REPORT
from warehouse.home import Home
from warehouse.snapshots import Manifest


def report_of(home: Home, manifest: Manifest) -> str | None:
    """None where the version was made without one."""
    return None if manifest.file(REPORT) is None else report_at(home, manifest.space, manifest.version)


def report_at(home: Home, space: str, version: str) -> str:
    """Of a version that has one."""
    served = up_now(home)
    if served is not None and served.reports is not None:
        return report_address(served.reports, space, version)
    return shown(home.snapshots / space / version / REPORT)
