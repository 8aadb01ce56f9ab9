"""The network of `causal_transformer`. Imports torch: import it inside functions only."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

# Rows begin this near to zero, as in BERT.
FIRST_SPREAD = 0.02


class Dropout(nn.Module):
    """Zeroes a share of the values in training, drawn from a generator of its own: nobody else's draws matter."""

    def __init__(self, share: float, generator: torch.Generator) -> None:
        super().__init__()
        self.share, self.generator = share, generator

    def forward(self, values: Tensor) -> Tensor:
        if not self.training or self.share == 0:
            return values
        kept = torch.empty_like(values).bernoulli_(1 - self.share, generator=self.generator)
        return values * kept / (1 - self.share)


class Block(nn.Module):
    """Self-attention that looks back only, then a layer for each step by itself; each adds to what came in."""

    def __init__(self, dimensions: int, heads: int, dropout: Dropout) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.before_attention = nn.LayerNorm(dimensions)
        self.queries_keys_values = _linear(dimensions, 3 * dimensions, dropout.generator)
        self.mixed = _linear(dimensions, dimensions, dropout.generator)
        self.before_layer = nn.LayerNorm(dimensions)
        self.inner = _linear(dimensions, dimensions, dropout.generator)
        self.outer = _linear(dimensions, dimensions, dropout.generator)

    def forward(self, steps: Tensor) -> Tensor:
        steps = steps + self.dropout(self.mixed(self._attend(self.before_attention(steps))))
        inner = self.dropout(functional.gelu(self.inner(self.before_layer(steps))))
        mapped: Tensor = self.dropout(self.outer(inner))
        return steps + mapped

    def _attend(self, steps: Tensor) -> Tensor:
        """Vaswani et al., "Attention Is All You Need" (2017), section 3.2; a step sees itself and earlier ones."""
        rows, length, dimensions = steps.shape
        parts = self.queries_keys_values(steps).view(rows, length, 3, self.heads, dimensions // self.heads)
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)
        weights = queries @ keys.transpose(-1, -2) / math.sqrt(dimensions // self.heads)
        later = torch.ones(length, length, dtype=torch.bool, device=steps.device).triu(1)
        weights = weights.masked_fill(later, -torch.inf).softmax(-1)
        seen: Tensor = self.dropout(weights) @ values
        return seen.transpose(1, 2).reshape(rows, length, dimensions)


class CausalTransformer(nn.Module):
    """Kang and McAuley, "Self-Attentive Sequential Recommendation" (ICDM 2018), section III, with pre-norm blocks.

    A state after each step, and a row for each flit: their product says how likely the flit comes next.
    """

    def __init__(
        self, flits: int, length: int, dimensions: int, blocks: int, heads: int, dropout: Dropout
    ) -> None:
        super().__init__()
        generator = dropout.generator
        self.flits = nn.Parameter(
            torch.empty(flits, dimensions).normal_(0, FIRST_SPREAD, generator=generator)
        )
        self.places = nn.Parameter(
            torch.empty(length, dimensions).normal_(0, FIRST_SPREAD, generator=generator)
        )
        self.dropout = dropout
        self.blocks = nn.ModuleList(Block(dimensions, heads, dropout) for _ in range(blocks))
        self.last = nn.LayerNorm(dimensions)

    def forward(self, codes: Tensor) -> Tensor:
        """States (rows, steps, dimensions) after each step of `codes` (rows, steps); no state knows a later step.

        So steps of padding after a row's own change none of its states.
        """
        steps = self.dropout(functional.embedding(codes, self.flits) + self.places[: codes.shape[1]])
        for block in self.blocks:
            steps = block(steps)
        states: Tensor = self.last(steps)
        return states


def _linear(inputs: int, outputs: int, generator: torch.Generator) -> nn.Linear:
    """Glorot and Bengio (AISTATS 2010), equation 16 with a normal; drawn from `generator`, not from torch's own."""
    layer: nn.Linear = nn.utils.skip_init(nn.Linear, inputs, outputs)  # type: ignore[no-untyped-call]
    nn.init.xavier_normal_(layer.weight, generator=generator)
    nn.init.zeros_(layer.bias)
    return layer
