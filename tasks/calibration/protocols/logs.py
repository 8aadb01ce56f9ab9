"""The home's own logs as a set: which flits does a bird touch in the days after a cut?

The protocol is the one by which every night scores its spaces, by one question for all that is scored, so that rows can
be compared: what `evaluate:` of a space asks is not looked at. Test is the hold-out that ends with the day, validation
the hold-out before it, seen as the logs stood on its last day. Intervals are percentile bootstraps over birds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import Field

from tasks.calibration.protocols.protocol import Metrics, MetricValue, Part, Task
from tasks.calibration.protocols.ranked import means, ranked
from tasks.calibration.protocols.share import keep_share
from tasks.embeddings.contract import Embedding, Frame, Inputs, Method, Report
from tasks.embeddings.texts.sentence_transformer import SentenceTransformerParameters
from tasks.evaluation import EvaluationParameters, Scorer, SpaceVectors, Split, space_scorer, split
from tasks.evaluation.baselines import BASELINES
from tasks.evaluation.last_touches import LastTouches
from tasks.parameters import Duration, Parameters, format_duration
from tasks.stages.encode_texts import encode_texts, read_encodings
from tasks.stages.features import FeatureParameters
from tasks.versions.inputs import read_frames
from warehouse.duckdb.database import Warehouse, WarehouseError
from warehouse.duckdb.features import AsOf, read_flits, read_sequences, read_text_of
from warehouse.home import Home
from warehouse.joint import of_kind
from warehouse.lock import only_writer
from warehouse.vectors import Vectors

MEASURED = ("recall", "ndcg", "hit_rate")
PATIENCE_S = 12 * 3600
"""How long reading waits for a night that writes to the home: as long as a served run does."""


class SplitParameters(Parameters):
    """Which days are to be found, and from what is learnt.

    `frames`: the sources to read, so that no more is read than a method needs. `window`: how far back what birds did
    is learnt from; a flit that was met earlier alone is cold. `share`: of the birds, with all that they did.
    """

    day: date
    features: FeatureParameters = FeatureParameters()
    evaluate: EvaluationParameters = EvaluationParameters()
    frames: tuple[Frame, ...] = ()
    window: Duration | None = None
    share: float = Field(1.0, gt=0, le=1)


@dataclass(frozen=True, slots=True, eq=False)
class Logs:
    """The logs of a home, whose features stand as of the day."""

    home: Home
    asked: SplitParameters

    @property
    def name(self) -> str:
        """What is found on which days: scores of other questions are of another set."""
        within = self.asked.evaluate.candidates.posted_within
        return ", ".join(
            [
                f"logs {self.asked.day}",
                f"next {format_duration(self.asked.evaluate.hold_out)}",
                *([] if within is None else [f"posted within {format_duration(within)}"]),
            ]
        )

    @property
    def headline(self) -> str:
        return f"recall_at_{self.asked.evaluate.k[0]}"

    @property
    def baselines(self) -> tuple[str, ...]:
        return tuple(BASELINES)

    def task(self, on: Part) -> Task:
        day = self.asked.day if on == "test" else self.asked.day - self.asked.evaluate.hold_out
        end = datetime.combine(day + timedelta(days=1), time())
        cut = end - self.asked.evaluate.hold_out
        with self._warehouse() as warehouse:
            as_of = AsOf(day, day)
            parted = split(
                keep_share(read_sequences(warehouse, as_of), self.asked.share),
                read_flits(warehouse, as_of),
                end,
                self.asked.evaluate,
                None if self.asked.window is None else cut - self.asked.window,
            )
        inputs = self._inputs(AsOf(day, day, self.asked.window, cut))

        def reread(window: timedelta | None) -> Inputs:
            return inputs if window == self.asked.window else self._inputs(AsOf(day, day, window, cut))

        if not len(parted.birds):
            remedy = ", or score `--on test` alone" if on == "validation" else ""
            raise ValueError(
                f"{self.name}: no bird with {self.asked.evaluate.min_history} earlier flits touches another in "
                f"{on}'s days [{cut}, {end}); choose another --day{remedy}"
            )
        baselines = {name: partial(_baseline, parted, name, self.asked.evaluate) for name in BASELINES}
        ends = parted, self.asked.evaluate
        return Task(
            inputs, partial(_measure, *ends), baselines, partial(_measure_birds, *ends), self._encode, reread
        )

    def _inputs(self, seen: AsOf) -> Inputs:
        with self._warehouse() as warehouse:
            frames = read_frames(warehouse, self.asked.frames, seen, self.asked.features)
        kept = {name: keep_share(frame, self.asked.share) for name, frame in frames.items()}
        return Inputs(**kept)  # type: ignore[arg-type]  # frames are no parents

    def _encode(self, inputs: Inputs, parameters: SentenceTransformerParameters, report: Report) -> Vectors:
        """As the nights do: what was encoded once is kept in the home."""
        hashes = inputs.frame("texts")["text_hash"].drop_nulls()
        with self._warehouse() as warehouse:
            texts = read_text_of(warehouse, hashes)
        encode_texts(self.home, parameters, texts, report)
        return read_encodings(self.home, parameters, hashes)

    @contextmanager
    def _warehouse(self) -> Iterator[Warehouse]:
        """For reading; a night that writes to it is waited for, and one that begins waits or is told."""
        with (
            only_writer(self.home.root, PATIENCE_S),
            Warehouse.of(self.home, read_only=True) as warehouse,
        ):
            yield warehouse


def read(home: str, asked: dict[str, Any]) -> Logs:
    """The home at the folder `home`; `asked`, `SplitParameters` as JSON has it."""
    root = Path(home)
    return Logs(Home(root, root / "landing"), SplitParameters.model_validate(asked))


def newest_day(home: Home) -> date:
    """The newest day on which a log landed that was ingested; WarehouseError where none was."""
    with Warehouse.of(home, read_only=True) as warehouse:
        newest = warehouse.rows("SELECT max(landed_day) FROM landed_file")[0][0]
    if not isinstance(newest, date):
        raise WarehouseError(f"{home.warehouse}: no log is ingested; run `nightjar nightly` first")
    return newest


def _measure(
    parted: Split, parameters: EvaluationParameters, method: Method, embedding: Embedding
) -> Metrics:
    sides = SpaceVectors(embedding.vectors, embedding.output, embedding.parts)
    found = _metrics(parted, space_scorer(parted, method.entity, sides, parameters), parameters)
    flits = of_kind(embedding.vectors, "flit") if method.entity == "joint" else embedding.vectors
    return {**found, **_cold_covered(parted, flits)}


def _measure_birds(
    parted: Split, parameters: EvaluationParameters, embedding: Embedding, flits: Vectors
) -> Metrics:
    sides = SpaceVectors(embedding.vectors, embedding.output, embedding.parts)
    found = _metrics(parted, space_scorer(parted, "bird", sides, parameters, flits), parameters)
    return {**found, **_cold_covered(parted, flits)}


def _cold_covered(parted: Split, flits: Vectors) -> Metrics:
    """The share of the candidates that no bird touched before the cut, and that have a vector: counted, not sampled."""
    cold = parted.candidates[~parted.warm]
    if not len(cold):
        return {}
    share = float((flits.rows(cold) >= 0).mean())
    return {"cold_covered": MetricValue(share, share, share)}


def _baseline(parted: Split, name: str, parameters: EvaluationParameters) -> Metrics:
    return _metrics(parted, BASELINES[name](parted, LastTouches.of(parted), parameters), parameters)


def _metrics(parted: Split, scorer: Scorer, parameters: EvaluationParameters) -> Metrics:
    """Means over birds for all flits, and for those that no bird touched before the cut as `cold_…`."""
    found = ranked(parted, scorer, parameters.k)
    metrics: dict[str, MetricValue] = {}
    for segment, prefix in (("all", ""), ("cold", "cold_")):
        of = found[segment]
        if len(of.values):
            known = means(of.names, of.values, MEASURED, parameters)
            metrics |= {prefix + name: value for name, value in known.items()}
    return metrics
