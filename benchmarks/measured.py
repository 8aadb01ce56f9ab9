"""What an act costs the process that it runs in. Standard library only: other environments run it too."""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
CORES = 2


def keep_to_two_cores() -> None:
    """Before any library counts the cores."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def tell_cost(act: Callable[[], Mapping[str, Any]]) -> None:
    """Print a line of JSON: `wall_s`, `above_mib` (peak memory above what was held before), and what `act` found."""
    held = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES
    began = time.perf_counter()
    found = act()
    wall_s = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"wall_s": wall_s, "above_mib": (peak - held) / 2**20, **found}))
