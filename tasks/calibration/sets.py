"""Which set is scored on, named so that another process can open it too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from tasks.calibration.protocols.protocol import PublicSet
from warehouse.fingerprint import digest, file_digest

ProtocolName = Literal["sequences", "ratings", "graph", "texts", "logs"]
"""Each is a module of this package with `read(…) -> PublicSet`."""
FILES = frozenset({"path", "friends", "edges", "labels", "titles", "pairs"})
"""Arguments that name files."""
HOME = "home"
"""The argument that says where a home lies, which is no part of the question."""


@dataclass(frozen=True, slots=True)
class SetName:
    """A protocol and what its `read` is called with: texts, numbers and lists, as JSON has them."""

    protocol: ProtocolName
    arguments: Mapping[str, Any]

    def open(self) -> PublicSet:
        """ValueError where a file is not what the protocol expects; OSError where it cannot be read."""
        # One protocol is imported, not all: a process that scores must not pay for the others.
        read: Callable[..., PublicSet] = import_module(f"tasks.calibration.protocols.{self.protocol}").read
        return read(
            **{key: Path(value) if key in FILES and value else value for key, value in self.arguments.items()}
        )

    @property
    def digest(self) -> str:
        """Of the question and of what its files hold, wherever they lie. OSError where one cannot be read."""
        asked = {
            key: file_digest(Path(value)) if key in FILES and value else value
            for key, value in self.arguments.items()
            if key != HOME
        }
        return digest(self.protocol, asked)

    def identity(self, name: str) -> str:
        """What its scorecard, sweeps and runs are kept under: what people call it, and the question's digest."""
        return f"{name} #{self.digest[:8]}"
