"""Re-read every published byte against its manifest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from warehouse.snapshots.decisions import read_decisions
from warehouse.snapshots.errors import SnapshotError
from warehouse.snapshots.integrity import Finding, VersionFolder, check_content, check_files, read_manifest
from warehouse.snapshots.layout import (
    ASIDE,
    CURRENT,
    DECISIONS,
    LOCK,
    MANIFEST,
    SpaceFolder,
    is_version,
    spaces,
)
from warehouse.snapshots.pointer import read_current


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
