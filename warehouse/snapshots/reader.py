"""`Snapshot`: the consumer's side of a space."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from warehouse.parts import Parts
from warehouse.snapshots.errors import DamagedSnapshotError, SnapshotError, SpaceMismatchError
from warehouse.snapshots.integrity import VersionFolder
from warehouse.snapshots.layout import SpaceFolder, spaces
from warehouse.snapshots.manifest import Manifest
from warehouse.snapshots.pointer import Current, read_current
from warehouse.snapshots.search import Neighbour
from warehouse.snapshots.view import View, nearest_parts
from warehouse.vectors import Ids, Matrix

Side = Literal["vector", "output"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What `Snapshot.refresh` did.

    `version` is what is read from here on; `problem`: why a newer one was not taken.
    """

    version: str
    changed: bool
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _State:
    """What a snapshot reads, replaced as one. `current` is None where the version was named."""

    view: View
    current: Current | None


class Snapshot:
    """A verified version of a space, in memory. Threads may share it, also while one of them calls `refresh`.

    Every call answers from one version; two calls may straddle a refresh. Arrays that it returns are
    read-only.
    """

    def __init__(self, folder: SpaceFolder, state: _State) -> None:
        self._folder = folder
        self._state = state
        self._refreshing = threading.Lock()

    @classmethod
    def open(cls, root: str | Path, space: str, version: str | None = None) -> Self:
        """Open what is current in `root`/`space`, or a named version, also one that the gate holds back.

        The SHA-256 of every file that is read is checked first. SnapshotError where there is no such space or version;
        DamagedSnapshotError where bytes are not what was published.
        """
        folder = SpaceFolder(Path(root).absolute(), space)
        if version is not None:
            return cls(folder, _State(View.load(VersionFolder(folder, version)), None))
        state = _load_current(folder)
        if state is None:
            raise SnapshotError(_nothing_current(folder))
        return cls(folder, state)

    @property
    def manifest(self) -> Manifest:
        return self._state.view.manifest

    @property
    def version(self) -> str:
        return self.manifest.version

    @property
    def space_id(self) -> str:
        """Vectors of two versions compare where this is the same."""
        return self.manifest.space_id

    @property
    def ids(self) -> Ids:
        """All ids, sorted."""
        return self._state.view.vectors.ids

    @property
    def matrix(self) -> Matrix:
        """All vectors, (n, d), in the order of `ids`; of an id with several, their weighted mean."""
        return self._state.view.vectors.matrix

    @property
    def rotation(self) -> NDArray[np.floating[Any]] | None:
        """(d, d): raw @ rotation is what is published; None where the version was not rotated."""
        return self._state.view.rotation

    def __repr__(self) -> str:
        manifest = self.manifest
        return f"<Snapshot {manifest.space} {manifest.version}: {manifest.rows} × {manifest.dim}>"

    def __len__(self) -> int:
        return len(self._state.view.vectors)

    def __contains__(self, wanted: object) -> bool:
        return isinstance(wanted, str) and bool(self._state.view.vectors.rows([wanted])[0] >= 0)

    def vector(self, wanted: str) -> Matrix:
        """The vector of an id, (d,); of an id with several, the heaviest. KeyError for an unknown id."""
        view = self._state.view
        found: Matrix = view.published[view.row(wanted)]
        return found

    def vectors(self, wanted: Iterable[str]) -> Matrix:
        """The vectors of ids, (k, d), in the order asked for. KeyError where one is unknown."""
        view = self._state.view
        return _read_only(view.published[view.rows(list(wanted))])

    def parts(self, wanted: str) -> Parts:
        """All vectors of an id and what each weighs, by number of part; one of weight 1 where it has one vector.

        KeyError for an unknown id.
        """
        view = self._state.view
        row = view.row(wanted)
        if view.parts is not None:
            return view.parts.of(wanted)
        one = slice(row, row + 1)
        return Parts(
            view.vectors.ids[one], np.zeros(1, np.int32), np.ones(1, np.float32), view.vectors.matrix[one]
        )

    def output(self, wanted: str) -> Matrix:
        """The context-side vector of an id, (d,): a score is vector · output.

        SnapshotError where the space has none.
        """
        view = self._state.view
        found: Matrix = view.output[view.row(wanted)]
        return found

    def outputs(self, wanted: Iterable[str]) -> Matrix:
        """The context-side vectors of ids, (k, d), in the order asked for."""
        view = self._state.view
        return _read_only(view.output[view.rows(list(wanted))])

    def nearest(
        self,
        query: str | NDArray[np.floating[Any]] | Sequence[float],
        k: int = 10,
        *,
        side: Side = "vector",
        exact: bool = False,
    ) -> list[Neighbour]:
        """The k nearest to an id or to a vector of shape (d,), best first, equal scores by id.

        Fewer are returned where fewer exist.

        An id is not its own neighbour. Where ids have several vectors, an id is as near as the nearest of them, and
        a query by id asks for all of its own. `side="vector"`: by the manifest's metric, through the index where
        there is one unless `exact`; scores are exact in either case. `side="output"`: what scores best
        against the context side, vector · output, always exact. KeyError for an unknown id; ValueError for a
        k below 1 or a query that does not fit.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, found {k}")
        view = self._state.view
        if view.parts is not None and side == "vector":
            return nearest_parts(view, query, k, exact=exact)
        row = view.row(query) if isinstance(query, str) else None
        search = view.search if side == "vector" else view.output_search
        vector = search.query(view.vectors.matrix[row] if row is not None else np.asarray(query))
        best = view.index.best if view.index is not None and side == "vector" and not exact else search.best
        rows, scores = best(vector, k, row)
        return [Neighbour(view.vectors.ids[at], float(score)) for at, score in zip(rows, scores, strict=True)]

    def frame(self) -> pl.DataFrame:
        """All columns, a row an id (or a part of one), in the order of the ids; the vectors are shared, not copied."""
        frame = pl.from_arrow(self._state.view.whole)
        assert isinstance(frame, pl.DataFrame)
        return frame

    def require(self, space_id: str) -> Self:
        """This snapshot, if it is of the space that a consumer was made for; SpaceMismatchError if not."""
        if self.space_id != space_id:
            raise SpaceMismatchError(_mismatch(self.manifest, space_id))
        return self

    def refresh(self) -> Refreshed:
        """Go on with what is current. A snapshot opened with a version stays there.

        Where the newer version is damaged, this one is kept, a warning logged and `problem` filled. Where it
        is of another space id, this one is kept too and SpaceMismatchError says so: its vectors do not
        compare with those that the consumer already has; open the space anew to go on.
        """
        with self._refreshing:
            state = self._state
            if state.current is None:
                return Refreshed(self.version, changed=False)
            try:
                newer = _load_current(self._folder, state)
            except (SnapshotError, OSError) as error:
                _log.warning("%s stays at %s: %s", self._folder.space, self.version, error)
                return Refreshed(self.version, changed=False, problem=str(error))
            if newer is None:
                return Refreshed(self.version, changed=False)
            if newer.view.manifest.space_id != state.view.manifest.space_id:
                raise SpaceMismatchError(_mismatch(newer.view.manifest, state.view.manifest.space_id))
            self._state = newer
            return Refreshed(self.version, changed=newer.view is not state.view)


def _load_current(folder: SpaceFolder, held: _State | None = None) -> _State | None:
    """What is current, None where nothing changed since `held`, or where nothing is current.

    Read again only where the pointer moved while its version was being read.
    """
    known = held.current if held else None
    while True:
        current = read_current(folder)
        if current == known:
            return None
        _check_sequence(folder, known, current)
        assert current is not None
        if held and (current.version, current.manifest_sha256) == _identity(held.view):
            return _State(held.view, current)
        try:
            view = View.load(VersionFolder(folder, current.version), current.manifest_sha256)
        except (SnapshotError, OSError):
            if read_current(folder) == current:
                raise
        else:
            return _State(view, current)


def _check_sequence(folder: SpaceFolder, known: Current | None, current: Current | None) -> None:
    if known is not None and (current is None or current.sequence < known.sequence):
        found = current.sequence if current else "no file"
        raise DamagedSnapshotError(
            f"{folder.current}: expected a sequence from {known.sequence}, found {found}; "
            "restore the newest copy, or open the space anew to follow this one"
        )


def _identity(view: View) -> tuple[str, str]:
    return view.manifest.version, view.manifest_sha256


def _read_only(matrix: Matrix) -> Matrix:
    matrix.flags.writeable = False
    return matrix


def _nothing_current(folder: SpaceFolder) -> str:
    if not folder.path.is_dir():
        known = ", ".join(spaces(folder.root)) or "none"
        return f"{folder.path}: no such space; there are: {known}"
    return (
        f"{folder.current}: no version of {folder.space} is current; "
        f"{len(folder.versions())} are there by name, `nightjar release` publishes one"
    )


def _mismatch(manifest: Manifest, expected: str) -> str:
    return (
        f"{manifest.space} {manifest.version}: expected space id {expected}, found {manifest.space_id}; "
        "vectors of the two "
        "must not be compared: retrain what uses them on this version, then open the space anew"
    )
