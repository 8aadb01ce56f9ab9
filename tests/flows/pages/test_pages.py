"""What runs show, as text: of a night, of a version, of a backfill's days; and that it is left in a real Prefect."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from flows.days import day_table
from flows.night import NightResult, Outcome
from flows.pages.artifacts import message_of, shown, why_quarantined
from flows.pages.days_page import DayRun, backfill_page, backfill_title, day_rows
from flows.pages.night_page import night_page, night_title
from flows.pages.version_page import MlflowLinks, Shown, drift_page, version_section
from flows.set_aside_lines import lines_of
from flows.settings import Settings
from tasks.report.words import in_code
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.set_aside import PERSON, LeftOut
from warehouse.snapshots import Gate, GateRule, MlflowReference

if TYPE_CHECKING:
    from tests.flows.conftest import Planted

ROOT = "http://127.0.0.1:5000"
LINKS = MlflowLinks(ROOT, {"flits": "3"})
GREW = GateRule(rule="row_growth", value=0.6, floor=None, limit=0.5, level="block", outcome="block")
FINE = GateRule(rule="row_drop", value=0.0, floor=None, limit=0.2, level="block", outcome="pass")
WARNED = GateRule(rule="rows", value=2.0, floor=None, limit=5.0, level="warn", outcome="warn")
STATISTICS = {
    "population": {"row_change": 0.6, "added": 7, "vanished": 1},
    "paired": {"cosine": {"mean": 0.875}, "outlier_share": 0.05},
    "neighbours": {"overlap_at_50": 0.5},
}
MOVERS = [
    {
        "id": f"f{number}",
        "change": 0.3,
        "old_neighbours": [{"id": "old", "score": 0.9}],
        "new_neighbours": [{"id": "new", "score": 0.8}],
    }
    for number in range(12)
]
INGEST = {
    "read": 2, "unchanged": 0, "lines": 1_010, "accepted": 1_000, "duplicates": 6, "quarantined": 3, "blank": 1,
    "conflicts": 0, "left_out": 0, "erased": 0, "lost_values": {}, "late_files": [], "dated_ahead": 0,
    "unknown_fields": {}, "refusals": [], "ignored": [], "refused": 0,
}  # fmt: skip


def headline(recall: float) -> dict[str, Any]:
    return {
        "headline": {
            "cold_recall_at_10": 0.9, "recall_at_10": recall, "recall_at_10_low": recall - 0.01,
            "recall_at_10_high": recall + 0.01, "popularity_recall_at_10": 0.25,
            "predecessor_recall_at_10": 0.45,
        }
    }  # fmt: skip


@pytest.fixture
def pair(planted: Planted) -> Shown:
    """A version that the gate holds back, and the one before it."""
    planted.version(
        "flits", 1, evaluation=headline(0.5), mlflow=MlflowReference(run_id="aa", model_version="1")
    )
    held = planted.version(
        "flits", 2, "block", evaluation=headline(0.4), gate=Gate(verdict="block", rules=(FINE, GREW, WARNED)),
        mlflow=MlflowReference(run_id="bb", model_version="2"), drift={"statistics": STATISTICS, "movers": MOVERS},
    )  # fmt: skip
    return shown(planted.store, planted.store.manifest("flits", held))


def night(planted: Planted, ingest: dict[str, Any] | None = None, **spaces: Outcome) -> NightResult:
    return NightResult(planted.day(2), planted.day(2), INGEST | (ingest or {}), spaces, 12.3)


def outcome(version: str | None, verdict: str | None, **changes: Any) -> Outcome:
    usual = {
        "current": verdict != "block",
        "held": verdict in ("block", None),
        "reused": False,
        "seconds": 1.0,
    }
    return Outcome(version, verdict, **usual | changes)


def test_the_first_line_of_a_night_is_its_verdict(planted: Planted) -> None:
    passed, warned, blocked = (outcome("v", verdict) for verdict in ("pass", "warn", "block"))
    assert night_title(night(planted, a=passed)) == "Published"
    assert night_title(night(planted, a=passed, b=warned)) == "Published; look at b"
    assert night_title(night(planted, a=blocked, b=warned, c=outcome(None, None))) == "Held back: a, c"
    assert night_title(night(planted, a=replace(passed, reused=True))) == "Done already; every version stands"


def test_the_page_of_a_night_that_holds_a_version_back(planted: Planted, pair: Shown) -> None:
    version = pair.manifest.version
    waits = outcome(None, None, reason="readers: flits has no released version")
    page = night_page(
        night(planted, flits=outcome(version, "block"), readers=waits), {"flits": pair}, Counter(), LINKS,
        {"flits": "http://127.0.0.1:4200/runs/flow-run/r1"},
    )  # fmt: skip
    lines = page.splitlines()
    assert lines[0] == "# Held back: flits, readers"
    assert "Night **2026-03-02** · 12 s" in lines
    assert "| flits | **block** | **held back** | 0.400 |" in lines
    assert "| readers | **waits** | not made | – |" in lines
    assert "[Decide here](http://127.0.0.1:4200/runs/flow-run/r1)" in page
    assert f"- `nightjar release flits {version} --reason …`" in lines
    assert f"- `nightjar discard flits {version} --reason …`" in lines
    assert "readers: flits has no released version" in lines
    assert page.index("nightjar release") < page.index("## flits") < page.index("## Logs")


def test_a_night_without_logs_says_so_before_all_else(planted: Planted, pair: Shown) -> None:
    """Also before what is held back, which earlier nights have told."""
    silent = outcome(
        None, None, held=False, no_logs=True, reason="no logs: nothing landed after the version of …"
    )
    waits = outcome(None, None, reason="readers: flits has no released version")
    result = night(planted, flits=silent, birds=silent, readers=waits)
    page = night_page(result, {}, Counter(), LINKS, {})
    said = [line for line in page.splitlines() if line]
    assert said[0] == "# No logs for flits, birds: no version was made"
    assert said[2] == "flits, birds: no logs: nothing landed after the version of …"
    assert "| flits | **no logs** | not made | – |" in said
    message = message_of(Settings(planted.home, planted.home.root, None, None), result, {})
    assert message.splitlines()[0] == said[0].removeprefix("# ")
    assert message.splitlines()[-1] == "Held back: readers: flits has no released version"


def test_the_page_of_a_night_that_went_well_asks_for_nothing(planted: Planted, pair: Shown) -> None:
    fine = Shown(pair.predecessor or pair.manifest, None)
    page = night_page(night(planted, flits=outcome("v", "pass")), {"flits": fine}, Counter(), LINKS, {})
    assert page.startswith("# Published\n")
    assert "nightjar release" not in page
    assert "| flits | pass | current | 0.500 |" in page


def test_the_page_of_a_night_that_failed_says_what_and_why(planted: Planted, pair: Shown) -> None:
    failed = replace(
        night(planted),
        failures={"items": "OSError: no space left on device", "readers": "not tried: items failed"},
    )
    page = night_page(failed, {}, Counter(), MlflowLinks(), {})
    assert page.startswith("# Failed: items, readers\n")
    assert "**items** failed: OSError: no space left on device" in page


def test_what_came_in_what_was_refused_and_why(planted: Planted) -> None:
    refusals = [{"path": f"flits/{number}.gz", "reason": "cut short"} for number in range(7)]
    unknown = {"flits": {f"field_{number}": 10 - number for number in range(6)}}
    ingest = {"refusals": refusals, "unknown_fields": unknown}
    quarantined = Counter({"mistyped: occurred_at": 2, "malformed": 1})
    page = night_page(night(planted, ingest, flits=outcome("v", "pass")), {}, quarantined, LINKS, {})
    assert "2 files, 1,010 lines: 1,000 accepted, 6 duplicates, 3 quarantined, 1 blank." in page
    assert "- `flits/0.gz`: cut short" in page and "- and 2 more" in page and "flits/6.gz" not in page
    assert r"Quarantined: mistyped: occurred\_at (2), malformed (1)" in page
    assert "Unknown fields of flits: `field_0` (10)" in page and ", and 1 more" in page


def test_what_a_log_holds_means_nothing_to_the_page(planted: Planted) -> None:
    """File names, fields and reasons come from outside."""
    evil = "a`b|[x](http://e.vil)<img src=x>\n# no heading"
    ingest = {"refusals": [{"path": evil, "reason": evil}], "unknown_fields": {"flits": {evil: 1}}}
    page = night_page(night(planted, ingest, flits=outcome("v", "pass")), {}, Counter({evil: 1}), LINKS, {})
    code = r"``a`b\|[x](http://e.vil)<img src=x> # no heading``"
    plain = r"a\`b\|\[x\](http://e.vil)\<img src=x\> \# no heading"
    assert f"- {code}: {plain}" in page and f"{code} (1)" in page and f"Quarantined: {plain} (1)" in page
    assert "\n# no heading" not in page


def test_a_night_on_which_nothing_landed(planted: Planted) -> None:
    page = night_page(night(planted, {"read": 0}, flits=outcome("v", "pass")), {}, Counter(), LINKS, {})
    assert "Nothing landed since the last night." in page


def test_a_version_says_how_good_it_is_and_how_it_differs(pair: Shown) -> None:
    lines = version_section(pair, LINKS).splitlines()
    parent = pair.manifest.parent_version
    assert lines[0] == f"**block** · 2 rows · `{pair.manifest.version}`"
    assert lines[2].startswith(
        "- row_growth, block: row growth 60.0%; the limit is 50.0%. First: look for repeated or foreign ids"
    )
    assert lines[3].startswith("- rows, warn: rows 2; the limit is 5.")
    assert (
        "- recall@10 0.400 [0.390, 0.410]; beside popularity's 0.250; beside its predecessor's 0.450 on the same days"
        in lines
    )
    assert (
        f"- since `{parent}`: rows +60.0% (+7 −1), cosine 0.875, 50% of the 50 nearest kept, 5.0% outliers"
        in lines
    )
    assert (
        "- moved most (1 − cosine): `f0` (0.30), `f1` (0.30), `f2` (0.30), `f3` (0.30), `f4` (0.30)" in lines
    )
    assert not any("row_drop" in line for line in lines), "what passed is no news"
    assert lines[-1].endswith(f"`snapshots/flits/{pair.manifest.version}`")


def test_links_lead_to_the_pages_of_models_and_comparisons(pair: Shown) -> None:
    links = dict(LINKS.of(pair.manifest, pair.predecessor))
    mode = "workflowType=machine_learning"
    assert links["run"] == f"{ROOT}/#/experiments/3/runs/bb?{mode}"
    assert links["model"] == f"{ROOT}/#/models/flits/versions/2?{mode}"
    assert links["beside its predecessor"].startswith(
        f"{ROOT}/#/compare-runs?runs=%5B%22aa%22%2C%20%22bb%22%5D"
    )
    assert "beside its predecessor" not in dict(LINKS.of(pair.manifest, None))
    assert MlflowLinks().of(pair.manifest, pair.predecessor) == []


def test_a_first_version_that_could_not_be_scored(planted: Planted) -> None:
    version = planted.version(
        "flits", 1, evaluation={"headline": {"recall_at_10": None}, "reason": "too few birds"}
    )
    text = version_section(shown(planted.store, planted.store.manifest("flits", version)), LINKS)
    assert "- the first version: nothing to compare with" in text
    assert "- not measured: too few birds" in text


def test_a_predecessor_that_retention_has_deleted_is_only_named(planted: Planted) -> None:
    gone = "2026-02-01-0123456789ab"
    version = planted.version("flits", 1, parent_version=gone, drift={"statistics": STATISTICS, "movers": []})
    found = shown(planted.store, planted.store.manifest("flits", version))
    assert found.predecessor is None
    assert f"since `{gone}`" in version_section(found, LINKS)


def test_the_drift_report_names_the_movers_and_their_company(pair: Shown) -> None:
    page = drift_page(pair, LINKS, "- **release**: consumers move")
    assert page.startswith("# Held back: flits of 2026-03-02\n\n- **release**: consumers move\n")
    assert "| `f9` | 0.300 | `old` | `new` |" in page
    assert "`f10`" not in page


def test_the_message_of_a_held_night_says_why_and_where_to_decide(planted: Planted, pair: Shown) -> None:
    chosen = Settings(planted.home, planted.home.root / "pipelines.yaml", None, None)
    version = pair.manifest.version
    held = night(
        planted,
        flits=outcome(version, "block"),
        readers=outcome(None, None, reason="readers: waits for flits"),
    )
    form = "http://127.0.0.1:4200/runs/flow-run/r1"
    assert message_of(chosen, held, {"flits": form}).splitlines() == [
        "Held back: flits: row growth 60.0%; the limit is 50.0%. First: look for repeated or foreign ids in the input; "
        "readers: waits for flits",
        f"decide: {form}",
        f"report: {planted.home.snapshots}/flits/{version}/report.html",
    ]
    assert "decide: " not in message_of(chosen, held, {})


def test_a_backfill_shows_each_day_and_how_to_go_on(planted: Planted) -> None:
    planted.version("flits", 1)
    planted.version("flits", 2, "block")
    planted.land(1, 2)
    states = day_table(planted.home, ["flits", "birds"], planted.day(1), planted.day(3))
    runs = [DayRun(planted.day(2), "r2", "HeldBack", True), DayRun(planted.day(3), "r3", "Failed", False)]
    lines = backfill_page(["flits", "birds"], states, runs).splitlines()
    assert lines[0] == "# 1 of 2 days failed"
    assert "- **2026-03-03**: [Failed](/runs/flow-run/r3)" in lines
    assert "**Retry** on this run makes what is still missing." in lines
    assert "| 2026-03-01 | – | done, current | **missing** |" in lines
    assert "| 2026-03-02 | [HeldBack](/runs/flow-run/r2) | **held back** | **missing** |" in lines
    assert day_rows(["flits", "birds"], states)[1] == {
        "day": "2026-03-02", "logs landed": "yes", "flits": "**held back**", "birds": "**missing**",
    }  # fmt: skip
    planted.land(4)
    silent = day_table(planted.home, ["flits"], planted.day(3), planted.day(3))
    assert day_rows(["flits"], silent)[0]["flits"] == "no logs"


def test_how_far_a_backfill_is(planted: Planted) -> None:
    planted.version("flits", 1)
    states = day_table(planted.home, ["flits"], planted.day(1), planted.day(3))
    assert backfill_title(states, []) == "2 days are missing"
    assert (
        backfill_title(states[:1], [DayRun(planted.day(1), "r1", "Completed", True)])
        == "1 day run, none missing"
    )
    planted.version("flits", 2, "block")
    states = day_table(planted.home, ["flits"], planted.day(1), planted.day(2))
    assert backfill_title(states, []) == "No day is missing, 1 held back"


def test_kinds_of_quarantine_hold_no_values(planted: Planted) -> None:
    planted.land(1, 2)
    reasons = {
        1: "mistyped: occurred_at is 'b0042', expected an ISO-8601 time in UTC",
        2: "incomplete: bird_id is missing",
        3: "malformed: Expecting value: line 1 column 1 (char 0)",
        4: "mistyped: occurred_at is 'yesterday', expected an ISO-8601 time in UTC",
    }
    with Warehouse.open(planted.home.warehouse) as warehouse, warehouse.transaction():
        for day in (1, 2):
            path = f"interactions/{planted.day(day)}.jsonl"
            for number, reason in list(reasons.items())[: 4 if day == 1 else 1]:
                warehouse.rows(
                    "INSERT INTO quarantine_line SELECT path, sha256, ?, ?, 'x'::BLOB FROM ledger_file WHERE path = ?",
                    [number, reason, path],
                )
    assert why_quarantined(planted.home, planted.day(1)) == {
        "mistyped: occurred_at": 2, "incomplete: bird_id": 1, "malformed": 1,
    }  # fmt: skip
    with Warehouse.open(planted.home.warehouse):
        assert why_quarantined(planted.home, planted.day(1)) == {}, "in use: the page goes without"


def test_what_is_set_aside_says_since_when_what_it_would_change_and_how(planted: Planted) -> None:
    first, day = "2026-03-06-aaa", planted.day(7)
    things = (("bird", "b`1"), ("bird", "b2"))
    found = [
        LeftOut(space, first, "concentration", "proposed", day, things, 740, 1_000)
        for space in ("readers", "items", "items")
    ]
    found.append(LeftOut("items", first, PERSON, "discarded", day, (("file", "interactions/x.csv"),), 0, 0))
    spam, file = lines_of(found, lambda command: f"./{command}", in_code)
    assert spam == (
        "set aside until a person decides, from the night of 2026-03-07 on (concentration of readers, items): "
        "bird ``b`1`` and bird `b2`; counting it in adds 740 of 1,000 events since then: "
        f"`./nightjar release items {first} --reason …`; keeping it out: `./nightjar discard items {first} --reason …`"
    )
    assert file == (
        "kept out, from the night of 2026-03-07 on (person): file `interactions/x.csv`; counting it in adds no event "
        f"yet: `./nightjar release items {first} --reason …`"
    )
    page = night_page(replace(night(planted), set_aside=tuple(found)), {}, Counter(), LINKS, {})
    assert f"**Set aside**: {lines_of(found, str, in_code)[0]}" in page.splitlines()
