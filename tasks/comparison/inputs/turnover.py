"""How much of what a space learns from is new: the part of its movement that no fault is needed to explain."""

from __future__ import annotations

from tasks.comparison.inputs.window_profile import WindowProfile


def turnover(window: WindowProfile, before: WindowProfile) -> float | None:
    """Events that came or aged out since the predecessor, as a share of all that either learnt from, in [0, 1].

    Events that should still be there and are not do not count: to miss them is a fault. None without events.
    """
    days = {*window.by_day, *before.by_day}
    counts = [(window.by_day.get(day, 0), before.by_day.get(day, 0), day) for day in days]
    everything = sum(max(new, old) for new, old, _ in counts)
    if not everything:
        return None
    came = sum(max(0, new - old) for new, old, _ in counts)
    aged = sum(
        old for new, old, day in counts if window.start is not None and day < window.start and old > new
    )
    return (came + aged) / everything
