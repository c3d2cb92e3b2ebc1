"""Functions of the states whose expectation is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray
from scipy import optimize

from analogtheory.errors import InputError
from analogtheory.stationary.domain import Domain
from analogtheory.stationary.program import Program

Array = NDArray[np.float64]
#: A formula in the states (SymPy), or a function of arrays, one per state.
Observable: TypeAlias = Any


def compile_observable(program: Program, observable: Observable) -> Callable[..., Array]:
    """The observable as a function of arrays, one per state.

    Raises
    ------
    InputError
        If a formula contains anything but states, parameters and ∇f.
    """
    if not isinstance(observable, sympy.Basic | int | float):
        if not callable(observable):
            raise InputError(f"observable {observable!r}: give a formula or a function")
        function: Callable[..., Any] = observable
    else:
        function = sympy.lambdify(program.states, _insert(program, observable), modules="numpy")

    def evaluate(*states: Array) -> Array:
        values = np.asarray(function(*states), dtype=np.float64)
        return np.broadcast_to(values, np.shape(states[0]))

    return evaluate


def _insert(program: Program, observable: Any) -> Any:
    dynamics = program.dynamics
    formula: Any = dynamics.insert_gradient(dynamics.own_symbols(observable))
    formula = formula.subs(dynamics.exact_parameters)
    unknown = formula.free_symbols - set(program.states)
    if unknown:
        names = ", ".join(sorted(map(str, unknown)))
        raise InputError(
            f"observable {observable}: unknown symbol {names}; the states of {dynamics.name} "
            f"are {', '.join(map(str, program.states))}"
        )
    return formula


def observable_kinks(
    program: Program, observable: Observable, domain: Domain
) -> tuple[tuple[float, ...], ...]:
    """Where |·| in a formula has its kinks, for arguments in one state that the tail leaves.

    Kinks of functions given as Python code, and those on oblique lines, are not found.
    """
    empty: list[list[float]] = [[] for _ in program.states]
    if not isinstance(observable, sympy.Basic):
        return tuple(tuple(e) for e in empty)
    moved = {step.target for step in program.tail}
    for term in _insert(program, observable).atoms(sympy.Abs):
        symbols = term.free_symbols
        if len(symbols) == 1 and not symbols & moved:
            index = program.states.index(next(iter(symbols)))
            empty[index] += _zeros(term.args[0], domain.low[index], domain.high[index])
    return tuple(tuple(e) for e in empty)


def _zeros(argument: sympy.Expr, low: float, high: float) -> list[float]:
    [symbol] = argument.free_symbols
    function = sympy.lambdify(symbol, argument, modules="numpy")
    grid = np.linspace(low, high, 513)
    values = np.broadcast_to(np.asarray(function(grid), dtype=np.float64), grid.shape)
    zeros = [float(x) for x in grid[values == 0]]
    for k in np.flatnonzero(values[:-1] * values[1:] < 0):
        zeros.append(float(optimize.brentq(function, grid[k], grid[k + 1], xtol=1e-15)))
    return zeros
