"""The response function of a resistive device, and all that follows from it.

One pulse moves a weight w by +Δw_min·q₊(w) (up) or −Δw_min·q₋(w) (down). The averaged
analog update of a wanted change Δ is (arXiv:2502.06309, eqs. (3) to (5))

    w⁺ = w + Δ·F(w) − |Δ|·G(w),    F = (q₋ + q₊)/2,    G = (q₋ − q₊)/2.

Vocabulary: *symmetric point* w⋄: G(w⋄) = 0 · *saturation vector* M = F² − G² = q₊q₋
(eq. (65)) · *asymmetry ratio* R = G/F and its antiderivative R_c = ∫_{w⋄} R (eq. (41)) ·
*response class* (Definition 1): q_min ≤ q± ≤ q_max with q_min > 0, differentiable.
"""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray

from analogtheory.enclosure import (
    Bounds,
    Formula,
    Violation,
    Zero,
    domain_violation,
    enclose_extremum,
    isolate_zeros,
    resolve_kinks,
)
from analogtheory.enclosure.rational import rational_value
from analogtheory.errors import InputError
from analogtheory.exact import exact
from analogtheory.responses.expressions import RESERVED, parse
from analogtheory.responses.formulas import (
    WEIGHT,
    ElementwiseFunction,
    factors,
    parameter,
    tidy,
)

if TYPE_CHECKING:
    from analogtheory.responses.calibration import Calibration

Array = NDArray[np.float64]
Expr: TypeAlias = sympy.Expr


class Response:
    """Two response functions q₊ and q₋ on a range of weights.

    Parameters
    ----------
    up, down : sympy.Expr or str
        q₊(w) and q₋(w), in units of Δw_min. A string is parsed by
        :func:`analogtheory.responses.expressions.parse` (never evaluated as code).
    low, high : number, str or sympy.Expr
        Ends of the range, low < high; they may contain the parameters.
    name, source : str
        What it is called and where it comes from.
    parameters : mapping of str to number or array, optional
        Values of the named parameters in the formulas. Arrays hold one value per cell of
        a matrix and broadcast together; then F(W), G(W), M(W) and R_c(W) act
        element-wise, and facts about one device are asked of :meth:`cell`.
    calibration : Calibration, optional
        Step size, noise and spread of a calibrated device.

    Numbers are read as the decimals they are written as (0.8 is 4/5), so that what is
    proved about a response is proved about the numbers the user sees.

    Raises
    ------
    InputError
        If a formula has an unknown name, is not real and finite on the range, or the
        range is empty.

    Examples
    --------
    >>> device = Response("1 - w/2", "1 + w/2", -2, 2)
    >>> device.F.expr, device.G.expr, device.M.expr
    (1, w/2, 1 - w**2/4)
    >>> device.G([0.0, 1.0])
    array([0. , 0.5])
    >>> [zero.value for zero in device.symmetric_points]
    [0.0]
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

    @cached_property
    def R_c(self) -> Any:
        """R_c(w) = ∫ R from the symmetric point to w (2502.06309 eq. (41)), element-wise.

        See :class:`analogtheory.responses.asymmetry.AccumulatedAsymmetry`.
        """
        from analogtheory.responses.asymmetry import AccumulatedAsymmetry

        return AccumulatedAsymmetry(self)

    # ------------------------------------------------------------------ certified facts

    def _formula_on_range(self, expression: Expr) -> Formula:
        if self.shape:
            raise InputError(
                f"{self.name} has one parameter set per cell (shape {self.shape}): "
                "ask .cell(index) for the facts of one device"
            )
        return Formula(expression, WEIGHT, self.low, self.high)

    @cached_property
    def symmetric_points(self) -> tuple[Zero, ...]:
        """All symmetric points in the range, each enclosed (see :class:`Zero`)."""
        return tuple(isolate_zeros(self._formula_on_range(self.G.expr)))

    @cached_property
    def reference_point(self) -> float | None:
        """The symmetric point from which R_c is measured.

        The attracting one (G increases through it) nearest the middle of the range; if
        none attracts, the nearest one; the middle of the range for an identically
        symmetric device; None if there is no symmetric point.
        """
        zeros = self.symmetric_points
        if not zeros:
            return None
        middle = 0.5 * sum(self.range)
        if zeros[0].kind == "everywhere":
            return float(middle)
        attracting = [zero for zero in zeros if zero.direction > 0] or list(zeros)
        return float(min(attracting, key=lambda zero: abs(zero.value - middle)).value)

    @cached_property
    def exact_reference_point(self) -> Expr:
        """:attr:`reference_point` as an exact number: a fraction that solves G = 0.

        If none is found, the shortest decimal of the float.

        Raises
        ------
        InputError
            If there is no symmetric point.
        """
        point = self.reference_point
        if point is None:
            raise InputError(f"reference: {self.name} has no symmetric point in its range")
        line = self.G.expr.as_poly(WEIGHT)
        if line is not None and line.degree() == 1:
            slope, constant = line.all_coeffs()
            return -constant / slope
        for digits in (3, 6, 9):
            candidate = Fraction(point).limit_denominator(10**digits)
            if rational_value(self.G.expr, WEIGHT, candidate) == 0:
                return sympy.Rational(candidate.numerator, candidate.denominator)
        return exact(point)

    @cached_property
    def q_min(self) -> Bounds:
        """The infimum of q₊ and q₋ on the range, enclosed."""
        both = [enclose_extremum(self._formula_on_range(q), "inf") for q in (self.up, self.down)]
        return Bounds(min(b.low for b in both), min(b.high for b in both))

    @cached_property
    def q_max(self) -> Bounds:
        """The supremum of q₊ and q₋ on the range, enclosed."""
        both = [enclose_extremum(self._formula_on_range(q), "sup") for q in (self.up, self.down)]
        return Bounds(max(b.low for b in both), max(b.high for b in both))

    @cached_property
    def F_max(self) -> Bounds:
        """The supremum of F on the range, enclosed (2502.06309 Lemma 2)."""
        return enclose_extremum(self._formula_on_range(self.F.expr), "sup")

    def lipschitz(self, function: ElementwiseFunction) -> Bounds:
        """The best Lipschitz constant sup |f′| on the range, enclosed; ∞ if unbounded."""
        slope = self._formula_on_range(sympy.diff(function.expr, WEIGHT))
        highest = enclose_extremum(slope, "sup", tolerance=1e-8)
        lowest = enclose_extremum(slope, "inf", tolerance=1e-8)
        low = max(highest.low, -lowest.high, 0.0)
        return Bounds(low, max(highest.high, -lowest.low, low))

    @cached_property
    def zeros_of_q(self) -> tuple[Zero, ...]:
        """All zeros of q₊ and q₋ in the range, factor by factor."""
        all_factors = {factor for q in (self.up, self.down) for factor in factors(q)}
        found = [z for f in all_factors for z in isolate_zeros(self._formula_on_range(f))]
        return tuple(sorted(found, key=lambda z: z.low))

    @property
    def is_positive(self) -> bool:
        """Whether q₊ > 0 and q₋ > 0 at every interior point of the range (proved)."""
        return self.not_positive_at is None

    @cached_property
    def not_positive_at(self) -> float | None:
        """An interior point where q₊ or q₋ is not positive, or not shown to be; else None."""
        low, high = self.range
        for zero in self.zeros_of_q:
            if not zero.end:  # a simple zero exactly at an end of the range is allowed
                return self._most_negative_point(zero)
        middle = 0.5 * (low + high)
        if float(self.q_up(middle)) < 0 or float(self.q_down(middle)) < 0:
            return float(middle)
        return None

    def _most_negative_point(self, zero: Zero) -> float:
        low, high = self.range
        grid = np.concatenate([[zero.value], np.linspace(low, high, 257)[1:-1]])
        smallest = np.minimum(self.q_up(grid), self.q_down(grid))
        best = int(np.argmin(smallest))
        return float(grid[best]) if smallest[best] < 0 else zero.value

    def is_differentiable(self) -> bool:
        """Whether q₊ and q₋ are shown to be differentiable on the closed range (Definition 1).

        They must be free of |·|, max and min, and their derivatives finite up to the ends.
        """
        return not any(
            q.has(sympy.Abs, sympy.Max, sympy.Min, sympy.sign)
            or domain_violation(sympy.diff(q, WEIGHT), WEIGHT, self.low, self.high) is not None
            for q in (self.up, self.down)
        )

    # ------------------------------------------------------------------ variants

    def cell(self, index: int | tuple[int, ...]) -> Response:
        """The response of one cell of a matrix of devices."""
        chosen = {
            name: np.broadcast_to(np.asarray(value), self.shape)[index] if self.shape else value
            for name, value in self.parameters.items()
        }
        return self.with_parameters(**chosen)

    def with_parameters(self, **values: Any) -> Response:
        """The same formulas with other parameter values.

        Raises
        ------
        InputError
            If a name is not a parameter of this response.
        """
        for name in values:
            if name not in self.parameters:
                raise InputError(
                    f"{self.name} has no parameter {name!r}; it has "
                    f"{', '.join(self.parameters) or 'none'}"
                )
        return Response(
            self.general_up,
            self.general_down,
            self.general_low,
            self.general_high,
            name=self.name,
            source=self.source,
            parameters={**self.parameters, **values},
            calibration=self.calibration,
        )

    def shifted(self, reference: float | str) -> Response:
        """The device read against a reference: w stands for (old w) − reference.

        Parameters
        ----------
        reference : number or "symmetric"
            What the reference device holds; "symmetric" takes :attr:`reference_point`, the
            zero-shifting technique (2502.06309 section 4), so that G(0) = 0.

        Raises
        ------
        InputError
            If there is no symmetric point, or the number is not finite.

        Examples
        --------
        >>> Response("3 - w", "1 + w", 0, 2).shifted("symmetric")
        Response('response': q₊ = 2 - w, q₋ = w + 2 on [-1, 1])
        """
        symmetric = reference == "symmetric"
        offset = self.exact_reference_point if symmetric else exact(reference)
        move = {WEIGHT: WEIGHT + offset}
        return Response(
            tidy(self.general_up.subs(move)),
            tidy(self.general_down.subs(move)),
            self.general_low - offset,
            self.general_high - offset,
            name=self.name,
            source=f"{self.source}; read against a reference at {float(offset):.6g}",
            parameters=self.parameters,
            calibration=self.calibration,
        )

    def __repr__(self) -> str:
        formulas = f"q₊ = {self.up}, q₋ = {self.down}"
        return f"Response({self.name!r}: {formulas} on [{self.low}, {self.high}])"


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
