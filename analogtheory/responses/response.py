"""The response function of a resistive device, and all that follows from it.

One pulse moves a weight w by +Δw_min·q₊(w) (up) or −Δw_min·q₋(w) (down). The averaged
analog update of a wanted change Δ is (arXiv:2502.06309, eqs. (3) to (5))

    w⁺ = w + Δ·F(w) − |Δ|·G(w),    F = (q₋ + q₊)/2,    G = (q₋ − q₊)/2.

Vocabulary: *symmetric point* w⋄: G(w⋄) = 0 · *saturation vector* M = F² − G² = q₊q₋
(eq. (65)) · *asymmetry ratio* R = G/F and its antiderivative R_c = ∫_{w⋄} R (eq. (41)) ·
*response class* (Definition 1): q_min ≤ q± ≤ q_max with q_min > 0, differentiable.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import sympy

from analogtheory.enclosure import (
    Bounds,
    Formula,
    Zero,
    domain_violation,
    enclose_extremum,
    isolate_zeros,
)
from analogtheory.enclosure.rational import rational_value
from analogtheory.errors import InputError
from analogtheory.exact import exact
from analogtheory.responses.formulas import WEIGHT, ElementwiseFunction, factors, tidy
from analogtheory.responses.pair import ResponsePair

Expr: TypeAlias = sympy.Expr


class Response(ResponsePair):
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
    def R_c(self) -> Any:
        """R_c(w) = ∫ R from the symmetric point to w (2502.06309 eq. (41)), element-wise.

        See :class:`analogtheory.responses.asymmetry.AccumulatedAsymmetry`.
        """
        from analogtheory.responses.asymmetry import AccumulatedAsymmetry

        return AccumulatedAsymmetry(self)

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
