"""Every known id is either in a version or counted under a reason."""

from __future__ import annotations

from tasks.embeddings.contract import Embedding
from tasks.plan import Plan
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


def _reason_never_seen(plan: Plan) -> str:
    if "texts" in plan.pipeline.how.reads:
        return "no_text_landed"
    return "no_event" if plan.pipeline.window is None else "no_event_in_window"
