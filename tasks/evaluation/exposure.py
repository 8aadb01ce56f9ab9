"""What lists show as a whole: how many flits, how evenly, how well known ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tasks.evaluation.last_touches import LastTouches, find, spread
from tasks.evaluation.ranking import NOWHERE
from warehouse.vectors import Ids

EXPOSURE = ("coverage", "gini", "novelty")


def exposure(
    lists: NDArray[np.int64], surprise: NDArray[np.float64], depths: tuple[int, ...]
) -> dict[str, float | None]:
    """Coverage, Gini and novelty of `lists` (birds, depth) at each depth; None where nothing is listed.

    `surprise`: (candidates,) as `self_information` gives it.
    """
    values: dict[str, float | None] = {}
    for k in depths:
        shown = lists[:, :k][lists[:, :k] != NOWHERE]
        counts = np.bincount(shown, minlength=len(surprise))
        values[f"coverage_at_{k}"] = float((counts > 0).mean()) if shown.size else None
        values[f"gini_at_{k}"] = gini(counts) if shown.size else None
        values[f"novelty_at_{k}"] = float(surprise[shown].mean()) if shown.size else None
    return values


def gini(counts: NDArray[np.int64]) -> float:
    """0 where every flit is shown equally often, 1 − 1/n where one of n has it all.

    Σ (2i − n − 1) x_i / (n Σ x) over ascending x (Castells, Hurley, Vargas, Recommender Systems Handbook, 2nd
    edition, chapter 26). ValueError where nothing is shown.
    """
    n, total = len(counts), float(counts.sum())
    if total == 0:
        raise ValueError(f"none of {n} flits is shown: there is no Gini index")
    return float((2 * np.arange(1, n + 1) - n - 1) @ np.sort(counts) / (n * total))


def self_information(touches: LastTouches, candidates: Ids) -> NDArray[np.float64]:
    """Shape (candidates,): −log₂ of the share of birds that touched the flit in the history.

    (Zhou et al., Solving the apparent diversity-accuracy dilemma, PNAS 2010.) One more bird is imagined that
    touched every flit, so that an unseen flit has a finite surprise.
    """
    known = spread(touches.per_flit(), find(candidates, touches.flits))
    return -np.log2((known + 1) / (len(touches.birds) + 1))
