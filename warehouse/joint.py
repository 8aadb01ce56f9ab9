"""Ids of a space that holds several kinds side by side: `bird:b7`, `flit:f12`, `advertiser:a3`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

import numpy as np

from warehouse.vectors import Ids, Vectors, as_ids

Kind = Literal["advertiser", "bird", "flit"]
KINDS: tuple[Kind, ...] = get_args(Kind)


def joint_id(kind: Kind, id_: str) -> str:
    """The id of one entity in a joint space."""
    return f"{kind}:{id_}"


def joint_ids(kind: Kind, ids: Iterable[str]) -> Ids:
    """The ids of several entities of a kind, in their order."""
    return as_ids(joint_id(kind, id_) for id_ in ids)


def rows_of_kind(ids: Ids, kind: Kind) -> slice:
    """Where a kind stands in sorted joint ids: it is one block."""
    # `;` is the code point after `:`, so no id of the kind lies beyond it.
    start, stop = np.searchsorted(ids, as_ids([f"{kind}:", f"{kind};"]))
    return slice(int(start), int(stop))


def of_kind(vectors: Vectors, kind: Kind) -> Vectors:
    """The rows of one kind under their own ids, without the kind before them."""
    rows = rows_of_kind(vectors.ids, kind)
    return Vectors(as_ids(id_.partition(":")[2] for id_ in vectors.ids[rows]), vectors.matrix[rows])
