"""Which space a version belongs to: vectors of two versions compare where their `space_id` is the same."""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple, dataclass

from tasks.comparison.vectors.alignment import Alignment


@dataclass(frozen=True, slots=True)
class SpaceOrigin:
    """The version that a space begins with."""

    space: str
    method: str
    dim: int
    version: str

    def space_id(self) -> str:
        """16 hex digits of the SHA-256 of all four."""
        canonical = json.dumps(astuple(self), separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def decide_space_id(predecessor: str | None, alignment: Alignment | None, candidate: SpaceOrigin) -> str:
    """The predecessor's `space_id` where the candidate is in its frame, else one that begins with it.

    `predecessor` and `alignment` are both None for the first version. ValueError where only one of them is.
    """
    if (predecessor is None) != (alignment is None):
        raise ValueError(
            f"a predecessor's space_id ({predecessor}) and an alignment "
            f"({alignment.status if alignment else None}) come together or not at all"
        )
    if predecessor is not None and alignment is not None and alignment.comparable:
        return predecessor
    return candidate.space_id()
