"""A scalar Dynamics as a recursion with rational polynomials, and its invariant interval."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from analogtheory.checker.poisson import Coefficients
from analogtheory.dynamics import Dynamics, Let, Pulse
from analogtheory.errors import InputError
from analogtheory.exact import exact
from analogtheory.noise import NoiseLaw, NoNoise, Rademacher, TwoPoint, Uniform
from analogtheory.responses.formulas import WEIGHT
from analogtheory.stationary.domain import averaged_moments, rests, trap
from analogtheory.stationary.program import Program

#: How closely a given half-width must agree with the law's σ√3, relatively.
_AGREE = 1e-9


@dataclass(frozen=True)
class Recursion:
    """w⁺ = w + Δ·q_±(w), Δ = offset(w) + slope·ε; fields as in PoissonCertificate."""

    dynamics: Dynamics
    up: Coefficients
    down: Coefficients
    offset: Coefficients
    slope: Fraction
    atoms: tuple[tuple[Fraction, Fraction], ...]
    uniform: Fraction
    interval: tuple[Fraction, Fraction]

    def observable(self, formula: Any) -> Coefficients:
        """The coefficients of a polynomial observable.

        Raises
        ------
        InputError
            If it is not a polynomial in the state.
        """
        return _coefficients(self.dynamics, formula, "observable")


def read_recursion(
    dynamics: Dynamics, uniform_half_width: Any, interval: tuple[Any, Any] | None
) -> Recursion:
    """Read a Dynamics as a rational polynomial recursion.

    Raises
    ------
    InputError
        If it is not one.
    """
    pulse, change = _only_pulse(dynamics)
    up, down = (
        _coefficients(dynamics, q.subs(WEIGHT, pulse.state), what)
        for q, what in ((pulse.response.up, "q₊"), (pulse.response.down, "q₋"))
    )
    draw = dynamics.draws[0]
    slope = sympy.diff(change, draw.symbol)
    if not sympy.simplify(slope).is_Rational:
        raise InputError(f"{dynamics.name}: the change must be affine in the noise, slope constant")
    offset = _coefficients(dynamics, change.subs(draw.symbol, 0), "change")
    atoms, uniform = _noise(draw.law, uniform_half_width)
    rational = as_fraction(sympy.simplify(slope))
    values = [value for value, _ in atoms] or [-uniform, uniform]
    extremes = [_shifted(offset, rational * value) for value in (min(values), max(values))]
    if interval is None:
        ends = _find_interval(dynamics, pulse, extremes)
    else:
        ends = (as_fraction(exact(interval[0])), as_fraction(exact(interval[1])))
    return Recursion(dynamics, up, down, offset, rational, atoms, uniform, ends)


def _only_pulse(dynamics: Dynamics) -> tuple[Pulse, Any]:
    pulses = [step for step in dynamics.steps if isinstance(step, Pulse)]
    others = [step for step in dynamics.steps if not isinstance(step, Pulse | Let)]
    if len(dynamics.states) != 1 or len(pulses) != 1 or others or len(dynamics.draws) != 1:
        raise InputError(
            f"{dynamics.name}: a Poisson certificate is for one state, one pulse and one "
            "random number per iteration"
        )
    change: Any = pulses[0].change
    for step in reversed(dynamics.steps):
        if isinstance(step, Let):
            change = change.subs(step.symbol, step.value)
    change = dynamics.insert_gradient(change)
    return pulses[0], sympy.expand(change.subs(dynamics.exact_parameters))


def _coefficients(dynamics: Dynamics, formula: Any, what: str) -> Coefficients:
    [state] = dynamics.states
    inserted: Any = dynamics.insert_gradient(dynamics.own_symbols(formula))
    inserted = sympy.expand(inserted.subs(dynamics.exact_parameters))
    polynomial = inserted.as_poly(state) if inserted.has(state) else sympy.Poly(inserted, state)
    if polynomial is None or not all(c.is_Rational for c in polynomial.all_coeffs()):
        raise InputError(
            f"{dynamics.name}: {what} = {formula} is not a polynomial in {state} with rational "
            "coefficients, which a Poisson certificate needs"
        )
    return tuple(as_fraction(c) for c in reversed(polynomial.all_coeffs()))


def _noise(
    law: NoiseLaw, half_width: Any
) -> tuple[tuple[tuple[Fraction, Fraction], ...], Fraction]:
    if isinstance(law, Uniform):
        if half_width is None:
            raise InputError("uniform noise: give its exact half-width as uniform_half_width")
        a = as_fraction(exact(half_width))
        if abs(float(a) - law.half_width) > _AGREE * law.half_width:
            raise InputError(
                f"uniform_half_width: {float(a):g} is not that of the noise, σ√3 = "
                f"{law.half_width:g}"
            )
        return (), a
    if isinstance(law, Rademacher | TwoPoint | NoNoise):
        atoms = law.exact_atoms()
        if all(value.is_Rational and share.is_Rational for value, share in atoms):
            return tuple((as_fraction(v), as_fraction(p)) for v, p in atoms), Fraction(0)
        raise InputError(f"noise {law.spec}: its values are irrational; choose others")
    raise InputError(f"noise {law.spec}: a Poisson certificate needs two-valued or uniform noise")


def _shifted(polynomial: Coefficients, constant: Fraction) -> Coefficients:
    return (polynomial[0] + constant, *polynomial[1:])


def _find_interval(
    dynamics: Dynamics, pulse: Pulse, extremes: list[Coefficients]
) -> tuple[Fraction, Fraction]:
    """The trap, its ends recognised as range ends or rational zeros of an extreme change."""
    low, high = as_fraction(pulse.response.low), as_fraction(pulse.response.high)
    program = Program(dynamics)
    found = rests(averaged_moments(program), float(low), float(high))
    if len(found) != 1:
        raise InputError(
            f"{dynamics.name}: {len(found)} resting points in the range; give the interval"
        )
    domain = trap(program, found[0].point)
    candidates = [low, high]
    for coefficients in extremes:
        expression = sum(
            sympy.Rational(c.numerator, c.denominator) * WEIGHT**k
            for k, c in enumerate(coefficients)
        )
        candidates += [as_fraction(r) for r in sympy.Poly(expression, WEIGHT).ground_roots()]
    slack = 1e-7 * float(high - low)
    ends = []
    for target in (domain.low[0], domain.high[0]):
        near = [c for c in candidates if abs(float(c) - target) <= slack]
        if not near:
            raise InputError(
                f"{dynamics.name}: the forward-invariant interval ends near {target:.6g}, which "
                "is not recognised as a rational number; give the interval"
            )
        ends.append(near[0])
    return ends[0], ends[1]


def as_fraction(value: Any) -> Fraction:
    """A SymPy or FLINT rational as a Fraction."""
    return Fraction(int(value.p), int(value.q))
