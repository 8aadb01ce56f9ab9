"""The parts of the docs that follow from the table of rules; `make schema` writes them between their marks."""

from __future__ import annotations

import re
from pathlib import Path

from tasks.comparison.gate.rule import Rule
from tasks.comparison.gate.table import RULES, GateParameters

ROOT = Path(__file__).resolve().parent.parent
MARKED = re.compile(r"(<!-- (rules|rule names) -->\n).*?(\n<!-- /\2 -->)", re.DOTALL)


def written(page: str) -> str:
    """`page` with the marked parts as they should be."""
    parts = {"rules": rule_table(), "rule names": rule_names()}
    return MARKED.sub(lambda found: f"{found[1]}{parts[found[2]]}{found[3]}", page)


def rule_table() -> str:
    """A row a rule: what breaches it, with its default limit, and its default level."""
    rows = [f"| `{rule.name}` | {breach_of(rule)} | {rule.level} |" for rule in RULES.values()]
    return "\n".join(["| rule | breached by | default |", "| --- | --- | --- |", *rows])


def rule_names() -> str:
    """The names of the rules by their default level."""
    lines = (
        f"- **{level}**: {', '.join(f'`{rule.name}`' for rule in RULES.values() if rule.level == level)}"
        for level in ("block", "warn")
    )
    return "\n".join(lines)


def breach_of(rule: Rule) -> str:
    """A breach in words, with the defaults."""
    defaults = GateParameters().of(rule.name).model_dump()
    is_share = rule.kind in ("share", "growth")
    limit = f"{100 * rule.limit:.3g} %" if is_share else f"{rule.limit:g}"
    return rule.breach.format(**{**defaults, "limit": limit})


def main() -> None:
    for name in ("README.md", "docs/gate.md"):
        path = ROOT / name
        path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
