"""What can be wrong: with a line (`Fault`, it goes to quarantine) or with a file (`Refused`)."""

from __future__ import annotations

from dataclasses import dataclass


class Refused(Exception):  # noqa: N818 - a verdict about a file, not an error of the program
    """The file cannot be taken in; the message is the reason that the ledger shows."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that cannot be accepted. `line_number` from 1; `raw` the bytes as they came, cut to the line limit."""

    line_number: int
    reason: str
    raw: bytes
