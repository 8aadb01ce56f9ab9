"""README and docs say what the code says: commands, options, streams, rules, methods, limits, links."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import click
import pytest

from flows.commands.command_line import cli
from flows.configuration import load_configuration
from tasks.embeddings.registry import METHODS
from tasks.ingest.parameters import IngestParameters, Source, logs_of
from tasks.ingest.streams import STREAMS
from warehouse.snapshots import IndexParameters

PAGES = (
    "README.md",
    "docs/methods.md",
    "docs/operate.md",
    "docs/servers.md",
    "docs/snapshots.md",
    "docs/sources.md",
)


def options_of(command: click.Command) -> set[str]:
    return {"--help", "-h"} | {option for parameter in command.params for option in parameter.opts}


def commands_below(command: click.Command) -> list[click.Command]:
    """The command, and where it is a group of commands, those."""
    below = command.commands.values() if isinstance(command, click.Group) else ()
    return [command, *below]


def every_option() -> set[str]:
    every = [one for command in cli.commands.values() for one in commands_below(command)]
    return {"--version"}.union(*map(options_of, every))


def named_by(words: list[str]) -> click.Command:
    """The command that a line calls: `nightjar calibrate graph …` calls graph."""
    command = cli.commands[words[1]]
    if isinstance(command, click.Group) and len(words) > 2:
        assert words[2] in ("…", *command.commands), words
        return command.commands.get(words[2], command)
    return command


@pytest.mark.parametrize("page", PAGES)
def test_commands_and_options_exist(page: str, pages: ModuleType) -> None:
    found = [line for line in pages.commands(page, "nightjar") if not line.startswith("nightjar --")]
    assert found or page == "docs/snapshots.md"
    for line in found:
        words = line.split()
        assert words[1] in ("…", *cli.commands), f"{page}: {line}"
        if words[1] != "…":
            unknown = {word for word in words if re.match(r"--?[a-z]", word)} - options_of(named_by(words))
            assert not unknown, f"{page}: {line}: {unknown}"
    for span in pages.spans(page):
        if re.fullmatch(r"--[a-z-]+( .*)?", span):
            assert span.split()[0] in every_option(), f"{page}: {span}"


def test_the_table_of_commands_is_the_command_line(pages: ModuleType) -> None:
    rows = pages.table_after("README.md", "| command")
    assert [row[0].strip("`").split()[1] for row in rows] == list(cli.commands)


def test_the_table_of_streams_is_the_schema(pages: ModuleType) -> None:
    rows = pages.table_after("README.md", "| stream")
    assert [row[0].strip("`") for row in rows] == list(STREAMS)
    for row in rows:
        stream = STREAMS[row[0].strip("`")]
        listed = re.sub(r"\(([^()]*)\)", "", row[1])
        assert re.findall(r"`(\w+)`", listed) == list(stream.names), stream.name
        required = [field.name for field in stream.fields if field.required]
        assert re.findall(r"\*\*`(\w+)`\*\*", row[1]) == required, stream.name
        for field in stream.fields:
            choices = re.search(rf"`{field.name}`(?:\*\*)? \(((?:`\w+` ?)+)\)", row[1])
            assert tuple(re.findall(r"\w+", choices[1]) if choices else ()) == field.choices, field.name


def test_the_reasons_of_quarantine_are_those_that_ingest_gives(pages: ModuleType) -> None:
    files = ("judgement", "jsonl", "delimited", "parquet", "records")
    code = "".join((pages.ROOT / f"tasks/ingest/{name}.py").read_text(encoding="utf-8") for name in files)
    given = set(re.findall(r'(?<!Refused\()f?"([a-z]+): ', code)) - {"damaged"}
    assert {row[0].strip("`") for row in pages.table_after("docs/sources.md", "| reason")} == given


def test_the_table_of_methods_is_the_registry(pages: ModuleType) -> None:
    assert {row[0].strip("`") for row in pages.table_after("docs/methods.md", "| method")} == set(METHODS)


def test_the_mapping_and_the_limits_are_those_of_ingest(pages: ModuleType, tmp_path: Path) -> None:
    keys = [row[0].strip("`") for row in pages.table_after("docs/sources.md", "| key")]
    assert keys == list(Source.model_fields)
    (block,) = (block for block in pages.blocks("docs/sources.md") if block.text.startswith("ingest:"))
    (tmp_path / "limits.yaml").write_text(block.text, encoding="utf-8")
    assert load_configuration(tmp_path / "limits.yaml").ingest == IngestParameters()
    assert "more than 5 %" in pages.text_of("README.md") and IngestParameters().quarantine_share == 0.05


def test_the_index_begins_where_the_page_says(pages: ModuleType) -> None:
    assert f"from {IndexParameters().minimum_rows:,} rows on" in pages.text_of("docs/snapshots.md")


@pytest.mark.parametrize("page", PAGES)
def test_yaml_is_a_configuration(page: str, pages: ModuleType, tmp_path: Path) -> None:
    for block in pages.blocks(page):
        if block.language == "yaml":
            path = tmp_path / f"{block.line}.yaml"
            path.write_text(block.text, encoding="utf-8")
            logs_of(load_configuration(path).sources)


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[2] / "docs" / "sources").glob("*.yaml")))
def test_declared_logs_are_configurations(path: Path) -> None:
    logs_of(load_configuration(path).sources)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str, pages: ModuleType) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", pages.prose(page)):
        if target.startswith(("http://", "https://")):
            continue
        file, _, anchor = target.partition("#")
        path = (pages.ROOT / page).parent / file if file else pages.ROOT / page
        assert path.exists(), f"{page}: {target}"
        if anchor:
            assert anchor in pages.anchors(path.resolve().relative_to(pages.ROOT).as_posix()), (
                f"{page}: {target}"
            )


def test_nobody_is_told_to_install_our_name_from_an_index(pages: ModuleType) -> None:
    """On PyPI the name belongs to somebody else: Nightjar is installed from its checkout alone."""
    product = [path for room in ("flows", "tasks", "warehouse") for path in (pages.ROOT / room).rglob("*.py")]
    written = [pages.ROOT / "README.md", *(pages.ROOT / "docs").rglob("*.md"), *product]
    install = re.compile(r"(pip|pipx|uv|uvx|poetry|conda)\b[^\n]*\b(install|add|run|uvx)\b[^\n]*\bnightjar\b")
    found = [str(path) for path in written if install.search(path.read_text(encoding="utf-8"))]
    assert not found


@pytest.mark.parametrize("page", PAGES)
def test_files_named_are_there(page: str, pages: ModuleType) -> None:
    for span in pages.spans(page):
        if re.match(r"(flows|tasks|warehouse|tests|docs|benchmarks)/[\w/.]*$", span):
            assert (pages.ROOT / span).exists(), f"{page}: {span}"


def test_the_tree_in_the_readme_is_the_tree(pages: ModuleType) -> None:
    (tree,) = (block.text for block in pages.blocks("README.md") if block.text.startswith("pipelines.yaml  "))
    room = ""
    for line in tree.splitlines():
        name = re.match(r"( *)([\w.]+/?) ", line)
        if name and len(name[1]) <= 2:
            room = name[2] if not name[1] and name[2].endswith("/") else room
            path = pages.ROOT / (name[2] if not name[1] else room + name[2])
            assert path.exists(), line


def test_the_readme_can_be_read_in_one_sitting(pages: ModuleType) -> None:
    assert len(pages.text_of("README.md").splitlines()) <= 350
    assert (pages.ROOT / "docs/report.png").stat().st_size < 300_000
