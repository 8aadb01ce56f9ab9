"""What a stranger meets: help that fits, mistakes answered in one line, tables that no terminal cuts."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from flows.commands.command_line import cli

Ask = Callable[..., Any]
Shell = Callable[..., "subprocess.CompletedProcess[str]"]
COLOUR = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def on_a_terminal(folder: Path, columns: int, *arguments: str) -> list[str]:
    """The lines that a terminal so wide receives, colours taken off."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.commands.command_line", *arguments],
        cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, env={**kept, "TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(theirs)
    parts = []
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux: the other side is closed
            break
        if not part:
            break
        parts.append(part)
    os.close(ours)
    assert process.wait(60) == 0, b"".join(parts)
    return COLOUR.sub("", b"".join(parts).decode()).replace("\r", "").splitlines()


COMMANDS = [
    [],
    *([name] for name in cli.commands),
    *(
        [name, below]
        for name, group in cli.commands.items()
        if isinstance(group, click.Group)
        for below in group.commands
    ),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_fits_80_columns(
    command: list[str], tmp_path: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    answer = ask(tmp_path, *command, "--help")
    assert answer.code == 0 and max(map(len, answer.out.splitlines())) <= 80


def test_help_fits_a_terminal_of_80_columns(tmp_path: Path) -> None:
    lines = on_a_terminal(tmp_path, 80, "--help")
    assert max(map(len, lines)) <= 80
    assert not [line for line in lines[1:] if line.endswith("...")], "a summary is cut"


@pytest.mark.parametrize("columns", [80, 100, 160])
def test_tables_are_whole_at_any_width(columns: int, demo_folder: Path) -> None:
    lines = on_a_terminal(demo_folder, columns, "status", "--space", "flit_interactions")
    page = "\n".join(lines)
    for word in ("flit_interactions", "recall@10", "popularity", "duplicates", "quarantined"):
        assert word in page, page
    assert re.search(r"2026-03-03-[0-9a-f]{12}", page), "a version must be there to be copied"
    tables = [
        line for line in lines if not line.startswith("2026-03-03-")
    ]  # rules are sentences, and may wrap
    assert max(map(len, tables)) <= columns


SPACES = ("flit_text", "flit_interactions", "bird_interests")


def test_the_demo_publishes_every_space_and_says_where_to_look(demo_folder: Path, shell: Shell) -> None:
    out, err = ((demo_folder / f"demo.{stream}").read_text(encoding="utf-8") for stream in ("out", "err"))
    assert "\x1b" not in out + err, "colours where there is no terminal"
    for space in SPACES:
        versions = [path for path in (demo_folder / "home/snapshots" / space).iterdir() if path.is_dir()]
        assert len(versions) == 2 and space in out
    assert len([line for line in out.splitlines() if line.startswith("2026-03-0")]) == 2
    assert "nightjar status" in out
    assert shell(demo_folder, "nightjar verify").returncode == 0


def test_the_demo_ends_with_neighbours_a_person_can_read(demo_folder: Path) -> None:
    printed = (demo_folder / "demo.out").read_text(encoding="utf-8")
    for space in SPACES:
        heading, said, *near = printed.split(f"\n{space}: near ")[1].split("\n\n")[0].splitlines()
        assert re.fullmatch(r"[fb]\d+", heading) and len(said) > 20
        scores = [float(re.fullmatch(r"  (-?\d\.\d{3})  f\d+  \S.*", line)[1]) for line in near]
        assert len(scores) == 3 and scores == sorted(scores, reverse=True)


MISTAKES = [
    ("nigthly", 2, "Did you mean 'nightly'"),
    ("nightly --day 2026-3-44", 2, "expected a day such as"),
    ("nightly --dya 2026-03-03", 2, "Did you mean '--day'"),
    ("backfill --first 2026-03-03 --last 2026-03-01", 2, "swap them"),
    ("backfill --first 2026-03-03", 2, "--last"),
    ("demo --birds 3", 2, "--birds"),
    ("demo --nights 0", 2, "--nights"),
    ("demo --spam 3", 2, "--spam"),
    ("rollback flit_text", 2, "--reason"),
    ("rollback flit_text --reason ' '", 2, "--reason"),
    ("rollback flit_text --to foo --reason x", 1, "foo"),
    ("release flit_text foo --reason x", 1, "foo"),
    ("release flit_txt 2026-03-03-000000000000 --reason x", 1, "flit_txt"),
    ("drift flit_text 2026-03-02-000000000000", 2, "both versions"),
    ("drift nonsense", 1, "nonsense"),
    ("neighbours flit_text nobody", 1, "'nobody' has no vector"),
    ("neighbours flit_txt f1", 1, "there are: bird_interests, flit_interactions, flit_text"),
    ("status --space nonsense", 1, "there are: flit_text, flit_interactions, bird_interests"),
    ("verify --space nonsense", 1, "there are: bird_interests, flit_interactions, flit_text"),
    ("nightly --day 2026-03-03 --config none.yaml", 2, "--config"),
]


@pytest.mark.parametrize(("mistake", "code", "hint"), MISTAKES)
def test_a_mistake_is_answered_in_one_line(
    mistake: str, code: int, hint: str, demo_folder: Path, ask: Ask
) -> None:
    done = ask(demo_folder, *shlex.split(mistake))
    assert done.code == code, done.err
    assert hint in done.err and done.out == ""
    assert len(done.err.splitlines()) == 1


def test_a_shell_sees_the_same(demo_folder: Path, shell: Shell) -> None:
    mistake, code, hint = MISTAKES[0]
    done = shell(demo_folder, f"nightjar {mistake}")
    assert done.returncode == code and done.stdout == ""
    assert hint in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_model_that_is_not_there_is_a_line_too(folder: Path, shell: Shell) -> None:
    text = (
        (folder / "pipelines.yaml").read_text(encoding="utf-8").replace("all-MiniLM-L6-v2", "no-such/model")
    )
    (folder / "pipelines.yaml").write_text(text, encoding="utf-8")
    done = shell(folder, "nightjar nightly --day 2026-03-03")
    assert done.returncode == 1
    assert "model 'no-such/model'" in done.stderr and "Traceback" not in done.stderr


def test_a_home_without_logs_says_where_to_put_them(folder: Path, shell: Shell) -> None:
    (folder / "fresh/landing/visits").mkdir(parents=True)
    done = shell(folder, "nightjar nightly --day 2026-03-03 --home fresh")
    (line,) = done.stderr.splitlines()
    assert done.returncode == 1 and done.stdout == ""
    assert "fresh/landing/interactions/2026-03-03.jsonl" in line and "visits: no source" in line
    assert not (folder / "fresh/snapshots").exists(), "emptiness is not published"


def test_logs_that_land_later_are_none_yet(folder: Path, shell: Shell) -> None:
    done = shell(folder, "nightjar nightly --day 2026-03-01 --home fresh --landing home/landing")
    assert done.returncode == 1 and "up to 2026-03-01" in done.stderr


def test_a_home_goes_on_without_the_files_it_has_taken_in(folder: Path, shell: Shell) -> None:
    (folder / "home/landing").rename(folder / "archive")
    done = shell(folder, "nightjar nightly --day 2026-03-03")
    assert done.returncode == 0, done.stderr
    assert "every version stands" in done.stderr


def test_the_demo_leaves_other_logs_alone(folder: Path, shell: Shell) -> None:
    real = folder / "real/landing/interactions"
    real.mkdir(parents=True)
    (real / "2026-03-01.jsonl").write_text("{}\n")
    done = shell(folder, "nightjar demo --birds 30 --home real")
    assert done.returncode == 1 and "logs that are not the demo's" in done.stderr
    done = shell(folder, "nightjar demo --birds 31")
    assert done.returncode == 1 and "another --home" in done.stderr
    assert [path.name for path in real.iterdir()] == ["2026-03-01.jsonl"]
