"""Where a home keeps things. Everything is relative to the root, so that a home can be moved."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

WAIT_S = 60.0
"""How long a warehouse that another program has open is waited for, unless somebody says otherwise."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder that holds all that Nightjar writes, and the landing folder that it reads.

    `wait_s`: how long its warehouse is waited for where another program has it open.
    """

    root: Path
    landing: Path
    wait_s: float = WAIT_S

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def snapshots(self) -> Path:
        return self.root / "snapshots"

    @property
    def encodings(self) -> Path:
        """Vectors of texts by content hash: a text is encoded once in its life."""
        return self.root / "encodings"

    @property
    def candidates(self) -> Path:
        """Versions under way; a killed run finds its finished stages here."""
        return self.root / "candidates"

    @property
    def floors(self) -> Path:
        """Noise floors by space: how much another seed moves it."""
        return self.root / "floors"

    @property
    def held_out(self) -> Path:
        """By space and version, the model that was scored: the next version is scored against it."""
        return self.root / "held_out"

    @property
    def canaries(self) -> Path:
        """By space, what its gate did with damaged copies."""
        return self.root / "canaries"

    @property
    def calibration(self) -> Path:
        """By set, the scorecard, its chart and the journals of sweeps."""
        return self.root / "calibration"

    @property
    def mlflow_database(self) -> Path:
        return self.root / "mlflow.db"

    @property
    def mlflow_artifacts(self) -> Path:
        return self.root / "mlartifacts"

    @property
    def prefect(self) -> Path:
        return self.root / "prefect"

    @property
    def logs(self) -> Path:
        """What the servers of `nightjar up` say."""
        return self.root / "logs"

    @property
    def servers(self) -> Path:
        """Where the servers of `nightjar up` are, and since when the home has been served."""
        return self.root / "servers.json"


OURS = (
    "warehouse.duckdb*", "snapshots", "encodings", "candidates", "floors", "held_out", "canaries", "calibration",
    "mlflow.db*", "mlartifacts", "mlflow.lock", "mlflow-auth*", "prefect", "logs", "servers.json", "servers.aside",
    "up.lock", "writer.lock", "landing", ".*",
)  # fmt: skip
"""Names in the root of a home that Nightjar and its servers give, and hidden ones."""


def strays(home: Home) -> list[Path]:
    """What lies in the root of a home, or of its snapshots, and is not of Nightjar's making; ordered."""
    known = (home.landing.name,) if home.landing.parent == home.root else ()
    found = [path for path in _entries(home.root) if not any(map(path.match, (*OURS, *known)))]
    return found + [path for path in _entries(home.snapshots) if not path.is_dir() and not path.match(".*")]


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def file_name(text: str) -> str:
    """`text` as the name of one file, which means nothing else in a path or a URI."""
    return re.sub(r"[^\w.-]+", "_", text) or "_"
