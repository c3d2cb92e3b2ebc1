"""One pulse on one cell, from the symbols of the response to statements.

With s(w) = Δw_min·q₊(w) or Δw_min·q₋(w), Δw_min of the cell, and ξ ~ N(0, 1)::

    multiplicative   w ← clip(w ± s(w)·(1 + σ_c ξ))
    additive         w ← clip(w ± (s(w) + Δw_min σ_c ξ)), Δw_min with the gain of the cell

Whatever of a formula does not depend on w is computed once per cell (a *field*): a
polynomial in w keeps its coefficients, exp(γ(aw + b)) becomes exp(h₁w + h₀). Where q₊ and
q₋ then have the same shape, one formula serves both directions with fields for up and down.

Source: arXiv:2502.06309 eqs. (3), (26); the two forms of the noise as in aihwkit 1.2.0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray

from analogtheory.kernels import elementary, elementary_single
from analogtheory.kernels.formulas import Arithmetic, Translator
from analogtheory.kernels.statements import Builder, Function, Operand
from analogtheory.responses.formulas import WEIGHT, ElementwiseFunction, parameter

Array = NDArray[Any]
Expr: TypeAlias = sympy.Expr

ARITHMETIC = {
    64: Arithmetic(elementary.exp, elementary.log, elementary.power),
    32: Arithmetic(elementary_single.exp, elementary_single.log, elementary_single.power),
}

#: Polynomials up to this degree keep their coefficients.
_HIGHEST_DEGREE = 6

_SIZE = "_pulse_size"


@dataclass(frozen=True, eq=False)
class Field:
    """A quantity of each cell that the statements read.

    Attributes
    ----------
    name : str
    up, down : arrays
        Its values for up and for down pulses, of shape () or that of the cells; one and
        the same array where the direction does not matter.
    """

    name: str
    up: Array
    down: Array

    @property
    def is_sided(self) -> bool:
        """Whether up and down pulses read different values."""
        return self.up is not self.down


@dataclass(frozen=True, eq=False)
class Step:
    """The statements of a device.

    Attributes
    ----------
    pulse : Function
        (w, up, xi, fields) → the weight after one pulse; `up` is a truth value.
    expected : Function
        (w, up, count, fields) → the weight after `count` expected pulses without noise:
        w ± count·s(w), clipped (2502.06309 eq. (5)).
    fields : list of Field
    is_noisy : bool
        Whether `pulse` reads xi.
    affine : tuple of str
        The fields of s(w) = h₀ + h₁w, or of s(w) = h₀; () if s is not affine in w.
    is_contracting : bool
        Whether s is affine with 0 ≤ 1 ± h₁ ≤ 1 in every cell: see
        :mod:`analogtheory.tiles.affine`.
    is_exact : bool
        Whether the results have the same bits on every machine.
    """

    pulse: Function
    expected: Function
    fields: list[Field]
    is_noisy: bool
    affine: tuple[str, ...]
    is_contracting: bool
    is_exact: bool

    def without_values(self) -> Step:
        """The same statements; the fields keep their names, and whether they are sided."""
        one, other = np.zeros(0), np.zeros(0)
        bare = [Field(f.name, one, other if f.is_sided else one) for f in self.fields]
        return replace(self, fields=bare)


@dataclass(frozen=True, eq=False)
class Device:
    """What a step is made of.

    Attributes
    ----------
    up, down : sympy.Expr
        q₊ and q₋ with their parameters as symbols.
    parameters : mapping
        Their values, numbers or arrays of the shape of the cells.
    size_up, size_down : arrays
        Δw_min of up and of down pulses, shape () or that of the cells.
    noise_up, noise_down : arrays
        What additive noise is relative to: Δw_min with the gain of the cell.
    low, high : arrays
        Ends of the range.
    cycle_noise : array
        σ_c.
    multiplicative_noise : bool
    """

    up: Expr
    down: Expr
    parameters: Mapping[str, Any]
    size_up: Array
    size_down: Array
    noise_up: Array
    noise_down: Array
    low: Array
    high: Array
    cycle_noise: Array
    multiplicative_noise: bool


def step_of(device: Device, precision: int) -> Step:
    """The statements of a device in a precision of 32 or 64 bits.

    Raises
    ------
    UnsupportedFormula
        If a formula has no statements.
    """
    size = parameter(_SIZE)
    up, up_parts = _hoisted(size * device.up)
    down, down_parts = _hoisted(size * device.down)
    names = [*device.parameters, _SIZE]
    up_values = _values(up_parts, {**device.parameters, _SIZE: device.size_up}, names)
    down_values = _values(down_parts, {**device.parameters, _SIZE: device.size_down}, names)
    if up == down:
        fields = [
            Field(f"h{k}", a, b)
            for k, (a, b) in enumerate(zip(up_values, down_values, strict=True))
        ]
        formulas = up, up
    else:
        shifted = {_part(k): _part(k + len(up_parts)) for k in range(len(down_parts))}
        formulas = up, down.xreplace(shifted)
        fields = [
            Field(f"h{k}", value, value) for k, value in enumerate([*up_values, *down_values])
        ]
    fields += [Field("low", device.low, device.low), Field("high", device.high, device.high)]
    noise = _noise_field(device)
    fields += [noise] if noise is not None else []
    writer = _Writer(fields, precision, formulas, device.multiplicative_noise)
    pulse, expected = writer.pulse(noise is not None), writer.expected()
    forms = {_part(0): ("h0",), _part(0) + _part(1) * WEIGHT: ("h0", "h1")}
    affine: tuple[str, ...] = forms.get(up, ()) if up == down else ()
    contracting = _is_contracting(affine, fields)
    return Step(pulse, expected, fields, noise is not None, affine, contracting, writer.is_exact)


def _is_contracting(affine: tuple[str, ...], fields: list[Field]) -> bool:
    if len(affine) < 2:
        return bool(affine)
    slope = next(field for field in fields if field.name == affine[1])
    up, down = 1.0 + slope.up, 1.0 - slope.down
    return bool(np.all((up >= 0) & (up <= 1)) and np.all((down >= 0) & (down <= 1)))


def _noise_field(device: Device) -> Field | None:
    sigma = device.cycle_noise
    if not np.any(sigma > 0):
        return None
    if device.multiplicative_noise:
        return Field("noise", sigma, sigma)
    up, down = sigma * device.noise_up, sigma * device.noise_down
    return Field("noise", up, up if np.array_equal(up, down) else down)


# ---------------------------------------------------------------------- formulas


def _part(number: int) -> sympy.Symbol:
    return sympy.Symbol(f"h{number}", real=True)


def _hoisted(formula: Expr) -> tuple[Expr, list[Expr]]:
    """The formula with what does not depend on w replaced by h0, h1, …; and what that is."""
    parts: list[Expr] = []

    def taken(part: Expr) -> Expr:
        if part in (0, 1):
            return part
        parts.append(part)
        return _part(len(parts) - 1)

    return _replaced(formula, taken), parts


def _replaced(e: Any, taken: Callable[[Expr], Expr]) -> Expr:
    if not e.has(WEIGHT):
        return taken(e)
    polynomial = e.as_poly(WEIGHT) if e.is_polynomial(WEIGHT) else None
    if polynomial is not None and polynomial.degree() <= _HIGHEST_DEGREE:
        return _polynomial(polynomial, taken)
    if isinstance(e, sympy.Add | sympy.Mul):
        rest, depending = e.as_independent(WEIGHT, as_Add=isinstance(e, sympy.Add))
        unit = 0 if isinstance(e, sympy.Add) else 1
        head = [taken(rest)] if rest != unit else []
        args = depending.args if depending.func == e.func else (depending,)
        return e.func(*head, *(_replaced(arg, taken) for arg in args))
    if isinstance(e, sympy.Pow) and not e.exp.is_Integer:
        # no difference on the range, where the formula is real; beyond it by a rounding
        base = sympy.Max(_replaced(e.base, taken), 0)
        return sympy.Pow(base, _replaced(e.exp, taken), evaluate=False)
    if isinstance(e, sympy.Piecewise):
        return sympy.Piecewise(*((_replaced(x, taken), _condition(c, taken)) for x, c in e.args))
    return e.func(*(_replaced(arg, taken) for arg in e.args))


def _condition(e: Any, taken: Callable[[Expr], Expr]) -> Any:
    if isinstance(e, sympy.logic.boolalg.BooleanAtom):
        return e
    inner = _replaced if isinstance(e, sympy.core.relational.Relational) else _condition
    return e.func(*(inner(arg, taken) for arg in e.args))


def _polynomial(polynomial: sympy.Poly, taken: Callable[[Expr], Expr]) -> Expr:
    """h₀ + w(h₁ + w(h₂ + …))."""
    *rest, highest = [taken(c) for c in reversed(polynomial.all_coeffs())]
    value = highest
    for coefficient in reversed(rest):
        value = coefficient + value * WEIGHT
    return value


def _values(parts: list[Expr], given: Mapping[str, Any], names: list[str]) -> list[Array]:
    values = []
    for part in parts:
        used = {name: given[name] for name in names if parameter(name) in part.free_symbols}
        values.append(ElementwiseFunction(part, part, used)(0.0))
    return values


# ---------------------------------------------------------------------- statements


class _Writer:
    """Writes the statements of a device."""

    def __init__(
        self, fields: list[Field], precision: int, formulas: tuple[Expr, Expr], multiplicative: bool
    ):
        self._names = tuple(field.name for field in fields)
        self._precision, self._formulas, self._multiplicative = precision, formulas, multiplicative
        self.is_exact = True

    def pulse(self, is_noisy: bool) -> Function:
        b = Builder(precision=self._precision)
        change: Operand = self._step(b)
        if is_noisy:
            noise = b.op("mul", "noise", "xi")
            factor = b.op("add", 1.0, noise) if self._multiplicative else noise
            change = b.op("mul" if self._multiplicative else "add", change, factor)
        return self._finished(b, "pulse", "xi", change)

    def expected(self) -> Function:
        b = Builder(precision=self._precision)
        return self._finished(b, "expected", "count", b.op("mul", "count", self._step(b)))

    def _step(self, b: Builder) -> Operand:
        names = {WEIGHT.name: "w", **{name: name for name in self._names}}
        translate = Translator(b, names, arithmetic=ARITHMETIC[self._precision])
        up, down = (translate(formula) for formula in self._formulas)
        return up if up == down else b.op("select", "up", up, down)

    def _finished(self, b: Builder, name: str, argument: str, change: Operand) -> Function:
        signed = b.op("select", "up", change, b.op("neg", change))
        value = b.clip(b.op("add", "w", signed), "low", "high")
        self.is_exact &= b.is_exact
        return b.function(name, ("w", "up", argument, *self._names), value)
