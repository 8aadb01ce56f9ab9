"""`HOME/servers.json`: where the servers of a home are while `nightjar up` runs, and since when it has been served."""

from __future__ import annotations

import fcntl
import json
from dataclasses import asdict, dataclass
from datetime import datetime

from warehouse.home import Home


@dataclass(frozen=True, slots=True)
class Served:
    """Roots of both user interfaces, when this home was first served (UTC), and the root of the pages of reports.

    `reports`: None where Prefect is somebody else's server, which knows no reports.
    """

    prefect: str
    mlflow: str
    served_since: datetime
    reports: str | None = None


def read_served(home: Home) -> Served | None:
    """What the last `nightjar up` wrote; None where there was none."""
    if not home.servers.exists():
        return None
    document = json.loads(home.servers.read_text())
    since = datetime.fromisoformat(document["served_since"])
    return Served(document["prefect"], document["mlflow"], since, document.get("reports"))


def served_since(home: Home) -> datetime | None:
    """When this home was first served, None for never."""
    served = read_served(home)
    return served.served_since if served else None


def write_served(home: Home, served: Served) -> None:
    """Replace the file whole."""
    document = asdict(served) | {"served_since": served.served_since.isoformat()}
    aside = home.servers.with_suffix(".aside")
    aside.write_text(json.dumps(document, indent=2) + "\n")
    aside.replace(home.servers)


def up_now(home: Home) -> Served | None:
    """Where the servers are, if `nightjar up` runs on this home at this moment."""
    lock = home.root / "up.lock"
    if not lock.exists():
        return None
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return read_served(home)
    return None


def report_address(root: str, space: str, version: str) -> str:
    """Where a version's report is served. `root`: `Served.reports`."""
    return f"{root}/reports/{space}/{version}/report.html"
