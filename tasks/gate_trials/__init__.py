"""Faults that the gate must catch, made on purpose: pure functions of what a stage has, a strength and a seed.

`FAULTS` holds them by name. Canaries hand the gate a night with each of them; the drift study draws each many times.
"""

from tasks.gate_trials.fault import Fault, FaultContext
from tasks.gate_trials.faults import CANARIES, FAULTS

__all__ = ["CANARIES", "FAULTS", "Fault", "FaultContext"]
