"""One fault on one night: what the gate says, and whether birds would have been served worse."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from benchmarks.drift_study.logs import Log
from tasks.comparison.compare_versions import Comparison
from tasks.comparison.gate.judge import RuleResult
from tasks.comparison.inputs.trends import find_trends
from tasks.comparison.vectors.floor import Floor
from tasks.embeddings.contract import Embedding, Inputs, silent
from tasks.embeddings.texts.sentence_transformer import SentenceTransformerParameters, encode
from tasks.evaluation import Split, profile_scorer, split
from tasks.evaluation.bootstrap import interval, resampled_means
from tasks.evaluation.ranking import bird_metrics, top_lists
from tasks.gate_trials import FAULTS, Fault, FaultContext
from tasks.stages.profile_inputs import measure_inputs
from tasks.versions.id_profiles import IdProfiles
from tasks.versions.inputs import read_inputs
from tasks.versions.plan import Plan
from tasks.versions.published import plan_of, trained
from tasks.versions.references import CandidateFacts, References
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.features import AsOf, read_flits, read_sequences, read_text_of
from warehouse.home import Home
from warehouse.snapshots import Manifest, Snapshot
from warehouse.vectors import Vectors, as_ids

TREND = "eclipse"
"""What the trend is about."""

STRENGTHS: Mapping[str, tuple[str, str, float | None]] = {
    "other_seed": ("same data, other seed", "", None),
    "rotate": ("pure rotation", "rotate", None),
    "permute_ids": ("0.5 % of ids permuted", "permute_ids", 0.005),
    "lose_30": ("30 % of the log lost", "lose_events", 0.30),
    "lose_10": ("10 % of the log lost", "lose_events", 0.10),
    "tenfold": ("the last day tenfold", "repeat_last_day", 10),
    "zeroed": ("10 % of the dimensions zeroed", "zero_dimensions", 0.10),
    "one_epoch": ("one epoch", "one_epoch", None),
    "spam": ("spam, 5 % of the events", "spam", 0.05),
    "stale": ("stale copy", "stale", None),
    "shift_flits": ("flit_id off by one row on the last day", "shift_flits", 1),
    "mix_up_birds": ("half of the last day's birds mixed up", "mix_up_birds", 0.5),
    "lose_kind": ("the most frequent kind of events missing", "lose_kind", None),
    "empty_texts": ("the day's flits without text", "empty_new_texts", None),
    "same_texts": ("the day's flits all say the same", "same_new_texts", None),
    "shift_texts": ("the day's flits have each other's texts", "shift_new_texts", None),
    "backward_texts": ("the day's texts are written backwards", "", None),
    "upper_texts": ("the day's texts are in capitals, backwards", "", None),
    "trend": ("a topic takes 10 % of the day", "new_topic", 0.10),
    "lose_day_30": ("30 % of the last day lost", "lose_last_day", 0.30),
}
"""Case → what it is called, the fault, its strength. Without a fault: what the study does by itself."""

REWRITTEN: Mapping[str, Callable[[str], str]] = {
    "backward_texts": lambda text: text[::-1],
    "upper_texts": lambda text: text[::-1].upper(),
}
"""Case → what becomes of a text of the last day before it is encoded."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`verdict` of every rule; `rules`: the ones that objected, severest first.

    `harm`: recall@10 on the days after, against the sound version, when it is surely lower: the upper end of the
    95 % interval is below 0. `named`: for a trend, whether its word is among those that grew most.
    """

    log: str
    case: str
    night: str
    verdict: str
    rules: tuple[str, ...]
    harm: bool | None = None
    named: bool | None = None


def outcome_of(
    log: str, case: str, night: str, rules: tuple[RuleResult, ...] | list[Any], **more: bool | None
) -> Outcome:
    """The verdict of `rules`, all of them."""
    blocked = [rule.rule for rule in rules if rule.outcome == "block"]
    warned = [rule.rule for rule in rules if rule.outcome in ("warn", "not_judged")]
    verdict = "block" if blocked else "warn" if warned else "pass"
    return Outcome(log, case, night, verdict, (*blocked, *warned), **more)


@dataclass(frozen=True)
class Subject:
    """A healthy version and all that trials on it share."""

    log: Log
    home: Home
    manifest: Manifest

    def trials(self, cases: list[str], seed: int) -> Iterator[Outcome]:
        """One trial of each case that can happen to the space."""
        for case in cases:
            name, fault, strength = STRENGTHS[case]
            if case in REWRITTEN:
                if isinstance(self.plan.pipeline.params, SentenceTransformerParameters):
                    yield self._rewritten(name, REWRITTEN[case])
            elif not fault and "seed" in self.plan.pipeline.how.parameters.model_fields:
                yield self._other_seed(name, seed)
            elif fault and not FAULTS[fault].why_not(self.plan.pipeline.how):
                yield self._with(name, FAULTS[fault], strength, seed)

    @cached_property
    def plan(self) -> Plan:
        return plan_of(self.manifest)

    @cached_property
    def references(self) -> References:
        gate = self.plan.pipeline.gate_parameters(self.log.configuration.gate)
        return References.of(self.home, self.plan, gate, Floor.from_json(self.manifest.noise_floor))

    @cached_property
    def inputs(self) -> Inputs:
        return read_inputs(self.home, self.plan, self.log.configuration.features)

    @cached_property
    def sound(self) -> Embedding:
        return trained(Snapshot.open(self.home.snapshots, self.plan.space, self.manifest.version))

    def _facts(self, events: pl.DataFrame | None, texts: pl.DataFrame | None = None) -> CandidateFacts:
        drift, _ = measure_inputs(self.home, self.plan, events, texts)
        return CandidateFacts(
            IdProfiles.read(self.home, self.plan, events), dict(self.manifest.evaluation), drift
        )

    @cached_property
    def facts(self) -> CandidateFacts:
        return self._facts(None)

    def _with(self, name: str, fault: Fault, strength: float | None, seed: int) -> Outcome:
        old = self.references.old
        new = self.facts.profiles.born_on_the_last_day()
        context = FaultContext(self.plan.end, seed, None if old is None else trained(old), new)
        power = fault.strength if strength is None else strength
        embedding, facts = self._spoilt(fault, power, context)
        references = self.references if fault.name != "rotate" else self._against_itself()
        harm = None if fault.harmless else self._harm(embedding)
        has_words = fault.name == "new_topic" and bool(facts.profiles.texts)
        return self._outcome(name, references, embedding, facts, harm=harm, has_words=has_words)

    def _outcome(
        self,
        name: str,
        references: References,
        embedding: Embedding,
        facts: CandidateFacts,
        *,
        harm: bool | None = None,
        has_words: bool = False,
    ) -> Outcome:
        """What the gate says of `embedding`. `has_words`: a trend was made, and flits whose texts name it."""
        comparison = references.judge(embedding, facts).comparison
        named = _names_trend(comparison) if has_words else None
        return outcome_of(
            self.log.name, name, self.manifest.version, comparison.verdict.rules, harm=harm, named=named
        )

    def _spoilt(self, fault: Fault, power: float, context: FaultContext) -> tuple[Embedding, CandidateFacts]:
        day = fault.day
        if day is not None:
            drift, _ = measure_inputs(
                self.home, self.plan, spoil=lambda profile: day(profile, power, context)
            )
            return self.sound, replace(self.facts, inputs=drift)
        if fault.embedding is not None:
            return fault.embedding(self.sound, power, context), self.facts
        inputs, parameters = self.inputs, self.plan.pipeline.params
        if fault.inputs is not None:
            inputs = fault.inputs(inputs, power, context)
        if fault.parameters is not None:
            parameters = fault.parameters(parameters, power, context)
        events = None if inputs.sequences is self.inputs.sequences else inputs.sequences
        texts = None if inputs.texts is self.inputs.texts else inputs.texts
        facts = self.facts if events is texts is None else self._facts(events, texts)
        if fault.name == "new_topic":
            facts = replace(facts, profiles=_with_words(facts.profiles, inputs.sequences))
        return self.plan.pipeline.how.fit(inputs, parameters, silent), facts

    def _against_itself(self) -> References:
        """The version as its own predecessor."""
        own = Snapshot.open(self.home.snapshots, self.plan.space, self.manifest.version)
        return replace(self.references, old=own, origin=None)

    def _other_seed(self, name: str, seed: int) -> Outcome:
        parameters = self.plan.pipeline.params.model_copy(update={"seed": 1000 + seed})
        embedding = self.plan.pipeline.how.fit(self.inputs, parameters, silent)
        return self._outcome(name, self._against_itself(), embedding, self.facts)

    def _rewritten(self, name: str, write: Callable[[str], str]) -> Outcome:
        """The day's texts written otherwise: read and encoded as the night would have done it."""
        parameters = self.plan.pipeline.params
        assert isinstance(parameters, SentenceTransformerParameters)
        texts, encoded = self.inputs.frame("texts"), self.inputs.encoded
        assert encoded is not None
        today = texts.filter(pl.col("flit_id").is_in(sorted(self.facts.profiles.born_on_the_last_day())))
        with Warehouse.open(self.home.warehouse) as warehouse:
            said = read_text_of(warehouse, today["text_hash"].drop_nulls().unique())
        said = said.with_columns(
            text=pl.Series([write(text) for text in said["text"]], dtype=pl.String),
            rewritten="rewritten " + pl.col("text_hash"),
        )
        traits = today.join(said, on="text_hash").select(
            "flit_id", text_hash="rewritten", **written(pl.col("text"))
        )
        texts = texts.update(traits.select("flit_id", "text_hash"), on="flit_id")
        matrix = np.concatenate([encoded.matrix, encode(said["text"].to_list(), parameters, silent)])
        names = as_ids([*encoded.ids.tolist(), *said["rewritten"]])
        order = np.argsort(names)
        inputs = replace(self.inputs, texts=texts, encoded=Vectors(names[order], matrix[order]))
        embedding = self.plan.pipeline.how.fit(inputs, parameters, silent)
        facts = self._facts(None, texts.join(traits.drop("text_hash"), on="flit_id", how="left"))
        return self._outcome(name, self.references, embedding, facts, harm=self._harm(embedding))

    @cached_property
    def _days_after(self) -> Split:
        """The days after the version, as the whole log knows them: nobody has learnt from them."""
        last = self.log.nights[-1]
        hold_out = self.plan.pipeline.evaluate.hold_out
        day = (self.plan.end + hold_out).date()
        with Warehouse.open(self.home.warehouse) as warehouse:
            known = AsOf(max(last, day), max(last, day))
            events, flits = read_sequences(warehouse, known), read_flits(warehouse, known)
        return split(events, flits, self.plan.end + hold_out, self.plan.pipeline.evaluate)

    def _recalls(self, embedding: Embedding) -> np.ndarray[Any, np.dtype[np.float64]]:
        days = self._days_after
        scorer = profile_scorer(
            days, embedding.vectors, self.plan.pipeline.evaluate.profile, embedding.output
        )
        return bird_metrics(days, top_lists(days, scorer, 10), (10,))["all"].values[:, 0]

    @cached_property
    def _sound_recalls(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        return self._recalls(self.sound)

    def _harm(self, embedding: Embedding) -> bool | None:
        if not len(self._days_after.birds):
            return None
        change = (self._recalls(embedding) - self._sound_recalls)[:, None]
        found = interval(float(change.mean()), resampled_means(change, 1000, 7)[:, 0], 0.95)
        return found.high is not None and found.high < 0


def written(text: pl.Expr) -> dict[str, pl.Expr]:
    """What the profile of a night's texts counts in a text: see `read_new_texts`."""
    counted = {"letters": r"\p{L}", "capitals": r"\p{Lu}", "latin": r"\p{Latin}"}
    return {"characters": text.str.len_chars()} | {
        trait: text.str.count_matches(of) for trait, of in counted.items()
    }


def _with_words(profiles: IdProfiles, events: pl.DataFrame | None) -> IdProfiles:
    """With what the flits of the trend say; what other flits say is in the logs, where they say anything."""
    assert events is not None
    if not profiles.texts:
        return profiles
    said = dict(profiles.texts) | {
        flit: f"Have you seen the {TREND} from {place}?"
        for place, flit in enumerate(events["flit_id"].unique().sort())
        if flit.startswith("trend ")
    }
    texts = pl.DataFrame({"flit_id": list(said), "text": list(said.values())})
    return replace(profiles, trends=find_trends(events, texts, profiles.end))


def _names_trend(comparison: Comparison) -> bool:
    return any(trend.word == TREND for trend in comparison.statistics.trends.words)
