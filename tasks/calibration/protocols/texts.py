"""Duplicates among titles: does a text find the one that means the same?

Titles are flits. Each title of a pair looks for the other among all titles by cosine, both ways; `within_k` is the
share found at rank ≤ k, `mrr` the mean of 1 / rank, as for duplicate questions in Hoogeveen, Verspoor and Baldwin,
"CQADupStack" (2015). A title without a vector finds nothing and is not found. Intervals: 95 % percentile
bootstrap over pairs.

All titles are learnt from for both parts, since no label is in them; a pair belongs to the validation or the test part
by its hash. A frozen text model may have met the very pairs in its training: that is for its maker's card to say.

Without pairs there is a proxy, `other half`: titles of at least `FEWEST_WORDS` words are cut in the middle, and each
half looks for its other half. No method is shown a whole title then. It tells whether vectors hold what goes
together, not whether they hold what means the same; keep its figures apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array

from tasks.calibration.protocols.protocol import Metrics, Part, Task, shown_name
from tasks.calibration.protocols.ranked import means
from tasks.calibration.protocols.sequence_file import numbered
from tasks.embeddings.contract import Embedding, Inputs, Method
from tasks.evaluation import EvaluationParameters
from tasks.evaluation.intrinsic import Rows, ranks, ranks_in
from warehouse.vectors import Vectors, as_ids

DEPTHS = (1, 10, 100)
FEWEST_WORDS = 6
"""Of a title that is cut in two for want of pairs."""
MOST_HALVES = 4000
"""Titles that are cut: those with the lowest hash."""
QUERIES_AT_A_TIME = 256
PARAMETERS = EvaluationParameters(resamples=1000, confidence=0.95, seed=7)

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class TextSet:
    """`titles`: flit_id, text, ordered by flit_id. `pairs`: those that mean the same."""

    name: str
    titles: pl.DataFrame
    pairs: tuple[Pair, ...]
    headline: str = "within_10"
    baselines: tuple[str, ...] = ("tf_idf_all_words",)

    def task(self, on: Part) -> Task:
        pairs = tuple(pair for pair in self.pairs if part_of(pair) == on)
        if not pairs:
            raise ValueError(f"{self.name}: none of {len(self.pairs)} pairs is in the {on} part; give more")
        hashes = [hashlib.sha256(text.encode()).hexdigest() for text in self.titles["text"]]
        texts = self.titles.select("flit_id", text_hash=pl.Series(hashes, dtype=pl.String))
        return Task(
            Inputs(documents=self.titles, texts=texts),
            partial(_measure, pairs),
            {"tf_idf_all_words": partial(_tf_idf, self.titles, pairs)},
        )


def read(titles: Path, pairs: Path | None = None) -> TextSet:
    """`titles`: lines of id, tab, text; `pairs`: lines of two ids with a tab between. gzip by its suffix.

    ValueError names the file and the line that is not so, or the file in which nothing is.
    """
    frame = pl.DataFrame(
        list(_rows(titles)),
        schema={"flit_id": pl.String, "text": pl.String},
        orient="row",
    ).sort("flit_id")
    if frame.is_empty():
        raise ValueError(f"{titles}: expected lines of id, tab, text, found an empty file")
    repeated = frame.filter(pl.col("flit_id").is_duplicated())["flit_id"]
    if len(repeated):
        raise ValueError(f"{titles}: {repeated[0]!r} stands on two lines; ids name one text each")
    if pairs is None:
        halves, halved = _halved(frame)
        if not halved:
            raise ValueError(
                f"{titles}: expected titles of at least {FEWEST_WORDS} words to cut in two, found none; "
                "give --pairs FILE"
            )
        return TextSet(f"{shown_name(titles)}, other half", halves, halved)
    return TextSet(shown_name(titles), frame, tuple(sorted(_paired(pairs, titles, frame))))


def _paired(pairs: Path, titles: Path, frame: pl.DataFrame) -> set[Pair]:
    """Each pair once, the lesser id first."""
    known, found = set(frame["flit_id"]), set()
    for number, (one, other) in enumerate(_rows(pairs), 1):
        lost = [id_ for id_ in (one, other) if id_ not in known]
        if lost or one == other:
            what = f"{lost[0]!r} is in no line of {titles.name}" if lost else f"{one!r} is paired with itself"
            raise ValueError(f"{pairs}, line {number}: {what}; correct or remove the line")
        found.add((min(one, other), max(one, other)))
    if not found:
        raise ValueError(f"{pairs}: expected lines of two ids, found an empty file")
    return found


def part_of(pair: Pair) -> Part:
    """Half of all pairs each, whatever else is in the file."""
    return "validation" if _hash(*pair) % 2 else "test"


def _rows(path: Path) -> Iterator[Pair]:
    """Both columns of every line."""
    for number, line in numbered(path):
        first, tab, second = line.rstrip("\r\n").partition("\t")
        if not (first and tab and second):
            raise ValueError(
                f"{path}, line {number}: expected two columns with a tab between, found {line.strip()[:40]!r}"
            )
        yield first, second


def _hash(*parts: str) -> int:
    return int.from_bytes(hashlib.sha256("\t".join(parts).encode()).digest()[:8], "big")


def _halved(titles: pl.DataFrame) -> tuple[pl.DataFrame, tuple[Pair, ...]]:
    """The long titles cut in two, as `id/1` and `id/2`, the others whole."""
    words = {flit: text.split() for flit, text in titles.iter_rows()}
    long = sorted((flit for flit, said in words.items() if len(said) >= FEWEST_WORDS), key=_hash)[
        :MOST_HALVES
    ]
    cut = [
        (f"{flit}/{half}", " ".join(part))
        for flit in long
        for half, part in enumerate(
            (words[flit][: len(words[flit]) // 2], words[flit][len(words[flit]) // 2 :]), 1
        )
    ]
    frame = pl.DataFrame(cut, schema=titles.schema, orient="row")
    whole = titles.filter(~pl.col("flit_id").is_in(long))
    return pl.concat([whole, frame]).sort("flit_id"), tuple(
        (f"{flit}/1", f"{flit}/2") for flit in sorted(long)
    )


def _measure(pairs: tuple[Pair, ...], method: Method, embedding: Embedding) -> Metrics:
    if method.entity not in ("flit", "parent"):
        raise ValueError(f"titles are flits: expected rows of entity flit, found {method.entity}")
    vectors = embedding.vectors
    unit = Vectors(vectors.ids, vectors.normalised())
    ways = [
        _ranks(unit, unit.rows(ids), unit.rows(wanted))
        for ids, wanted in (_columns(pairs), _columns(pairs)[::-1])
    ]
    return _metrics(np.stack(ways, axis=1))


def _columns(pairs: Iterable[Pair]) -> tuple[list[str], ...]:
    return tuple(map(list, zip(*pairs, strict=True)))


def _ranks(unit: Vectors, asked: Rows, wanted: Rows) -> NDArray[np.float64]:
    """(pairs,): infinity where either has no vector."""
    found = np.full(len(asked), np.inf)
    there = (asked >= 0) & (wanted >= 0)
    found[there] = ranks(unit.matrix, unit.matrix[asked[there]], wanted[there], asked[there, None])
    return found


def _metrics(both: NDArray[np.float64]) -> Metrics:
    """`both` (pairs, 2): ranks of either way; a pair counts once, by the mean of both."""
    values = {"mrr": (1 / both).mean(axis=1)} | {f"within_{k}": (both <= k).mean(axis=1) for k in DEPTHS}
    return means(list(values), np.stack(list(values.values()), axis=1), values, PARAMETERS)


def _tf_idf(titles: pl.DataFrame, pairs: tuple[Pair, ...]) -> Metrics:
    """TF-IDF over every word of every title, sparse: what vectors of some hundred numbers have to hold up against."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    weights = csr_array(TfidfVectorizer().fit_transform(titles["text"]))
    row = {flit: place for place, flit in enumerate(as_ids(titles["flit_id"]))}
    one, other = (np.array([row[id_] for id_ in ids], dtype=np.int64) for ids in _columns(pairs))
    ways = [_sparse_ranks(weights, asked, wanted) for asked, wanted in ((one, other), (other, one))]
    return _metrics(np.stack(ways, axis=1))


def _sparse_ranks(weights: csr_array, asked: Rows, wanted: Rows) -> NDArray[np.float64]:
    found = [
        ranks_in((weights[asked[part]] @ weights.T).toarray(), wanted[part], asked[part, None])
        for start in range(0, len(asked), QUERIES_AT_A_TIME)
        for part in [slice(start, start + QUERIES_AT_A_TIME)]
    ]
    return np.concatenate(found).astype(np.float64)
