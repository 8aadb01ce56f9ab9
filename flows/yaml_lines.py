"""YAML that remembers where each key stands, and refuses a key given twice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Location = tuple[str | int, ...]

KEYS = 100_000
"""Keys and entries of a file at most."""


class ConfigurationError(ValueError):
    """One line a fault: file, line, key, what was expected and found, remedy."""


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """The content of a YAML file and the line (from 1) of every key and list entry."""

    path: Path
    content: Any
    lines: dict[Location, int]

    def line(self, location: Location) -> int:
        """The line of the deepest part of `location` that stands in the file."""
        for length in range(len(location), 0, -1):
            if location[:length] in self.lines:
                return self.lines[location[:length]]
        return 1


def read_yaml(path: Path) -> YamlDocument:
    """Parse `path`. ConfigurationError where it is missing, not YAML, or gives a key twice."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read ({error.strerror}); name the file with --config or NIGHTJAR_CONFIG"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = " ".join(str(getattr(error, "problem", None) or error).split())
        raise ConfigurationError(f"{path}:{line}: not valid YAML: {problem}; correct that line") from error
    except RecursionError as error:
        raise ConfigurationError(f"{path}: nested too deep to be read; correct its brackets") from error
    lines: dict[Location, int] = {}
    if root is not None:
        _walk(root, (), path, lines)
    return YamlDocument(path, content, lines)


def _note(location: Location, line: int, path: Path, lines: dict[Location, int]) -> None:
    """Keep where a key stands. An alias repeats all that is below it: a few lines can stand for millions of keys."""
    if len(lines) >= KEYS:
        raise ConfigurationError(
            f"{path}:{line}: more than {KEYS:,} keys and entries, aliases counted; expected far fewer; write it plainly"
        )
    lines[location] = line


def _walk(node: yaml.Node, location: Location, path: Path, lines: dict[Location, int]) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*location, key.value)
            line = key.start_mark.line + 1
            if here in lines:
                name = ".".join(map(str, here))
                raise ConfigurationError(
                    f"{path}:{line}: {name}: given twice, first on line {lines[here]}; remove one"
                )
            _note(here, line, path, lines)
            _walk(value, here, path, lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _note((*location, index), value.start_mark.line + 1, path, lines)
            _walk(value, (*location, index), path, lines)
