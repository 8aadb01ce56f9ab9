"""The real logs go in: travel as it is, globo by declaration alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tasks.ingest.parameters import IngestParameters, Source
from tasks.stages.ingest import ingest, pending
from warehouse.duckdb.database import Warehouse
from warehouse.home import Home

pytestmark = pytest.mark.acceptance

CLICKS = Source.model_validate(
    {
        "stream": "interactions",
        "columns": {
            "bird_id": "user_id",
            "flit_id": "click_article_id",
            "occurred_at": "click_timestamp",
            "session_id": "session_id",
        },
        "time_unit": "ms",
        "constants": {"kind": "click"},
        "event_id_from": ["user_id", "click_article_id", "click_timestamp"],
    }
)


def test_travel_goes_in_as_it_is(real_data: Path, tmp_path: Path) -> None:
    home, night = Home(tmp_path, real_data / "travel"), date(2015, 12, 31)
    sources = {name: Source() for name in ("interactions", "flits", "birds")}
    report = ingest(home, IngestParameters(), sources, night, night)
    assert (report.read, report.refusals, report.ignored) == (1224, (), ())
    assert not pending(home, sources, night)
    with Warehouse.open(home.warehouse, read_only=True) as warehouse:
        counts = warehouse.rows(
            "SELECT stream, sum(lines)::INT, sum(accepted)::INT FROM ledger_file GROUP BY stream ORDER BY stream"
        )
        assert counts == [("birds", 22542, 22542), ("flits", 14000, 14000), ("interactions", 106709, 106709)]
        assert (
            warehouse.rows("SELECT count(*) FROM raw_interaction WHERE landed_day <= '2015-11-30'")[0][0]
            < 106709
        )


def test_globo_goes_in_by_declaration(real_data: Path, tmp_path: Path) -> None:
    home, night = Home(tmp_path, real_data / "globo"), date(2017, 10, 9)
    report = ingest(home, IngestParameters(), {"clicks": CLICKS}, night, night)
    assert (report.read, report.refusals, report.ignored) == (192, (), ())
    assert (report.lines, report.accepted, report.duplicates, report.quarantined) == (
        1_539_265,
        1_535_726,
        0,
        3_539,
    )
    with Warehouse.open(home.warehouse, read_only=True) as warehouse:
        reasons = warehouse.rows("SELECT DISTINCT reason.split(' ')[1:2] FROM quarantine_line")
        assert reasons == [(["untimely:", "occurred_at"],)]
        hours = warehouse.rows(
            "SELECT landed_on, lines, quarantined FROM ledger_file "
            "WHERE landed_on IN ('2017-10-05T07', '2017-10-05T09') ORDER BY landed_on"
        )
        assert hours == [("2017-10-05T07", 0, 0), ("2017-10-05T09", 125, 6)]
        assert warehouse.rows("SELECT count(*) FROM raw_interaction WHERE kind <> 'click'") == [(0,)]
