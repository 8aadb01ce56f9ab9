"""The page shows what was planted, in the order in which a person needs it, and what is hostile stays text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.comparison.compare_versions import Comparison
from tasks.comparison.gate.judge import Verdict
from tasks.comparison.inputs.input_drift import InputDrift, LeftOutEvents
from tasks.comparison.statistics import Coverage, Frame, Quality, Statistics
from tasks.comparison.vectors.floor import Floor, Multiples
from tasks.comparison.vectors.misplaced_ids import Identity
from tasks.comparison.vectors.movers import Mover
from tasks.comparison.vectors.paired import Paired, Population
from tasks.comparison.vectors.structure import Structure
from tasks.report import Sources, document, facts_of, page, read_facts
from tasks.report.facts import Subject
from tasks.report.numbers import short
from tasks.report.read_facts import FromLogs, Made

Changed = Callable[..., dict[str, Any]]
OPEN = ["breaches", "quality", "map", "movers"]
FOLDED = [
    "movement", "topics", "inputs", "rules", "not-judged", "history", "lineage", "distribution",
]  # fmt: skip
HOSTILE = '<script>alert("f1")</script><img src=x onerror=alert(1)>'


class Read(HTMLParser):
    """A page as a browser takes it apart: elements, their text by section, attributes, tags left open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text: dict[str, str] = {"": ""}
        self.open: list[str] = []
        self.folded: list[str] = []
        self._section = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag == "section" and "id" in dict(attrs):
            self._section = dict(attrs)["id"] or ""
            self.text[self._section] = ""
            self.folded += [self._section] if "details" in self.open else []
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text[self._section] += data


@pytest.fixture
def read(sources: Sources) -> Read:
    return Read(page(read_facts(sources)))


def test_the_verdict_comes_first_and_says_why_and_what_to_do(read: Read) -> None:
    top = read.text[""]
    assert "Held back: row drop 34.6%; the limit is 20.0%" in top
    assert "consumers stay on 2026-03-03-ba9876543210" in top
    assert 'nightjar release flits 2026-03-04-0123456789ab --reason "…"' in top
    assert "look for missing or refused files in nightjar status" in top
    assert "recall@10 0.046 [0.035, 0.059] over 268 birds; better than popularity's 0.005" in top
    breaches = read.text["breaches"]
    assert breaches.index("row drop") < breaches.index("neighbour overlap"), (
        "what blocks stands before what warns"
    )
    assert list(read.text)[1:] == OPEN + FOLDED, "and what a person needs at 3 a.m. before what is folded"
    assert read.folded == FOLDED
    assert read.open == []


PLANTED = [
    (
        "rules",
        ["34.6%", "≤ 20.0%", "43.2%", "≥ 50.0%", "87.0%"],
    ),
    ("not-judged", ["no earlier coverage", "not applicable"]),
    ("quality", ["0.046 [0.035, 0.059]", "+0.041 [+0.028, +0.055]: better than popularity", "268 birds"]),
    (
        "quality",
        ["−0.004 [−0.012, +0.003]: no clear difference from its predecessor", "0.051", "item knn", "0.035"],
    ),
    ("map", ["Both versions on one plane", "where it was", "came", "went", "71 of 71 flits"]),
    (
        "movement",
        ["1.7×", "4.4×", "measured on 2026-03-01", "777 in both versions, 55 came, 33 went", "1.23%"],
    ),
    (
        "movement",
        ["11 ids sit in another's place, of 13 far from their own; 25.0% of the vectors are identical"],
    ),
    ("movement", ["d01", "d02", "this week", "1.2×"]),
    (
        "movers",
        ["a flit of its own", "1,234 events, 56 of them since the predecessor", "an old friend", "4 more"],
    ),
    (
        "topics",
        [
            "ballots",
            "+9.3 pp",
            "2.0%",
            "11.3%",
            "none grew by more than 2.3 pp",
            "17 days",
            "44",
            "+11.0 pp",
            "<b>eclipse",
        ],
    ),
    ("inputs", ["Expected by: same weekday", "03:00, 04:00"]),
    ("inputs", ["1 file fewer", "as on 2026-02-25", "60,000", "3.2%", "0.1%", "987,654", "976,543", "4.6%"]),
    ("inputs", ["2026-03-01 has lost 22.2%", "11.1%"]),
    ("distribution", ["0.654"]),
    ("lineage", ["texts 2026-03-04-cccccccccccc", "params.epochs", "f11e5", "other logs", "the same code"]),
    ("lineage", ["4,242 too few events"]),
    ("movement", ["cosine 0.876", "5.5× the noise, against 2026-02-01-aaaaaaaaaaaa (31 days ago)"]),
    ("history", ["0.041 [0.030, 0.060]", "1.3×", "row drop", "803"]),
]


@pytest.mark.parametrize(("section", "words"), PLANTED)
def test_each_section_shows_what_was_planted(read: Read, section: str, words: list[str]) -> None:
    missing = [word for word in words if word not in read.text[section]]
    assert not missing, read.text[section]


def test_what_is_folded_says_beside_its_title_what_is_in_it(sources: Sources) -> None:
    summaries = re.findall(
        r"<summary><b>(.*?)</b> <span class=.quiet.>(.*?)</span>", page(read_facts(sources))
    )
    assert dict(summaries) == {
        "Movement and noise": "1.7× as far as another seed alone",
        "Topics that grew or shrank": "ballots &lt;/td&gt;&lt;script&gt;x()&lt;/script&gt; +9.3 pp",
        "What came in": "71,234 events on 2026-03-04, 89% of the 80,000 expected",
        "Rules of the gate": "0 of 2 passed",
        "Not judged": "1 rule that had nothing to judge",
        "History": "4 versions, 2 held back",
        "Parameters and lineage": "other logs than the predecessor, the same code",
        "Distribution": "information, no rule looks at it",
    }


def test_hostile_text_and_ids_are_inert(sources: Sources, read: Read) -> None:
    assert HOSTILE in read.text["movers"], "it is shown, letter by letter"
    assert "</td><script>x()</script>" in read.text["topics"]
    assert not {"script", "img", "iframe", "object", "embed", "link", "base", "form"} & set(read.tags)
    assert not [name for _, name, _ in read.attributes if name.startswith("on") or name == "style"]
    assert any(tag == "meta" and value.startswith("default-src 'none'") for tag, _, value in read.attributes)


def test_nothing_is_fetched_from_anywhere(sources: Sources, read: Read) -> None:
    text = page(read_facts(sources))
    assert not re.findall(r"https?://|//[a-z]|@import|url\((?!#)|javascript:", text)
    links = [value for _, name, value in read.attributes if name in ("href", "src", "action", "xlink:href")]
    assert links == [sources.subject.report_before], "the predecessor's report, beside this one"


def test_it_can_be_read_without_eyes(read: Read) -> None:
    assert read.tags.count("h1") == 1 and read.tags.count("main") == 1
    assert ("html", "lang", "en") in read.attributes
    pictures = [value for tag, name, value in read.attributes if tag == "svg" and name == "role"]
    named = [value for tag, name, value in read.attributes if tag == "svg" and name == "aria-label"]
    assert len(pictures) == len(named) > 8 and all(named)
    regions = [value for tag, name, value in read.attributes if tag == "div" and name == "aria-label"]
    assert len(regions) == read.tags.count("table") > 5 and all(regions), "every table scrolls by itself"


def test_bars_begin_at_zero_and_are_as_long_as_their_counts(sources: Sources) -> None:
    chart = (
        page(read_facts(sources)).split("<figcaption>Events by kind</figcaption>")[1].split("</figure>")[0]
    )
    bars = re.findall(r'class="bar" x="30%" .*? width="([\d.]+)%"', chart)
    assert [float(wide) for wide in bars] == pytest.approx([52 * 60 / 70, 52 * 11.234 / 70], abs=0.01)
    assert re.findall(r'class="small">(.*?)<', chart) == ["0", "70,000 events"]


def test_equal_facts_are_equal_bytes_and_survive_json(sources: Sources) -> None:
    facts = read_facts(sources)
    again = json.loads(json.dumps(document(facts), allow_nan=False, sort_keys=True))
    assert facts_of(again) == facts
    assert page(facts_of(again)) == page(facts) == page(read_facts(sources))
    assert len(page(facts).encode()) < 300_000
    with pytest.raises(ValueError, match="format must be 3, found 1"):
        facts_of(again | {"format": 1})


def test_what_took_time_is_not_in_it(sources: Sources) -> None:
    """Seconds differ from run to run, and a version's bytes may not."""
    slower = json.loads(json.dumps(sources.comparison))
    slower["statistics"]["floor"]["seconds"] = 99.5
    assert page(read_facts(replace(sources, comparison=slower))) == page(read_facts(sources))


def test_what_is_not_known_is_left_out_or_said() -> None:
    """The first version of a space that nobody could score."""
    sound = Structure(0, 8, 0, 0, 0, 0)
    bare = Comparison(Statistics(sound, Population(), Coverage(), Quality()), (), Verdict("pass", ()))
    subject = Subject("flits", "2026-03-01-0123456789ab", "2026-03-01", "2026-03-01", "flit", "item2vec", 0)
    facts = read_facts(Sources(subject, bare.as_json(), {"reason": "no event"}, Made({}, {}, "c")))
    read = Read(page(facts))
    assert "Released: " in read.text[""] and "Nothing to do." in read.text[""]
    assert "not measured: no event" in read.text[""] and "Not measured: no event." in read.text["quality"]
    assert list(read.text)[1:] == ["quality", "movement", "lineage"]
    assert facts_of(json.loads(json.dumps(document(facts)))) == facts


def test_what_could_not_be_judged_is_told_by_its_reason(sources: Sources) -> None:
    unsure = {"rule": "beats_popularity", "value": -0.02, "floor": None, "limit": 0.0, "level": "block"}
    rules = [
        unsure | {"outcome": "not_judged", "interval": [-0.1, 0.05], "note": "29 birds scored, 30 needed"}
    ]
    changed = {**sources.comparison, "verdict": "warn", "rules": rules}
    facts = read_facts(replace(sources, comparison=changed))
    said = Read(page(facts)).text[""]
    assert "Released with 1 warning: beats popularity could not be judged: 29 birds scored, 30 needed" in said
    assert facts.rules[0].interval == (-0.1, 0.05)


FLOORS = [
    (Floor.zero(), "draws nothing at random"),
    (Floor("missing", "training the twin failed"), "not known: training the twin failed"),
    (Floor("missing", ""), "The noise floor is not known."),
]


@pytest.mark.parametrize(("floor", "words"), FLOORS)
def test_a_floor_of_zero_or_none_says_so(
    sources: Sources, changed: Changed, floor: Floor, words: str
) -> None:
    without = changed(sources.comparison, floor=floor, multiples=Multiples())
    assert words in Read(page(read_facts(replace(sources, comparison=without)))).text["movement"]


def test_vectors_in_other_coordinates_are_not_said_to_have_moved(sources: Sources, changed: Changed) -> None:
    frame = Frame(False, reason="dimension 64, the predecessor has 128")
    other = changed(sources.comparison, frame=frame, paired=Paired(), identity=Identity()) | {"movers": []}
    read = Read(page(read_facts(replace(sources, comparison=other))))
    assert "may not be compared: dimension 64, the predecessor has 128" in read.text["movement"]
    assert "10 nearest" in read.text["movement"] and "movers" not in read.text


def test_what_is_set_aside_is_told_with_the_way_back(sources: Sources, changed: Changed) -> None:
    aside = LeftOutEvents("flits", "v1", "concentration", "proposed", "2026-03-02", (("bird", "b<7>"),), 1234)
    held = changed(sources.comparison, inputs=replace(inputs_of(sources), set_aside=(aside,)))
    said = Read(page(read_facts(replace(sources, comparison=held)))).text["inputs"]
    assert (
        "Set aside until a person decides, from the night of 2026-03-02 on (concentration): bird b<7>; "
        "counting it in adds 1,234 events" in said
    )
    assert (
        "nightjar release flits v1 --reason …; keeping it out: nightjar discard flits v1 --reason …" in said
    )


def inputs_of(sources: Sources) -> InputDrift:
    return read_facts(sources).statistics.inputs


@given(st.text(max_size=400))
def test_any_text_is_shown_and_never_markup(text: str) -> None:
    sound = Structure(1, 8, 0, 0, 0, 1)
    statistics = Statistics(sound, Population(), Coverage(), Quality(), old_structure=sound)
    compared = Comparison(statistics, (Mover(text, 0.5, (), ()),), Verdict("pass", ()))
    sources = Sources(
        Subject("flits", "v", "2026-03-04", "2026-03-04", "flit", "item2vec", 1, "w"),
        compared.as_json(),
        {},
        Made({"epochs": text}, {}, "c"),
        from_logs=FromLogs({text: text}),
    )
    facts = read_facts(sources)
    written = page(facts)
    written.encode()
    assert "script" not in Read(written).tags and Read(written).open == []
    shown = short(text)
    assert facts.movers[0].text == shown and len(shown) <= 160
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\n  lines\tand \x00 a bell\x07", "two lines and a bell"),
        ("\u202eevil\u202c", "evil"),
        ("half \ud83d of a pair", "half of a pair"),
        ("👩\u200d🚀 flies", "👩\u200d🚀 flies"),
        ("word " * 60, ("word " * 31).strip() + "…"),
    ],
)
def test_one_line_of_what_can_be_shown(text: str, shown: str) -> None:
    assert short(text) == shown
