"""What goes on inside a BERT-style model: the hidden states of its layers, token by token.

Devlin et al., "BERT" (2019), section 5.3: the sum of the last four layers serves well as the vector of a token. A token
gets another vector in another text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warehouse.errors import NightjarError
from warehouse.vectors import Matrix


class LayersError(NightjarError, ValueError):
    """The layers that `pipelines.yaml` names are not in the model, or it has none to name."""


@dataclass(frozen=True, slots=True, eq=False)
class HiddenStates:
    """`states` (layers + 1, texts, tokens, d), layer 0 is what goes in; `read` (texts, tokens): no padding."""

    states: NDArray[np.float32]
    read: NDArray[np.bool_]

    def tokens(self, layers: Sequence[int]) -> NDArray[np.float32]:
        """(texts, tokens, d): the sum of `layers`, −1 being the last; LayersError where the model lacks one."""
        count = len(self.states)
        missing = [layer for layer in layers if not -count <= layer < count]
        if missing:
            raise LayersError(
                f"layers: expected numbers from {-count} to {count - 1}, found {missing[0]}; the model has no such"
            )
        summed: NDArray[np.float32] = self.states[list(layers)].sum(axis=0)
        return summed


def mean_of_layers(model: Any, texts: list[str], layers: Sequence[int]) -> Matrix:
    """(texts, d), unit rows: the sum of `layers`, meant over the tokens of a text, first and last marks with them."""
    inside = hidden_states(model, texts)
    weights = inside.read[:, :, None].astype(np.float32)
    means = (inside.tokens(layers) * weights).sum(axis=1) / weights.sum(axis=1)
    unit: Matrix = (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)
    return unit


def hidden_states(model: Any, texts: list[str]) -> HiddenStates:
    """The hidden states of a loaded sentence-transformer; LayersError where it is no stack of layers."""
    import torch

    transformer = _transformer(model)
    features = model.preprocess(texts)
    known = {
        name: features[name] for name in ("input_ids", "attention_mask", "token_type_ids") if name in features
    }
    with torch.inference_mode():
        states = transformer(**known, output_hidden_states=True).hidden_states
    return HiddenStates(torch.stack(states).numpy(), features["attention_mask"].numpy().astype(bool))


def hidden_size(model: Any) -> int:
    """The length of a token's vector."""
    return int(_transformer(model).config.hidden_size)


def _transformer(model: Any) -> Any:
    inner = getattr(model[0], "auto_model", None)
    if inner is None or not hasattr(inner.config, "hidden_size"):
        raise LayersError(
            "layers: expected a BERT-style model, found one without hidden states; leave `layers` out"
        )
    return inner
