"""How many threads the products of matrices take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Products on one thread: the same bytes on any number of cores. A decorator as well.

    Libraries that are loaded within are not bound by it: import them before. On cores that others use too it is also
    twice as fast: no thread waits for the one that was pushed aside.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield
