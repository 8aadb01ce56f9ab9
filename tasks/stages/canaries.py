"""Canaries: hand the gate damaged copies of a published version, and see which it objects to.

What a copy is damaged by, and how much, is in `tasks.gate_trials`. A fault of the log or of the parameters is trained
anew, on the version's own inputs as they were known then. Nothing is evaluated again: the version's own evaluation
stands beside each copy, so no fault is caught by its recall.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import polars as pl

from tasks.comparison.compare_versions import Comparison
from tasks.comparison.gate.judge import WEIGHT, Outcome, Verdict
from tasks.comparison.gate.table import GateParameters
from tasks.comparison.vectors.floor import Floor
from tasks.embeddings.contract import Embedding, Inputs, silent
from tasks.gate_trials import CANARIES, FAULTS, Fault, FaultContext
from tasks.progress import step
from tasks.stages.features import FeatureParameters
from tasks.stages.profile_inputs import measure_inputs
from tasks.versions.canary_results import CanaryResults, CanaryTrial, Objection, keep
from tasks.versions.id_profiles import IdProfiles
from tasks.versions.inputs import read_inputs
from tasks.versions.plan import Plan
from tasks.versions.published import plan_of, trained
from tasks.versions.references import CandidateFacts, References
from warehouse.errors import NightjarError
from warehouse.home import Home
from warehouse.snapshots import Manifest, Snapshot

_ORDER = {"pass": 0, "warn": 1, "block": 2}


class NoPredecessorError(NightjarError):
    """A first version: a gate that has nothing to compare with cannot be tried."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a gate is tried with. `day`: of which night; `seed`: which of many draws of each fault."""

    gate: GateParameters
    features: FeatureParameters
    day: date
    seed: int = 0
    faults: Collection[str] = CANARIES


def canaries(home: Home, manifest: Manifest, attempt: Attempt) -> CanaryResults:
    """Try the gate with every fault that can happen to the version's space; the result is kept in the home.

    Costs about one training for each fault of the log. NoPredecessorError for a first version.
    """
    if manifest.inputs["predecessor"] is None:
        raise NoPredecessorError(
            f"{manifest.space}: {manifest.version} is a first version; its gate can be tried from the second on"
        )
    began = time.monotonic()
    with step(f"{manifest.space}: canaries") as report:
        trials = _Trials(home, manifest, attempt)
        results = []
        for number, name in enumerate(attempt.faults):
            report(number, len(attempt.faults))
            results.append(trials.attempt_with(FAULTS[name]))
        result = CanaryResults(
            manifest.space,
            manifest.version,
            attempt.day.isoformat(),
            trials.sound.verdict.verdict,
            tuple(results),
            round(time.monotonic() - began, 1),
        )
        keep(home, result)
        report.note = result.summary
    return result


@dataclass(frozen=True)
class _Trials:
    """All that is the same for every fault, read once."""

    home: Home
    manifest: Manifest
    attempt: Attempt

    @cached_property
    def plan(self) -> Plan:
        return plan_of(self.manifest)

    @cached_property
    def references(self) -> References:
        floor = Floor.from_json(self.manifest.noise_floor) if self.manifest.noise_floor else Floor()
        return References.of(self.home, self.plan, self.attempt.gate, floor)

    @cached_property
    def inputs(self) -> Inputs:
        return read_inputs(self.home, self.plan, self.attempt.features)

    @cached_property
    def embedding(self) -> Embedding:
        return trained(Snapshot.open(self.home.snapshots, self.plan.space, self.manifest.version))

    @cached_property
    def facts(self) -> CandidateFacts:
        return self.facts_of(None)

    @cached_property
    def sound(self) -> Comparison:
        """What the gate says of the version as it is."""
        return self.references.judge(self.embedding, self.facts).comparison

    @cached_property
    def context(self) -> FaultContext:
        old = self.references.old
        predecessor = None if old is None else trained(old)
        return FaultContext(
            self.plan.end, self.attempt.seed, predecessor, self.facts.profiles.born_on_the_last_day()
        )

    def facts_of(self, events: pl.DataFrame | None, texts: pl.DataFrame | None = None) -> CandidateFacts:
        """By `events` and `texts` where they are given, else by the warehouse; the evaluation is the version's own."""
        profiles = IdProfiles.read(self.home, self.plan, events)
        drift, _ = measure_inputs(self.home, self.plan, events, texts)
        return CandidateFacts(profiles, dict(self.manifest.evaluation) or None, drift)

    def attempt_with(self, fault: Fault) -> CanaryTrial:
        """The gate's answer to one fault."""
        began = time.monotonic()
        trial = CanaryTrial(fault.name, fault.what, fault.strength, fault.harmless)
        reason = fault.why_not(self.plan.pipeline.how)
        if reason:
            return replace(trial, reason=reason)
        comparison = self._retrained(fault) if fault.retrains else self._damaged(fault)
        found = objections(self.sound.verdict, comparison.verdict)
        unseen = _cannot_be_told(fault, comparison.verdict)
        if unseen and not found:
            return replace(trial, verdict=comparison.verdict.verdict, reason=unseen)
        return replace(
            trial,
            verdict=comparison.verdict.verdict,
            objections=found,
            right=_is_right(fault, found),
            seconds=round(time.monotonic() - began, 1),
        )

    def _retrained(self, fault: Fault) -> Comparison:
        inputs, parameters = self.inputs, self.plan.pipeline.params
        if fault.inputs is not None:
            inputs = fault.inputs(inputs, fault.strength, self.context)
        if fault.parameters is not None:
            parameters = fault.parameters(parameters, fault.strength, self.context)
        embedding = self.plan.pipeline.how.fit(inputs, parameters, silent)
        events = None if inputs.sequences is self.inputs.sequences else inputs.sequences
        texts = None if inputs.texts is self.inputs.texts else inputs.texts
        facts = self.facts if events is texts is None else self.facts_of(events, texts)
        return self.references.judge(embedding, facts).comparison

    def _damaged(self, fault: Fault) -> Comparison:
        strength, context, damage, day = fault.strength, self.context, fault.version, fault.day
        if day is not None:
            drift, _ = measure_inputs(
                self.home, self.plan, spoil=lambda profile: day(profile, strength, context)
            )
            return self.references.judge(self.embedding, replace(self.facts, inputs=drift)).comparison
        if damage is not None:
            return self.references.judge(
                self.embedding, self.facts, lambda version: damage(version, strength, context)
            ).comparison
        assert fault.embedding is not None
        return self.references.judge(
            fault.embedding(self.embedding, strength, context), self.facts
        ).comparison


def _cannot_be_told(fault: Fault, found: Verdict) -> str:
    """Why a fault cannot be told from a sound night on this log; empty where it can."""
    judged = (rule for rule in found.rules if rule.rule == fault.judged_by)
    return next((rule.note for rule in judged if rule.outcome == "not_applicable"), "")


def objections(sound: Verdict, found: Verdict) -> tuple[Objection, ...]:
    """The rules that say more against a copy than against the sound version, the severest first."""
    before = {rule.rule: _weight(rule.outcome) for rule in sound.rules}
    worse = [rule for rule in found.rules if _weight(rule.outcome) > before.get(rule.rule, 0)]
    worse.sort(key=lambda rule: -_weight(rule.outcome))
    return tuple(Objection(rule.rule, rule.outcome) for rule in worse)


def _weight(outcome: Outcome) -> int:
    return _ORDER[WEIGHT[outcome]]


def _is_right(fault: Fault, found: Collection[Objection]) -> bool:
    """Whether a fault was objected to; what is harmless must not be, a trend must not be blocked."""
    if fault.harmless:
        return not any(one.outcome == "block" or not fault.may_warn for one in found)
    return bool(found)
