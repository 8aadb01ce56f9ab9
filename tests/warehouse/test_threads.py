"""One thread: within, and not a moment longer."""

from __future__ import annotations

import numpy as np  # noqa: F401 - its library of products is what is looked at
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from warehouse.threads import one_thread


def threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_products_take_one_thread_within_and_as_many_as_before_after() -> None:
    with threadpool_limits(limits=2):
        before = threads()
        with pytest.raises(KeyError), one_thread():
            assert threads() == {1}
            raise KeyError
        assert one_thread()(threads)() == {1}
        assert threads() == before
