"""How fast and in how much memory a synthetic Flutter lands one night: `python benchmarks/synthetic.py 100000`."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

from tasks.synthetic import Flutter, SyntheticParameters


def main(birds: int) -> None:
    """Land one night alone, with all that must be made for it, and the night after."""
    flutter = Flutter(SyntheticParameters(birds=birds))
    with tempfile.TemporaryDirectory() as folder:
        for night, day in zip(("alone", "next"), flutter.nights, strict=False):
            began, began_cpu = time.perf_counter(), time.process_time()
            landed = flutter.land(Path(folder), day)
            seconds, cpu = time.perf_counter() - began, time.process_time() - began_cpu
            peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{birds:,} birds, night {night}: {landed.lines:,} rows in {len(landed.files)} files, {seconds:.1f} s "
                f"({cpu:.1f} s of processor), {landed.lines / seconds:,.0f} rows/s, peak {peak_mib:,.0f} MiB"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
