"""What goes wrong is one line and an exit code, never a traceback."""

from __future__ import annotations

import fcntl
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from warehouse.lock import only_writer

if TYPE_CHECKING:
    from tests.end_to_end.place import Place

FAILED, WRONG_USAGE = 1, 2
Ask = Callable[..., Any]
NIGHT = "2026-03-02"
VERSION = f"{NIGHT}-000000000000"
REASON = ("--reason", "a test")


def expect_one_line(finished: Any, code: int, *words: str) -> None:
    """One line on stderr that holds all `words`, nothing on stdout, no traceback."""
    assert finished.code == code, finished
    said = [line for line in finished.messages if line]
    assert len(said) == 1, said
    for word in words:
        assert word in said[0], said[0]
    assert finished.out == ""


CASES = {
    ("neighbours", "nothing", "f1"): (FAILED, "nothing"),
    ("neighbours", "items", "no such flit"): (FAILED, "no such flit"),
    ("neighbours", "items", "f1", "--version", VERSION): (FAILED, VERSION),
    ("neighbours", "items", "f1", "--version", "../../x"): (FAILED, "../../x"),
    ("neighbours", "items", "f1", "-k", 0): (WRONG_USAGE, "-k"),
    ("neighbours", "items", "f1", "--metric", "near"): (WRONG_USAGE, "euclidean"),
    ("neighbours", "items", "no such flit", "--plus", "f1"): (FAILED, "no such flit"),
    ("drift", "nothing"): (FAILED, "nothing"),
    ("drift", "items"): (FAILED, "first version"),
    ("drift", "items", VERSION): (WRONG_USAGE, "OLD"),
    ("drift", "items", VERSION, VERSION): (FAILED, VERSION),
    ("verify", "--space", "nothing"): (FAILED, "nothing"),
    ("status", "--space", "nothing"): (FAILED, "nothing"),
    ("release", "items", VERSION, *REASON): (FAILED, VERSION),
    ("release", "nothing", VERSION, *REASON): (FAILED, "nothing"),
    ("release", "items", VERSION): (WRONG_USAGE, "--reason"),
    ("release", "items", VERSION, "--reason", "  "): (WRONG_USAGE, "reason"),
    ("rollback", "items", *REASON): (FAILED, "items"),
    ("rollback", "items", "--to", VERSION, *REASON): (FAILED, VERSION),
    ("rollback", "nothing", *REASON): (FAILED, "nothing"),
    ("nightly", "--day", "tomorrow"): (WRONG_USAGE, "tomorrow"),
    ("nightly", "--day", "2026-02-30"): (WRONG_USAGE, "2026-02-30"),
    ("nightly", "--night", NIGHT): (WRONG_USAGE, "--night"),
    ("backfill", "--first", "2026-03-03", "--last", NIGHT): (WRONG_USAGE, "--last", NIGHT),
    ("backfill", "--first", NIGHT): (WRONG_USAGE, "--last"),
    ("backfill", "--first", NIGHT, "--last", NIGHT, "--known-as-of", "2026-03-01"): (
        WRONG_USAGE,
        "--known-as-of",
    ),
    ("nightly", "--day", "9999-12-31"): (WRONG_USAGE, "9999-12-31 is not over"),
    ("backfill", "--first", NIGHT, "--last", "9999-12-31"): (WRONG_USAGE, "9999-12-31 is not over"),
    ("backfill", "--first", "0001-01-01", "--last", NIGHT): (WRONG_USAGE, "1970-01-01"),
    ("backfill", "--first", NIGHT, "--last", NIGHT, "--known-as-of", "9999-12-31"): (
        WRONG_USAGE,
        "9999-12-31",
    ),
    ("drift", "../x"): (WRONG_USAGE, "'../x' is no name of a space"),
    ("release", "../x", VERSION, *REASON): (WRONG_USAGE, "'../x' is no name of a space"),
    ("nighty",): (WRONG_USAGE, "nighty"),
}


def test_what_is_asked_wrongly_or_for_what_is_not_there(
    first_night: Place, tools: ModuleType, ask: Ask
) -> None:
    """All in this process, and one of each exit code in a process of its own; nothing of the home changes."""
    before = tools.digests(first_night.home)
    for arguments, (code, *words) in CASES.items():
        expect_one_line(ask(first_night.root, *first_night.words(*arguments)), int(code), *map(str, words))
    for arguments in (("drift", "nothing"), ("nighty",)):
        code, *words = CASES[arguments]
        expect_one_line(first_night.run(*arguments), int(code), *map(str, words))
    after = tools.digests(first_night.home)
    assert {name for name in after if not name.endswith(".lock")} == {
        name for name in before if not name.endswith(".lock")
    }
    assert {name: after[name] for name in before} == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, ("cannot be read", "--config")),
        ("pipelines: {", ("1:", "not valid YAML")),
        ("pipelines: {words: {entity: flit, method: word3vec}}", ("1: pipelines.words.method", "item2vec")),
        ("pipelines: {}\nsorces: {}", ("2: sorces", "sources")),
        ("pipelines: {}\nsources: {clicks: {}}", ("2: sources.clicks", "stream")),
        (
            "pipelines: {}\nsources:\n  birds: {}\n  more: {stream: birds, folder: birds}",
            ("4: sources.more", "folder"),
        ),
    ],
)
def test_a_configuration_that_is_wrong(
    text: str | None, words: tuple[str, ...], landing: Path, tmp_path: Path, tools: ModuleType, ask: Ask
) -> None:
    place = tools.make_place(tmp_path, landing, text or "")
    if text is None:
        place.config.unlink()
    answer = ask(place.root, *place.words("nightly", "--day", NIGHT))
    expect_one_line(answer, WRONG_USAGE, "pipelines.yaml", *words)
    assert not place.home.exists()


def test_a_landing_folder_that_is_empty(tmp_path: Path, tools: ModuleType) -> None:
    place = tools.make_place(tmp_path, tmp_path / "landing", tools.LIGHT)
    expect_one_line(place.run("nightly", "--day", NIGHT), FAILED, "no log landed", "landing")


def test_a_home_without_anything_in_it(tmp_path: Path, tools: ModuleType, ask: Ask) -> None:
    place = tools.make_place(tmp_path, tmp_path / "landing", tools.LIGHT)
    document = ask(place.root, *place.words("status", "--json")).document
    assert set(document["spaces"]) == {"items", "readers"}
    assert all(space["current"] is None for space in document["spaces"].values())
    assert place.run("verify").code == 0
    assert not place.home.exists(), "to look at a home must not make it"


def test_a_home_that_another_run_writes_to(first_night: Place, tmp_path: Path, tools: ModuleType) -> None:
    place = first_night.copy(tmp_path)
    with only_writer(place.home):
        finished = place.run("nightly", "--day", tools.DAYS[1])
    assert finished.code == FAILED
    said = [line for line in finished.messages if line and not line.startswith(("▸ ", "✓ "))]
    assert len(said) == 1 and "another run" in said[0], said
    assert place.seal() == first_night.seal()


def test_a_warehouse_that_another_process_has_open(
    first_night: Place, tmp_path: Path, tools: ModuleType
) -> None:
    place = first_night.copy(tmp_path)
    place.config.write_text(f"{place.config.read_text()}warehouse: {{wait: 5s}}\n")
    with duckdb.connect(place.home / "warehouse.duckdb"):
        finished = place.run("nightly", "--day", tools.DAYS[1])
        assert finished.code == FAILED and finished.out == "", finished
        waiting, refused = finished.messages
        assert "warehouse.duckdb: waiting, at most 5 s" in waiting and "warehouse.duckdb" in refused
        looked = place.run("status", "--json")
        assert looked.code == 0 and looked.document["problem"]
        assert looked.document["spaces"]["items"]["current"]["version"] == first_night.current("items")
        some_id = place_id(place)
        near = place.run("neighbours", "items", some_id, "--json")
        assert near.code == 0 and len(near.document["neighbours"]) == 10
        other = near.document["neighbours"][0]["id"]
        asked = ("--minus", other, "--metric", "euclidean", "-k", 3)
        less = place.run("neighbours", "items", some_id, *asked, "--json").document
        assert less["minus"] == [other] and less["metric"] == "euclidean"
        assert not {some_id, other} & {one["id"] for one in less["neighbours"]}
        distances = [one["score"] for one in less["neighbours"]]
        assert len(distances) == 3 and distances == sorted(distances)


def test_servers_that_cannot_be_started_say_why(tmp_path: Path, landing: Path, tools: ModuleType) -> None:
    place = tools.make_place(tmp_path, landing, tools.LIGHT)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        ports = ("--prefect-port", port, "--mlflow-port", port)
        expect_one_line(place.run("up", *ports), FAILED, str(port), "--prefect-port")
    expect_one_line(place.run("up", NIGHTJAR_AUTH="wren:short"), FAILED, "wren", "12")
    (place.home / "up.lock").write_text("")
    with (place.home / "up.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        expect_one_line(place.run("up"), FAILED, "is up already")
    place.config.write_text("pipelines: {words: {entity: flit, method: telepathy}}\n", encoding="utf-8")
    expect_one_line(place.run("up"), WRONG_USAGE, "pipelines.yaml:1", "telepathy")


def place_id(place: Place) -> str:
    from warehouse import Snapshot

    return str(Snapshot.open(place.snapshots, "items").ids[0])


@pytest.mark.parametrize("name", ["vectors.parquet", "index.faiss", "manifest.json", "current.json"])
def test_a_damaged_byte_is_found(
    name: str, first_night: Place, tmp_path: Path, tools: ModuleType, ask: Ask
) -> None:
    place = tools.make_place(tmp_path, first_night.landing, tools.FULL)
    shutil.copytree(first_night.snapshots, place.snapshots)
    folder = place.snapshots / "items"
    path = next(folder.rglob(name))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(bytes(data))

    checked = place.run("verify", "--json")
    assert checked.code == FAILED and checked.document["sound"] is False
    assert {finding["space"] for finding in checked.document["findings"]} == {"items"}
    assert any(name in finding["file"] for finding in checked.document["findings"]), checked.document
    told = place.run("verify")
    assert told.code == FAILED and name in told.out
    expect_one_line(ask(place.root, *place.words("neighbours", "items", "f1")), FAILED, name)
