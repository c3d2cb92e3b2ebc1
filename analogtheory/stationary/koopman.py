"""The exact stationary law of a small Dynamics, without sampling (methods, section 1).

Not the density is discretised, which may be singular, but the Koopman operator
(P h)(x) = E[h(T(x, ξ)) | x]: collocated at Chebyshev nodes, it converges spectrally. The
left null vector v of I − P with Σv = 1 gives E_π f = v·f(nodes) for every observable,
powers of P the exact finite-horizon curve. The transition is read off the program of the
Dynamics; no formula of an algorithm is repeated here.
"""

from __future__ import annotations

from typing import Any

from analogtheory.dynamics import Dynamics
from analogtheory.errors import InputError
from analogtheory.stationary.counts import PulseModel
from analogtheory.stationary.law import StationaryLaw
from analogtheory.stationary.point import point_law
from analogtheory.stationary.program import Program
from analogtheory.stationary.search import Search
from analogtheory.stationary.solvers import Averaged, Pulsed


def stationary_law(
    dynamics: Dynamics,
    *,
    fidelity: Any = "averaged",
    dw_min: float | None = None,
    cycle_noise: float = 0.0,
    train_length: int = 31,
    multiplicative_noise: bool = False,
    nodes: int | None = None,
    tolerance: float = 1e-11,
    max_nodes: int | None = None,
) -> StationaryLaw:
    """The stationary law of a scalar Dynamics with one or two states.

    Parameters
    ----------
    dynamics : Dynamics
    fidelity : str or Fidelity
        "averaged" (one or two states), or "pulsed", "rounded", "ceiling" (one state), see
        :mod:`analogtheory.stationary.counts`; or an object with the attributes kind,
        dw_min, cycle_noise, train_length, multiplicative_noise, as used in simulation.
    dw_min : float
        Δw_min, in weight units; needed for pulses.
    cycle_noise, train_length, multiplicative_noise
        σ_c, BL and whether σ_c scales with q.
    nodes : int, optional
        Number of nodes, instead of doubling until `tolerance`.
    tolerance : float
        For the change of the moments under node doubling, see :class:`Health`.
    max_nodes : int, optional
        Where doubling stops: 512 for one state, 2100 for two, 192 for pulses.

    Returns
    -------
    StationaryLaw
        Whose `resolved` and `reason` say whether the nodes sufficed.

    Raises
    ------
    InputError
        For an objective that is not a scalar formula, more than two states, two states with
        two continuous draws, a noise-free dynamics that has not exactly one stable fixed
        point, or settings that do not fit.

    Examples
    --------
    >>> from analogtheory.algorithms import analog_sgd
    >>> from analogtheory.noise import Rademacher
    >>> from analogtheory.objectives import ScalarQuadratic
    >>> from analogtheory.responses.response import Response
    >>> device = Response("1 - w", "1 + w", -1, 1)
    >>> law = stationary_law(analog_sgd(device, ScalarQuadratic(1, 0.9), Rademacher(0.5)))
    >>> round(law.mean("W").value, 12), law.resolved
    (0.6, True)
    """
    model = _model(fidelity, dw_min, cycle_noise, train_length, multiplicative_noise)
    program = Program(dynamics)
    if program.is_noiseless and model.kind == "averaged":
        return point_law(program)
    if len(program.states) > 1 and sum(d.law.atoms is None for d in program.draws) > 1:
        raise InputError(
            "stationary_law: two states with two continuous draws are beyond this method; give "
            "one of the noise laws atoms (Rademacher, two-point), or simulate"
        )
    solver = Averaged(program) if model.kind == "averaged" else Pulsed(program, model)
    limit = max_nodes or solver.most_nodes
    if limit < 4 or (nodes is not None and nodes < 4):
        raise InputError(f"nodes: at least 4 are needed, got {min(limit, nodes or limit)}")
    if not tolerance > 0:
        raise InputError(f"tolerance: must be a positive number, got {tolerance:g}")
    search = Search(solver, nodes, tolerance, limit)
    pair = search.one_state() if len(program.states) == 1 else search.two_states()
    return StationaryLaw(program, pair, refine=search.same_size(pair), curve=search.curve(pair))


def _model(fidelity: Any, *settings: Any) -> PulseModel:
    if isinstance(fidelity, str):
        return PulseModel(fidelity, *settings)
    names = ("kind", "dw_min", "cycle_noise", "train_length", "multiplicative_noise")
    if not all(hasattr(fidelity, name) for name in names):
        raise InputError(f"fidelity {fidelity!r}: give a name or a Fidelity")
    return PulseModel(*(getattr(fidelity, name) for name in names))
