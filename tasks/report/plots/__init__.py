"""Pictures: a map of a version, its score among the versions before it, who is covered; scorecards of methods.

Pure functions from data to a PNG file. Each builds a figure of its own, without pyplot and its global state,
so they may run in threads; equal data gives equal bytes.
"""

from tasks.report.plots.scorecard import Mark, draw_costs, draw_dimensions, draw_scorecard
from tasks.report.plots.version import draw_coverage, draw_map, draw_trend, draw_version

__all__ = [
    "Mark",
    "draw_costs",
    "draw_coverage",
    "draw_dimensions",
    "draw_map",
    "draw_scorecard",
    "draw_trend",
    "draw_version",
]
