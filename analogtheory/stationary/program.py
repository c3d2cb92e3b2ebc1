"""A Dynamics as a numerical program, with its kinks.

The steps are cut in two: *head* (from the start) and *tail*, the longest end piece that
contains no random number, such as the transfer W⁺ = pulse(W, βP⁺) of Residual Learning.
Seen at the cut, one iteration is tail, then head: now |P| has its kink at P = 0, a fixed
line of the state space on which a panel edge can lie, instead of a curve that depends on
the noise. The law at the end of an iteration is that at the cut, pushed through the tail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray

from analogtheory.dynamics import Assign, Draw, Dynamics, Let, Pulse, Step
from analogtheory.errors import InputError
from analogtheory.noise import NoNoise
from analogtheory.responses.response import Response

Array = NDArray[np.float64]
Values = dict[sympy.Symbol, Any]

#: More states than this need too many nodes (methods, section 1).
MOST_STATES = 2


@dataclass(frozen=True)
class Kink:
    """Where a function of the iteration changes its formula: where `value` is 0.

    Attributes
    ----------
    value : array
    depends : frozenset of symbols
        States (as they were at the start) and draws that it depends on.
    """

    value: Array
    depends: frozenset[sympy.Symbol]


@dataclass(frozen=True)
class CompiledStep:
    """One step as a function of arrays."""

    target: sympy.Symbol
    arguments: tuple[sympy.Symbol, ...]
    function: Callable[..., Any]
    response: Response | None
    range: tuple[float, float]
    is_let: bool

    def body(self, values: Values) -> Array:
        """The value, or for a pulse the wanted change."""
        return np.asarray(self.function(*(values[a] for a in self.arguments)), dtype=np.float64)

    def pulsed(self, weight: Array, change: Array) -> Array:
        """The averaged update w + Δ·q_±(w), not clipped (2502.06309 eq. (3))."""
        assert self.response is not None
        up, down = self.response.q_up(weight), self.response.q_down(weight)
        return np.asarray(weight + change * np.where(change > 0, up, down))


class Program:
    """The iteration of a Dynamics on arrays of states and draws.

    Parameters
    ----------
    dynamics : Dynamics
        On a scalar objective, with one or two states and one device per state.

    Raises
    ------
    InputError
        For anything else, or if a step is not affine in a random number.
    """

    def __init__(self, dynamics: Dynamics):
        _check(dynamics)
        self.dynamics = dynamics
        self.states = dynamics.states
        self.draws: tuple[Draw, ...] = dynamics.draws
        steps = [_compile(dynamics, step) for step in dynamics.steps]
        cut = _cut(dynamics.steps, {d.symbol for d in dynamics.draws})
        self.head, self.tail = tuple(steps[:cut]), tuple(steps[cut:])
        self.ranges = tuple(_range(dynamics, state) for state in self.states)

    @property
    def is_noiseless(self) -> bool:
        """Whether every draw is constantly 0."""
        return all(isinstance(draw.law, NoNoise) for draw in self.draws)

    def run(
        self,
        steps: tuple[CompiledStep, ...],
        values: Mapping[sympy.Symbol, Any],
        kinks: list[Kink] | None = None,
        depends: dict[sympy.Symbol, frozenset[sympy.Symbol]] | None = None,
    ) -> Values:
        """Execute steps; states are clipped to their device's range, as the hardware does.

        Parameters
        ----------
        steps : tuple of CompiledStep
        values : mapping of symbol to array
            States and draws.
        kinks : list, optional
            Filled with the places where |Δ| or the clipping changes its formula.
        depends : dict, optional
            What each symbol depends on; updated.
        """
        now = dict(values)
        known = depends if depends is not None else {}
        for step in steps:
            body = step.body(now)
            used = frozenset(
                symbol for a in step.arguments for symbol in known.get(a, frozenset({a}))
            )
            if step.response is None:
                now[step.target], known[step.target] = body, used
                continue
            after = step.pulsed(now[step.target], body)
            joint = used | known.get(step.target, frozenset({step.target}))
            if kinks is not None:
                kinks.append(Kink(body, used))
                kinks.extend(Kink(after - end, joint) for end in step.range)
            now[step.target], known[step.target] = np.clip(after, *step.range), joint
        return now

    def observe(self, states: tuple[Array, ...]) -> tuple[Array, ...]:
        """States at the end of an iteration, from the states at the cut."""
        now = self.run(self.tail, dict(zip(self.states, states, strict=True)))
        return tuple(np.broadcast_to(now[s], states[0].shape) for s in self.states)


def _check(dynamics: Dynamics) -> None:
    if not dynamics.is_scalar:
        raise InputError(
            f"{dynamics.name}: the exact stationary law needs a scalar objective "
            "(a formula in w); simulate array objectives instead"
        )
    if len(dynamics.states) > MOST_STATES:
        raise InputError(
            f"{dynamics.name} has {len(dynamics.states)} states: the exact stationary law is "
            f"practical up to {MOST_STATES}, since the nodes multiply; simulate it instead"
        )
    for name, response in dynamics.responses.items():
        if response.shape:
            raise InputError(
                f"{dynamics.name}: the response of {name} differs per cell "
                f"(shape {response.shape}); take one device with .cell(index)"
            )


def _range(dynamics: Dynamics, state: sympy.Symbol) -> tuple[float, float]:
    response = dynamics.responses.get(str(state))
    return (-np.inf, np.inf) if response is None else response.range


def _compile(dynamics: Dynamics, step: Step) -> CompiledStep:
    body = step.change if isinstance(step, Pulse) else step.value
    inserted: Any = dynamics.insert_gradient(body)
    inserted = inserted.subs(dynamics.exact_parameters)
    for draw in dynamics.draws:
        if sympy.expand(sympy.diff(inserted, draw.symbol, 2)) != 0:
            raise InputError(f"{dynamics.name}: {body} must be affine in {draw.symbol}")
    arguments = tuple(sorted(inserted.free_symbols, key=str))
    return CompiledStep(
        target=step.symbol if isinstance(step, Let) else step.state,
        arguments=arguments,
        function=sympy.lambdify(arguments, inserted, modules="numpy"),
        response=step.response if isinstance(step, Pulse) else None,
        range=step.response.range if isinstance(step, Pulse) else (-np.inf, np.inf),
        is_let=isinstance(step, Let),
    )


def _cut(steps: tuple[Step, ...], draws: set[sympy.Symbol]) -> int:
    """Where the tail begins: no draws in it, and no names from before it."""
    random = set(draws)
    for step in steps:
        if isinstance(step, Let) and _body(step).free_symbols & random:
            random.add(step.symbol)
    cut = len(steps)
    while cut > 0 and not _body(steps[cut - 1]).free_symbols & random:
        cut -= 1
    named = [(i, s.symbol) for i, s in enumerate(steps) if isinstance(s, Let)]
    while cut < len(steps) and any(
        _body(step).has(symbol) for step in steps[cut:] for i, symbol in named if i < cut
    ):
        cut += 1
    return cut


def _body(step: Step) -> Any:
    return step.value if isinstance(step, Let | Assign) else step.change
