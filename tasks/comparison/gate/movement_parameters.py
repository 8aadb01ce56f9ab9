"""What a person may set about the rules for vectors that moved. A limit is the last value that passes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tasks.comparison.gate.rule_parameters import Cosine, Count, Growth, Level, RuleParameters, Share

Multiple = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Movement(RuleParameters):
    """`multiple` counts where a noise floor was measured: times the distance that is expected of a healthy night.

    `limit` counts where there is none.
    """

    multiple: Multiple


class AlignedCosine(Movement):
    """Smallest mean cosine between old and new vectors of the common ids, after alignment."""

    level: Level = "warn"
    limit: Cosine = 0.80
    multiple: Multiple = 1.75


class Upheaval(Movement):
    """As `aligned_cosine`, so far off that the version is another space."""

    level: Level = "block"
    limit: Cosine = 0.50
    multiple: Multiple = 4.0


class NeighbourOverlap(Movement):
    """Smallest mean overlap@50 of old and new neighbours; needs no alignment."""

    level: Level = "warn"
    limit: Share = 0.50
    multiple: Multiple = 1.75


class NormChange(RuleParameters):
    """Median change of length, either way; the limit grows with the turnover of the inputs.

    Lengths hold how much training an id had: they shrink when events are missing or epochs are left out.
    """

    level: Level = "warn"
    limit: Growth = 0.06


class LengthCollapse(RuleParameters):
    """As `norm_change`, so far off that training was another."""

    level: Level = "block"
    limit: Growth = 0.50


class OutlierShare(RuleParameters):
    """Share of the common ids that moved unlike their seed; the limit grows with the turnover of the inputs."""

    level: Level = "warn"
    limit: Share = 0.004


class Misplaced(RuleParameters):
    """Ids that sit in the place of another that is gone from there: what mixed-up ids look like."""

    level: Level = "block"
    limit: Count = 1


class Unchanged(RuleParameters):
    """Share of the common ids with the very same vector, though the method retrains and the logs are others."""

    level: Level = "block"
    limit: Share = 0.50


class LostDirections(RuleParameters):
    """Dimensions of the space that the predecessor's vectors filled and these do not, in whatever frame."""

    level: Level = "block"
    limit: Count = 0
