"""A home, and an encoder that needs no model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tasks.embeddings.contract import Report
from tasks.embeddings.texts.sentence_transformer import SentenceTransformerParameters
from warehouse.home import Home
from warehouse.vectors import Matrix


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def texts_of(words: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame({"text_hash": [hash_of(word) for word in words], "text": list(words)})


class CountingEncoder:
    """Turns a text into the bytes of its hash; remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(
        self, texts: Sequence[str], parameters: SentenceTransformerParameters, report: Report
    ) -> Matrix:
        self.asked.extend(texts)
        report(len(texts), len(texts))
        return np.array([list(bytes.fromhex(hash_of(text))[:8]) for text in texts], dtype=np.float32)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home", tmp_path / "landing")


@pytest.fixture
def encoder() -> CountingEncoder:
    return CountingEncoder()
