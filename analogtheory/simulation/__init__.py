"""Simulation of a Dynamics: many trajectories at once, averaged or by pulses.

Submodules
----------
backends
    :func:`simulate` and the choice of the backend.
reference
    The NumPy backend: the reference for every faster one.
interpreted, single
    The NumPy backend in single precision; what that precision can hold.
tiled
    The numba backend: a generated kernel, tiles of trajectories on all cores.
gpu
    The CuPy backend: a generated CUDA kernel, one thread a trajectory.
outcome
    What both kernels write, and the result or the error that it amounts to.
body, iteration, count_blocks, pulse_blocks, random_blocks
    A Dynamics as blocks of statements, from which kernels are generated.
draws
    How the random numbers of a Dynamics are made, law by law.
device
    A response ready to be executed.
fidelity, execution
    How faithfully a wanted change is executed: averaged, or by pulses; the same over arrays.
merged
    All pulses of an update in one draw, where their law is known.
program
    The steps of a Dynamics over arrays.
settings
    One simulation as asked for, checked once.
result
    What comes back: final states, time averages with t intervals, trajectories, counters.
"""

from analogtheory.simulation.backends import simulate
from analogtheory.simulation.fidelity import Fidelity
from analogtheory.simulation.result import DivergedError, Interval, SimulationResult

__all__ = ["DivergedError", "Fidelity", "Interval", "SimulationResult", "simulate"]
