"""Pictures of a version: a map of its space, its score among the versions before it, and who is covered.

Pure functions from data to a PNG file. Each builds a figure of its own, without pyplot and its global state,
so they may run in threads; equal data gives equal bytes.
"""

from tasks.report.plots.coverage import draw_coverage
from tasks.report.plots.scorecard import Mark, draw_costs, draw_dimensions, draw_scorecard
from tasks.report.plots.space_map import Earlier, SpaceMap, draw_map
from tasks.report.plots.trend import draw_trend

__all__ = [
    "Earlier",
    "Mark",
    "SpaceMap",
    "draw_costs",
    "draw_coverage",
    "draw_dimensions",
    "draw_map",
    "draw_scorecard",
    "draw_trend",
]
