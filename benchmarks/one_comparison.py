"""`python -m benchmarks.one_comparison OLD.npy NEW.npy`: compare two versions as a night does, and tell the cost."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

from benchmarks.measured import keep_to_two_cores, tell_cost


def main() -> None:
    keep_to_two_cores()
    import numpy as np

    from tasks.comparison.compare_versions import Version, compare_versions
    from tasks.comparison.distributions.distribution import compare_distributions
    from tasks.comparison.distributions.parameters import DistributionParameters
    from warehouse.vectors import Vectors, as_ids

    matrices = [np.load(path) for path in sys.argv[1:3]]
    ids = as_ids(f"f{row:09d}" for row in range(len(matrices[0])))

    def act() -> Mapping[str, Any]:
        old, new = (Version(ids, matrix, "benchmark") for matrix in matrices)
        began = time.perf_counter()
        compare_versions(old, new)
        compared = time.perf_counter()
        compare_distributions(*(Vectors(ids, matrix) for matrix in matrices), DistributionParameters())
        return {"comparison_s": compared - began, "distribution_s": time.perf_counter() - compared}

    tell_cost(act)


if __name__ == "__main__":
    main()
