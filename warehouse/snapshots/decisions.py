"""What people decided about versions: `decisions.jsonl`, appended to and never rewritten."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError

from warehouse.snapshots.canonical import Frozen, Moment, line_bytes
from warehouse.snapshots.durable import sync
from warehouse.snapshots.errors import DamagedSnapshotError
from warehouse.snapshots.layout import VersionName
from warehouse.snapshots.retention import Standing

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Decision(Frozen):
    """A person's decision about `version`.

    `from_version` (`from` in the file): what was current when it was made. `withdraws`: the versions that a
    rollback takes back. The store fills both.
    """

    decision: Literal["release", "discard", "rollback"]
    version: VersionName
    who: Words
    when: Moment
    why: Words
    from_version: VersionName | None = Field(None, alias="from")
    withdraws: tuple[VersionName, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionLog:
    """All decisions, oldest first.

    `torn`: the bytes of a last line that a kill cut short; they decide nothing.
    """

    decisions: tuple[Decision, ...] = ()
    torn: bytes = b""

    def standing(self, version: str, passed_gate: bool) -> Standing:
        """The standing of a version after its gate and every decision, the latest word counting."""
        standing = Standing.RELEASED if passed_gate else Standing.HELD
        for decision in self.decisions:
            standing = _after(decision, version, standing)
        return standing

    def mentioned(self) -> set[str]:
        """Every version that a decision names."""
        named = {decision.version for decision in self.decisions}
        named |= {decision.from_version for decision in self.decisions if decision.from_version is not None}
        return named | {version for decision in self.decisions for version in decision.withdraws}


def read_decisions(path: Path) -> DecisionLog:
    """The log, empty where there is none. DamagedSnapshotError for a whole line that is none."""
    lines = path.read_bytes().split(b"\n") if path.exists() else [b""]
    decisions = tuple(_parse(line, path, number) for number, line in enumerate(lines[:-1], start=1))
    if not lines[-1]:
        return DecisionLog(decisions)
    try:
        return DecisionLog((*decisions, _parse(lines[-1], path, len(lines))))
    except DamagedSnapshotError:
        return DecisionLog(decisions, torn=lines[-1])


def append_decision(path: Path, decision: Decision) -> None:
    """Append one line and wait until the disk has it.

    A torn last line is cut off first. Call it holding the lock.
    """
    torn = read_decisions(path).torn
    before = path.read_bytes() if path.exists() else None
    whole = (before or b"").removesuffix(torn)
    separator = b"\n" if whole and not whole.endswith(b"\n") else b""
    with path.open("ab") as file:
        file.truncate(len(whole))
        file.write(separator + line_bytes(decision.document()))
        file.flush()
        os.fsync(file.fileno())
    if before is None:
        sync(path.parent)


def _parse(line: bytes, path: Path, number: int) -> Decision:
    try:
        return Decision.model_validate_json(line)
    except ValidationError as error:
        raise DamagedSnapshotError(
            f"{path}:{number}: expected a decision, found {line[:80]!r} ({error.errors()[0]['msg']}); "
            "restore the line from a backup or remove it"
        ) from error


def _after(decision: Decision, version: str, standing: Standing) -> Standing:
    if version in decision.withdraws:
        return Standing.WITHDRAWN
    if version != decision.version:
        return standing
    changes = {"release": Standing.RELEASED, "discard": Standing.DISCARDED}
    return changes.get(decision.decision, standing)
