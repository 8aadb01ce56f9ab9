"""When, and in which order: flows, the command line, settings."""

import os

# Before NumPy is imported anywhere: sums over two threads round differently from sums over one, and a version that is
# built again must come out in the same bytes.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
