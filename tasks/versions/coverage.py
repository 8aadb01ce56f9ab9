"""Every known id is either in a version or counted under a reason."""

from __future__ import annotations

from tasks.embeddings.contract import Embedding, Source
from tasks.versions.plan import Plan
from warehouse.vectors import Ids


def left_out(plan: Plan, embedding: Embedding, known: Ids) -> dict[str, int]:
    """Reason → number of `known` ids without a vector, the same reasons every night, also those of nobody.

    The method gives its own reasons for ids that it saw; the others never reached it: no text of theirs landed, or no
    event inside the window.
    """
    counts = dict.fromkeys((*plan.pipeline.how.leaves_out, _reason_never_seen(plan)), 0)
    counts |= {reason: len(ids) for reason, ids in embedding.left_out.items()}
    # Sets, since NumPy compares each object with each.
    never_seen = set(known).difference(embedding.vectors.ids, *embedding.left_out.values())
    counts[_reason_never_seen(plan)] = len(never_seen)
    return counts


_NEVER_SEEN: tuple[tuple[frozenset[Source], str], ...] = (
    (frozenset({"texts", "documents"}), "no_text_landed"),
    (frozenset({"sequences", "interactions"}), "no_event"),
    (frozenset({"follows", "replies", "relations"}), "no_edge"),
    (frozenset({"authors"}), "wrote_nothing"),
    (frozenset({"birds"}), "not_in_bird_table"),
    (frozenset({"parents"}), "no_vector_in_parents"),
)
"""Why an id that a log names did not reach a method, by what the method reads; the first that applies."""


def _reason_never_seen(plan: Plan) -> str:
    reads = plan.pipeline.how.reads
    reason = next(reason for sources, reason in _NEVER_SEEN if sources & reads)
    within = plan.pipeline.window is not None and reason in ("no_event", "no_edge", "wrote_nothing")
    return f"{reason}_in_window" if within else reason
