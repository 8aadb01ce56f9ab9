"""Cleaned texts: what cleaning keeps, which state holds, how a text is found by its hash."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.features import read_flits, read_text_of, read_texts

NIGHT = date(2026, 3, 10)
INVISIBLE = {0xAD, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF}


def is_word(character: str) -> bool:
    return character == "_" or unicodedata.category(character)[0] in "LMN"


def without_mentions(text: str) -> str:
    """Drop each run of @names that does not follow a word character, an @ or a dot."""
    kept, place = "", 0
    while place < len(text):
        end = place
        if place == 0 or not (is_word(text[place - 1]) or text[place - 1] in "@."):
            while text[end : end + 1] == "@" and end + 1 < len(text) and is_word(text[end + 1]):
                end += 2
                while end < len(text) and is_word(text[end]):
                    end += 1
        kept, place = (kept, end) if end > place else (kept + text[place], place + 1)
    return kept


def clean_naively(text: str) -> str:
    """Character by character, without the library that the query uses."""
    text = "".join(character for character in text if ord(character) not in INVISIBLE)
    text = re.sub(r"(?i)(?a:\b)(?:https?://|www\.)(?:(?!\s)[^\x00-\x1f\x7f-\x9f\u2028\u2029])+", " ", text)
    text = without_mentions(text)
    spaced = "".join(" " if unicodedata.category(c) in {"Cc", "Zs", "Zl", "Zp"} else c for c in text)
    return unicodedata.normalize("NFC", " ".join(word for word in spaced.split(" ") if word))


CASES = {
    "plain": ("Can I visit Antarctica?", "Can I visit Antarctica?"),
    "white space and control characters": ("  a\t\tb\r\n\x00c\u00a0\u2003d\u2028e ", "a b c d e"),
    "normal form": ("Cafe\u0301 A\u030angstro\u0308m", "Café Ångström"),
    "address": ("see https://example.org/a?b=c#d now", "see now"),
    "bare address": ("see www.example.org now, HTTP://EXAMPLE.ORG too", "see now, too"),
    "mention": ("@ada hello @jürgen_1 and @x@y", "hello and"),
    "mail address stays": ("write to ada@example.org", "write to ada@example.org"),
    "hashtag stays": ("#travel in C#", "#travel in C#"),
    "invisible characters": ("fr\u200bee mo\u00adney\ufeff \u202eabc\u202c", "free money abc"),
    "emoji keep their joiners": ("👩\u200d🚀 ok", "👩\u200d🚀 ok"),
    "quotes": ('it\'s "fine" % _ \\1', 'it\'s "fine" % _ \\1'),
    "nothing left": (" @ada https://example.org \n", ""),
    "empty": ("", ""),
}


def cleaned(
    landing: Any, build: Callable[..., Any], read: Callable[..., Any], lines: list[dict[str, Any]]
) -> Any:
    landing.land("flits", "2026-03-10", lines)
    build(landing, NIGHT)
    return read(read_flits, landing, NIGHT)


def test_cleaning(
    landing: Any, build: Callable[..., Any], read: Callable[..., Any], flit: Callable[..., Any]
) -> None:
    lines = [flit(name, "b", "2026-03-10", raw) for name, (raw, _) in CASES.items()]
    flits = cleaned(landing, build, read, lines)
    assert dict(flits.select("flit_id", "text").rows()) == {name: clean for name, (_, clean) in CASES.items()}
    hashes = dict(flits.select("flit_id", "text_hash").rows())
    assert hashes["nothing left"] is None
    assert hashes["empty"] is None
    assert hashes["normal form"] == hashlib.sha256("Café Ångström".encode()).hexdigest()


# Scripts, marks, spaces, controls, invisible characters, emoji; assigned long ago: every library knows them.
characters = st.one_of(
    st.sampled_from("ab@.#:/wW \t\n\x00\x85\u00a0\u00ad\u200b\u200d\u2028\u3000\ufeffé\u0301"),
    st.sampled_from(["http://", "www.", "@ada", "\U0001f600"]),
    st.characters(min_codepoint=0x20, max_codepoint=0x3FF, exclude_categories=["Cn", "Cs"]),
)


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(st.lists(characters, max_size=25).map("".join), min_size=1, max_size=20))
def test_cleaning_is_that_of_a_naive_cleaner(
    shared_landing: Any,
    build: Callable[..., Any],
    read: Callable[..., Any],
    flit: Callable[..., Any],
    texts: list[str],
) -> None:
    shared_landing.clear()
    lines = [flit(f"{number:02}", "b", "2026-03-10", text) for number, text in enumerate(texts)]
    found = cleaned(shared_landing, build, read, lines)["text"].to_list()
    assert found == [clean_naively(text) for text in texts]


def test_the_latest_state_as_known_holds(
    landing: Any, build: Callable[..., Any], read: Callable[..., Any], flit: Callable[..., Any]
) -> None:
    landing.land(
        "flits",
        "2026-03-08T09",
        [flit("f", "b", "2026-03-08", "first"), flit("f", "b", "2026-03-08", "second")],
    )
    landing.land("flits", "2026-03-08T07", [flit("f", "b", "2026-03-08", "earliest")], folder="zoo")
    landing.land(
        "flits", "2026-03-10", [flit("f", "c", "2026-03-08", ""), flit("g", "c", "2026-03-11", "tomorrow")]
    )
    build(landing, NIGHT)

    def known(day: int) -> list[tuple[str, str, str]]:
        flits = read(read_flits, landing, NIGHT, known_as_of=date(2026, 3, day))
        return flits.select("flit_id", "author", "text").rows()

    assert known(7) == []
    assert known(8) == known(9) == [("f", "b", "second")]
    assert known(10) == [("f", "c", "")]
    assert read(read_texts, landing, NIGHT).rows() == [("f", None)]
    assert read(read_texts, landing, NIGHT, until=datetime.fromisoformat("2026-03-08")).rows() == []


def test_a_text_is_found_by_its_hash_once(
    landing: Any, build: Callable[..., Any], flit: Callable[..., Any]
) -> None:
    landing.land("flits", "2026-03-10", [flit(name, "b", "2026-03-10", "same  text") for name in "fg"])
    build(landing, NIGHT)
    name = hashlib.sha256(b"same text").hexdigest()
    with Warehouse.open(landing.home.warehouse) as warehouse:
        assert read_text_of(warehouse, [name, "unknown", name]).rows() == [(name, "same text")]
        assert read_text_of(warehouse, []).is_empty()


@pytest.mark.parametrize("hours", ["2026-03-08T23", "2026-03-09"])
def test_a_day_without_states_changes_nothing(
    landing: Any, build: Callable[..., Any], read: Callable[..., Any], flit: Callable[..., Any], hours: str
) -> None:
    landing.land("flits", "2026-03-08", [flit("f", "b", "2026-03-08", "text")])
    landing.land("flits", hours, [])
    build(landing, NIGHT)
    assert read(read_flits, landing, NIGHT)["text"].to_list() == ["text"]
