"""A set is what is in its files and what is asked of them, under whatever path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tasks.calibration.protocols.protocol import shown_name
from tasks.calibration.sets import ProtocolName, SetName


def write(path: Path, content: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def test_other_contents_and_other_questions_are_other_sets(tmp_path: Path) -> None:
    one, other = (
        write(tmp_path / "a" / "beauty.txt", "u a b c\n"),
        write(tmp_path / "b" / "beauty.txt", "u a b d\n"),
    )
    asked = [
        SetName("sequences", {"path": str(one)}),
        SetName("sequences", {"path": str(other)}),
        SetName("sequences", {"path": str(one), "profile": {"factor": 0.9}}),
        SetName("ratings", {"path": str(one), "friends": None}),
        SetName("ratings", {"path": str(one), "friends": str(other)}),
    ]
    assert len({of.identity("beauty") for of in asked}) == len(asked)
    assert all(of.identity("beauty").startswith("beauty #") for of in asked)


def test_the_same_contents_elsewhere_are_the_same_set(tmp_path: Path) -> None:
    copies = [write(tmp_path / folder / "titles.tsv", "a\tA\n") for folder in ("one", "two")]
    one, two = (SetName("texts", {"titles": str(path), "pairs": None}) for path in copies)
    assert one.digest == two.digest
    homes = [SetName("logs", {"home": home, "asked": {"day": "2026-01-01"}}) for home in ("/a", "/b")]
    assert homes[0].digest == homes[1].digest != SetName("logs", {"home": "/a", "asked": {}}).digest


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("beauty.v1.txt", "beauty.v1"),
        ("beauty.v2.txt.gz", "beauty.v2"),
        ("titles.tsv", "titles"),
        ("2026.01", "2026.01"),
        (".txt", ".txt"),
    ],
)
def test_only_what_tells_the_format_is_left_out_of_a_name(file: str, name: str) -> None:
    assert shown_name(Path(file)) == name


SETS: list[tuple[ProtocolName, dict[str, str]]] = [
    ("sequences", {"path": "u a b c\nv b c a\n"}),
    ("ratings", {"path": "user\titem\tweight\n" + "".join(f"u\t{item}\t1\n" for item in "abcd")}),
    ("graph", {"edges": "a b\n", "labels": "".join(f"{node} {'xy'[node in 'ab']}\n" for node in "abcdefgh")}),
    (
        "texts",
        {"titles": "".join(f"{number}\tone two three four five six {number}\n" for number in range(9))},
    ),
]


@pytest.mark.parametrize(("protocol", "contents"), SETS, ids=[protocol for protocol, _ in SETS])
def test_a_set_names_its_baselines_before_it_is_split(
    tmp_path: Path, protocol: ProtocolName, contents: dict[str, str]
) -> None:
    files: dict[str, Any] = {
        key: str(write(tmp_path / f"{key}.v1.txt", text)) for key, text in contents.items()
    }
    public = SetName(protocol, files).open()
    assert public.baselines == tuple(public.task("test").baselines)
    assert public.name.startswith(f"{next(iter(files))}.v1")
