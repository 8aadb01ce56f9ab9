"""What people decided about versions: `decisions.jsonl`, appended to and never rewritten.

A line carries `after`, the SHA-256 of all bytes before it, and `seal`, the SHA-256 of its own other fields as a line:
no byte changes unnoticed. The first lines of a log that an earlier edition began have neither.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError

from warehouse.files import sync
from warehouse.snapshots.canonical import SEAL, Frozen, Moment, line_bytes
from warehouse.snapshots.errors import DamagedSnapshotError
from warehouse.snapshots.layout import VersionName
from warehouse.snapshots.retention import Standing

AFTER = "after"

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
    """The log, empty where there is none.

    DamagedSnapshotError for a whole line that is none, or not the one that was written after those before it. Only what
    ends before its line does was cut short by a kill.
    """
    data = path.read_bytes() if path.exists() else b""
    lines, begin, sealed = [line for line in re.findall(rb"[^\n]*\n?", data) if line], 0, False
    decisions: list[Decision] = []
    for number, line in enumerate(lines, start=1):
        if not line.endswith(b"\n") and _is_cut_short(line):
            return DecisionLog(tuple(decisions), torn=line)
        decision, sealed = _parse(line, data[:begin], sealed, f"{path}:{number}")
        decisions.append(decision)
        begin += len(line)
    return DecisionLog(tuple(decisions))


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
        file.write(separator + _sealed(decision.document(), whole + separator))
        file.flush()
        os.fsync(file.fileno())
    if before is None:
        sync(path.parent)


def _sealed(document: Mapping[str, Any], before: bytes) -> bytes:
    """The line of a decision in a log that holds `before`."""
    chained = {**document, AFTER: hashlib.sha256(before).hexdigest()}
    return line_bytes({**chained, SEAL: hashlib.sha256(line_bytes(chained)).hexdigest()})


def _is_cut_short(line: bytes) -> bool:
    """Whether a last line without its end is the beginning of one, not a whole one with something else after it."""
    try:
        json.JSONDecoder().raw_decode(line.decode(errors="replace"))
    except ValueError:
        return True
    return False


def _parse(line: bytes, before: bytes, sealed: bool, place: str) -> tuple[Decision, bool]:
    """The decision of a whole line after the bytes `before`, and whether it is sealed: after a sealed one all are."""
    try:
        document = json.loads(line)
        found = document.pop(SEAL, None)
        chained = sealed or found is not None
        if chained and found != hashlib.sha256(line_bytes(document)).hexdigest():
            raise ValueError("its seal does not fit")
        if chained and document.pop(AFTER, None) != hashlib.sha256(before).hexdigest():
            raise ValueError("the lines before it are not those that it was written after")
        if chained and line.removesuffix(b"\n") != _sealed(document, before).removesuffix(b"\n"):
            raise ValueError("it is spelt otherwise than it was written")
        return Decision.model_validate(document), chained
    except (ValueError, AttributeError) as error:
        message = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error
        raise DamagedSnapshotError(
            f"{place}: expected a decision, found {line[:80]!r} ({message}); restore the file from a backup"
        ) from error


def _after(decision: Decision, version: str, standing: Standing) -> Standing:
    if version in decision.withdraws:
        return Standing.WITHDRAWN
    if version != decision.version:
        return standing
    changes = {"release": Standing.RELEASED, "discard": Standing.DISCARDED}
    return changes.get(decision.decision, standing)
