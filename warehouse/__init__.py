"""Where things are kept: the warehouse, snapshots, the registry. Consumers need `Snapshot` only.

`from warehouse import Snapshot` loads polars and pyarrow, so that the reader comes when it is asked for: `warehouse`
is imported by everything, also by `nightjar --help`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from warehouse.snapshots.reader import Snapshot

__all__ = ["Snapshot"]


def __getattr__(name: str) -> Any:
    if name != "Snapshot":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from warehouse.snapshots.reader import Snapshot

    return Snapshot
