"""Simulation of a Dynamics: many trajectories at once, averaged or pulse by pulse.

Submodules
----------
reference
    :func:`simulate`, on NumPy arrays: the reference for every faster backend.
fidelity
    How faithfully a wanted change is executed: averaged, or by pulses.
program
    The steps of a Dynamics over arrays.
settings
    One simulation as asked for, checked once.
result
    What comes back: final states, time averages with t intervals, trajectories, counters.
"""

from analogtheory.simulation.fidelity import Fidelity
from analogtheory.simulation.reference import simulate
from analogtheory.simulation.result import DivergedError, Interval, SimulationResult

__all__ = ["DivergedError", "Fidelity", "Interval", "SimulationResult", "simulate"]
