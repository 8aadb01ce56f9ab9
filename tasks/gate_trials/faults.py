"""Every fault by name, with the strength at which canaries try it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tasks.comparison.inputs.day_profile import DayProfile
from tasks.embeddings.contract import Embedding, Inputs, Source
from tasks.gate_trials import event_faults, vector_faults
from tasks.gate_trials.fault import Fault, FaultContext

SEQUENCES: frozenset[Source] = frozenset({"sequences"})
TEXTS: frozenset[Source] = frozenset({"texts"})
FEWEST_MIXED_UP = 10
"""In a small space two ids of one topic are near each other, and trading places is no harm that a gate could see."""


def stale(embedding: Embedding, strength: float, context: FaultContext) -> Embedding:
    """The predecessor's vectors in the place of the version's own; ids that it lacked have none."""
    if context.predecessor is None:
        raise ValueError("a stale copy needs a predecessor")
    return context.predecessor


def lose_events(inputs: Inputs, share: float, context: FaultContext) -> Inputs:
    return replace(inputs, sequences=event_faults.lose_events(inputs.frame("sequences"), share, context.seed))


def lose_last_day(inputs: Inputs, share: float, context: FaultContext) -> Inputs:
    frame = inputs.frame("sequences")
    return replace(inputs, sequences=event_faults.lose_last_day(frame, context.end, share, context.seed))


def repeat_last_day(inputs: Inputs, times: float, context: FaultContext) -> Inputs:
    return replace(
        inputs, sequences=event_faults.repeat_last_day(inputs.frame("sequences"), context.end, times)
    )


def spam(inputs: Inputs, share: float, context: FaultContext) -> Inputs:
    return replace(
        inputs, sequences=event_faults.spam(inputs.frame("sequences"), context.end, share, context.seed)
    )


def shuffle_sessions(inputs: Inputs, strength: float, context: FaultContext) -> Inputs:
    return replace(inputs, sequences=event_faults.shuffle_sessions(inputs.frame("sequences"), context.seed))


def shift_flits(inputs: Inputs, rows: float, context: FaultContext) -> Inputs:
    return replace(inputs, sequences=event_faults.shift_flits(inputs.frame("sequences"), context.end, rows))


def mix_up_birds(inputs: Inputs, share: float, context: FaultContext) -> Inputs:
    frame = inputs.frame("sequences")
    return replace(inputs, sequences=event_faults.mix_up_birds(frame, context.end, share, context.seed))


def new_topic(inputs: Inputs, share: float, context: FaultContext) -> Inputs:
    frame = inputs.frame("sequences")
    return replace(inputs, sequences=event_faults.new_topic(frame, context.end, share, context.seed))


def lose_texts(inputs: Inputs, share: float, context: FaultContext) -> Inputs:
    return replace(inputs, texts=event_faults.lose_texts(inputs.frame("texts"), share, context.seed))


def empty_new_texts(inputs: Inputs, strength: float, context: FaultContext) -> Inputs:
    return replace(inputs, texts=event_faults.empty_new_texts(inputs.frame("texts"), context.new))


def same_new_texts(inputs: Inputs, strength: float, context: FaultContext) -> Inputs:
    return replace(inputs, texts=event_faults.same_new_texts(inputs.frame("texts"), context.new))


def shift_new_texts(inputs: Inputs, strength: float, context: FaultContext) -> Inputs:
    return replace(inputs, texts=event_faults.shift_new_texts(inputs.frame("texts"), context.new))


def lose_kind(day: DayProfile, strength: float, context: FaultContext) -> DayProfile:
    """The log of the day without its most frequent kind of events, ties by name; a log of one kind stays as it is."""
    if len(day.kinds) < 2:
        return day
    lost = max(sorted(day.kinds), key=lambda kind: day.kinds[kind])
    kept = {kind: events for kind, events in day.kinds.items() if kind != lost}
    share = sum(kept.values()) / sum(day.kinds.values())
    surfaces, sources = (
        {name: int(share * events) for name, events in of.items()} for of in (day.surfaces, day.sources)
    )
    return replace(day, kinds=kept, events=sum(kept.values()), surfaces=surfaces, sources=sources)


_ALL = (
    Fault("lose_events", "a share of the log is lost", 0.5, SEQUENCES, inputs=lose_events),
    Fault("lose_last_day", "a share of the last day is lost", 0.9, SEQUENCES, inputs=lose_last_day),
    Fault("repeat_last_day", "the last day arrives several times", 10, SEQUENCES, inputs=repeat_last_day),
    Fault("spam", "a few new birds make a share of all events", 0.05, SEQUENCES, inputs=spam),
    Fault(
        "shuffle_sessions", "flits are dealt out to birds at random", 0, SEQUENCES, inputs=shuffle_sessions
    ),
    Fault(
        "shift_flits",
        "flit_id of the last day is off by some rows",
        1,
        SEQUENCES,
        judged_by="day_fit",
        inputs=shift_flits,
    ),
    Fault(
        "mix_up_birds",
        "a share of the birds of the last day is mixed up",
        1,
        SEQUENCES,
        judged_by="day_fit",
        inputs=mix_up_birds,
    ),
    Fault("lose_texts", "a share of the texts is empty", 0.5, TEXTS, inputs=lose_texts),
    Fault("empty_new_texts", "the day's flits have no text", 0, TEXTS, inputs=empty_new_texts),
    Fault("same_new_texts", "the day's flits all say the same", 0, TEXTS, inputs=same_new_texts),
    Fault(
        "lose_kind",
        "the day's most frequent kind of events is missing",
        judged_by="missing_kinds",
        day=lose_kind,
    ),
    Fault(
        "shift_new_texts",
        "the day's flits have each other's texts",
        0,
        TEXTS,
        judged_by="new_text_fit",
        inputs=shift_new_texts,
    ),
    Fault(
        "one_epoch",
        "training is cut off after its first epoch",
        parameter="epochs",
        parameters=lambda parameters, strength, context: parameters.model_copy(update={"epochs": 1}),
    ),
    Fault(
        "permute_ids",
        f"a share of the ids, {FEWEST_MIXED_UP} at least, have each other's vectors",
        0.01,
        embedding=lambda embedding, share, context: vector_faults.permute_ids(
            embedding, share, context.seed, FEWEST_MIXED_UP
        ),
    ),
    Fault(
        "zero_dimensions",
        "a share of the dimensions is empty",
        0.1,
        embedding=lambda embedding, share, context: vector_faults.zero_dimensions(
            embedding, share, context.seed
        ),
    ),
    Fault("stale", "the predecessor's vectors under a new name", judged_by="unchanged", embedding=stale),
    Fault(
        "duplicate_id",
        "an id stands in two rows",
        version=lambda version, strength, context: vector_faults.duplicate_id(version, context.seed),
    ),
    Fault(
        "non_finite",
        "a vector holds NaN",
        version=lambda version, strength, context: vector_faults.non_finite(version, context.seed),
    ),
    Fault(
        "rotate",
        "other axes, nothing else: must pass",
        harmless=True,
        embedding=lambda embedding, strength, context: vector_faults.rotate(embedding, context.seed),
    ),
    Fault(
        "new_topic",
        "a trend takes a share of the last day: must not be blocked",
        0.1,
        SEQUENCES,
        harmless=True,
        may_warn=True,
        inputs=new_topic,
    ),
)

FAULTS: Mapping[str, Fault] = {fault.name: fault for fault in _ALL}

CANARIES: tuple[str, ...] = tuple(name for name in FAULTS if name != "new_topic")
"""Those that a gate is tried with every week; a trend it may warn of, or not: the drift study says how often."""
