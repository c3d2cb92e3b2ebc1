"""simulate: which backend runs a simulation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray

from analogtheory.dynamics import Dynamics
from analogtheory.errors import InputError
from analogtheory.kernels import precision
from analogtheory.kernels.formulas import UnsupportedFormula
from analogtheory.kernels.gpu import available_cupy
from analogtheory.philox import check_seed
from analogtheory.simulation.body import Body
from analogtheory.simulation.fidelity import Fidelity
from analogtheory.simulation.gpu import run_on_gpu
from analogtheory.simulation.interpreted import run_interpreted
from analogtheory.simulation.iteration import written
from analogtheory.simulation.program import check_names
from analogtheory.simulation.reference import run_reference
from analogtheory.simulation.result import SimulationResult
from analogtheory.simulation.settings import Observable, Settings, chosen_fidelity
from analogtheory.simulation.single import check_numbers, check_train
from analogtheory.simulation.tiled import run_tiled

Array = NDArray[np.float64]

BACKENDS = ("auto", "numpy", "numba", "cupy")

#: From this many updates on a kernel repays its compilation (2 to 4 seconds, once).
WORTH_COMPILING = 4_000_000


def simulate(
    dynamics: Dynamics,
    *,
    trajectories: int = 4096,
    steps: int = 1000,
    start: Mapping[Any, Any] | None = None,
    fidelity: str | Fidelity = "averaged",
    dw_min: Any = None,
    cycle_noise: Any = 0.0,
    parameters: Mapping[Any, Any] | None = None,
    seed: int = 1,
    backend: str = "auto",
    observe: Mapping[str, Observable] | None = None,
    burn_in: int = 0,
    record: str = "final",
    every: int = 1,
    first_trajectory: int = 0,
    dtype: str = "float64",
) -> SimulationResult:
    """Simulate independent trajectories of a Dynamics.

    The program of the Dynamics is executed as written, step by step, on arrays with one
    entry per trajectory (scalar objectives, shape (N,)) or one row (D dimensions, shape
    (N, D)). Every random number is a function of the seed, the iteration, the trajectory
    and the coordinate (see :mod:`analogtheory.philox`): the outcome of a
    trajectory is the same to the last bit however the work is split.

    Parameters
    ----------
    dynamics : Dynamics
        The parameters of its responses may be arrays that broadcast with a state: in one
        dimension (N,), in D dimensions (D,), (N, 1) or (N, D). They belong to the
        trajectories of this call, also when `first_trajectory` is not 0.
    trajectories, steps : int
        N and the number of iterations.
    start : mapping of state name to number or array, optional
        The states before the first iteration; 0 for those not given. Arrays broadcast
        as above.
    fidelity : str or Fidelity
        "averaged", or with pulses of size `dw_min`: "ceiling", "rounded", "pulsed" (with
        trains of 31 slots). See :mod:`analogtheory.simulation.fidelity`.
    dw_min, cycle_noise : float or array
        Δw_min in weight units, and σ_c, for a fidelity given by its name; arrays as above.
    parameters : mapping of name to number or array, optional
        Values that replace those of the Dynamics: of a parameter (alpha, beta, gamma) or,
        under the name of a draw (epsilon), of its standard deviation; arrays as above. So
        one call runs a grid: ``parameters={"alpha": [0.01, 0.1], "epsilon": [0.5, 0.5]}``
        with two trajectories.
    seed : int
        0 ≤ seed < 2⁶⁴.
    backend : str
        "numpy": the reference, on arrays. "numba": a kernel generated from the Dynamics,
        tiles of trajectories on all cores; for scalar objectives whose observables are
        expressions. "cupy": the same on a GPU, one thread a trajectory (extra "cuda12" or
        "cuda13"). "auto": "numba" where it gives the same bits as the reference and
        there are at least four million updates of a trajectory, else "numpy"; never
        "cupy", which must be asked for.
    observe : mapping of name to expression or function, optional
        What to average over time: a sympy expression in the states and parameters, which
        may contain ``gradient(…)`` of :mod:`analogtheory.dynamics`; or a function of a
        dict of arrays (name of state to its values) that returns an array of shape
        (N, …).
    burn_in : int
        Time averages run over the states before steps burn_in, …, steps − 1.
    record : str
        "final", or "trajectory" to keep every state before steps 0, `every`, 2·`every`, …
    every : int
    first_trajectory : int
        Number of the first trajectory: trajectories 100 … 199 alone are
        ``first_trajectory=100, trajectories=100``.
    dtype : str
        "float64" or "float32", the precision of states, parameters, formulas and draws; two
        to three times as fast in "float32" where there are pulses. See Notes.

    Returns
    -------
    SimulationResult

    Raises
    ------
    InputError
        If an argument cannot be used.
    DivergedError
        If a state or an observable ceases to be finite.
    MissingExtra
        If `backend` is "cupy" and CuPy is not installed.

    Notes
    -----
    The backends agree to the last bit for laws made of + − × ÷, square roots, exp, log,
    |·|, max, min and whole or half powers. Other functions and powers come from the
    machine's mathematical library and may differ by a few ulp in each step; these run on
    "numba" and "cupy" only when asked for.

    With ``dtype="float32"`` the states of the result are float32; time averages and counts are
    summed in double precision. Random numbers come from other words than in "float64" (table in
    :mod:`analogtheory.philox`): normal numbers reach 6.76 standard deviations, uniform ones
    are multiples of 2⁻³² rounded to 24 bits. The probability that a train has at most n pulses
    errs by less than (2·BL + 8)·2⁻²⁴, 4.2e-6 for 31 slots, and the mean count by 0.05 % where
    0.003 pulses are expected, by 3 % where 0.00003 are. A division by a number of the
    simulation is a multiplication by its reciprocal. A change smaller than 6e-8 of a weight
    is lost. It is for scalar objectives, the laws of this package, observables that are
    expressions, trains of at most 120 slots and numbers between 1.2e-38 and 3.4e38; anything
    else is refused. The backends agree to the last bit as in double precision; "numpy" then
    executes the statements of the kernel on arrays.

    Weights are clipped to the range of their device after every averaged update and every
    pulse; `clipped` of the result says in how many updates that happened. Where responses are
    affine in w and the cycle-to-cycle noise is additive, all pulses of an update are one draw
    from their exact law, as far from the ends of the range as no pulse can be clipped
    (:mod:`analogtheory.simulation.merged`); ``Fidelity(…, one_by_one=True)`` has each pulse drawn
    and executed by itself. A response that is not positive is simulated as it is.

    Source: arXiv:2502.06309 eqs. (5), (26), (27) for the fidelities; intervals over
    independent trajectories.

    Examples
    --------
    Analog SGD on a linear device settles at w*·hτ/(hτ + σ), not at w* = 0.9:

    >>> import sympy
    >>> from analogtheory.algorithms import analog_sgd
    >>> from analogtheory.noise import Rademacher
    >>> from analogtheory.objectives import ScalarQuadratic
    >>> from analogtheory.responses import WEIGHT, Response
    >>> device = Response(1 - WEIGHT, 1 + WEIGHT, -1, 1)
    >>> dynamics = analog_sgd(device, ScalarQuadratic(1, 0.9), Rademacher(0.5), lr=0.02)
    >>> weight = dynamics.states[0]
    >>> result = simulate(
    ...     dynamics, trajectories=64, steps=1000, burn_in=500, observe={"W": weight}
    ... )
    >>> mean, low, high, replicas = result.interval("W")
    >>> low < 0.61 and high > 0.59 and high - low < 0.02
    True
    """
    check_backend(backend)
    settings = Settings(
        dynamics=dynamics,
        trajectories=trajectories,
        steps=steps,
        fidelity=chosen_fidelity(fidelity, dw_min, cycle_noise),
        seed=check_seed(seed),
        observe=dict(observe or {}),
        burn_in=burn_in,
        record=record,
        every=every,
        first_trajectory=first_trajectory,
        given=dict(parameters or {}),
        dtype=precision.dtype(dtype),
    )
    if settings.precision == 32:
        return _in_single(settings, backend, start)
    body = chosen_body(settings, backend)
    states = settings.starting(start)
    if body is None:
        return run_reference(settings, states)
    return run_on_gpu(body, states) if backend == "cupy" else run_tiled(body, states)


def _in_single(
    settings: Settings, backend: str, start: Mapping[Any, Any] | None
) -> SimulationResult:
    """A simulation in single precision: always as blocks, whichever backend runs them."""
    check_train(settings.fidelity)
    try:
        body = _written(settings)
    except UnsupportedFormula as problem:
        raise InputError(f"dtype 'float32': {problem}; use dtype='float64'") from None
    states = settings.starting(start)
    check_numbers(body, states)
    if backend == "cupy":
        return run_on_gpu(body, states)
    # A choice by size must not change the bits of a trajectory.
    small = settings.trajectories * settings.steps < WORTH_COMPILING or not body.program.is_exact
    if backend == "numpy" or (backend == "auto" and small):
        return run_interpreted(body, states)
    return run_tiled(body, states)


def check_backend(backend: str) -> None:
    """Refuse a backend that does not exist, or not here.

    Raises
    ------
    InputError
    MissingExtra
    """
    if backend not in BACKENDS:
        raise InputError(f"backend {backend!r}: unknown; use one of {', '.join(BACKENDS)}")
    if backend == "cupy":
        available_cupy()


def chosen_body(settings: Settings, backend: str) -> Body | None:
    """The simulation as blocks if a kernel is to run it; None for the reference.

    Raises
    ------
    InputError
        If "numba" or "cupy" was asked for and cannot run it.
    """
    updates = settings.trajectories * settings.steps
    if backend == "numpy" or (backend == "auto" and updates < WORTH_COMPILING):
        return None
    try:
        body = _written(settings)
    except UnsupportedFormula as problem:
        if backend != "auto":
            raise InputError(f"backend {backend!r}: {problem}; use 'numpy'") from None
        return None
    # A choice by size must not change the bits of a trajectory.
    return None if backend == "auto" and not body.program.is_exact else body


def _written(settings: Settings) -> Body:
    """The simulation as blocks, after those checks that every backend makes."""
    settings.devices()  # whose parameters must fit
    for name, what in settings.observe.items():
        if isinstance(what, sympy.Basic):
            check_names(settings, name, what)
    return written(settings)
