"""A text is encoded once in its life, however often a night is killed."""

from __future__ import annotations

import runpy
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from tasks.embeddings.interactions.item2vec import Item2VecParameters
from tasks.embeddings.texts.sentence_transformer import SentenceTransformerParameters
from tasks.stages.encode_texts import SHARD_TEXTS, EncodeReport, encode_pending, encode_texts, read_encodings
from warehouse.duckdb.database import Warehouse
from warehouse.encodings import EncodingsError
from warehouse.home import Home

ROOT = Path(__file__).resolve().parents[2]
PARAMETERS = SentenceTransformerParameters()
WORDS = [f"word {n}" for n in range(2 * SHARD_TEXTS + 100)]


@pytest.fixture
def texts() -> pl.DataFrame:
    return _helpers()["texts_of"](WORDS)


def _helpers() -> dict[str, Any]:
    return runpy.run_path(str(Path(__file__).with_name("conftest.py")))


def contents(home: Home) -> dict[str, bytes]:
    return {str(path.relative_to(home.root)): path.read_bytes() for path in home.encodings.rglob("*.*")}


def test_the_next_night_encodes_only_what_it_brings(home: Home, texts: pl.DataFrame, encoder: Any) -> None:
    first, second = texts.head(5000), texts.head(5010).sample(fraction=1, shuffle=True, seed=1)
    assert encode_texts(home, PARAMETERS, first, encode=encoder) == EncodeReport(encoded=5000, reused=0)
    before = contents(home)
    assert encode_texts(home, PARAMETERS, second, encode=encoder) == EncodeReport(encoded=10, reused=5000)
    assert encode_texts(home, PARAMETERS, second, encode=encoder) == EncodeReport(encoded=0, reused=5010)
    assert sorted(encoder.asked) == sorted(WORDS[:5010])
    assert before.items() <= contents(home).items()
    read = read_encodings(home, PARAMETERS, second["text_hash"])
    assert read.matrix.tobytes() == encoder(second.sort("text_hash")["text"], PARAMETERS, print).tobytes()


def test_repeated_and_missing_texts_count_once_and_never(
    home: Home, texts: pl.DataFrame, encoder: Any
) -> None:
    nothing = pl.DataFrame({"text_hash": [None], "text": [""]}, schema=texts.schema)
    repeated = pl.concat([texts.head(3), nothing, texts.head(2)])
    assert encode_texts(home, PARAMETERS, repeated, encode=encoder) == EncodeReport(encoded=3, reused=0)


def test_a_hash_of_two_texts_is_refused(home: Home, encoder: Any) -> None:
    clash = pl.DataFrame({"text_hash": ["0a", "0a"], "text": ["one", "other"]})
    with pytest.raises(ValueError, match="1 text hashes stand for two texts, the first is '0a'"):
        encode_texts(home, PARAMETERS, clash, encode=encoder)


def test_progress_counts_texts(home: Home, texts: pl.DataFrame, encoder: Any) -> None:
    steps: list[tuple[int, int]] = []
    encode_texts(home, PARAMETERS, texts, lambda done, total: steps.append((done, total)), encoder)
    assert steps == [(SHARD_TEXTS, len(WORDS)), (2 * SHARD_TEXTS, len(WORDS)), (len(WORDS), len(WORDS))]


def test_killed_between_two_shards_it_ends_in_the_same_bytes(
    home: Home, tmp_path: Path, texts: pl.DataFrame, encoder: Any
) -> None:
    """The encoder of the first run kills its process, as hard as can be, while the second shard is under way."""
    encode_texts(home, PARAMETERS, texts, encode=encoder)
    killed = Home(tmp_path / "killed", tmp_path / "landing")
    script = """
import os, runpy, signal, sys
from pathlib import Path
from tasks.stages.encode_texts import encode_texts
from tasks.embeddings.texts.sentence_transformer import SentenceTransformerParameters
from warehouse.home import Home
helpers, module = runpy.run_path(sys.argv[1]), runpy.run_path(sys.argv[2])
encoder = helpers["CountingEncoder"]()
def deadly(texts, parameters, report):
    if encoder.asked:
        os.kill(os.getpid(), signal.SIGKILL)
    return encoder(texts, parameters, report)
home = Home(Path(sys.argv[3]), Path(sys.argv[3]))
encode_texts(home, SentenceTransformerParameters(), helpers["texts_of"](module["WORDS"]), encode=deadly)
"""
    arguments = [str(Path(__file__).with_name("conftest.py")), __file__, str(killed.root)]
    finished = subprocess.run([sys.executable, "-c", script, *arguments], cwd=ROOT, check=False)
    assert finished.returncode == -9
    assert len(contents(killed)) == 1
    asked_before = len(encoder.asked)
    report = encode_texts(killed, PARAMETERS, texts, encode=encoder)
    assert report == EncodeReport(encoded=len(WORDS) - SHARD_TEXTS, reused=SHARD_TEXTS)
    assert len(encoder.asked) - asked_before == report.encoded
    assert contents(killed) == contents(home)


def test_a_damaged_shard_is_encoded_again_to_the_same_bytes(
    home: Home, texts: pl.DataFrame, encoder: Any
) -> None:
    encode_texts(home, PARAMETERS, texts, encode=encoder)
    whole = contents(home)
    victim = sorted(home.encodings.rglob("*.parquet"))[1]
    victim.write_bytes(victim.read_bytes()[:-3])
    report = encode_texts(home, PARAMETERS, texts, encode=encoder)
    assert report.encoded in {SHARD_TEXTS, 100}
    assert contents(home) == whole


def test_the_model_makes_the_store(home: Home, texts: pl.DataFrame, encoder: Any) -> None:
    shorter = SentenceTransformerParameters(max_tokens=16)
    faster = SentenceTransformerParameters(batch_size=256, threads=1)
    encode_texts(home, PARAMETERS, texts.head(5), encode=encoder)
    assert encode_texts(home, shorter, texts.head(5), encode=encoder).encoded == 5
    assert encode_texts(home, faster, texts.head(5), encode=encoder).encoded == 0


def test_a_night_without_a_text_never_imports_torch(home: Home, texts: pl.DataFrame, encoder: Any) -> None:
    encode_texts(home, PARAMETERS, texts.head(50), encode=encoder)
    script = """
import runpy, sys
from pathlib import Path
from tasks.stages.encode_texts import encode_texts, read_encodings
from tasks.embeddings.texts.sentence_transformer import SentenceTransformerParameters
from warehouse.home import Home
helpers, module = runpy.run_path(sys.argv[1]), runpy.run_path(sys.argv[2])
texts, home = helpers["texts_of"](module["WORDS"][:50]), Home(Path(sys.argv[3]), Path(sys.argv[3]))
print(encode_texts(home, SentenceTransformerParameters(), texts))
print(len(read_encodings(home, SentenceTransformerParameters(), texts["text_hash"])))
print(len(read_encodings(Home(Path(sys.argv[3]) / "empty", home.landing), SentenceTransformerParameters(), [])))
print([name for name in ("torch", "sentence_transformers", "transformers") if name in sys.modules])
"""
    arguments = [str(Path(__file__).with_name("conftest.py")), __file__, str(home.root)]
    finished = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert finished.stdout.splitlines() == ["EncodeReport(encoded=0, reused=50)", "50", "0", "[]"]


def test_the_real_model_writes_what_it_reads(home: Home) -> None:
    texts = _helpers()["texts_of"](["Night train to Lisbon", "A night train to Lisbon"])
    assert encode_texts(home, PARAMETERS, texts).encoded == 2
    one, other = read_encodings(home, PARAMETERS, texts["text_hash"]).matrix
    assert one @ other > 0.9
    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-5)


def test_the_stage_fetches_and_encodes_what_the_night_brought(home: Home) -> None:
    """As known on the day: of a flit's two states the later one is read, and what landed afterwards is not."""
    rows = [("2024-05-01", "f1", "Ferry to Crete"), ("2024-05-02", "f1", "Ferry to Corfu"),
            ("2024-05-01", "f2", ""), ("2024-05-03", "f3", "Visa for Laos")]  # fmt: skip
    hash_of = _helpers()["hash_of"]
    with Warehouse.open(home.warehouse) as warehouse:
        for day, flit, text in rows:
            warehouse.execute(
                "INSERT INTO core_flit_text VALUES ($day, $flit, 'b', $day, NULL, $text, $hash)",
                {"day": day, "flit": flit, "text": text, "hash": hash_of(text) if text else None},
            )
    assert encode_pending(home, _plan(2)) == EncodeReport(encoded=1, reused=0)
    assert encode_pending(home, _plan(2)) == EncodeReport(encoded=0, reused=1)
    assert encode_pending(home, _plan(3)) == EncodeReport(encoded=1, reused=1)
    assert len(read_encodings(home, PARAMETERS, map(hash_of, ["Ferry to Corfu", "Visa for Laos"]))) == 2
    with pytest.raises(EncodingsError, match="1 of 1 texts have no vector"):
        read_encodings(home, PARAMETERS, [hash_of("Ferry to Crete")])


def test_other_methods_have_nothing_to_encode(home: Home) -> None:
    assert encode_pending(home, _plan(2, Item2VecParameters())) == EncodeReport(encoded=0, reused=0)
    assert not home.warehouse.exists()


def _plan(day: int, parameters: Any = PARAMETERS) -> Any:
    """As much of a `Plan` as the stage looks at."""
    that_day = date(2024, 5, day)
    return SimpleNamespace(
        space="flit_text", day=that_day, known_as_of=that_day, pipeline=SimpleNamespace(params=parameters)
    )
