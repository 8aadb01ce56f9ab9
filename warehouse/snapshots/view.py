"""One version as a reader holds it: verified once, immutable, shared by threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from warehouse.parts import Parts
from warehouse.snapshots.errors import DamagedSnapshotError, SnapshotError
from warehouse.snapshots.integrity import VersionFolder, read_manifest, read_rotation, verified_bytes
from warehouse.snapshots.layout import INDEX, MANIFEST, ROTATION, VECTORS
from warehouse.snapshots.manifest import FileEntry, Manifest
from warehouse.snapshots.parquet import PART, WEIGHT, column_names, matrix_of, read_table, rows_of
from warehouse.snapshots.search import ApproximateSearch, ExactSearch, Neighbour
from warehouse.vectors import Matrix, Vectors

READ_COLUMNS = ("id", "vector", PART, WEIGHT)
READ = (VECTORS, INDEX, ROTATION)
"""What a reader of vectors opens. Documents beside them are for people; `verify` and publishing check them too."""


@dataclass(frozen=True, eq=False)
class View:
    """What was read of a version.

    `file` keeps the verified bytes mapped: other columns are read from it on demand. Where entities have several
    vectors, `parts` has the rows of the file, `vectors` their summary, and `search` and `index` are over the parts.
    """

    manifest: Manifest
    manifest_sha256: str
    vectors: Vectors
    file: pa.Buffer
    table: pa.Table
    search: ExactSearch
    index: ApproximateSearch | None
    rotation: NDArray[np.floating[Any]] | None
    parts: Parts | None = None

    @classmethod
    def load(cls, folder: VersionFolder, manifest_sha256: str | None = None) -> View:
        """Read a version, trusting no file before its SHA-256 fits.

        `manifest_sha256`: what the pointer says the manifest's is. DamagedSnapshotError where anything
        differs.
        """
        manifest, digest = read_manifest(folder)
        if manifest_sha256 is not None and digest != manifest_sha256:
            raise DamagedSnapshotError(
                f"{folder.path / MANIFEST}: current.json expects SHA-256 {manifest_sha256}, found {digest}; "
                "restore the version from a backup, or roll back to another one"
            )
        read = [entry for entry in manifest.files if entry.path in READ]
        buffers = {entry.path: verified_bytes(folder.path / entry.path, entry) for entry in read}
        file = buffers[_entry(folder, manifest, VECTORS).path]
        table = read_table(file, [name for name in READ_COLUMNS if name in column_names(file)])
        rows = _rows(folder, manifest, table)
        search = ExactSearch(rows.matrix, manifest.metric)
        return cls(
            manifest=manifest,
            manifest_sha256=digest,
            vectors=rows if isinstance(rows, Vectors) else rows.summary(),
            file=file,
            table=table,
            search=search,
            index=ApproximateSearch.open(folder.path / INDEX, search) if INDEX in buffers else None,
            rotation=read_rotation(buffers[ROTATION]) if ROTATION in buffers else None,
            parts=None if isinstance(rows, Vectors) else rows,
        )

    @cached_property
    def published(self) -> Matrix:
        """The vector of each id, (n, d), that stands for it where one is asked for: of several, the heaviest."""
        return self.vectors.matrix if self.parts is None else self.parts.matrix[self.parts.heaviest()]

    @cached_property
    def output(self) -> Matrix:
        """The context side; SnapshotError where the space has none."""
        return matrix_of(self._column("output"), "output", self.manifest.dim)

    @cached_property
    def output_search(self) -> ExactSearch:
        """Searches the context side by inner product, as scores are made."""
        return ExactSearch(self.output, "dot")

    @cached_property
    def whole(self) -> pa.Table:
        """All columns, in the order of the file; `id` and `vector` are shared with what is read already."""
        names = column_names(self.file)
        missing = [name for name in names if name not in self.table.column_names]
        rest = read_table(self.file, missing) if missing else self.table
        return pa.table(
            {name: (self.table if name in self.table.column_names else rest).column(name) for name in names}
        )

    def row(self, wanted: str) -> int:
        """The row of an id; KeyError, with where to look, for an unknown one."""
        row = int(self.vectors.rows([wanted])[0]) if isinstance(wanted, str) else -1
        if row < 0:
            raise KeyError(self._unknown([wanted]))
        return row

    def rows(self, wanted: list[str]) -> NDArray[np.int64]:
        rows = self.vectors.rows(wanted)
        if (rows < 0).any():
            raise KeyError(self._unknown([wanted[place] for place in np.flatnonzero(rows < 0)]))
        return rows

    def _column(self, name: str) -> pa.Table:
        if name not in column_names(self.file):
            manifest = self.manifest
            raise SnapshotError(
                f"{manifest.space} {manifest.version} has no {name} vectors, its scores are "
                f"{manifest.score.query} · {manifest.score.target}; ask for `vector` instead"
            )
        return read_table(self.file, [name])

    def _unknown(self, ids: list[str]) -> str:
        manifest = self.manifest
        more = f" and {len(ids) - 1} more ids have" if len(ids) > 1 else " has"
        return (
            f"{ids[0]!r}{more} no vector in {manifest.space} {manifest.version} ({manifest.rows} "
            f"{manifest.entity}s); "
            "its manifest counts under `coverage` why ids are left out, `in` asks for one"
        )


def _entry(folder: VersionFolder, manifest: Manifest, name: str) -> FileEntry:
    entry = manifest.file(name)
    if entry is None:
        raise DamagedSnapshotError(f"{folder.path / MANIFEST}: expected an entry for {name}, found none")
    return entry


def _rows(folder: VersionFolder, manifest: Manifest, table: pa.Table) -> Vectors | Parts:
    try:
        rows = rows_of(table, manifest.dim)
    except (ValueError, KeyError) as error:
        raise DamagedSnapshotError(
            f"{folder.path / VECTORS}: {error}; roll back to another version"
        ) from error
    found = len(rows) if isinstance(rows, Vectors) else len(rows.starts)
    if found != manifest.rows:
        raise DamagedSnapshotError(
            f"{folder.path / VECTORS}: expected {manifest.rows} rows, found {found}; roll back to "
            "another version"
        )
    return rows


Query = str | NDArray[np.floating] | Sequence[float]


def nearest_parts(view: View, query: Query, k: int, *, exact: bool) -> list[Neighbour]:
    """The k ids nearest to a vector, or to any part of an id but itself, best first, equal scores by id.

    Asked for are as many parts as k ids, and the one that is left out, may have.
    """
    assert view.parts is not None
    ids = view.parts.ids
    best = view.search.best if exact or view.index is None else view.index.best
    enough = (k + 1) * view.parts.most
    queries = view.parts.of(_known(view, query)).matrix if isinstance(query, str) else [np.asarray(query)]
    nearest: dict[str, float] = {}
    for vector in queries:
        rows, scores = best(view.search.query(vector), enough)
        for row, score in zip(rows, scores, strict=True):
            if not (isinstance(query, str) and ids[row] == query):
                nearest[ids[row]] = max(float(score), nearest.get(ids[row], -np.inf))
    ranked = sorted(nearest.items(), key=lambda found: (-found[1], found[0]))
    return [Neighbour(id_, score) for id_, score in ranked[:k]]


def _known(view: View, wanted: str) -> str:
    """The id itself; KeyError, with where to look, for an unknown one."""
    view.row(wanted)
    return wanted
