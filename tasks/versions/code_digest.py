"""The digest of the code that a version's vectors follow from: its method, the features' SQL, the alignment."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tasks.embeddings.contract import Method
from warehouse.fingerprint import ROOT, digest, file_digest

ROOMS = ("tasks", "warehouse")
FOLLOWED = ("tasks.comparison.vectors.alignment", "warehouse.snapshots.content")
"""Modules that count, beside the method's, with all that they import."""
ALONE = (
    "tasks.stages.encode_texts",
    "tasks.stages.features",
    "tasks.stages.train",
    "tasks.versions.documents",
    "tasks.versions.id_profiles",
    "tasks.versions.inputs",
    "tasks.versions.references",
    "warehouse.duckdb.features",
    "warehouse.duckdb.relations",
)
"""Modules that count by themselves: they read inputs and turn vectors, but they import what tells and judges too."""
SQL = ("warehouse/duckdb/sql/features", "warehouse/duckdb/sql/views")


def code_sha(method: Method) -> str:
    """Hex SHA-256 of the code that decides the vectors of `method`, free of comments, docstrings and layout.

    Code of another method, of the gate, of reports or of commands does not count: it renames no version.
    """
    return _code_sha(frozenset({method.parameters.__module__, method.fit.__module__}))


@cache
def edition() -> str:
    """Hex SHA-256 of all code of tasks and warehouse, byte by byte."""
    files = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*"))
    code = [path for path in files if path.suffix in {".py", ".sql"}]
    return digest([[path.relative_to(ROOT).as_posix(), file_digest(path)] for path in code])


def modules_of(method: Method) -> frozenset[str]:
    """The modules that count for `method`, by their full names."""
    return _modules(frozenset({method.parameters.__module__, method.fit.__module__}))


@cache
def _code_sha(roots: frozenset[str]) -> str:
    modules = [[name, _meaning(name)] for name in sorted(_modules(roots))]
    queries = [
        [path.name, _without_comments(path.read_text(encoding="utf-8"))]
        for folder in SQL
        for path in sorted((ROOT / folder).glob("*.sql"))
    ]
    return digest(modules, queries)


def _modules(roots: frozenset[str]) -> frozenset[str]:
    found, due = set(ALONE), [*roots, *FOLLOWED]
    while due:
        name = due.pop()
        if name not in found and _file_of(name) is not None:
            found.add(name)
            due += _imports(_tree(name))
    return frozenset(found)


def _file_of(module: str) -> Path | None:
    """None where it is a library's, or no module but a name in one."""
    if module.split(".")[0] not in ROOMS:
        return None
    path = ROOT.joinpath(*module.split("."))
    return next((file for file in (path / "__init__.py", path.with_suffix(".py")) if file.is_file()), None)


@cache
def _tree(module: str) -> ast.Module:
    file = _file_of(module)
    if file is None:
        raise FileNotFoundError(
            f"{module}: no module of {' or '.join(ROOMS)}, though it counts as code of versions"
        )
    return ast.parse(file.read_text(encoding="utf-8"))


def _imports(tree: ast.Module) -> Iterator[str]:
    """What a module imports, within functions too, but for what only type checkers see."""
    due: list[ast.AST] = [tree]
    while due:
        node = due.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            due += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        due += ast.iter_child_nodes(node)


@cache
def _meaning(module: str) -> str:
    """The code of a module without comments, layout and every text that stands as a statement."""
    tree = ast.parse(ast.unparse(_tree(module)))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [one for one in body if not _is_text(one)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _without_comments(query: str) -> str:
    """Lines that are comments go, and what white space there is counts as one space."""
    lines = (line for line in query.splitlines() if not line.lstrip().startswith("--"))
    return " ".join(" ".join(lines).split())
