"""What a person sees, on a terminal and where there is none."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from flows.commands.terminal import print_neighbours, print_table, say, tell

PROJECT = Path(__file__).resolve().parents[3]
COLOUR = re.compile(r"\x1b\[[0-9;]*3[1-7][0-9;]*m")
PROGRAM = """
from flows.commands.terminal import live_progress, print_json, print_table, say
with live_progress() as listener:
    listener.started("words: train")
    listener.advanced("words: train", 1, 2)
    listener.finished("words: train", "12 flits")
say("a word to a person", "yellow")
print_table(
    "Spaces",
    ["space", "version", "rows", "verdict", "recall@10", "current"],
    [
        ["words", "2026-03-02-0123456789ab", 1234, "pass", 0.123456, True],
        ["a_space_with_a_long_name", "2026-03-03-0123456789ab", 5, "block", None, False],
    ],
)
"""


@pytest.mark.parametrize(
    ("id_", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("b\n1\t\r", r"b\n1\t\r"),
        ("f\u202e1\u2028", r"f\u202e1\u2028"),
        ("\x9b2J\ufeff", r"\x9b2J\ufeff"),
        ("jürgen 👩\u200d🚀", "jürgen 👩\u200d🚀"),
    ],
)
def test_ids_cannot_act_on_the_terminal(id_: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_table(f"near {id_}", ["id", "score"], [[id_, 0.5]])
    tell(f"near {id_}")
    say(f"near {id_}")
    print_neighbours("space", id_, None, [{"id": id_, "score": 0.5, "text": None}])
    told = "".join(capsys.readouterr())
    assert told.count(shown) >= 3
    assert not set(id_) & {"\x1b", "\t", "\r", "\u202e", "\x9b"} & set(told)


def environment(**changes: str) -> dict[str, str]:
    """Without what decides about colours and width."""
    decides = {
        "NO_COLOR",
        "FORCE_COLOR",
        "TTY_COMPATIBLE",
        "TTY_INTERACTIVE",
        "COLUMNS",
        "LINES",
        "TERM",
        "COLORTERM",
    }
    kept = {key: value for key, value in os.environ.items() if key not in decides}
    return kept | {"PYTHONPATH": str(PROJECT)} | changes


def in_a_pipe(program: str, **changes: str) -> tuple[str, str]:
    """stdout and stderr of a process that has no terminal."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(**changes),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout, done.stderr


def on_a_terminal(program: str, **changes: str) -> str:
    """All that a process writes to a terminal."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env=environment(**changes),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    said = b""
    try:
        while chunk := os.read(ours, 65536):
            said += chunk
    except OSError:  # Linux says so that the other side is closed
        pass
    finally:
        os.close(ours)
    assert process.wait() == 0, said
    return said.decode()


def test_a_pipe_gets_plain_lines_and_results_apart_from_messages() -> None:
    out, err = in_a_pipe(PROGRAM, TERM="xterm-256color")
    assert "\x1b" not in out + err
    assert err.splitlines()[0] == "▸ words: train"
    assert re.fullmatch(r"✓ words: train +12 flits +\d+\.\d s", err.splitlines()[1])
    assert err.splitlines()[2:] == ["a word to a person"]
    lines = out.splitlines()
    assert lines[0].strip() == "Spaces"
    words, long_one = (next(line for line in lines if line.startswith(name)) for name in ("words", "a_space"))
    assert "1,234" in words and "0.123" in words and "yes" in words and "pass" in words
    assert (
        "a_space_with_a_long_name" in long_one and "2026-03-03-0123456789ab" in long_one and "–" in long_one
    )


def test_numbers_stand_right_under_each_other() -> None:
    out, _ = in_a_pipe(PROGRAM)
    words = next(line for line in out.splitlines() if line.startswith("words"))
    long_one = next(line for line in out.splitlines() if line.startswith("a_space"))
    alone = re.search(r" 5 ", long_one)
    assert alone is not None
    assert words.index("1,234") + len("1,234") == alone.start() + 2


@pytest.mark.parametrize("columns", ["40", "72", "200"])
def test_no_name_is_cut_however_narrow_the_terminal(columns: str) -> None:
    said = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", on_a_terminal(PROGRAM, TERM="xterm", COLUMNS=columns))
    for name in ("a_space_with_a_long_name", "2026-03-03-0123456789ab", "0.123"):
        assert name in said, said


def test_a_terminal_shows_colours_only_where_it_can() -> None:
    assert COLOUR.search(on_a_terminal(PROGRAM, TERM="xterm-256color"))
    assert not COLOUR.search(on_a_terminal(PROGRAM, TERM="xterm-256color", NO_COLOR="1"))
    assert not COLOUR.search(on_a_terminal(PROGRAM, TERM="dumb"))


def test_a_document_is_one_whatever_is_in_it() -> None:
    program = (
        "from datetime import date\nfrom flows.commands.terminal import print_json\n"
        "print_json({'day': date(2026, 3, 2), 'text': 'żółw\\n[bold]x[/bold]', 'long': 'y' * 500})"
    )
    out, err = in_a_pipe(program, PYTHONIOENCODING="utf-8")
    assert json.loads(out) == {"day": "2026-03-02", "text": "żółw\n[bold]x[/bold]", "long": "y" * 500}
    assert err == ""


def test_a_row_has_a_cell_for_each_column() -> None:
    with pytest.raises(ValueError, match="T: expected a row of 1 cells, found 2"):
        print_table("T", ["a"], [["1", "2"]])


def test_words_that_look_like_markup_are_words() -> None:
    program = (
        "from flows.commands.terminal import print_table, say\n"
        "say('[red]not a colour[/red]')\nprint_table('T', ['a'], [['[/x] [bold]b']])"
    )
    out, err = in_a_pipe(program)
    assert "[/x] [bold]b" in out
    assert err == "[red]not a colour[/red]\n"


def test_an_address_is_never_folded() -> None:
    long = f"http://127.0.0.1:4200/deployments/deployment/{'1894aeb4-' * 12}/run"
    program = f"from flows.commands.terminal import print_links; print_links('Up', {{'backfill': '{long}'}})"
    out, _ = in_a_pipe(program, COLUMNS="80")
    assert out.splitlines() == ["Up", f"backfill  {long}"]
