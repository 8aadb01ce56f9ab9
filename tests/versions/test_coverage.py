"""Every known id has a vector or one reason to have none, and every reason has its number every night."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.configuration import Configuration
from tasks.embeddings.contract import Embedding
from tasks.versions.coverage import left_out
from tasks.versions.plan import Night, Plan
from warehouse.vectors import Vectors, as_ids

DAY = date(2026, 3, 2)
SPACES: dict[str, dict[str, Any]] = {
    "words": {"entity": "flit", "method": "sentence_transformer"},
    "items": {"entity": "flit", "method": "item2vec", "window": "28d"},
    "all_items": {"entity": "flit", "method": "item2vec"},
    "readers": {"entity": "bird", "method": "recency_weighted_mean", "from": ["words"]},
    "writers": {"entity": "bird", "method": "author", "from": ["words"], "window": "28d"},
}
NEVER_SEEN = {
    "words": "no_text_landed",
    "items": "no_event_in_window",
    "all_items": "no_event",
    "readers": "no_event",
    "writers": "wrote_nothing_in_window",
}


def planned(space: str) -> Plan:
    pipeline = Configuration.model_validate({"pipelines": SPACES}).pipelines[space]
    return Plan(space, pipeline, Night(DAY, DAY, "f" * 64, 0, "p" * 64), {}, None)


def embedding(with_vector: list[str], without: dict[str, list[str]]) -> Embedding:
    ids = sorted(with_vector)
    return Embedding.uniform(Vectors.of(ids, np.ones((len(ids), 2))), "made", without)


@given(
    space=st.sampled_from(sorted(SPACES)),
    fates=st.dictionaries(st.text("abcdé 0", min_size=1, max_size=4), st.integers(0, 3), max_size=30),
)
def test_rows_and_reasons_add_up_to_what_is_known(space: str, fates: dict[str, int]) -> None:
    """Fate 0: a vector. 1 and 2: reasons of the method. 3: the method never saw it."""
    plan = planned(space)
    reasons = plan.pipeline.how.leaves_out
    fallen = {
        reason: [name for name, fate in fates.items() if fate == number]
        for number, reason in enumerate(reasons, start=1)
    }
    kept = [name for name, fate in fates.items() if fate == 0]
    counts = left_out(plan, embedding(kept, fallen), as_ids(sorted(fates)))
    assert set(counts) == {*reasons, NEVER_SEEN[space]}
    assert {reason: counts[reason] for reason in reasons} == {
        reason: len(ids) for reason, ids in fallen.items()
    }
    assert len(kept) + sum(counts.values()) == len(fates)


@pytest.mark.parametrize("space", sorted(SPACES))
def test_reasons_of_nobody_are_counted_too(space: str) -> None:
    counts = left_out(planned(space), embedding(["a"], {}), as_ids(["a"]))
    assert counts and set(counts.values()) == {0}
    assert NEVER_SEEN[space] in counts


def test_the_count_takes_no_look_at_every_pair() -> None:
    """A hundred thousand ids and as many known ones took five minutes when each was compared with each."""
    looks = 0

    class Watched(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            nonlocal looks
            looks += 1
            return str.__eq__(self, other)

    names = [f"f{number:04d}" for number in range(1000)]
    known = np.array([Watched(name) for name in names], dtype=object)
    counts = left_out(planned("items"), embedding(names[:600], {"too_few_events": names[600:900]}), known)
    assert counts["no_event_in_window"] == 100
    assert looks <= 4 * len(names)
