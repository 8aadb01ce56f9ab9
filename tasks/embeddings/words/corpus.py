"""Texts as codes of their words: what every method that reads words counts from."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array

from tasks.embeddings.words.tokens import tokens
from warehouse.vectors import Ids, as_ids

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class WordCorpus:
    """Some texts, 4 bytes a word in them.

    `flits` in the order in which they came; flit i says `words[codes[starts[i]:starts[i + 1]]]`, perhaps nothing.
    `words` (v,) in code point order; `uses` (v,) how often each is used, at least once where none was taken away.
    """

    flits: Ids
    words: Ids
    codes: NDArray[np.int32]
    starts: NDArray[np.int64]

    @classmethod
    def read(cls, documents: pl.DataFrame) -> WordCorpus:
        """`documents`: flit_id, text (null where there is nothing to read)."""
        texts = ((flit, tokens(text or "")) for flit, text in documents.select("flit_id", "text").iter_rows())
        return cls.of(texts)

    @classmethod
    def of(cls, texts: Iterable[tuple[str, list[str]]]) -> WordCorpus:
        """Texts that are words already, as (flit, words)."""
        numbers: dict[str, int] = {}
        flits, lengths, codes = [], array("q"), array("i")
        for flit, said in texts:
            flits.append(flit)
            lengths.append(len(said))
            codes.extend(numbers.setdefault(word, len(numbers)) for word in said)
        words = as_ids(sorted(numbers))
        # Numbers were given as words came; codes go by their order.
        code = np.empty(len(words), dtype=np.int32)
        code[[numbers[word] for word in words]] = np.arange(len(words), dtype=np.int32)
        return cls(as_ids(flits), words, code[np.asarray(codes)], _starts(np.asarray(lengths)))

    def __len__(self) -> int:
        return len(self.flits)

    def __iter__(self) -> Iterator[list[str]]:
        """The words of each text, as gensim reads them."""
        for start, end in zip(self.starts[:-1], self.starts[1:], strict=True):
            yield self.words[self.codes[start:end]].tolist()

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(flits,) words in each text."""
        return np.diff(self.starts)

    @property
    def uses(self) -> NDArray[np.int64]:
        return np.bincount(self.codes, minlength=len(self.words)).astype(np.int64)

    @property
    def accompanied(self) -> Mask:
        """(words,) which ever stand beside a word, be it the same."""
        beside = np.zeros(len(self.words), dtype=bool)
        beside[self.codes[np.repeat(self.lengths > 1, self.lengths)]] = True
        return beside

    @property
    def spoken(self) -> NDArray[np.int64]:
        """(tokens,) which text each word stands in."""
        return np.repeat(np.arange(len(self.flits)), self.lengths)

    def counts(self) -> csr_array:
        """(flits, words): how often a text uses a word."""
        once = np.ones(len(self.codes), dtype=np.float32)
        # Adding up sorts in place: the codes must keep the order of the text.
        shape = (len(self.flits), len(self.words))
        counted = csr_array((once, self.codes.copy(), self.starts.copy()), shape=shape)
        counted.sum_duplicates()
        return counted

    def with_words(self, kept: Mask) -> WordCorpus:
        """Without the words that are not `kept` (v,): their neighbours close up. Texts stay, though nothing be left."""
        stays = kept[self.codes]
        lengths = np.bincount(self.spoken[stays], minlength=len(self.flits)).astype(np.int64)
        code = (np.cumsum(kept) - 1).astype(np.int32)
        return WordCorpus(self.flits, self.words[kept], code[self.codes[stays]], _starts(lengths))


def most_used(uses: NDArray[np.int64], at_most: int, at_least: int = 1) -> Mask:
    """Which words are used `at_least` so often, only the `at_most` most used; equal ones in the order of words."""
    kept = np.zeros(len(uses), dtype=bool)
    kept[np.argsort(-uses, kind="stable")[:at_most]] = True
    kept &= uses >= at_least
    return kept


def _starts(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
