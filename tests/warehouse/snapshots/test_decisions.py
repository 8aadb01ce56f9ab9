from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from warehouse.snapshots import DamagedSnapshotError, Decision
from warehouse.snapshots.canonical import line_bytes
from warehouse.snapshots.decisions import append_decision, read_decisions

VERSION = "2026-01-01-aaaaaaaaaaaa"


def decision(why: str) -> Decision:
    return Decision(
        decision="release", version=VERSION, who="ada", when=datetime.fromisoformat("2026-01-02"), why=why
    )


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "decisions.jsonl"
    append_decision(path, decision("one"))
    append_decision(path, decision("two\nlines, ünd 鳥"))
    return path


def test_no_file_is_no_decision(tmp_path: Path) -> None:
    assert read_decisions(tmp_path / "decisions.jsonl").decisions == ()


def test_what_is_appended_comes_back_in_order(log: Path) -> None:
    read = read_decisions(log)
    assert [entry.why for entry in read.decisions] == ["one", "two\nlines, ünd 鳥"]
    assert read.torn == b""
    assert log.read_bytes().count(b"\n") == 2


def test_a_last_line_cut_anywhere_is_tolerated_reported_and_replaced(log: Path) -> None:
    whole = log.read_bytes()
    start = whole.index(b"\n") + 1
    for length in range(start, len(whole) + 1):
        log.write_bytes(whole[:length])
        read = read_decisions(log)
        complete = length >= len(whole) - 1
        assert len(read.decisions) == 1 + complete
        assert read.torn == (b"" if complete else whole[start:length])
        append_decision(log, decision("three"))
        after = read_decisions(log)
        assert [entry.why for entry in after.decisions[1 + complete :]] == ["three"]
        assert after.torn == b""


def test_a_damaged_line_in_the_middle_is_named(log: Path) -> None:
    log.write_bytes(log.read_bytes().replace(b'"release"', b'"releese"', 1))
    with pytest.raises(DamagedSnapshotError, match=r"decisions.jsonl:1: expected a decision"):
        read_decisions(log)
    with pytest.raises(DamagedSnapshotError):
        append_decision(log, decision("three"))


def test_no_bit_of_a_log_changes_unnoticed(log: Path) -> None:
    whole, expected = log.read_bytes(), read_decisions(log)
    unnoticed = []
    for position in range(len(whole)):
        for bit in range(8):
            log.write_bytes(whole[:position] + bytes([whole[position] ^ (1 << bit)]) + whole[position + 1 :])
            try:
                found = read_decisions(log)
            except DamagedSnapshotError:
                continue
            unnoticed.append((position, bit, found))
    assert unnoticed == [], expected


def test_lines_of_an_earlier_edition_are_taken_and_chained_from_then_on(log: Path) -> None:
    old = b"".join(line_bytes(decision(why).document()) for why in ("one", "two"))
    log.write_bytes(old)
    append_decision(log, decision("three"))
    assert [entry.why for entry in read_decisions(log).decisions] == ["one", "two", "three"]
    log.write_bytes(log.read_bytes().replace(b'"why":"one"', b'"why":"won"'))
    with pytest.raises(DamagedSnapshotError, match=r"decisions.jsonl:3: .*the lines before it"):
        read_decisions(log)


def test_a_line_taken_out_or_put_elsewhere_is_noticed(log: Path) -> None:
    first, second = log.read_bytes().splitlines(keepends=True)
    for lines in (second, second + first, first + first):
        log.write_bytes(lines)
        with pytest.raises(DamagedSnapshotError, match="the lines before it"):
            read_decisions(log)
