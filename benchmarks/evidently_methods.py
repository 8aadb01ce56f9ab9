"""`python benchmarks/evidently_methods.py OLD.npy NEW.npy`: evidently's four methods for embeddings, and their cost.

Runs in an environment of its own (`requirements-evidently.txt`), with the defaults of each method.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

from benchmarks.measured import keep_to_two_cores, tell_cost


def main() -> None:
    keep_to_two_cores()
    import numpy as np
    import pandas as pd
    from evidently.legacy.metrics.data_drift import embedding_drift_methods as evidently

    methods = {
        "distance": evidently.distance(),
        "model": evidently.model(),
        "ratio": evidently.ratio(),
        "mmd": evidently.mmd(),
    }
    old, new = (np.load(path) for path in sys.argv[1:3])

    def act() -> Mapping[str, Any]:
        seconds = {}
        for name, method in methods.items():
            began = time.perf_counter()
            method(pd.DataFrame(new), pd.DataFrame(old))  # `model` adds a column to what it is given
            seconds[f"{name}_s"] = time.perf_counter() - began
        return seconds

    tell_cost(act)


if __name__ == "__main__":
    main()
