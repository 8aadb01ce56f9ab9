"""The files of one version, written where nobody sees them yet."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from warehouse.files import sync, write_file
from warehouse.fingerprint import file_digest
from warehouse.snapshots.content import Content
from warehouse.snapshots.layout import INDEX, MANIFEST, ROTATION, VECTORS
from warehouse.snapshots.manifest import FILE_PATTERN, FileEntry, Manifest
from warehouse.snapshots.parquet import write_vectors
from warehouse.snapshots.search import ExactSearch, IndexParameters, write_index

UNIT_TOLERANCE = 1e-3
"""How far a vector of unit length may be off.

A zero row has no direction to normalise; it is the gate's to judge.
"""


@dataclass(frozen=True, slots=True)
class Making:
    """What a version is made with beside its rows: how its index is built, and what tells people about it.

    `documents`: file name → bytes. ValueError where a name is no plain one, or that of a file of ours.
    """

    index: IndexParameters = field(default_factory=IndexParameters)
    documents: Mapping[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        taken = set(self.documents) & {MANIFEST, VECTORS, INDEX, ROTATION}
        if taken:
            raise ValueError(
                f"no document may be called {', '.join(sorted(taken))}: the version has such a file"
            )
        for name in self.documents:
            if re.fullmatch(FILE_PATTERN, name) is None:
                raise ValueError(f"a document needs a name such as report.html, found {name!r}")


def write_version(
    folder: Path, content: Content, manifest: Manifest, making: Making, reached: Callable[[str], None]
) -> Manifest:
    """Write all files of a version into the fresh `folder`, durably, and return its manifest."""
    check_agreement(content, manifest)
    folder.mkdir()
    reached("folder made")
    write_vectors(folder / VECTORS, content)
    reached("vectors written")
    if content.rotation is not None:
        np.save(folder / ROTATION, content.rotation, allow_pickle=False)
        reached("rotation written")
    ann = write_index(folder / INDEX, ExactSearch(content.rows.matrix, manifest.metric), making.index)
    reached("index written")
    for name, document in making.documents.items():
        (folder / name).write_bytes(document)
        reached("document written")
    finished = manifest.model_copy(update={"ann": ann, "files": _synced_entries(folder)})
    write_file(folder / MANIFEST, finished.to_bytes())
    sync(folder)
    reached("manifest written")
    return finished


def check_agreement(content: Content, manifest: Manifest) -> None:
    """ValueError where the manifest says other than the content is. `manifest.rows` counts ids, not their parts."""
    vectors, rows = content.vectors, content.rows
    if (len(vectors), vectors.dim) != (manifest.rows, manifest.dim):
        raise ValueError(
            f"the manifest says {manifest.rows} rows of {manifest.dim} dimensions, there are "
            f"{len(vectors)} of {vectors.dim}"
        )
    missing = {manifest.score.query, manifest.score.target} - set(content.matrices())
    if missing:
        raise ValueError(
            f"the manifest scores {manifest.score.query} · {manifest.score.target}, there is no {missing}"
        )
    lengths = np.linalg.norm(rows.matrix, axis=1)
    astray = np.flatnonzero((np.abs(lengths - 1.0) > UNIT_TOLERANCE) & (lengths > 0))
    if manifest.normalised and astray.size:
        row = int(astray[0])
        raise ValueError(
            f"the manifest says vectors have unit length, {astray.size} of {len(rows)} have not; "
            f"the first is {rows.ids[row]!r} with {float(lengths[row]):.6g}"
        )


def _synced_entries(folder: Path) -> tuple[FileEntry, ...]:
    entries = []
    for path in sorted(folder.iterdir()):
        sync(path)
        entries.append(FileEntry(path=path.name, bytes=path.stat().st_size, sha256=file_digest(path)))
    return tuple(entries)
