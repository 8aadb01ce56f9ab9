"""BPR: what was touched scores above what was not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tasks.embeddings.contract import Embedding, Inputs, silent
from tasks.embeddings.interactions import bpr
from tasks.embeddings.interactions.bpr import BprParameters
from warehouse.joint import of_kind


def fit(inputs: Inputs, **parameters: Any) -> Embedding:
    return bpr.fit(inputs, BprParameters(**parameters), silent)


def test_what_was_touched_scores_above_what_was_not(touched: Any, random_touches: Any) -> None:
    found = fit(touched(random_touches), dimensions=17, epochs=300, learning_rate=0.1).vectors
    birds, flits = of_kind(found, "bird"), of_kind(found, "flit")
    scores = birds.matrix @ flits.matrix.T
    chosen = np.array([[(bird, flit) in random_touches for flit in flits.ids] for bird in birds.ids])
    above = [np.mean(row[own][:, None] > row[~own][None, :]) for row, own in zip(scores, chosen, strict=True)]
    assert np.mean(above) > 0.95  # the area under the curve that BPR maximises (section 4.1.1)


def test_who_touched_everything_taught_nothing(touched: Any) -> None:
    """Without a flit that a bird did not touch no step is taken: its row is as it was drawn."""
    one = fit(touched({("a", "f"): 1.0, ("b", "f"): 1.0}), dimensions=4, epochs=3)
    assert len(one.vectors) == 0
    assert list(one.left_out["no_counter_example"]) == ["bird:a", "bird:b", "flit:f"]
    two = fit(touched({("a", "f"): 1.0, ("a", "g"): 1.0, ("b", "f"): 1.0}), dimensions=4, min_birds=1)
    assert list(two.vectors.ids) == ["bird:b", "flit:f", "flit:g"]
    assert {reason: list(ids) for reason, ids in two.left_out.items()} == {"no_counter_example": ["bird:a"]}


def test_the_last_number_is_the_inclination_to_a_flit(touched: Any, random_touches: Any) -> None:
    popular = random_touches | {(f"b{n:02}", "f00"): 1.0 for n in range(30)}
    found = fit(touched(popular), dimensions=5).vectors
    assert (of_kind(found, "bird").matrix[:, -1] == 1).all()
    assert of_kind(found, "flit").matrix[:, -1].argmax() == 0


@pytest.mark.parametrize(
    ("key", "value"), [("learning_rate", 0.1), ("regularization", 0.5), ("epochs", 3), ("seed", 8)]
)
def test_every_parameter_reaches_the_training(
    touched: Any, random_touches: Any, key: str, value: float
) -> None:
    usual = fit(touched(random_touches), dimensions=4)
    other = fit(touched(random_touches), dimensions=4, **{key: value})
    assert not np.allclose(usual.vectors.matrix, other.vectors.matrix, atol=1e-6)
