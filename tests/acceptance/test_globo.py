"""Globo's news clicks through a mapping alone: a log in another shape, with late hours and clicks from the future."""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_array

from flows.configuration import load_configuration
from tasks.ingest.ingest_report import LINE_COUNTS
from warehouse import Snapshot

CONFIGURATION = Path(__file__).resolve().parents[2] / "docs" / "sources" / "globo.yaml"
SPACE, LAST_DAY = "flit_interactions", "2017-10-09"
KEY = ["user_id", "session_id", "click_article_id", "click_timestamp"]


@dataclass(frozen=True)
class Globo:
    """A night over all hours, the log as polars reads it, and the published space."""

    command: Any
    night: Any
    clicks: pl.DataFrame
    snapshot: Snapshot


def read_clicks(folder: Path) -> pl.DataFrame:
    """`path`, `moment`, `in_time` (not dated more than a day after its hour) and the key of every click, in order."""
    frames = []
    for path in sorted(folder.iterdir()):
        text = gzip.decompress(path.read_bytes())
        latest = datetime.strptime(path.name[:13], "%Y-%m-%dT%H") + timedelta(hours=1, days=1)  # noqa: DTZ007
        moment = pl.from_epoch(pl.col("click_timestamp").cast(pl.Int64), time_unit="ms")
        frame = pl.read_csv(io.BytesIO(text), infer_schema=False).select(KEY)
        frames.append(
            frame.with_columns(
                moment=moment, in_time=moment <= latest, path=pl.lit(f"{folder.name}/{path.name}")
            )
        )
    return pl.concat(frames)


def overlaps(readers: list[list[str]]) -> np.ndarray:
    """Jaccard's similarity of each two of some sets, of shape (sets, sets)."""
    columns = {user: column for column, user in enumerate(sorted({user for one in readers for user in one}))}
    places = [columns[user] for one in readers for user in one]
    ends = np.cumsum([0, *(len(one) for one in readers)])
    shape = (len(readers), len(columns))
    table = csr_array((np.ones(len(places), np.int64), np.array(places), ends), shape=shape)
    common, sizes = (table @ table.T).toarray(), np.diff(ends)
    return common / (sizes[:, None] + sizes[None, :] - common)


@pytest.fixture(scope="module")
def globo(real_data: Path, nightjar: Any, tmp_path_factory: pytest.TempPathFactory) -> Globo:
    home = tmp_path_factory.mktemp("globo") / "home"
    command = nightjar(home, real_data / "globo", CONFIGURATION)
    night = command("nightly", "--day", LAST_DAY)
    version = night.document["spaces"][SPACE]["version"]
    return Globo(
        command=command,
        night=night,
        clicks=read_clicks(real_data / "globo" / "clicks"),
        snapshot=Snapshot.open(home / "snapshots", SPACE, version),
    )


def test_the_example_declares_the_log_and_one_space() -> None:
    configuration = load_configuration(CONFIGURATION)
    assert list(configuration.sources) == ["clicks"]
    assert list(configuration.pipelines) == [SPACE]


@pytest.mark.acceptance
def test_every_click_is_accounted_for(globo: Globo) -> None:
    ledger = pl.DataFrame(globo.command("status").document["ledger"], infer_schema_length=None)
    assert len(ledger) == 192
    assert set(ledger["state"]) == {"loaded"}
    sums = ledger.select(LINE_COUNTS).sum().row(0, named=True)
    assert sums["lines"] == 1_539_265 == len(globo.clicks)
    assert sums["quarantined"] == len(globo.clicks.filter(~pl.col("in_time")))
    accepted = globo.clicks.filter("in_time")
    assert sums["accepted"] == accepted.select(KEY).n_unique()
    assert sums["duplicates"] + sums["conflicts"] == len(accepted) - sums["accepted"]
    by_file = dict(globo.clicks.group_by("path").agg(pl.col("in_time").not_().sum()).iter_rows())
    for row in ledger.iter_rows(named=True):
        assert row["lines"] == sum(row[count] for count in LINE_COUNTS[1:])
        assert row["quarantined"] == by_file.get(row["path"], 0), row["path"]


@pytest.mark.acceptance
def test_a_header_alone_is_an_hour_without_clicks(globo: Globo) -> None:
    ledger = globo.command("status").document["ledger"]
    (silent,) = (row for row in ledger if row["lines"] == 0)
    assert (silent["path"], silent["state"]) == ("clicks/2017-10-05T07.csv.gz", "loaded")


@pytest.mark.acceptance
def test_a_click_from_the_future_is_kept_with_its_reason(globo: Globo) -> None:
    quarantine = globo.command("status").document["quarantine"]
    assert len(quarantine) == len(globo.clicks.filter(~pl.col("in_time")))
    assert {line["reason"].split(":")[0] for line in quarantine} == {"untimely"}


@pytest.mark.acceptance
def test_the_space_is_published(globo: Globo) -> None:
    outcome = globo.night.document["spaces"][SPACE]
    assert set(globo.night.document["spaces"]) == {SPACE}
    assert globo.night.code == (3 if outcome["verdict"] == "block" else 0)
    assert outcome["current"] == (outcome["verdict"] != "block")
    tonight = pl.col("moment") < pl.lit(LAST_DAY).str.to_datetime() + timedelta(days=1)
    articles = set(globo.clicks.filter("in_time", tonight)["click_article_id"])
    assert set(globo.snapshot.ids) <= articles
    assert len(globo.snapshot) + sum(globo.snapshot.manifest.coverage.values()) == len(articles)


@pytest.mark.acceptance
def test_the_verdict_is_honest_about_popularity(globo: Globo) -> None:
    manifest = globo.snapshot.manifest
    headline = manifest.evaluation["headline"]
    (rule,) = (rule for rule in manifest.gate.rules if rule.rule == "beats_popularity")
    assert headline["birds_scored"] >= 3000
    assert rule.value == pytest.approx(headline["recall_at_10"] - headline["popularity_recall_at_10"])
    assert (rule.outcome == "pass") == (headline["recall_at_10_over_popularity_high"] >= 0)
    assert rule.outcome != "block"


@pytest.mark.acceptance
def test_articles_near_each_other_have_readers_in_common(globo: Globo) -> None:
    """The most read articles share more readers with their five neighbours than with equally read ones."""
    readers = (
        globo.clicks.filter("in_time")
        .group_by("click_article_id")
        .agg(pl.col("user_id").unique())
        .sort(pl.col("user_id").list.len(), "click_article_id", descending=[True, False])
    )
    most = readers.head(400).filter(pl.col("click_article_id").is_in(globo.snapshot.ids.tolist()))
    rows = np.searchsorted(globo.snapshot.ids, most["click_article_id"])
    unit = globo.snapshot.matrix[rows] / np.linalg.norm(globo.snapshot.matrix[rows], axis=1, keepdims=True)
    near = np.argsort(-(unit @ unit.T), axis=1)[:, 1:6]
    overlap = overlaps(most["user_id"].to_list())
    np.fill_diagonal(overlap, np.nan)
    shared = np.take_along_axis(overlap, near, axis=1)
    assert np.nanmean(shared) > 3 * np.nanmean(overlap)


@pytest.mark.acceptance
def test_the_night_again_changes_nothing(globo: Globo) -> None:
    again = globo.command("nightly", "--day", LAST_DAY)
    assert again.code == globo.night.code
    assert again.document["spaces"][SPACE]["reused"]
    assert again.document["spaces"][SPACE]["version"] == globo.snapshot.version
    assert globo.command("verify").document["sound"]
