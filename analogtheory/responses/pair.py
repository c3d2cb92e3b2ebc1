"""The two response functions of a device on a range: how they are given, checked, evaluated."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray

from analogtheory.enclosure import Violation, domain_violation, resolve_kinks
from analogtheory.errors import InputError
from analogtheory.exact import exact
from analogtheory.responses.expressions import RESERVED, parse
from analogtheory.responses.formulas import WEIGHT, ElementwiseFunction, parameter, tidy

if TYPE_CHECKING:
    from analogtheory.responses.calibration import Calibration

Array = NDArray[np.float64]
Expr: TypeAlias = sympy.Expr


class ResponsePair:
    """q₊ and q₋ on a range, and the formulas that follow from them by algebra.

    What is certified about them is in :class:`analogtheory.responses.response.Response`,
    which says what the arguments are.
    """

    def __init__(
        self,
        up: Expr | str,
        down: Expr | str,
        low: Any,
        high: Any,
        *,
        name: str = "response",
        source: str = "given by the user",
        parameters: Mapping[str, Any] | None = None,
        calibration: Calibration | None = None,
    ):
        self.name, self.source, self.calibration = name, source, calibration
        self.parameters: dict[str, Any] = {
            key: _checked_parameter(key, value) for key, value in (parameters or {}).items()
        }
        self._check_parameters()
        self.general_up = self._formula(up, "q₊ (up)", WEIGHT)
        self.general_down = self._formula(down, "q₋ (down)", WEIGHT)
        self.general_low = self._formula(low, "the lower end of the range")
        self.general_high = self._formula(high, "the upper end of the range")
        self._check()

    # ------------------------------------------------------------------ construction

    def _check_parameters(self) -> None:
        for name in self.parameters:
            if not name.isidentifier() or keyword.iskeyword(name) or name in RESERVED:
                raise InputError(
                    f"parameter {name!r}: a parameter needs a name of its own, not one that "
                    "means something else in a formula"
                )
        try:
            _ = self.shape
        except ValueError as problem:
            shapes = {name: np.shape(value) for name, value in self.parameters.items()}
            raise InputError(
                f"parameters of {self.name}: arrays must have one common shape, got {shapes}"
            ) from problem

    def _formula(self, text: Any, what: str, *variables: sympy.Symbol) -> Expr:
        known = {*variables, *(parameter(name) for name in self.parameters)}
        if isinstance(text, str):
            return parse(text, names=[symbol.name for symbol in known], what=what)
        expression = text if isinstance(text, sympy.Basic) else exact(text)
        unknown = expression.free_symbols - known
        if unknown:
            names = ", ".join(sorted(map(str, unknown)))
            raise InputError(
                f"{what}: unknown name {names}; it may contain "
                f"{', '.join(sorted(map(str, known))) or 'numbers only'} (symbols must be real)"
            )
        return expression

    def _check(self) -> None:
        low, high = (np.asarray(end) for end in self._numeric_range())
        if not (np.all(np.isfinite(low)) and np.all(np.isfinite(high))):
            raise InputError(f"range of {self.name}: the ends must be finite numbers")
        if np.any(low >= high):
            raise InputError(
                f"range of {self.name}: the lower end must lie below the upper end, "
                f"got {_short(low)} and {_short(high)}"
            )
        if self.shape:
            self._check_cells(low, high)
            return
        if not (self.low.is_Rational and self.high.is_Rational):
            raise InputError(
                f"range of {self.name}: give the ends as decimals or fractions, got "
                f"{self.low} and {self.high}"
            )
        for what, expression in (("q₊ (up)", self.up), ("q₋ (down)", self.down)):
            violation = _proved_domain(expression, self.low, self.high)
            if violation is not None:
                raise InputError(
                    f"{what} = {expression}: {violation.reason} at w = {violation.point:.6g}, "
                    f"inside the range [{float(self.low):g}, {float(self.high):g}]; "
                    "give a range on which it is a finite real number"
                )
        grid = np.linspace(*self.range, 33)
        if not np.all(np.isfinite([self.q_up(grid), self.q_down(grid)])):
            raise InputError(
                f"{self.name}: q± exceeds the largest floating-point number on the range"
            )

    def _check_cells(self, low: Array, high: Array) -> None:
        for fraction in np.linspace(0.0, 1.0, 33):
            w = np.clip(low + fraction * (high - low), low, high)
            if not (np.all(np.isfinite(self.q_up(w))) and np.all(np.isfinite(self.q_down(w)))):
                raise InputError(
                    f"parameters of {self.name}: in at least one cell q± is not a finite real "
                    "number on the cell's range"
                )

    def _numeric_range(self) -> tuple[Any, Any]:
        return self._function(self.general_low)(0.0), self._function(self.general_high)(0.0)

    def _exact_parameters(self) -> dict[sympy.Symbol, Expr]:
        return {
            parameter(name): exact(value)
            for name, value in self.parameters.items()
            if np.ndim(value) == 0
        }

    def _insert(self, general: Expr) -> Expr:
        return general.subs(self._exact_parameters())

    def _resolved(self, general: Expr) -> Expr:
        inserted = self._insert(general)
        if self.shape or not inserted.has(sympy.Abs, sympy.Max, sympy.Min):
            return inserted
        return resolve_kinks(inserted, WEIGHT, self.low, self.high)

    def _function(self, general: Expr) -> ElementwiseFunction:
        return ElementwiseFunction(self._insert(general), general, self.parameters)

    def _combination(self, rule: Callable[[Expr, Expr], Expr]) -> ElementwiseFunction:
        general = rule(self.general_up, self.general_down)
        return ElementwiseFunction(tidy(rule(self.up, self.down)), general, self.parameters)

    # ------------------------------------------------------------------ the formulas

    @property
    def shape(self) -> tuple[int, ...]:
        """The common shape of the parameters that are arrays; () for one device."""
        return np.broadcast_shapes(*(np.shape(v) for v in self.parameters.values()), ())

    @cached_property
    def up(self) -> Expr:
        """q₊(w), scalar parameters inserted, |·|, max and min resolved where one side wins."""
        return self._resolved(self.general_up)

    @cached_property
    def down(self) -> Expr:
        """q₋(w), scalar parameters inserted, |·|, max and min resolved where one side wins."""
        return self._resolved(self.general_down)

    @cached_property
    def low(self) -> Expr:
        """Lower end of the range, exact."""
        return self._insert(self.general_low)

    @cached_property
    def high(self) -> Expr:
        """Upper end of the range, exact."""
        return self._insert(self.general_high)

    @cached_property
    def range(self) -> tuple[Any, Any]:
        """The range as floats (or as arrays, one entry per cell).

        Where q± is not a number at the float nearest to an exact end (√(1 − w/τ) beyond
        τ = 0.07, which is no binary number), the end moves inwards by a few roundings.
        """
        low, high = self._numeric_range()
        if self.shape:
            return low, high
        return self._usable_end(float(low), float(high)), self._usable_end(float(high), float(low))

    def _usable_end(self, end: float, inwards: float) -> float:
        for _ in builtins.range(8):
            if np.isfinite(self.q_up(end)) and np.isfinite(self.q_down(end)):
                break
            end = float(np.nextafter(end, inwards))
        return end

    @cached_property
    def q_up(self) -> ElementwiseFunction:
        """q₊."""
        return self._function(self.general_up)

    @cached_property
    def q_down(self) -> ElementwiseFunction:
        """q₋."""
        return self._function(self.general_down)

    @cached_property
    def F(self) -> ElementwiseFunction:
        """F = (q₋ + q₊)/2, the symmetric part (2502.06309 eq. (4))."""
        return self._combination(lambda up, down: (down + up) / 2)

    @cached_property
    def G(self) -> ElementwiseFunction:
        """G = (q₋ − q₊)/2, the asymmetric part (2502.06309 eq. (4))."""
        return self._combination(lambda up, down: (down - up) / 2)

    @cached_property
    def M(self) -> ElementwiseFunction:
        """M = F² − G² = q₊q₋, the saturation vector (2502.06309 eq. (65))."""
        return self._combination(lambda up, down: up * down)

    @cached_property
    def R(self) -> ElementwiseFunction:
        """R = G/F, the asymmetry ratio (2502.06309 eq. (41))."""
        return self._combination(lambda up, down: (down - up) / (down + up))


def _proved_domain(expression: Expr, low: Expr, high: Expr) -> Violation | None:
    if expression.has(sympy.zoo, sympy.nan, sympy.oo, sympy.I):
        return Violation(float(low), "not a finite real number: the formula divides by zero")
    try:
        return domain_violation(expression, WEIGHT, low, high)
    except NotImplementedError as problem:
        raise InputError(
            f"{expression}: {problem}; use + - * / ** exp log sqrt tanh cosh sinh abs min max"
        ) from problem


def _checked_parameter(name: str, value: Any) -> Any:
    if isinstance(value, sympy.Basic | str):
        value = float(exact(value))
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise InputError(
            f"parameter {name}: must be a real number or an array of them, got {value!r}"
        ) from problem
    if not np.all(np.isfinite(array)):
        raise InputError(f"parameter {name}: must be finite, got {value}")
    if array.ndim == 0:
        try:
            exact(value)
        except InputError as problem:
            raise InputError(f"parameter {name}: {problem}") from problem
    return array if array.ndim else value


def _short(values: Array) -> str:
    return f"{float(values):g}" if values.ndim == 0 else f"{values.min():g}…{values.max():g}"
