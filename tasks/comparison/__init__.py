"""Comparison and gate: align a version onto its predecessor, measure what changed, judge it by rules. Pure.

`align` and `decide_space_id` before a version is written, `compare_versions` once it is as it would be published.
"""

from tasks.comparison.compare_versions import Comparison, ComparisonParameters, Version, compare_versions
from tasks.comparison.gate.judge import RuleResult, Verdict, judge
from tasks.comparison.gate.table import GateParameters, merged
from tasks.comparison.statistics import Quality, Statistics
from tasks.comparison.vectors.alignment import Alignment, AlignmentParameters, Sides, align
from tasks.comparison.vectors.paired import deciles
from tasks.comparison.vectors.space_id import SpaceOrigin, decide_space_id

__all__ = [
    "Alignment",
    "AlignmentParameters",
    "Comparison",
    "ComparisonParameters",
    "GateParameters",
    "Quality",
    "RuleResult",
    "Sides",
    "SpaceOrigin",
    "Statistics",
    "Verdict",
    "Version",
    "align",
    "compare_versions",
    "decide_space_id",
    "deciles",
    "judge",
    "merged",
]
