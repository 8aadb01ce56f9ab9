"""The home's own logs as a set: which flits does a bird touch in the days after a cut?

The protocol is the one by which every night scores its spaces (`evaluate:` of `pipelines.yaml`): test is the hold-out
that ends with the day, validation the hold-out before it, seen as the logs stood on its last day. Intervals are
percentile bootstraps over birds.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from tasks.calibration.protocol import Measured, Metrics, Part, Task
from tasks.calibration.share import keep_share
from tasks.embeddings.contract import Embedding, Frame, Inputs, Method
from tasks.embeddings.texts.sentence_transformer import SentenceTransformerParameters
from tasks.encode_texts import encode_texts, read_encodings
from tasks.evaluation import EvaluationParameters, Scorer, Sides, Split, space_scorer, split
from tasks.evaluation.baselines import BASELINES
from tasks.evaluation.bootstrap import interval, resampled_means
from tasks.evaluation.ranking import bird_metrics, top_lists
from tasks.evaluation.touches import Touches
from tasks.features import FeatureParameters
from tasks.inputs import read_frames
from tasks.parameters import format_duration, parse_duration
from warehouse.database import Warehouse, WarehouseError
from warehouse.features import AsOf, read_flits, read_sequences
from warehouse.home import Home

MEASURED = ("recall", "ndcg", "hit_rate")


@dataclass(frozen=True, slots=True, eq=False)
class Logs:
    """A home on a day. `frames`: the sources to read; `window`: how far back what birds did is learnt from.

    `share`: of the birds, with all that they did.
    """

    home: Home
    day: date
    features: FeatureParameters
    parameters: EvaluationParameters
    frames: Collection[Frame]
    window: timedelta | None
    share: float = 1.0

    @property
    def name(self) -> str:
        """What is found on which days, learning from what: scores of other questions are of another set."""
        within = self.parameters.candidates.posted_within
        return ", ".join(
            [
                f"logs {self.day}",
                f"next {format_duration(self.parameters.hold_out)}",
                *([] if within is None else [f"posted within {format_duration(within)}"]),
                *([] if self.window is None else [f"learnt from {format_duration(self.window)}"]),
            ]
        )

    @property
    def headline(self) -> str:
        return f"recall_at_{self.parameters.k[0]}"

    def task(self, on: Part) -> Task:
        day = self.day if on == "test" else self.day - self.parameters.hold_out
        end = datetime.combine(day + timedelta(days=1), time())
        cut = end - self.parameters.hold_out
        with Warehouse.open(self.home.warehouse) as warehouse:
            as_of = AsOf(day, day)
            parted = split(
                keep_share(read_sequences(warehouse, as_of), self.share),
                read_flits(warehouse, as_of),
                end,
                self.parameters,
                None if self.window is None else cut - self.window,
            )
            inputs = self._inputs(warehouse, AsOf(day, day, self.window, cut))
        if not len(parted.birds):
            raise ValueError(
                f"{self.name}: no bird with {self.parameters.min_history} earlier flits touches another in "
                f"[{cut}, {end}); choose another --day, or a longer `hold_out`"
            )
        baselines = {name: partial(_baseline, parted, name, self.parameters) for name in BASELINES}
        return Task(inputs, partial(_measure, parted, self.parameters), baselines)

    def _inputs(self, warehouse: Warehouse, seen: AsOf) -> Inputs:
        frames = {
            name: keep_share(frame, self.share)
            for name, frame in read_frames(warehouse, self.frames, seen, self.features).items()
        }
        encoded = None
        if "texts" in frames:
            said = read_flits(warehouse, AsOf(seen.day, seen.known_as_of)).select("text_hash", "text")
            encode_texts(self.home, SentenceTransformerParameters(), said)
            hashes = frames["texts"]["text_hash"].drop_nulls()
            encoded = read_encodings(self.home, SentenceTransformerParameters(), hashes)
        return replace(Inputs(**frames), encoded=encoded)  # type: ignore[arg-type]  # frames are no parents


def read(
    home: str,
    day: str,
    features: dict[str, Any],
    evaluate: dict[str, Any],
    frames: Collection[Frame],
    window: str | None = None,
    share: float = 1.0,
) -> Logs:
    """The logs of the home at the folder `home`, whose features stand as of `day`; arguments as JSON has them."""
    root = Path(home)
    return Logs(
        Home(root, root / "landing"),
        date.fromisoformat(day),
        FeatureParameters.model_validate(features),
        EvaluationParameters.model_validate(evaluate),
        frames,
        None if window is None else parse_duration(window),
        share,
    )


def newest_day(home: Home) -> date:
    """The newest day on which a log landed that was ingested; WarehouseError where none was."""
    with Warehouse.open(home.warehouse, read_only=True) as warehouse:
        newest = warehouse.rows("SELECT max(landed_day) FROM landed_file")[0][0]
    if not isinstance(newest, date):
        raise WarehouseError(f"{home.warehouse}: no log is ingested; run `nightjar nightly` first")
    return newest


def _measure(
    parted: Split, parameters: EvaluationParameters, method: Method, embedding: Embedding
) -> Metrics:
    sides = Sides(embedding.vectors, embedding.output, embedding.parts)
    return _metrics(parted, space_scorer(parted, method.entity, sides, parameters), parameters)


def _baseline(parted: Split, name: str, parameters: EvaluationParameters) -> Metrics:
    return _metrics(parted, BASELINES[name](parted, Touches.of(parted), parameters), parameters)


def _metrics(parted: Split, scorer: Scorer, parameters: EvaluationParameters) -> Metrics:
    """Means over birds for all flits, and those that no bird touched before the cut as `cold_…`."""
    found = bird_metrics(parted, top_lists(parted, scorer, parameters.k[-1]), parameters.k)
    metrics: dict[str, Measured] = {}
    for segment, prefix in (("all", ""), ("cold", "cold_")):
        of = found[segment]
        if not len(of.values):
            continue
        draws = resampled_means(of.values, parameters.resamples, parameters.seed)
        for column, name in enumerate(of.names):
            if name.rpartition("_at_")[0] in MEASURED:
                ends = interval(float(of.values[:, column].mean()), draws[:, column], parameters.confidence)
                assert ends.value is not None and ends.low is not None and ends.high is not None
                metrics[prefix + name] = Measured(ends.value, ends.low, ends.high)
    return metrics
