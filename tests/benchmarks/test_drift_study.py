"""The study of the gate in small: nights by the real stages, faults by the real functions, rates with intervals."""

from __future__ import annotations

import polars as pl
import pytest

from benchmarks.drift_study.logs import ITEM2VEC, Log
from benchmarks.drift_study.nights import SPACE, WARM_UP, run_nights, take_in
from benchmarks.drift_study.table import HEALTHY, print_table, rate, wilson
from benchmarks.drift_study.trials import Outcome, Subject, outcome_of, written
from flows.configuration import Configuration
from tasks.comparison.gate.judge import RuleResult
from tasks.synthetic import Flutter, SyntheticParameters
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.features import read_text_of
from warehouse.duckdb.log_profile import read_new_texts
from warehouse.home import Home

WORLD = SyntheticParameters(birds=100, nights=6, history_days=14, interactions_per_bird=10, trend_height=0)


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    """The last of four nights of a small Flutter, and two days of the log after it."""
    folder, flutter = tmp_path_factory.mktemp("study"), Flutter(WORLD)
    flutter.land_history(folder / "landing")
    for day in flutter.nights:
        flutter.land(folder / "landing", day)
    space = {**ITEM2VEC, "window": "14d", "params": {"dimensions": 16, "epochs": 8}}
    space["evaluate"] = {"hold_out": "2d", "min_history": 2}
    sources: dict[str, dict[str, str]] = {"interactions": {}, "flits": {}, "birds": {}}
    configuration = Configuration.model_validate({"sources": sources, "pipelines": {SPACE: space}})
    log = Log("small", folder / "landing", configuration, tuple(flutter.nights[:4]))
    manifests = list(run_nights(log, folder / "home"))
    assert [manifest.day for manifest in manifests] == list(flutter.nights[WARM_UP:4])
    home = Home(folder / "home", folder / "landing")
    take_in(home, configuration, flutter.nights[-1])
    return Subject(log, home, manifests[-1])


def test_faults_are_caught_and_other_axes_pass(subject: Subject) -> None:
    cases = ["rotate", "other_seed", "stale", "zeroed", "lose_30", "trend"]
    verdicts = {outcome.case: outcome for outcome in subject.trials(cases, seed=1)}
    assert len(verdicts) == len(cases)
    found = {case: outcome.verdict for case, outcome in verdicts.items()}
    assert found["pure rotation"] == "pass" and found["same data, other seed"] != "block"
    assert found["stale copy"] == found["10 % of the dimensions zeroed"] == "block"
    assert "events_lost" in verdicts["30 % of the log lost"].rules
    assert verdicts["stale copy"].harm in (True, False)
    trend = verdicts["a topic takes 10 % of the day"]
    assert trend.verdict != "block" and trend.named is True


def test_a_text_that_is_written_otherwise_is_counted_as_a_night_counts(subject: Subject) -> None:
    day = subject.manifest.day
    with Warehouse.open(subject.home.warehouse) as warehouse:
        counted = read_new_texts(warehouse, day, day, days=14, most=1000).drop_nulls("text_hash")
        said = read_text_of(warehouse, counted["text_hash"].unique())
    again = (
        counted.select("flit_id", "text_hash")
        .join(said, on="text_hash")
        .with_columns(**written(pl.col("text")))
    )
    traits = ["flit_id", "characters", "letters", "capitals", "latin"]
    assert len(counted) > 100 and counted["capitals"].sum() > 0
    assert (
        again.select(traits)
        .sort("flit_id")
        .equals(counted.select(traits).sort("flit_id").cast(dict.fromkeys(traits[1:], pl.UInt32)))
    )


def test_every_rule_counts() -> None:
    rules = [
        RuleResult("misplaced", 3, None, 1, "block", "warn"),
        RuleResult("beats_popularity", -0.1, None, 0.0, "block", "block"),
        RuleResult("rows", 3, None, 1, "warn", "pass"),
    ]
    judged = outcome_of("log", "case", "night", rules)
    assert (judged.verdict, judged.rules) == ("block", ("beats_popularity", "misplaced"))


def test_the_interval_of_wilson() -> None:
    """Against the values of scipy.stats.binomtest(k, n).proportion_ci(method="wilson")."""
    from scipy.stats import binomtest

    for hits, count in ((0, 20), (1, 31), (19, 20), (20, 20), (300, 301)):
        low, high = binomtest(hits, count).proportion_ci(method="wilson")
        assert wilson(hits, count) == pytest.approx((low, high), abs=1e-4)


def test_the_table_counts(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = [Outcome(f"globo, sample {n % 2}", HEALTHY, "2017-10-04", "pass", ()) for n in range(19)]
    outcomes.append(Outcome("globo, sample 0", HEALTHY, "2017-10-05", "warn", ("day_volume",)))
    assert rate(outcomes, lambda one: one.verdict != "pass").startswith("5% [")
    print_table(outcomes)
    overall, by_log = (
        line for line in capsys.readouterr().out.splitlines() if line.startswith(f"| {HEALTHY} |")
    )
    assert overall.startswith(f"| {HEALTHY} | 20 | 0% [") and overall.endswith("| day_volume 1 |")
    assert by_log == f"| {HEALTHY} | 20: 0, 1 |"
