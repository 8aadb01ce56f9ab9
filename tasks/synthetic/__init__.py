"""A synthetic Flutter that is worth looking at: landing files of any size, with planted truth.

flutter = Flutter(SyntheticParameters(birds=400))
flutter.land_history(landing)
for day in flutter.nights:
    flutter.land(landing, day)
"""

from tasks.synthetic.flutter import Flutter, LandedNight
from tasks.synthetic.landing.files import MadeFile
from tasks.synthetic.parameters import SyntheticParameters
from tasks.synthetic.truth import Truth

__all__ = ["Flutter", "LandedNight", "MadeFile", "SyntheticParameters", "Truth"]
