"""Learning a causal transformer from histories, and reading birds' states off it. Imports torch: not at any top."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from tasks.embeddings.contract import Report
from tasks.embeddings.sequences.causal_transformer import CausalTransformerParameters
from tasks.embeddings.sequences.histories import Codes, Histories, Spans
from tasks.embeddings.sequences.transformer import CausalTransformer, Dropout
from warehouse.vectors import Matrix

WARM_UP_STEPS = 100
"""Adam's second moments mean little at first: the rate rises evenly over these steps, or a tenth of all if less."""
CELLS = 2**20
"""Steps × dimensions of a batch in which birds are read off: 4 MiB, a dozen times over."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainedNetwork:
    """Rows: `flits` by the order of `Histories.flits`, `birds` by that of `Histories.birds`."""

    flits: Matrix
    birds: Matrix


def train(histories: Histories, parameters: CausalTransformerParameters, report: Report) -> TrainedNetwork:
    """Adam over all pieces of the histories, shuffled anew in each epoch; ValueError for a device that is not there.

    Memory: 16 bytes × dimensions a flit, 8 bytes a step and 8 × dimensions a bird; in a batch, 4 bytes × steps ×
    (negatives + heads × length + 30 × dimensions × blocks), times three for the gradients.
    """
    device = _device(parameters.device)
    with _reproducibly(parameters.threads, device):
        model = _model(len(histories.flits), parameters, device)
        _learn(model, histories, parameters, report)
        model.eval()
        with torch.no_grad():
            birds = _states(model, histories, parameters.length)
            return TrainedNetwork(model.flits.cpu().numpy(), birds)


def _learn(
    model: CausalTransformer, histories: Histories, parameters: CausalTransformerParameters, report: Report
) -> None:
    pieces = histories.pieces(parameters.length)
    epochs = passes(int(pieces.lengths.sum()), parameters)
    steps = epochs * -(-len(pieces) // parameters.batch_size)
    optimiser = torch.optim.Adam(model.parameters(), lr=parameters.learning_rate, fused=True)
    warm_up = min(WARM_UP_STEPS, steps / 10)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / warm_up) * (1 - step / steps)
    )
    random = np.random.default_rng(parameters.seed)
    model.train()
    report(0, epochs)
    for epoch in range(epochs):
        for rows in pieces.shuffled(parameters.batch_size, random):
            negatives = random.integers(len(histories.flits), size=parameters.negatives)
            loss = _loss(model, histories.codes, pieces, rows, negatives)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
        report(epoch + 1, epochs)


def passes(events: int, parameters: CausalTransformerParameters) -> int:
    """How often so many events are passed over: `epochs` times, less often where that is beyond `most_events`."""
    return min(parameters.epochs, max(1, parameters.most_events // events))


def _loss(model: CausalTransformer, codes: Codes, pieces: Spans, rows: Codes, negatives: Codes) -> Tensor:
    """Sampled softmax, mean over all steps: how surprising the flit after a step is among it and `negatives`.

    −log softmax of state · flit (Jean et al., "On Using Very Large Target Vocabulary for Neural Machine
    Translation", ACL 2015, section 3, with even draws, so that their correction cancels). The batch shares its
    negatives; a negative that is the flit to find does not count.
    """
    places, real = pieces.batch(rows)
    device = model.flits.device
    states = model(_tensor(codes[places], device)).flatten(0, 1)[_tensor(np.flatnonzero(real), device)]
    wanted, drawn = _tensor(codes[places[real] + 1], device), _tensor(negatives, device)
    hit = (states * functional.embedding(wanted, model.flits)).sum(-1, keepdim=True)
    missed = states @ functional.embedding(drawn, model.flits).T
    missed = missed.masked_fill(wanted[:, None] == drawn, -torch.inf)
    return functional.cross_entropy(torch.cat([hit, missed], dim=1), torch.zeros_like(wanted))


def _states(model: CausalTransformer, histories: Histories, length: int) -> Matrix:
    """Shape (birds, dimensions): the state after each bird's last step, in batches of bounded size."""
    recent = histories.recent(length)
    dimensions = model.flits.shape[1]
    found = np.empty((len(recent), dimensions), dtype=np.float32)
    size = max(1, CELLS // (length * dimensions))
    for rows in recent.batches(size, np.arange(len(recent))):
        places, _ = recent.batch(rows)
        states = model(_tensor(histories.codes[places], model.flits.device))
        found[rows] = states[np.arange(len(rows)), recent.lengths[rows] - 1].cpu().numpy()
    return found


def _model(flits: int, parameters: CausalTransformerParameters, device: torch.device) -> CausalTransformer:
    generator = torch.Generator(device).manual_seed(parameters.seed)
    with device:
        return CausalTransformer(
            flits,
            parameters.length,
            parameters.dimensions,
            parameters.blocks,
            parameters.heads,
            Dropout(parameters.dropout, generator),
        )


def _tensor(values: Codes, device: torch.device) -> Tensor:
    return torch.from_numpy(values).to(device)


def _device(name: str) -> torch.device:
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise ValueError("device: torch finds no GPU here, and cuda was asked for; say cpu or auto")
    return torch.device("cuda" if there and name != "cpu" else "cpu")


@contextmanager
def _reproducibly(threads: int, device: torch.device) -> Iterator[None]:
    """So many threads, and the same bytes each time; a step that a GPU cannot repeat to the bit is warned of.

    What runs on the processor here repeats itself without being told to.
    """
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    warned = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(before[1] or device.type == "cuda", warn_only=True)
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(before[1], warn_only=warned)
