"""The base of the faults that a person can do something about."""

from __future__ import annotations

from typing import ClassVar


class NightjarError(RuntimeError):
    """One line: what, where, expected and found, remedy. The command line prints it without a traceback.

    `wrong_usage`: whether what was asked for cannot be done by anybody; then the exit code is 2, not 1.
    """

    wrong_usage: ClassVar[bool] = False
