"""The home's own logs as a set: nothing of the days to find is learnt from, and birds are scored beside their flits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import click
import numpy as np
import pytest

from flows.commands.calibrate.logs import SplitOptions, asked_for
from flows.commands.calibrate.scores import Options
from tasks.calibration.one import Request, score
from tasks.calibration.protocols.logs import Logs, newest_day, read
from tasks.calibration.recipe import Recipe
from tasks.calibration.sets import SetName
from tasks.embeddings.contract import silent
from tasks.embeddings.registry import METHODS
from tasks.embeddings.texts.sentence_transformer import SentenceTransformerParameters
from tasks.stages.encode_texts import encode_texts
from tasks.versions.pipeline import Pipeline
from warehouse.duckdb.database import Warehouse, WarehouseError
from warehouse.duckdb.features import read_text_of
from warehouse.home import Home
from warehouse.lock import only_writer

HOLD_OUT = timedelta(days=3)
FRAMES = ("sequences", "interactions", "follows", "relations", "documents", "replies")


def asked(day: date, **more: Any) -> dict[str, Any]:
    return {
        "day": day.isoformat(),
        "evaluate": {"hold_out": "3d", "min_history": 1},
        "frames": FRAMES,
        **more,
    }


@pytest.fixture
def logs(small_home: Any) -> Logs:
    return read(str(small_home.home.root), asked(small_home.days[1]))


@pytest.mark.parametrize(("part", "back"), [("test", timedelta(0)), ("validation", HOLD_OUT)])
def test_nothing_of_the_days_to_find_is_learnt_from(logs: Logs, part: Any, back: timedelta) -> None:
    inputs = logs.task(part).inputs
    cut = datetime.combine(logs.asked.day + timedelta(days=1), time()) - HOLD_OUT - back
    latest = inputs.frame("sequences")["occurred_at"].max()
    assert cut - timedelta(days=1) < latest < cut
    birds = set(inputs.frame("sequences")["bird_id"])
    assert birds and len(inputs.frame("follows")) and len(inputs.frame("relations"))


def test_a_window_and_a_share_learn_from_less(small_home: Any, logs: Logs) -> None:
    whole = logs.task("test").inputs.frame("sequences")
    short = read(str(small_home.home.root), asked(logs.asked.day, window="2d")).task("test").inputs
    assert 0 < len(short.frame("sequences")) < len(whole)
    some = read(str(small_home.home.root), asked(logs.asked.day, share=0.5)).task("test").inputs
    kept = set(some.frame("sequences")["bird_id"])
    everybody = set(whole["bird_id"])
    assert kept < everybody and set(some.frame("follows")["bird_id"]) & everybody <= kept


def test_a_space_and_what_is_below_it_learn_each_from_its_own_window(logs: Logs) -> None:
    spaces = {
        "items": Pipeline(
            entity="flit", method="item2vec", params=METHODS["item2vec"].parameters(min_count=1, epochs=1), window="2d"
        ),
        "readers": Pipeline(
            entity="bird", method="recency_weighted_mean", params=METHODS["recency_weighted_mean"].parameters(),
            from_=("items",),
        ),
    }  # fmt: skip
    recipe = Recipe.of_space("readers", spaces)
    task = logs.task("test")
    whole, short = task.inputs.frame("sequences"), task.learnt_from(timedelta(days=2)).frame("sequences")
    fitted = recipe.fit(task, silent)
    assert set(fitted.below[0].ids) <= set(short["flit_id"]) < set(whole["flit_id"])
    assert fitted.events == task.inputs.rows
    assert recipe.within(timedelta(days=1)).fit(task, silent).events < fitted.events
    assert recipe.windows == [timedelta(days=2)]


def test_the_row_of_a_space_has_its_name_and_its_window(logs: Logs) -> None:
    name = SetName("logs", {"home": str(logs.home.root), "asked": asked(logs.asked.day, window="2d")})
    recipe = replace(Recipe.of("pmi_svd", {"dimensions": 4}), space="items", window=timedelta(days=2))
    found = score(Request.from_json(Request(name, recipe, ("test",)).as_json()), silent)
    assert (found.name, found.method, found.set) == ("items (2d)", "pmi_svd", logs.name)


@pytest.mark.parametrize("layers", [None, (0,)])
def test_texts_are_encoded_as_the_recipe_says(logs: Logs, layers: Any) -> None:
    """Planted in the home's store: ones where all layers are read, twos where the first alone is."""
    with Warehouse.open(logs.home.warehouse, read_only=True) as warehouse:
        hashes = [row[0] for row in warehouse.rows("SELECT DISTINCT text_hash FROM core_flit_text")]
        texts = read_text_of(warehouse, hashes)

    def plant(said: Any, parameters: SentenceTransformerParameters, _: Any) -> Any:
        matrix = np.zeros((len(said), 384), np.float32)
        matrix[:, 0 if parameters.layers is None else 1] = 1
        return matrix

    for planted in (None, (0,)):
        encode_texts(logs.home, SentenceTransformerParameters(layers=planted), texts, encode=plant)
    task = read(str(logs.home.root), asked(logs.asked.day, frames=("texts",))).task("test")
    found = Recipe.of("sentence_transformer", {"layers": layers}).fit(task, silent).embedding.vectors
    column = 0 if layers is None else 1
    assert len(found) and (found.matrix[:, column] == 1).all() and found.matrix.sum() == len(found)


def options(*methods: str, **more: Any) -> Options:
    nothing = {"settings": (), "parents": (), "on": "both", "dimensions": None, "sweep": None, "search": ()}
    return Options(methods, **nothing | more)


def test_each_name_is_that_of_a_space_a_baseline_or_a_method(small_home: Any) -> None:
    found = list(asked_for(small_home.configuration, options("readers", "popularity", "als")))
    assert [what if isinstance(what, str) else (what.space, what.method) for what in found] == [
        ("readers", "recency_weighted_mean"), "popularity", (None, "als"),
    ]  # fmt: skip
    everything = list(asked_for(small_home.configuration, options()))
    assert [what.space for what in everything[:2] if isinstance(what, Recipe)] == ["items", "readers"]


def test_the_window_that_is_asked_for_goes_before_that_of_a_space(small_home: Any) -> None:
    items = Recipe.of_space("items", small_home.configuration.pipelines)
    assert SplitOptions(None, None, "7d", None).learning(items) == items and items.window == timedelta(
        days=14
    )
    found = SplitOptions(None, "3d", "7d", None).learning(items)
    assert isinstance(found, Recipe) and found.window == timedelta(days=3) and found.space == "items"


@pytest.mark.parametrize(
    "more", [{"settings": ("epochs=3",)}, {"parents": ("lsa",)}, {"dimensions": "8,16"}, {"sweep": 3}]
)
def test_what_is_for_methods_is_refused_for_a_space(small_home: Any, more: Any) -> None:
    with pytest.raises(click.UsageError, match="items is a space of pipelines") as refusal:
        list(asked_for(small_home.configuration, options("items", **more)))
    assert "\n" not in refusal.value.message


@pytest.mark.parametrize(
    ("option", "more"),
    [
        ("--hold-out", {"hold_out": "0d"}),
        ("--hold-out", {"hold_out": "90m"}),
        ("--window", {"window": "abc"}),
        ("--posted-within", {"posted_within": "abc"}),
        ("--sizes", {"sizes": "abc"}),
        ("--sizes", {"sizes": "0.5,2"}),
    ],
)
def test_what_is_no_duration_or_share_is_refused_by_its_option(option: str, more: dict[str, str]) -> None:
    wanted: dict[str, Any] = {"day": None, "window": None, "hold_out": "7d", "posted_within": None}
    with pytest.raises(click.UsageError, match=f"^{option}: .*expected .*, found ") as refusal:
        SplitOptions(**wanted | more)
    assert "\n" not in refusal.value.message


def test_a_night_that_writes_is_waited_for(logs: Logs) -> None:
    with ThreadPoolExecutor(1) as pool:
        with only_writer(logs.home.root):
            reading = pool.submit(logs.task, "test")
            with pytest.raises(TimeoutError):
                reading.result(timeout=0.3)
        assert reading.result(timeout=60).inputs.rows > 0


@pytest.mark.parametrize(
    ("method", "parents"),
    [("item2vec", ()), ("als", ()), ("lsa", ()), ("recency_weighted_mean", ("lsa",)), ("pca", ("lsa",))],
)
def test_whatever_ranks_is_scored(logs: Logs, method: str, parents: tuple[str, ...]) -> None:
    settings = {"dimensions": 8} if method in ("als", "pca") else {}
    name = SetName("logs", {"home": str(logs.home.root), "asked": asked(logs.asked.day)})
    found = score(Request(name, Recipe.of(method, settings, parents), ("validation", "test")), silent)
    assert found.part == "test" and 0 <= found.quality.low <= found.quality.value <= found.quality.high <= 1
    covered = found.metrics["test"]["cold_covered"].value
    # What nobody touched is known by its text alone; some of it was seen, which methods that count views know of.
    assert {"item2vec": covered == 0, "als": 0 < covered < 1}.get(method, covered == 1)
    assert found.rows > 0 and found.bytes >= found.rows * found.dimensions * 4 and found.events > 0


def test_a_baseline_is_scored_by_its_name(logs: Logs) -> None:
    name = SetName("logs", {"home": str(logs.home.root), "asked": asked(logs.asked.day)})
    assert score(Request(name, "popularity", ("test",)), silent).quality.value > 0
    with pytest.raises(ValueError, match=r"popularty: no baseline of logs .*; it has popularity"):
        score(Request(name, "popularty", ("test",)), silent)


def test_what_ranks_nothing_says_so(logs: Logs) -> None:
    name = SetName("logs", {"home": str(logs.home.root), "asked": asked(logs.asked.day)})
    with pytest.raises(ValueError, match="flits are ranked for birds"):
        score(Request(name, Recipe.of("deepwalk", {}), ("test",)), silent)


def test_days_without_anything_to_find_are_named(small_home: Any) -> None:
    early = read(str(small_home.home.root), asked(date(2020, 1, 1)))
    with pytest.raises(ValueError, match=r"test's days .* choose another --day$"):
        early.task("test")
    with pytest.raises(ValueError, match=r"validation's days .* or score `--on test` alone$"):
        early.task("validation")


def test_the_newest_day_is_that_of_the_logs(small_home: Any, tmp_path: Any) -> None:
    assert newest_day(small_home.home) == small_home.days[1]
    with pytest.raises(WarehouseError):
        newest_day(Home(tmp_path, tmp_path / "landing"))
