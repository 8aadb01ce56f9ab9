"""Is a version what was published? Every byte against its manifest, and what the bytes mean."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from warehouse.snapshots.decisions import read_decisions
from warehouse.snapshots.errors import DamagedSnapshotError, SnapshotError
from warehouse.snapshots.layout import (
    ASIDE,
    CURRENT,
    DECISIONS,
    INDEX,
    LOCK,
    MANIFEST,
    ROTATION,
    VECTORS,
    SpaceFolder,
    is_version,
    spaces,
)
from warehouse.snapshots.manifest import FileEntry, Manifest
from warehouse.snapshots.parquet import MATRICES, PART, WEIGHT, matrix_of, read_table, rows_of, strings_of
from warehouse.snapshots.pointer import read_current
from warehouse.snapshots.search import ApproximateSearch, ExactSearch
from warehouse.snapshots.writing import UNIT_TOLERANCE
from warehouse.vectors import Vectors

_RESTORE = "restore the version from a backup, or roll back to another one"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was published. `file` is relative to the root of the snapshots.

    `stray`: a file that nobody published and nobody reads; it damages nothing.
    """

    space: str
    version: str | None
    file: str
    expected: str
    found: str
    remedy: str = _RESTORE
    stray: bool = False

    @classmethod
    def of_stray(cls, space: str, version: str | None, file: str) -> Finding:
        return cls(
            space,
            version,
            file,
            "nothing of this name",
            "it",
            "no reader sees it; look, then remove it",
            True,
        )

    def __str__(self) -> str:
        return f"{self.file}: expected {self.expected}, found {self.found}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class VersionFolder:
    """A visible version and the name it goes by."""

    space: SpaceFolder
    version: str

    @property
    def path(self) -> Path:
        return self.space.version(self.version)

    def finding(self, file: str, expected: object, found: object, remedy: str = _RESTORE) -> Finding:
        name = f"{self.space.space}/{self.version}/{file}"
        return Finding(self.space.space, self.version, name, str(expected), str(found), remedy)


def read_manifest(folder: VersionFolder) -> tuple[Manifest, str]:
    """The manifest and the SHA-256 of its bytes.

    SnapshotError where there is no such version; DamagedSnapshotError where its seal does not fit, or it
    speaks of another space or version than the folder's.
    """
    file = folder.path / MANIFEST
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise SnapshotError(_missing(folder)) from None
    manifest = Manifest.from_bytes(data, file)
    found, expected = (manifest.space, manifest.version), (folder.space.space, folder.version)
    if found != expected:
        raise DamagedSnapshotError(
            f"{file}: expected the manifest of {'/'.join(expected)}, found that of {'/'.join(found)}; "
            f"{_RESTORE}"
        )
    return manifest, hashlib.sha256(data).hexdigest()


def verified_bytes(path: Path, entry: FileEntry) -> pa.Buffer:
    """The file's bytes, memory-mapped, after their digest fits. DamagedSnapshotError where it does not.

    What is parsed afterwards is what was hashed, also if the file is replaced in the meantime.
    """
    try:
        buffer = _mapped(path)
    except FileNotFoundError:
        raise DamagedSnapshotError(
            f"{path}: expected {entry.bytes} bytes, found no file; {_RESTORE}"
        ) from None
    if buffer.size != entry.bytes:
        raise DamagedSnapshotError(f"{path}: expected {entry.bytes} bytes, found {buffer.size}; {_RESTORE}")
    digest = hashlib.sha256(buffer).hexdigest()
    if digest != entry.sha256:
        raise DamagedSnapshotError(f"{path}: expected SHA-256 {entry.sha256}, found {digest}; {_RESTORE}")
    return buffer


def read_rotation(buffer: pa.Buffer) -> NDArray[np.floating[Any]]:
    """The matrix of `rotation.npy`; ValueError where it is none."""
    rotation: NDArray[np.floating[Any]] = np.load(io.BytesIO(buffer), allow_pickle=False)
    rotation.flags.writeable = False
    return rotation


def check_files(folder: VersionFolder, manifest: Manifest) -> Iterator[Finding]:
    """Files that are missing or differ from their digest, and strays: files that are not in the manifest."""
    for entry in manifest.files:
        yield from _check_file(folder, entry)
    listed = {entry.path for entry in manifest.files} | {MANIFEST}
    if VECTORS not in listed:
        yield folder.finding(MANIFEST, f"an entry for {VECTORS}", "none")
    for path in sorted(folder.path.iterdir()):
        if path.name not in listed:
            name = f"{folder.space.space}/{folder.version}/{path.name}"
            yield Finding.of_stray(folder.space.space, folder.version, name)


def check_content(folder: VersionFolder, manifest: Manifest) -> Iterator[Finding]:
    """Rows, ids, vectors, index and rotation against what the manifest says.

    Call it where `check_files` is silent.
    """
    try:
        table = read_table(_mapped(folder.path / VECTORS))
    except (pa.ArrowException, OSError) as error:
        yield folder.finding(VECTORS, "a Parquet file", error)
        return
    try:
        rows = rows_of(table, manifest.dim)
        yield from _check_columns(folder, table, manifest)
    except (ValueError, KeyError) as error:
        yield folder.finding(VECTORS, "sorted unique ids and finite vectors of the manifest's dim", error)
        return
    found = len(rows) if isinstance(rows, Vectors) else len(rows.starts)
    if found != manifest.rows:
        yield folder.finding(VECTORS, f"{manifest.rows} rows", f"{found} rows")
        return
    lengths = np.linalg.norm(rows.matrix, axis=1)
    wrong = (np.abs(lengths - 1.0) > UNIT_TOLERANCE) & (lengths > 0)
    astray = int(wrong.sum()) if manifest.normalised else 0
    if astray:
        yield folder.finding(VECTORS, "vectors of unit length", f"{astray} of another length")
    yield from _check_index(folder, ExactSearch(rows.matrix, manifest.metric), manifest)
    yield from _check_rotation(folder, manifest)


def require_whole(folder: VersionFolder, *, deep: bool = False) -> tuple[Manifest, str]:
    """The manifest and its SHA-256; DamagedSnapshotError for the first thing that does not fit."""
    manifest, digest = read_manifest(folder)
    first = next((one for one in check_files(folder, manifest) if not one.stray), None)
    if first is None and deep:
        first = next(check_content(folder, manifest), None)
    if first is not None:
        raise DamagedSnapshotError(str(first))
    return manifest, digest


def _check_file(folder: VersionFolder, entry: FileEntry) -> Iterator[Finding]:
    path = folder.path / entry.path
    if not path.is_file():
        yield folder.finding(entry.path, f"{entry.bytes} bytes", "no file")
        return
    size = path.stat().st_size
    if size != entry.bytes:
        yield folder.finding(entry.path, f"{entry.bytes} bytes", size)
        return
    digest = hashlib.sha256(_mapped(path)).hexdigest()
    if digest != entry.sha256:
        yield folder.finding(entry.path, f"SHA-256 {entry.sha256}", digest)


def _check_columns(folder: VersionFolder, table: pa.Table, manifest: Manifest) -> Iterator[Finding]:
    for name in table.column_names:
        if name in MATRICES:
            if not np.isfinite(matrix_of(table, name, manifest.dim)).all():
                yield folder.finding(VECTORS, f"finite values in {name}", "NaN or infinity")
        elif name in ("id", "provenance"):
            strings_of(table, name)
        elif name not in (PART, WEIGHT):
            yield folder.finding(VECTORS, "known columns", f"a column {name}")
    for name in {manifest.score.query, manifest.score.target} - set(table.column_names):
        yield folder.finding(VECTORS, f"a column {name}, since scores use it", "none")


def _check_index(folder: VersionFolder, exact: ExactSearch, manifest: Manifest) -> Iterator[Finding]:
    if manifest.file(INDEX) is None:
        return
    try:
        ApproximateSearch.open(folder.path / INDEX, exact)
    except (DamagedSnapshotError, RuntimeError) as error:
        yield folder.finding(INDEX, "an index over the vectors", error)


def _check_rotation(folder: VersionFolder, manifest: Manifest) -> Iterator[Finding]:
    if manifest.file(ROTATION) is None:
        return
    expected = (manifest.dim, manifest.dim)
    try:
        rotation = read_rotation(_mapped(folder.path / ROTATION))
    except (ValueError, OSError) as error:
        yield folder.finding(ROTATION, f"a matrix of shape {expected}", error)
        return
    if rotation.shape != expected or not np.allclose(rotation @ rotation.T, np.eye(manifest.dim), atol=1e-3):
        yield folder.finding(
            ROTATION, f"an orthogonal matrix of shape {expected}", f"one of shape {rotation.shape}"
        )


def _mapped(path: Path) -> pa.Buffer:
    if path.stat().st_size == 0:
        return pa.py_buffer(b"")
    with pa.memory_map(str(path)) as file:
        return file.read_buffer()


def _missing(folder: VersionFolder) -> str:
    known = folder.space.versions()
    there = f"the newest is {known[-1]}" if known else "the space has none"
    return f"{folder.path}: no such version of {folder.space.space}; {there}; see `nightjar status`"


def verify(root: Path, space: str | None = None) -> Iterator[Finding]:
    """Everything under `root`, or in one space, that is not as it was published; nothing where all is well.

    Every version, released or not: its files, rows, index and rotation; the pointer; the decisions; and strays,
    files that nobody should have put there. SnapshotError where there is no such space. What a killed write left
    aside is no finding: no reader sees it and the next write removes it.
    """
    if space is not None and not SpaceFolder(root, space).path.is_dir():
        raise SnapshotError(f"{root / space}: no such space; there are: {', '.join(spaces(root)) or 'none'}")
    for name in [space] if space is not None else spaces(root):
        folder = SpaceFolder(root, name)
        for version in folder.versions():
            yield from verify_version(VersionFolder(folder, version))
        yield from _check_pointer(folder)
        yield from _check_decisions(folder)
        yield from _check_strangers(folder)


def verify_version(folder: VersionFolder) -> Iterator[Finding]:
    """All that is wrong with one version.

    What rows mean is looked at only where the bytes are the published ones.
    """
    try:
        manifest, _ = read_manifest(folder)
    except SnapshotError as error:
        yield folder.finding(MANIFEST, "a manifest with a fitting seal", error)
        return
    damaged = False
    for finding in check_files(folder, manifest):
        damaged = damaged or not finding.stray
        yield finding
    if not damaged:
        yield from check_content(folder, manifest)


def _check_pointer(folder: SpaceFolder) -> Iterator[Finding]:
    file = f"{folder.space}/{CURRENT}"
    remedy = "`nightjar repair` writes the pointer again"
    try:
        current = read_current(folder)
        if current is None:
            return
        _, digest = read_manifest(VersionFolder(folder, current.version))
    except SnapshotError as error:
        yield Finding(folder.space, None, file, "a pointer to a version", str(error), remedy)
        return
    if digest != current.manifest_sha256:
        expected = f"a manifest with SHA-256 {current.manifest_sha256}"
        yield Finding(folder.space, current.version, file, expected, digest, remedy)


def _check_decisions(folder: SpaceFolder) -> Iterator[Finding]:
    file = f"{folder.space}/{DECISIONS}"
    try:
        log = read_decisions(folder.decisions)
        last = read_current(folder)
    except SnapshotError as error:
        yield Finding(folder.space, None, file, "readable decisions and pointer", str(error))
        return
    if log.torn:
        remedy = "decide again if it matters; the next decision replaces the line"
        yield Finding(folder.space, None, file, "a whole last line", f"{len(log.torn)} bytes of one", remedy)
    if last is not None and last.decision is not None and last.decision not in log.decisions:
        yield Finding(
            folder.space, last.version, file, "the decision that current.json repeats", "no such decision"
        )


def _check_strangers(folder: SpaceFolder) -> Iterator[Finding]:
    for path in sorted(folder.path.iterdir()):
        ours = path.name in (CURRENT, DECISIONS, LOCK) or path.name.startswith(ASIDE)
        if not ours and not (path.is_dir() and is_version(path.name)):
            yield Finding.of_stray(folder.space, None, f"{folder.space}/{path.name}")
