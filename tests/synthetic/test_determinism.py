"""Same parameters, same bytes: in any process, for any night alone, in any order; other seeds, other bytes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.synthetic import Flutter, SyntheticParameters
from tasks.synthetic.randomness import chunks_of

WORLD = SyntheticParameters(birds=90, nights=3, history_days=8, spam_share=0.2, late_share=0.2)
IN_ANOTHER_PROCESS = """
import sys
from pathlib import Path
from tasks.synthetic import Flutter, SyntheticParameters
flutter = Flutter(SyntheticParameters.model_validate_json(sys.argv[2]))
flutter.land_history(Path(sys.argv[1]))
for day in flutter.nights:
    flutter.land(Path(sys.argv[1]), day)
"""


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("expected")
    flutter = Flutter(WORLD)
    flutter.land_history(folder)
    for day in flutter.nights:
        flutter.land(folder, day)
    return digests(folder)


@pytest.mark.parametrize("hash_seed", ["1", "31337"])
def test_another_process_writes_the_same_bytes(
    tmp_path: Path, expected: dict[str, str], hash_seed: str
) -> None:
    subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS, str(tmp_path), WORLD.model_dump_json()],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "POLARS_MAX_THREADS": "1"},
    )
    assert digests(tmp_path) == expected


def test_nights_in_reverse_order_are_the_same(tmp_path: Path, expected: dict[str, str]) -> None:
    flutter = Flutter(WORLD)
    for day in reversed(flutter.nights):
        flutter.land(tmp_path, day)
    flutter.land_history(tmp_path)
    assert digests(tmp_path) == expected


@pytest.mark.parametrize("night", [0, 1, 2])
def test_a_night_alone_is_the_same(tmp_path: Path, expected: dict[str, str], night: int) -> None:
    flutter = Flutter(WORLD)
    landed = flutter.land(tmp_path, flutter.nights[night])
    assert digests(tmp_path) == {file.path: expected[file.path] for file in landed.files}


def test_another_seed_is_another_world(tmp_path: Path, expected: dict[str, str]) -> None:
    flutter = Flutter(WORLD.model_copy(update={"seed": 8}))
    flutter.land(tmp_path, flutter.nights[0])
    assert not set(digests(tmp_path).values()) & set(expected.values())


def test_more_birds_leave_the_first_chunk_as_it_is() -> None:
    few, many = (
        Flutter(WORLD.model_copy(update={"birds": birds, "birds_per_chunk": 100, "spam_share": None}))
        .truth()
        .birds()
        for birds in (200, 300)
    )
    assert few.equals(many.head(200))


def test_chunks_cover_all_birds_once() -> None:
    found = chunks_of(SyntheticParameters(), 70_000)
    assert [(chunk.number, chunk.start, chunk.stop) for chunk in found] == [
        (0, 0, 32_768), (1, 32_768, 65_536), (2, 65_536, 70_000),
    ]  # fmt: skip
