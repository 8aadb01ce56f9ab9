"""The writer's side: versions appear whole, the pointer moves last, decisions are kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from warehouse.files import exclusive, make_folder, remove, rename
from warehouse.snapshots import layout
from warehouse.snapshots.content import Content
from warehouse.snapshots.decisions import Decision, DecisionLog, append_decision, read_decisions
from warehouse.snapshots.errors import SnapshotError
from warehouse.snapshots.integrity import VersionFolder, read_manifest, require_whole
from warehouse.snapshots.layout import SpaceFolder
from warehouse.snapshots.manifest import Manifest
from warehouse.snapshots.pointer import Current, read_current, replace_current
from warehouse.snapshots.retention import Keep, Recorded, Standing, dispensable
from warehouse.snapshots.search import IndexParameters
from warehouse.snapshots.writing import Making, write_version

Reached = Callable[[str], None]
DAY = len("YYYY-MM-DD")


def _unwatched(step: str) -> None:
    """A `Reached` for nobody."""


class SnapshotStore:
    """All spaces under `root`.

    One writer at a time and space; a second one waits. Readers are never in the way.

    `reached` is called with the name of each step once it is done: tests end the process there.
    """

    def __init__(self, root: Path, reached: Reached = _unwatched) -> None:
        self.root = root
        self._reached = reached

    def spaces(self) -> list[str]:
        return layout.spaces(self.root)

    def versions(self, space: str) -> list[str]:
        """Visible versions, whatever their standing, by day and then by name."""
        return self._folder(space).versions()

    def manifest(self, space: str, version: str) -> Manifest:
        """A version's manifest, its seal checked, its files not."""
        return read_manifest(self._version(space, version))[0]

    def named(self, space: str, typed: str) -> str:
        """The version that a person means by its name, or by its day where that has only one; else `typed` as it is.

        SnapshotError where several versions of the space begin so.
        """
        meant = [one for one in self.versions(space) if len(typed) >= DAY and one.startswith(typed)]
        if len(meant) > 1:
            raise SnapshotError(
                f"{space} {typed}: {len(meant)} versions begin so: {', '.join(meant)}; name one"
            )
        return meant[0] if meant else typed

    def current(self, space: str) -> Current | None:
        return read_current(self._folder(space))

    def decisions(self, space: str) -> DecisionLog:
        """What people decided; a line that a kill cut short is in `torn`."""
        return read_decisions(self._folder(space).decisions)

    def standing(self, space: str, version: str) -> Standing:
        """Released, held, discarded or withdrawn: the gate and all decisions taken together."""
        return self._recorded(space, version, self.decisions(space)).standing

    def released(self, space: str, *, before: date | None = None) -> str | None:
        """The newest released version of a day earlier than `before` (exclusive), None where there is none.

        This is the predecessor of a version of that day. Within a day the version made last counts.
        """
        log, found = self.decisions(space), None
        for version in reversed(self.versions(space)):
            if before is not None and layout.day_of(version) >= before:
                continue
            if found is not None and layout.day_of(version) != found.day:
                break
            entry = self._recorded(space, version, log)
            if entry.standing is Standing.RELEASED and (found is None or entry > found):
                found = entry
        return found.version if found else None

    def write(
        self,
        content: Content,
        manifest: Manifest,
        index: IndexParameters | None = None,
        documents: Mapping[str, bytes] | None = None,
    ) -> Manifest:
        """Make a whole version visible under its name and return its manifest; `current` does not move.

        `documents`: file name → bytes, beside the vectors; they are verified with them and opened by people only.
        A version that is there already is verified and returned as it is. `manifest.files` and `.ann` are
        filled here. ValueError where content and manifest disagree; SnapshotError where the name is taken by
        another fingerprint; DamagedSnapshotError where the existing version is not whole.
        """
        folder = self._version(manifest.space, manifest.version)
        making = Making(index or IndexParameters(), documents or {})
        with self._writing(folder.space):
            if folder.path.exists():
                return _same(folder, manifest)
            aside = folder.space.aside(manifest.version)
            try:
                finished = write_version(aside, content, manifest, making, self._reached)
                rename(aside, folder.path)
            except BaseException:
                remove(aside)
                raise
            self._reached("version visible")
        return finished

    def point(
        self, space: str, version: str, published_at: datetime, decision: Decision | None = None
    ) -> Current:
        """Make a version the one that consumers follow, after every byte of it has been verified.

        `decision`: a person's release or rollback that moves the pointer; it is appended to the decisions
        first. Pointing again at what is current changes nothing. SnapshotError where the version is not
        released, where its day is earlier than the current one's without a rollback, and where a rollback
        does not go back.
        """
        target = self._version(space, version)
        with self._writing(target.space):
            _, digest = require_whole(target, deep=True)
            before = read_current(target.space)
            if decision is None and before and (before.version, before.manifest_sha256) == (version, digest):
                return before
            decision = self._completed(target, decision, before)
            self._check_may_point(target, decision, before)
            if decision is not None:
                append_decision(target.space.decisions, decision)
                self._reached("decision kept")
            after = Current(
                version=version,
                manifest_sha256=digest,
                published_at=published_at,
                sequence=before.sequence + 1 if before else 1,
                decision=decision,
            )
            replace_current(target.space, after)
            self._reached("pointer moved")
        return after

    def mend_pointer(self, space: str, published_at: datetime) -> Current | None:
        """Write a pointer that is damaged, gone or of another manifest anew; None where nothing is wrong.

        It leads to the newest released version, as it did before: a rollback withdraws what is newer. The sequence
        goes on from what can be read of the damaged file, or from the number of versions and decisions.
        """
        folder = self._folder(space)
        with self._writing(folder):
            version = self.released(space)
            if version is None or self._is_sound(folder):
                return None
            _, digest = require_whole(self._version(space, version), deep=True)
            written = folder.current.read_bytes() if folder.current.exists() else b""
            found = [int(number) for number in re.findall(rb'"sequence": (\d{1,9})\b', written)]
            moves = len(self.versions(space)) + len(self.decisions(space).decisions)
            after = Current(
                version=version,
                manifest_sha256=digest,
                published_at=published_at,
                sequence=max([*found, moves]) + 1,
            )
            replace_current(folder, after)
        return after

    def _is_sound(self, folder: SpaceFolder) -> bool:
        """Whether the pointer can be read and leads to the manifest that it names."""
        try:
            current = read_current(folder)
            if current is None:
                return False
            return read_manifest(self._version(folder.space, current.version))[1] == current.manifest_sha256
        except SnapshotError:
            return False

    def decide(self, space: str, decision: Decision) -> Decision:
        """Keep a release or discard that does not move the pointer; returns it as kept.

        SnapshotError for a rollback (that is `point`'s), for an unknown version, and for discarding what is
        current.
        """
        target = self._version(space, decision.version)
        if decision.decision == "rollback":
            raise SnapshotError(
                f"{space}: a rollback to {decision.version} moves the pointer; use `point` for it"
            )
        with self._writing(target.space):
            read_manifest(target)
            before = read_current(target.space)
            if decision.decision == "discard" and before and before.version == decision.version:
                raise SnapshotError(
                    f"{space}: {decision.version} is current; `nightjar rollback` first, then discard it"
                )
            kept = decision.model_copy(update={"from_version": before.version if before else None})
            append_decision(target.space.decisions, kept)
            self._reached("decision kept")
        return kept

    def prune(self, space: str, keep: Keep) -> list[str]:
        """Delete what retention no longer asks for; returns the versions deleted, oldest first."""
        folder = self._folder(space)
        with self._writing(folder):
            doomed = self.dispensable(space, keep)
            for version in doomed:
                aside = folder.aside(f"removed-{version}")
                rename(folder.version(version), aside)
                self._reached("version out of sight")
                remove(aside)
        return doomed

    def dispensable(self, space: str, keep: Keep) -> list[str]:
        """What `prune` would delete, oldest first.

        What is current, its parent, its predecessor, every version that a decision names, and every version that a
        version of another space is built on stay.
        """
        log = self.decisions(space)
        recorded = [self._recorded(space, version, log) for version in self.versions(space)]
        doomed = dispensable(recorded, keep, self._protected(space, log))
        built_on = self._named_elsewhere(space, doomed)
        return [version for version in doomed if version not in built_on]

    def _named_elsewhere(self, space: str, versions: Collection[str]) -> set[str]:
        """Those of `versions` that a manifest of another space names. The bytes are searched, damaged or not."""
        named: set[str] = set()
        for other in self.spaces() if versions else ():
            for version in self.versions(other) if other != space else ():
                data = (self._folder(other).version(version) / layout.MANIFEST).read_bytes()
                named.update(one for one in versions if one.encode() in data)
        return named

    def _protected(self, space: str, log: DecisionLog) -> set[str]:
        current = self.current(space)
        if current is None:
            return log.mentioned()
        manifest = self.manifest(space, current.version)
        kin = {current.version, manifest.parent_version, self.released(space, before=manifest.day)}
        return log.mentioned() | {version for version in kin if version is not None}

    def _recorded(self, space: str, version: str, log: DecisionLog) -> Recorded:
        manifest = self.manifest(space, version)
        standing = log.standing(version, manifest.gate.verdict != "block")
        return Recorded(manifest.day, manifest.created_at, version, standing, manifest.backfilled)

    def _completed(
        self, target: VersionFolder, decision: Decision | None, before: Current | None
    ) -> Decision | None:
        """The decision with what only the store knows: what was current, and what a rollback takes back."""
        if decision is None:
            return None
        if decision.version != target.version or decision.decision == "discard":
            raise SnapshotError(
                f"{target.space.space}: a {decision.decision} of {decision.version} cannot make "
                f"{target.version} current"
            )
        withdraws = self._newer(target) if decision.decision == "rollback" else ()
        return decision.model_copy(
            update={"from_version": before.version if before else None, "withdraws": withdraws}
        )

    def _newer(self, target: VersionFolder) -> tuple[str, ...]:
        space = target.space.space
        recorded = {
            version: self._recorded(space, version, DecisionLog()) for version in self.versions(space)
        }
        return tuple(entry.version for entry in sorted(recorded.values()) if entry > recorded[target.version])

    def _check_may_point(
        self, target: VersionFolder, decision: Decision | None, before: Current | None
    ) -> None:
        space, version = target.space.space, target.version
        log = self.decisions(space)
        after = DecisionLog((*log.decisions, decision)) if decision else log
        standing = self._recorded(space, version, after).standing
        if standing is not Standing.RELEASED:
            raise SnapshotError(
                f"{space}: {version} is {standing}; `nightjar release {space} {version}` publishes it"
            )
        if before is None:
            return
        rollback = decision is not None and decision.decision == "rollback"
        if rollback and decision is not None and before.version not in decision.withdraws:
            raise SnapshotError(
                f"{space}: {version} is not older than {before.version}; `nightjar release` goes forward"
            )
        if not rollback and layout.day_of(version) < layout.day_of(before.version):
            raise SnapshotError(
                f"{space}: {version} is of an earlier day than {before.version}, which is current; "
                f"`nightjar rollback {space} --to {version}` goes back"
            )

    @contextmanager
    def _writing(self, folder: SpaceFolder) -> Iterator[None]:
        """Alone in the space, and rid of what killed writers left."""
        make_folder(folder.path)
        with exclusive(folder.lock):
            for leftover in folder.leftovers():
                remove(leftover)
            yield

    def _folder(self, space: str) -> SpaceFolder:
        return SpaceFolder(self.root, space)

    def _version(self, space: str, version: str) -> VersionFolder:
        folder = VersionFolder(self._folder(space), version)
        _ = folder.path
        return folder


def _same(folder: VersionFolder, manifest: Manifest) -> Manifest:
    existing, _ = require_whole(folder)
    if existing.fingerprint != manifest.fingerprint:
        raise SnapshotError(
            f"{folder.path}: expected fingerprint {manifest.fingerprint}, found {existing.fingerprint}, "
            "which begins the "
            "same; change a parameter of the pipeline"
        )
    return existing
