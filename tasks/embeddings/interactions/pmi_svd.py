"""pmi_svd: which flits stand beside each other in birds' histories more often than by chance, decomposed.

Levy, Goldberg and Dagan, "Improving Distributional Similarity with Lessons Learned from Word Embeddings" (2015):
shifted positive pointwise mutual information (sections 2.1 and 3.2), its truncated decomposition (2.2 and 3.3).
How likely flit g is to be chosen around flit f is scored by vector(f) · output(g): both sides are kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field
from scipy.sparse import csr_array

from tasks.embeddings.contract import Embedding, Inputs, Report, silent
from tasks.embeddings.interactions.corpus import Corpus, distinct, read_corpus
from tasks.embeddings.words.factors import factors
from tasks.parameters import Parameters
from warehouse.vectors import Matrix, Vectors, as_ids

EVENTS_AT_A_TIME = 1_000_000
TOO_FEW_EVENTS, NEVER_BESIDE_ANOTHER, BY_CHANCE = "too_few_events", "never_beside_another", "by_chance"
REASONS = (TOO_FEW_EVENTS, NEVER_BESIDE_ANOTHER, BY_CHANCE)


class PmiSvdParameters(Parameters):
    """Defaults are for recommendation: wide context, near before far, chance less even than for words."""

    dimensions: int = Field(128, ge=1, le=4096, description="Length of a vector.")
    context: int = Field(10, ge=1, le=1000, description="How many steps apart flits still are neighbours.")
    direction: Literal["both", "forward"] = Field(
        "both", description="forward: the output side is what comes later; both: what comes before as well."
    )
    distance_decay: float = Field(
        0.6, gt=0, le=1, description="A pair one step further apart counts this much less."
    )
    shift: float = Field(1.0, gt=0, le=1000, description="Only pairs this many times as often as by chance.")
    smoothing: float = Field(
        0.6, ge=0, le=1, description="By chance a flit is met ∝ times met^this: below 1 for popular flits."
    )
    eigenvalue_weighting: float = Field(
        1.0,
        ge=0,
        le=2,
        description="Directions weigh as strength^this in a score; 1 reproduces the information.",
    )
    min_count: int = Field(2, ge=1, description="Flits with fewer events get no vector.")
    seed: int = Field(7, ge=0, le=2**32 - 1)


def fit(inputs: Inputs, parameters: PmiSvdParameters, report: Report) -> Embedding:
    """Decompose what `inputs.sequences` show. Rows are `counted`; left out: `REASONS`.

    Repeats of a flit in a row count once. `by_chance`: beside others no more often than by chance, or (`forward`) never
    before another. Memory: 30 bytes a pair of flits that are ever neighbours, 24 bytes × context ×
    `EVENTS_AT_A_TIME`, and 20 bytes × (dimensions + 10) a flit. Time: pairs × dimensions, and events × context.
    """
    sequences = inputs.frame("sequences")
    frequent = sequences.filter(pl.len().over("flit_id") >= parameters.min_count)
    corpus = read_corpus(frequent)
    weights = shifted_ppmi(neighbours(corpus, parameters, report), parameters.shift, parameters.smoothing)
    vectors, output = _decomposed(weights, parameters)
    steps = _blocks(corpus) + 1
    report(steps, steps)
    ids, everything, counted = as_ids(corpus.flits), distinct(sequences), distinct(frequent)
    some = vectors.any(axis=1) & output.any(axis=1)
    left_out: dict[str, Iterable[str]] = {
        TOO_FEW_EVENTS: sorted(everything - counted),
        NEVER_BESIDE_ANOTHER: sorted(counted.difference(corpus.flits)),
        BY_CHANCE: ids[~some],
    }
    return Embedding.uniform(Vectors(ids[some], vectors[some]), "counted", left_out, output[some])


def _blocks(corpus: Corpus) -> int:
    return -(-len(corpus.codes) // EVENTS_AT_A_TIME)


def neighbours(corpus: Corpus, parameters: PmiSvdParameters, report: Report = silent) -> csr_array:
    """(flits, flits) float32: Σ distance_decay^(steps − 1) over pairs, the row's flit before the column's, or `both`.

    No flit is its own neighbour: what was chosen is not recommended. Reported block by block, one step of all being
    left for the decomposition.
    """
    size = len(corpus.flits)
    sequence = np.repeat(np.arange(len(corpus), dtype=np.int32), np.diff(corpus.starts))
    total = csr_array((size, size), dtype=np.float32)
    for block in range(_blocks(corpus)):
        start = block * EVENTS_AT_A_TIME
        here = slice(start, start + EVENTS_AT_A_TIME + parameters.context)
        total += _pairs(corpus.codes[here], sequence[here], parameters, size)
        report(block + 1, _blocks(corpus) + 1)
    return csr_array(total + total.T) if parameters.direction == "both" else total


def _pairs(
    codes: NDArray[np.int32], sequence: NDArray[np.int32], parameters: PmiSvdParameters, size: int
) -> csr_array:
    """Pairs whose earlier flit is one of the first `EVENTS_AT_A_TIME` events."""
    earlier, later, weights = [], [], []
    for steps in range(1, min(parameters.context, len(codes) - 1) + 1):
        left, right = codes[:-steps][:EVENTS_AT_A_TIME], codes[steps:][:EVENTS_AT_A_TIME]
        met = (sequence[:-steps] == sequence[steps:])[:EVENTS_AT_A_TIME] & (left != right)
        earlier.append(left[met])
        later.append(right[met])
        weights.append(np.full(int(met.sum()), parameters.distance_decay ** (steps - 1), dtype=np.float32))
    if not weights:
        return csr_array((size, size), dtype=np.float32)
    places = (np.concatenate(earlier), np.concatenate(later))
    return csr_array((np.concatenate(weights), places), shape=(size, size))


def shifted_ppmi(counts: csr_array, shift: float, smoothing: float) -> csr_array:
    """max(0, ln(#(f, g) / (#(f) p(g))) − ln `shift`), p(g) ∝ #(g)^`smoothing`, # the sum of a row or column."""
    row = counts.sum(axis=1, dtype=np.float64)
    column = counts.sum(axis=0, dtype=np.float64)
    chance = np.where(column > 0, column, 1) ** smoothing * (column > 0)
    chance /= max(chance.sum(), 1.0)
    pairs = counts.tocoo()
    first, second = pairs.coords
    information = np.log(pairs.data / (row[first] * chance[second] * shift))
    kept = information > 0
    values = information[kept].astype(np.float32)
    return csr_array((values, (first[kept], second[kept])), shape=counts.shape)


def _decomposed(weights: csr_array, parameters: PmiSvdParameters) -> tuple[Matrix, Matrix]:
    """U Σ^(p/2) and V Σ^(p/2) of the largest directions of U Σ Vᵀ, p the weighting."""
    left, strengths = factors(weights, parameters.dimensions, parameters.seed)
    some = np.where(strengths > 0, strengths, 1)
    half = some ** (parameters.eigenvalue_weighting / 2)
    right = weights.T @ (left / some)
    return (left * half).astype(np.float32), (right * half).astype(np.float32)
