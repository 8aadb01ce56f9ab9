"""Travel Stack Exchange as Flutter's logs, night after night through the command line.

One home lives through the nights of `Story`; the tests look at what each of them left.
"""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from tasks.ingest.ingest_report import LINE_COUNTS
from warehouse import Snapshot

pytestmark = pytest.mark.acceptance

SPACES = {"flit_text", "flit_interactions", "bird_interests"}
LAST_DAY, NEXT_DAY = date(2015, 12, 31), date(2016, 1, 1)
PAST = [date(2015, 12, 29), date(2015, 12, 30)]
FRESH, VISITOR = "f99999999", "b99999999"
FRESH_TEXT = "Can I get a refund for a cancelled night train ticket?"
BY_THE_PUBLISHED_PROTOCOL = Path(__file__).resolve().parents[2] / "benchmarks" / "travel_december.yaml"
"""The default pipelines, but birds are scored as the figures with the data were: cut at 2015-12-01."""

Digests = Callable[[Path], dict[str, str]]


@dataclass(frozen=True)
class Story:
    """What a home lived through: `first` and `again` are the same night; what `snapshots/` held after each step."""

    command: Any
    first: Any
    after_first: dict[str, str]
    again: Any
    after_again: dict[str, str]
    december: Any
    pointers: dict[str, dict[str, Any]]
    past: Any
    pointers_after_past: dict[str, dict[str, Any]]
    encoded: dict[str, str]
    next: Any
    encoded_after_next: dict[str, str]

    @property
    def home(self) -> Path:
        home: Path = self.command.home
        return home

    def snapshot(self, space: str, night: dict[str, Any]) -> Snapshot:
        """The version that a night made."""
        return Snapshot.open(self.home / "snapshots", space, night["spaces"][space]["version"])


@pytest.fixture(scope="module")
def story(
    real_data: Path, nightjar: Any, digests: Digests, tmp_path_factory: pytest.TempPathFactory
) -> Story:
    folder = tmp_path_factory.mktemp("travel")
    landing = Path(shutil.copytree(real_data / "travel", folder / "landing", copy_function=shutil.copyfile))
    home, command = folder / "home", nightjar(folder / "home", landing)
    first = command("nightly", "--day", LAST_DAY)
    after_first = digests(home / "snapshots")
    again = command("nightly", "--day", LAST_DAY)
    after_again = digests(home / "snapshots")
    december = command("nightly", "--day", LAST_DAY, config=BY_THE_PUBLISHED_PROTOCOL)
    pointers = read_pointers(home)
    past = command("backfill", "--first", PAST[0], "--last", PAST[-1])
    pointers_after_past = read_pointers(home)
    encoded = digests(home / "encodings")
    land_next_day(landing)
    following = command("nightly", "--day", NEXT_DAY)
    return Story(
        command=command,
        first=first,
        after_first=after_first,
        again=again,
        after_again=after_again,
        december=december,
        pointers=pointers,
        past=past,
        pointers_after_past=pointers_after_past,
        encoded=encoded,
        next=following,
        encoded_after_next=digests(home / "encodings"),
    )


def read_pointers(home: Path) -> dict[str, dict[str, Any]]:
    return {
        space: json.loads((home / "snapshots" / space / "current.json").read_text(encoding="utf-8"))
        for space in sorted(SPACES)
    }


def land_next_day(landing: Path) -> None:
    """A fresh question, a bird nobody knew who answers it, a late event, a line that landed before, a blank one."""
    landed = [json.loads(line) for line in lines_of(landing / "interactions" / f"{LAST_DAY}.jsonl.gz")]
    flit = {
        "flit_id": FRESH,
        "bird_id": landed[0]["bird_id"],
        "posted_at": f"{NEXT_DAY}T08:00:00Z",
        "text": FRESH_TEXT,
    }
    answer = {
        "event_id": "answer",
        "occurred_at": f"{NEXT_DAY}T09:00:00Z",
        "bird_id": VISITOR,
        "flit_id": FRESH,
        "kind": "reply",
    }
    late = {
        **answer,
        "event_id": "late",
        "occurred_at": "2015-12-20T09:00:00Z",
        "flit_id": landed[0]["flit_id"],
    }
    events = [json.dumps(answer), json.dumps(late), json.dumps(landed[0]), ""]
    (landing / "flits" / f"{NEXT_DAY}.jsonl").write_text(json.dumps(flit) + "\n", encoding="utf-8")
    (landing / "interactions" / f"{NEXT_DAY}.jsonl").write_text("\n".join(events) + "\n", encoding="utf-8")


def lines_of(path: Path) -> list[bytes]:
    """The lines of a landed text file."""
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).splitlines()


def count_lines(path: Path) -> int:
    return pq.read_metadata(path).num_rows if path.suffix == ".parquet" else len(lines_of(path))


def landed_by(landing: Path, stream: str, day: date) -> pl.DataFrame:
    """The ids in files that landed on or before `day`, read without the product's help."""
    frames = []
    for path in sorted((landing / stream).iterdir()):
        if path.name[:10] > day.isoformat():
            continue
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path)
        else:
            frame = pl.DataFrame([json.loads(line) for line in lines_of(path) if line.strip()])
        frames.append(frame.select(pl.col(name) for name in ("flit_id", "bird_id") if name in frame.columns))
    return pl.concat([frame for frame in frames if len(frame)])


def known_ids(landing: Path, entity: str, day: date) -> set[str]:
    """Every flit that was posted or touched; every bird that joined, posted or touched."""
    streams = ("flits", "interactions") if entity == "flit" else ("flits", "interactions", "birds")
    return {id_ for stream in streams for id_ in landed_by(landing, stream, day)[f"{entity}_id"]}


def test_an_empty_home_publishes_three_spaces(story: Story) -> None:
    spaces = story.first.document["spaces"]
    assert set(spaces) == SPACES
    blocked = [name for name, outcome in spaces.items() if outcome["verdict"] == "block"]
    assert story.first.code == (3 if blocked else 0)
    for name, outcome in spaces.items():
        assert outcome["version"].startswith(f"{LAST_DAY}-")
        assert outcome["current"] == (name not in blocked)
        assert not outcome["reused"]
    assert not blocked


def test_every_line_of_every_file_is_accounted_for(story: Story) -> None:
    landing = story.command.landing
    ledger = {row["path"]: row for row in story.command("status").document["ledger"]}
    landed = {path.relative_to(landing).as_posix(): path for path in landing.rglob("*.*") if path.is_file()}
    assert set(ledger) == set(landed)
    for name, path in landed.items():
        row = ledger[name]
        assert row["state"] == "loaded"
        assert row["lines"] == count_lines(path), name
        assert row["lines"] == sum(row[count] for count in LINE_COUNTS[1:]), name
    taken_in = story.first.document["ingest"]
    assert taken_in["lines"] == taken_in["accepted"] == 106_709 + 14_000 + 22_542
    assert taken_in["refused"] == 0


@pytest.mark.parametrize(
    ("space", "entity"), [("flit_text", "flit"), ("flit_interactions", "flit"), ("bird_interests", "bird")]
)
def test_every_known_id_has_a_vector_or_a_reason(story: Story, space: str, entity: str) -> None:
    snapshot = story.snapshot(space, story.first.document)
    known = known_ids(story.command.landing, entity, LAST_DAY)
    assert set(snapshot.ids) <= known
    assert len(snapshot) + sum(snapshot.manifest.coverage.values()) == len(known)


def test_the_same_night_again_is_the_same_version_in_the_same_bytes(story: Story) -> None:
    assert story.again.code == story.first.code
    assert story.after_again == story.after_first
    assert all(outcome["reused"] for outcome in story.again.document["spaces"].values())
    assert story.again.document["ingest"]["read"] == 0
    assert "prefect" not in story.again.said


def test_birds_find_what_they_will_read(story: Story) -> None:
    """Cut at 2015-12-01, at least 5 earlier flits, own flits excluded, December's flits are the candidates."""
    assert story.december.document["spaces"]["flit_text"]["reused"]
    evaluation = story.snapshot("december", story.december.document).manifest.evaluation
    assert evaluation["cut"] == "2015-12-01T00:00:00"
    assert evaluation["counts"]["birds"] == 242
    assert evaluation["counts"]["candidates"] == 396
    assert evaluation["headline"]["recall_at_10"] >= 0.14
    assert evaluation["headline"]["recall_at_10_over_best_baseline_low"] > 0


@pytest.mark.parametrize("space", ["flit_text", "bird_interests"])
def test_what_is_published_beats_popularity(story: Story, space: str) -> None:
    headline = story.snapshot(space, story.first.document).manifest.evaluation["headline"]
    assert headline["recall_at_10"] > headline["popularity_recall_at_10"]


def test_a_verdict_says_so_where_popularity_is_not_beaten(story: Story) -> None:
    for night in (story.first.document, *story.past.document["nights"], story.next.document):
        for space in SPACES:
            manifest = story.snapshot(space, night).manifest
            rules = {rule.rule: rule.outcome for rule in manifest.gate.rules}
            surely_worse = manifest.evaluation["headline"]["recall_at_10_over_popularity_high"] < 0
            assert (rules["beats_popularity"] == "pass") != surely_worse, (space, manifest.version)


def test_a_refund_question_is_near_refund_questions(story: Story) -> None:
    near = story.command("neighbours", "flit_text", "f60615").document["neighbours"]
    about = [neighbour for neighbour in near if "refund" in neighbour["text"].lower()]
    assert len(near) == 10
    assert len(about) >= 7


def test_a_backfill_sees_what_was_known_on_its_days_and_overtakes_nobody(story: Story) -> None:
    nights = story.past.document["nights"]
    assert [night["day"] for night in nights] == [day.isoformat() for day in PAST]
    assert story.pointers_after_past == story.pointers
    for day, night in zip(PAST, nights, strict=True):
        for space in SPACES:
            manifest = story.snapshot(space, night).manifest
            assert (manifest.day, manifest.known_as_of, manifest.backfilled) == (day, day, True)
        texts = story.snapshot("flit_text", night)
        assert set(texts.ids) == set(landed_by(story.command.landing, "flits", day)["flit_id"])
    first, second = (night["spaces"] for night in nights)
    for space in SPACES:
        assert story.snapshot(space, nights[0]).manifest.parent_version is None
        parent = story.snapshot(space, nights[1]).manifest.parent_version
        assert parent == first[space]["version"]
        assert second[space]["version"] != parent


def test_the_next_night_follows_the_night(story: Story) -> None:
    taken_in = story.next.document["ingest"]
    counts = {
        key: taken_in[key] for key in ("read", "lines", "accepted", "duplicates", "quarantined", "blank")
    }
    assert counts == {"read": 2, "lines": 5, "accepted": 3, "duplicates": 1, "quarantined": 0, "blank": 1}
    added = set(story.encoded_after_next.items()) - set(story.encoded.items())
    assert story.encoded.items() <= story.encoded_after_next.items()
    (shard,) = (path for path, _ in added)
    assert pq.read_metadata(story.home / "encodings" / shard).num_rows == 1


def test_the_next_night_is_compared_with_the_night_before(story: Story) -> None:
    for space in SPACES:
        before = story.snapshot(space, story.first.document).manifest
        manifest = story.snapshot(space, story.next.document).manifest
        assert manifest.parent_version == before.version
        assert manifest.space_id == before.space_id
        assert manifest.drift["statistics"]["paired"]["cosine"]["mean"] > 0.9
        assert manifest.gate.verdict != "block"
    current = read_pointers(story.home)
    for space, before in story.pointers.items():
        assert current[space]["version"] == story.next.document["spaces"][space]["version"]
        assert current[space]["sequence"] == before["sequence"] + 1


def test_a_fresh_flit_reaches_a_bird_on_its_first_night(story: Story) -> None:
    texts = story.snapshot("flit_text", story.next.document)
    birds = story.snapshot("bird_interests", story.next.document)
    assert FRESH in texts
    near = story.command("neighbours", "flit_text", FRESH).document["neighbours"]
    assert sum("refund" in neighbour["text"].lower() for neighbour in near) >= 5
    wanted = [neighbour.id for neighbour in texts.nearest(birds.vector(VISITOR), k=20)]
    assert FRESH in wanted
    scores = texts.matrix @ birds.matrix[:: max(1, len(birds) // 500)].T
    fresh = scores[np.searchsorted(texts.ids, FRESH)]
    assert np.isfinite(fresh).all()
    assert (scores >= fresh).sum(axis=0).min() <= 100


def test_everything_published_reads_back_as_it_was_written(story: Story) -> None:
    verified = story.command("verify").document
    assert verified["sound"]
    assert verified["findings"] == []
    assert {name: len(versions) for name, versions in verified["spaces"].items()} == {
        **dict.fromkeys(SPACES, 2 + len(PAST)),
        "december": 1,
    }
