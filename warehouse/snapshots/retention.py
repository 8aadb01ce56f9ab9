"""Which versions may go. Pure: what exists in, what may be deleted out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from warehouse.snapshots.search import IndexParameters


class _Parameters(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class Keep(_Parameters):
    """How many versions stay.

    What is current, its predecessor, what a person decided on and what a version that stays is built on always stay.
    """

    current: int = Field(3, ge=1, description="The newest released versions.")
    daily: int = Field(
        30, ge=0, description="The newest released version of each of the last days that have one."
    )
    backfilled: int | None = Field(
        None, ge=0, description="The last days of backfills whose versions stay; all of them where null."
    )


class PublishParameters(_Parameters):
    """How versions are published and how long they stay."""

    keep: Keep = Keep()
    index: IndexParameters = IndexParameters()


class Standing(StrEnum):
    """What may be done with a version, its gate and all decisions of people taken together."""

    RELEASED = "released"
    HELD = "held"
    DISCARDED = "discarded"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, order=True)
class Recorded:
    """A version as retention and predecessors see it; ordered by day, making, name."""

    day: date
    created_at: datetime
    version: str
    standing: Standing
    backfilled: bool = False


def dispensable(recorded: Sequence[Recorded], keep: Keep, protected: Collection[str]) -> list[str]:
    """Versions that may be deleted, oldest first.

    A held version stays as long as its day is among the last `keep.daily` days: a person may still release
    it. A backfilled one was asked for: a night does not take it away because its day is old.
    """
    newest_first = sorted(recorded, reverse=True)
    released = [entry for entry in newest_first if entry.standing is Standing.RELEASED]
    days = sorted({entry.day for entry in recorded}, reverse=True)[: keep.daily]
    newest_of_day = {entry.day: entry.version for entry in reversed(released) if entry.day in days}
    waiting = {entry.version for entry in recorded if entry.standing is Standing.HELD and entry.day in days}
    stays = {entry.version for entry in released[: keep.current]} | set(newest_of_day.values()) | waiting
    asked_for = sorted({entry.day for entry in recorded if entry.backfilled}, reverse=True)[: keep.backfilled]
    stays |= {entry.version for entry in recorded if entry.backfilled and entry.day in asked_for}
    return [
        entry.version
        for entry in sorted(recorded)
        if entry.version not in stays and entry.version not in protected
    ]
