"""Where things are kept: the warehouse, snapshots, the registry. Consumers need `Snapshot` only."""

from warehouse.snapshots.reader import Snapshot

__all__ = ["Snapshot"]
