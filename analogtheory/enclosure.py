"""Rigorous enclosures of formulas in one variable: ranges, roots, domains.

A formula is a SymPy expression in one real symbol. It is evaluated on intervals whose
ends are exact Arb numbers, rounded outwards; monotone functions are evaluated at the
ends, which keeps wide intervals tight. Three questions are answered, each by branch and
bound, and each answer is an enclosure or an honest "could not decide":

* :func:`enclose_extremum`: sup and inf of a formula on a closed interval;
* :func:`isolate_zeros`: *all* zeros on a closed interval;
* :func:`domain_violation`: is the formula real and finite on the whole interval?

Method: natural interval extension, the mean-value form, and the sign of the derivative
(R. E. Moore, *Interval Analysis*, 1966).
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import flint
import sympy

Expr: TypeAlias = sympy.Expr
_INF = flint.arb.pos_inf()
_ZERO = flint.arb(0)


class Interval(NamedTuple):
    """A closed interval [low, high]; the ends are exact Arb numbers, possibly infinite."""

    low: Any
    high: Any

    def contains_zero(self) -> bool:
        """Whether 0 lies in the interval."""
        return bool(self.low <= 0) and bool(self.high >= 0)

    def sign(self) -> int:
        """The common sign of all members, or 0 when they do not have one."""
        if self.low > 0:
            return 1
        return -1 if self.high < 0 else 0

    def floats(self) -> tuple[float, float]:
        """The ends as floats, rounded outwards."""
        return _down(self.low), _up(self.high)


class Bounds(NamedTuple):
    """A number known to lie in [low, high]."""

    low: float
    high: float

    @property
    def value(self) -> float:
        """The middle of the enclosure (or its infinite end)."""
        if math.isinf(self.low) or math.isinf(self.high):
            return self.high if math.isinf(self.high) else self.low
        return 0.5 * (self.low + self.high)


WHOLE = Interval(-_INF, _INF)


def _down(x: Any) -> float:
    value = float(x)
    return value if flint.arb(value) <= x else math.nextafter(value, -math.inf)


def _up(x: Any) -> float:
    value = float(x)
    return value if flint.arb(value) >= x else math.nextafter(value, math.inf)


def _ball(x: Any) -> Interval:
    if x.is_nan():
        return WHOLE
    return Interval(x.lower(), x.upper())


def _hull(*balls: Any) -> Interval:
    parts = [_ball(b) for b in balls]
    low, high = parts[0]
    for part in parts[1:]:
        low = part.low if part.low < low else low
        high = part.high if part.high > high else high
    return Interval(low, high)


def exact_interval(number: Any) -> Interval:
    """The tightest interval at working precision around an exact (or float) number."""
    if isinstance(number, sympy.Rational):
        return _ball(flint.arb(flint.fmpq(int(number.p), int(number.q))))
    if isinstance(number, sympy.Expr):
        return _constant(number)
    return _ball(flint.arb(number))


def _constant(number: Expr) -> Interval:
    if number is sympy.pi:
        return _ball(flint.arb.pi())
    if number is sympy.E:
        return _ball(flint.arb(1).exp())
    if isinstance(number, sympy.Float):
        return _ball(flint.arb(float(number)))
    raise NotImplementedError(f"no enclosure for the constant {number}")


# --------------------------------------------------------------------------- arithmetic


def _add(a: Interval, b: Interval) -> Interval:
    low = a.low + b.low
    high = a.high + b.high
    return Interval(-_INF if low.is_nan() else low.lower(), _INF if high.is_nan() else high.upper())


def _product(x: Any, y: Any) -> Any:
    # 0 x (unbounded end): the members of an interval are finite, so the product is 0.
    if x.is_zero() or y.is_zero():
        return _ZERO
    return x * y


def _mul(a: Interval, b: Interval) -> Interval:
    return _hull(
        _product(a.low, b.low),
        _product(a.low, b.high),
        _product(a.high, b.low),
        _product(a.high, b.high),
    )


def _reciprocal(a: Interval) -> Interval:
    if a.low > 0 or a.high < 0:
        return _hull(1 / a.low, 1 / a.high)
    if a.low.is_zero() and not a.high.is_zero():
        return Interval((1 / a.high).lower(), _INF)
    if a.high.is_zero() and not a.low.is_zero():
        return Interval(-_INF, (1 / a.low).upper())
    return WHOLE


def _integer_power(a: Interval, n: int) -> Interval:
    if n < 0:
        return _reciprocal(_integer_power(a, -n))
    low, high = a.low**n, a.high**n
    if n % 2 or a.low >= 0:
        return _hull(low, high)
    if a.high <= 0:
        return _hull(high, low)
    return Interval(_ZERO, _hull(low, high).high)


def _real_power(a: Interval, exponent: Interval) -> Interval:
    """a**exponent for a >= 0; what lies below 0 is outside the domain and is cut off."""
    if a.high < 0:
        return WHOLE
    low = a.low if a.low > 0 else _ZERO
    if exponent.low.is_zero() and exponent.high.is_zero():
        return exact_interval(1)
    values = []
    for base, power in itertools.product((low, a.high), exponent):
        if base.is_zero():
            values.append(_ZERO if power > 0 else _INF)
        else:
            values.append(base**power)
    return _hull(*values)


def _log(a: Interval) -> Interval:
    if a.high <= 0:
        return WHOLE
    low = -_INF if a.low <= 0 else a.low.log().lower()
    return Interval(low, a.high.log().upper())


def _abs(a: Interval) -> Interval:
    if a.low >= 0:
        return a
    if a.high <= 0:
        return Interval(-a.high, -a.low)
    return Interval(_ZERO, a.high if a.high > -a.low else -a.low)


def _cosh(a: Interval) -> Interval:
    size = _abs(a)
    return _hull(size.low.cosh(), size.high.cosh())


def _increasing(method: str) -> Callable[[Interval], Interval]:
    def apply(a: Interval) -> Interval:
        return _hull(getattr(a.low, method)(), getattr(a.high, method)())

    return apply


def _sign(a: Interval) -> Interval:
    low = -1 if a.low < 0 else (0 if a.low.is_zero() else 1)
    high = 1 if a.high > 0 else (0 if a.high.is_zero() else -1)
    return Interval(flint.arb(low), flint.arb(high))


def _heaviside(a: Interval) -> Interval:
    # At the kink the derivative of Max and Min may be anything between the sides.
    return Interval(flint.arb(1 if a.low > 0 else 0), flint.arb(0 if a.high < 0 else 1))


def _extremum(pick: Callable[[Any, Any], bool]) -> Callable[..., Interval]:
    def apply(first: Interval, *rest: Interval) -> Interval:
        low, high = first
        for other in rest:
            low = other.low if pick(other.low, low) else low
            high = other.high if pick(other.high, high) else high
        return Interval(low, high)

    return apply


_FUNCTIONS: dict[Any, Callable[..., Interval]] = {
    sympy.exp: _increasing("exp"),
    sympy.log: _log,
    sympy.tanh: _increasing("tanh"),
    sympy.sinh: _increasing("sinh"),
    sympy.cosh: _cosh,
    sympy.Abs: _abs,
    sympy.sign: _sign,
    sympy.Heaviside: lambda a, *_: _heaviside(a),
    sympy.Max: _extremum(lambda x, y: bool(x > y)),
    sympy.Min: _extremum(lambda x, y: bool(x < y)),
}

Function = Callable[[Interval], Interval]


def compile_interval(expression: Expr, variable: sympy.Symbol) -> Function:
    """Turn a formula into its natural interval extension.

    Values are enclosed wherever the formula is defined; parts of the interval outside
    the domain (a logarithm of a negative number, say) are left out.

    Raises
    ------
    NotImplementedError
        For a function or constant that has no interval rule here.
    """
    if expression == variable:
        return lambda x: x
    if not expression.has(variable) and (expression.is_Rational or not expression.args):
        value = exact_interval(expression)
        return lambda x: value
    parts = [compile_interval(argument, variable) for argument in expression.args]
    if isinstance(expression, sympy.Add):
        return _fold(_add, parts)
    if isinstance(expression, sympy.Mul):
        return _fold(_mul, parts)
    if isinstance(expression, sympy.Pow):
        return _compile_power(expression, parts)
    rule = _FUNCTIONS.get(expression.func)
    if rule is None:
        raise NotImplementedError(f"no interval rule for {expression.func}")
    return lambda x: rule(*(part(x) for part in parts))


def _compile_power(power: Expr, parts: list[Function]) -> Function:
    base, exponent = parts
    if power.exp.is_Integer:
        n = int(power.exp)
        return lambda x: _integer_power(base(x), n)
    if power.base is sympy.E:
        grow = _FUNCTIONS[sympy.exp]
        return lambda x: grow(exponent(x))
    return lambda x: _real_power(base(x), exponent(x))


def _fold(rule: Callable[[Interval, Interval], Interval], parts: list[Function]) -> Function:
    def apply(x: Interval) -> Interval:
        result = parts[0](x)
        for part in parts[1:]:
            result = rule(result, part(x))
        return result

    return apply


# --------------------------------------------------------------------- a formula on a box


class Formula:
    """A formula in one variable on an interval with exact ends, ready to be enclosed.

    The formula must be real and finite on the interval (:func:`domain_violation` proves
    it): the sign of a derivative says nothing across a pole.

    Parameters
    ----------
    expression : sympy.Expr
        The formula; free of symbols other than `variable`.
    variable : sympy.Symbol
    low, high : sympy.Rational
        Exact ends of the interval, low < high.
    """

    def __init__(self, expression: Expr, variable: sympy.Symbol, low: Expr, high: Expr):
        self.expression, self.variable = expression, variable
        self.low, self.high = sympy.sympify(low), sympy.sympify(high)
        self._value = compile_interval(expression, variable)
        self._slope = _compile_slope(expression, variable)
        left, right = exact_interval(self.low), exact_interval(self.high)
        self.box = Interval(left.low, right.high)
        self._ends = {self.box.low: self.low, self.box.high: self.high}

    def at(self, point: Any) -> Interval:
        """The value at one point; exact at the ends of the range where it is rational."""
        end = self._ends.get(point)
        if end is None:
            return self._value(Interval(point, point))
        exact = self.expression.subs(self.variable, end)
        if exact.is_Rational:
            return exact_interval(exact)
        # The box may stick out of the range by one rounding; the exact end does not.
        return self._value(exact_interval(end))

    def over(self, box: Interval) -> Interval:
        """An enclosure of the values on `box`."""
        natural = self._value(box)
        slope = self.slope(box)
        if slope.sign() and _is_bounded(natural):
            return _join(self.at(box.low), self.at(box.high))
        return _intersection(natural, self._mean_value(box, slope))

    def slope(self, box: Interval) -> Interval:
        """An enclosure of the derivative on `box`."""
        return self._slope(box)

    def _mean_value(self, box: Interval, slope: Interval) -> Interval:
        middle = _middle(box)
        offset = Interval((box.low - middle).lower(), (box.high - middle).upper())
        return _add(self.at(middle), _mul(slope, offset))


def _compile_slope(expression: Expr, variable: sympy.Symbol) -> Function:
    slope = sympy.diff(expression, variable)
    if slope.has(sympy.DiracDelta, sympy.Derivative):  # a jump: no bound on the derivative
        return lambda x: WHOLE
    return compile_interval(slope, variable)


def _is_bounded(value: Interval) -> bool:
    return bool(value.low > -_INF) and bool(value.high < _INF)


def _join(a: Interval, b: Interval) -> Interval:
    return Interval(a.low if a.low < b.low else b.low, a.high if a.high > b.high else b.high)


def _intersection(a: Interval, b: Interval) -> Interval:
    return Interval(a.low if a.low > b.low else b.low, a.high if a.high < b.high else b.high)


def _middle(box: Interval) -> Any:
    # Off centre on purpose: zeros of hand-written formulas like to sit at dyadic points.
    return (box.low + (box.high - box.low) * flint.arb(0.4921875)).mid()


def _halves(box: Interval) -> tuple[Interval, Interval]:
    middle = _middle(box)
    return Interval(box.low, middle), Interval(middle, box.high)


def _width(box: Interval) -> float:
    return float(box.high - box.low)


# ------------------------------------------------------------------------------- extremum


def enclose_extremum(
    formula: Formula, kind: Literal["sup", "inf"], *, tolerance: float = 1e-10, boxes: int = 4000
) -> Bounds:
    """Enclose the supremum or infimum of a formula on its interval.

    The enclosure always holds; `boxes` limits the work, after which it may be wider than
    `tolerance` (relative to max(1, |value|)). An unbounded formula has an infinite end.
    """
    flip = kind == "inf"
    best = -math.inf
    queue: list[tuple[float, int, Interval]] = []
    order = itertools.count()

    def upper(value: Interval) -> float:
        return _up(-value.low) if flip else _up(value.high)

    def lower(value: Interval) -> float:
        return _down(-value.high) if flip else _down(value.low)

    def visit(box: Interval) -> None:
        nonlocal best
        for point in (box.low, _middle(box), box.high):
            best = max(best, lower(formula.at(point)))
        heapq.heappush(queue, (-upper(formula.over(box)), next(order), box))

    visit(formula.box)
    smallest = 1e-14 * max(1.0, _width(formula.box))
    for _ in range(boxes):
        top, _, box = queue[0]
        if -top - best <= tolerance * max(1.0, abs(best)) or _width(box) < smallest:
            break
        heapq.heappop(queue)
        for half in _halves(box):
            visit(half)
    ceiling = max(-queue[0][0], best)
    low, high = (-ceiling, -best) if flip else (best, ceiling)
    return Bounds(low + 0.0, high + 0.0)  # no minus zero


# ---------------------------------------------------------------------------------- zeros


@dataclass(frozen=True)
class Zero:
    """An isolated zero of a formula, or a place where zeros could not be told apart.

    Attributes
    ----------
    low, high : float
        The enclosure.
    kind : {"simple", "multiple", "interval", "everywhere"}
        ``simple``: exactly one zero, where the sign changes and the derivative does not
        vanish (proved). ``multiple``: the derivative may vanish too, so there may be one
        zero of higher order, several, or (a double zero missed by rounding) none.
        ``interval``: the formula cannot be told from 0 on a whole interval.
        ``everywhere``: the formula is identically 0 (proved symbolically).
    direction : int
        Sign of the derivative at a simple zero; for the others +1 or −1 if the sign
        changes from − to + or from + to −, 0 if it does not change.
    """

    low: float
    high: float
    kind: Literal["simple", "multiple", "interval", "everywhere"]
    direction: int

    @property
    def value(self) -> float:
        """The middle of the enclosure."""
        return 0.5 * (self.low + self.high)


def isolate_zeros(formula: Formula, *, boxes: int = 3000) -> list[Zero]:
    """Enclose all zeros of a formula on its interval, in increasing order.

    Where the derivative has a sign, a sign change at the ends decides; where the formula
    itself has a sign there is none; boxes that stay undecided down to a relative width
    of 1e-9 are merged and reported as ``multiple`` or ``interval``, never dropped.
    """
    if _is_identically_zero(formula):
        return [Zero(*formula.box.floats(), "everywhere", 0)]
    undecided: list[Interval] = []
    found: list[Zero] = []
    stack = [formula.box]
    smallest = 1e-9 * _width(formula.box)
    while stack:
        box = stack.pop()
        if formula.over(box).sign():
            continue
        direction = formula.slope(box).sign()
        if direction:
            found.extend(_zero_of_monotone(formula, box, direction))
        elif _width(box) < smallest or boxes <= 0:
            undecided.append(box)
        else:
            boxes -= 1
            stack.extend(_halves(box))
    found.extend(_merge(formula, undecided))
    return _without_repeats(sorted(found, key=lambda zero: zero.low))


def _is_identically_zero(formula: Formula) -> bool:
    if formula.expression.is_zero:
        return True
    left, right = formula.box
    probes = [(left + (right - left) * flint.arb(k) / 7).mid() for k in range(1, 7)]
    if any(formula.at(point).sign() for point in probes):
        return False
    return bool(sympy.simplify(formula.expression) == 0)


def _zero_of_monotone(formula: Formula, box: Interval, direction: int) -> list[Zero]:
    left, right = formula.at(box.low).sign(), formula.at(box.high).sign()
    if left * right > 0:
        return []
    for point, sign in ((box.low, left), (box.high, right)):
        value = formula.at(point)
        if sign == 0 and value.low.is_zero() and value.high.is_zero():
            return [_exact_end(formula, point, direction)]
    low, high = _bisect(formula, box, direction)
    return [Zero(_down(low), _up(high), "simple", direction)]


def _exact_end(formula: Formula, point: Any, direction: int) -> Zero:
    end = formula._ends.get(point)
    low, high = exact_interval(end).floats() if end is not None else (float(point),) * 2
    return Zero(low, high, "simple", direction)


def _bisect(formula: Formula, box: Interval, direction: int) -> tuple[Any, Any]:
    low, high = box
    for _ in range(70):
        middle = ((low + high) / 2).mid()
        if not (low < middle < high):
            break
        sign = formula.at(middle).sign() * direction
        if sign == 0:
            # The value at `middle` cannot be told from 0: close in from both sides.
            return _squeeze(formula, low, middle, high, direction)
        low, high = (middle, high) if sign < 0 else (low, middle)
    return low, high


def _squeeze(formula: Formula, low: Any, middle: Any, high: Any, direction: int) -> tuple[Any, Any]:
    left, right = middle, middle
    for _ in range(70):
        probe = ((low + left) / 2).mid()
        if not (low < probe < left):
            break
        low, left = (probe, left) if formula.at(probe).sign() * direction < 0 else (low, probe)
        probe = ((right + high) / 2).mid()
        if not (right < probe < high):
            break
        right, high = (right, probe) if formula.at(probe).sign() * direction > 0 else (probe, high)
    return low, high


def _merge(formula: Formula, boxes: list[Interval]) -> Iterator[Zero]:
    boxes = sorted(boxes, key=lambda box: float(box.low))
    tiny = 1e-8 * _width(formula.box)
    while boxes:
        low, high = boxes.pop(0)
        while boxes and float(boxes[0].low - high) <= tiny:
            high = boxes.pop(0).high
        before = formula.at((low - tiny).mid()).sign() if low > formula.box.low else 0
        after = formula.at((high + tiny).mid()).sign() if high < formula.box.high else 0
        kind: Literal["multiple", "interval"] = (
            "interval" if float(high - low) > 1e-4 * _width(formula.box) else "multiple"
        )
        direction = after if before * after < 0 else 0
        yield Zero(_down(low), _up(high), kind, direction)


def _without_repeats(zeros: list[Zero]) -> list[Zero]:
    """One zero found from both sides of a box boundary is reported once."""
    kept: list[Zero] = []
    for zero in zeros:
        if kept and zero.low <= kept[-1].high:
            if kept[-1].kind == "simple" and zero.kind != "simple":
                kept[-1] = zero
            continue
        kept.append(zero)
    return kept


# --------------------------------------------------------------------------------- domain


@dataclass(frozen=True)
class Violation:
    """Where and why a formula is not a finite real number."""

    point: float
    reason: str


def domain_violation(
    expression: Expr, variable: sympy.Symbol, low: Expr, high: Expr
) -> Violation | None:
    """Show that a formula is real and finite on [low, high], or say where it is not.

    Checked from the innermost part outwards: a base of a negative power must not vanish,
    a base of a fractional power must not be negative, a logarithm needs a positive
    argument. A denominator whose zero cannot be excluded counts as a violation.
    """
    for part, need in _requirements(expression, variable):
        violation = _violates(part, need, variable, low, high)
        if violation is not None:
            return violation
    return None


def _requirements(
    expression: Expr, variable: sympy.Symbol
) -> Iterator[tuple[Expr, Literal["nonzero", "nonnegative", "positive"]]]:
    for argument in expression.args:
        if argument.has(variable):
            yield from _requirements(argument, variable)
    if isinstance(expression, sympy.log) and expression.args[0].has(variable):
        yield expression.args[0], "positive"
    if isinstance(expression, sympy.Pow) and expression.base.has(variable):
        integer = expression.exp.is_Integer
        negative = not (expression.exp.is_Rational and expression.exp > 0)
        if integer and negative:
            yield expression.base, "nonzero"
        elif not integer:
            yield expression.base, "positive" if negative else "nonnegative"


def _violates(
    part: Expr, need: str, variable: sympy.Symbol, low: Expr, high: Expr
) -> Violation | None:
    formula = Formula(part, variable, low, high)
    if need == "nonzero":
        zeros = isolate_zeros(formula)
        if zeros:
            return Violation(zeros[0].value, f"division by zero: {part} vanishes")
        return None
    lowest = enclose_extremum(formula, "inf", tolerance=1e-12)
    if lowest.low > 0 or (need == "nonnegative" and lowest.low >= 0):
        return None
    point = _lowest_point(formula)
    what = "is not positive" if need == "positive" else "is negative"
    if need == "nonnegative" and lowest.high >= 0 and lowest.low > -1e-12:
        return None  # touches 0, up to rounding
    return Violation(point, f"not a finite real number: {part} {what}")


def _lowest_point(formula: Formula) -> float:
    """A grid point (of 1025) where the formula is smallest; used as a witness only."""
    left, width = float(formula.low), float(formula.high - formula.low)
    grid = [left + width * k / 1024 for k in range(1025)]
    values = [(float(formula.at(flint.arb(x)).high), x) for x in grid]
    return min(values)[1]


# ---------------------------------------------------------------------------------- kinks


def resolve_kinks(expression: Expr, variable: sympy.Symbol, low: Expr, high: Expr) -> Expr:
    """Drop |·|, max and min from a formula where one side provably wins on [low, high].

    Examples
    --------
    >>> w = sympy.Symbol("w", real=True)
    >>> resolve_kinks(sympy.Abs(w + 3) + sympy.Max(w, 0), w, sympy.Integer(-1), sympy.Integer(1))
    w + Max(0, w) + 3
    """
    if not expression.args:
        return expression
    parts = [resolve_kinks(argument, variable, low, high) for argument in expression.args]

    def sign(difference: Expr) -> int:
        if not difference.has(variable):
            return 0
        formula = Formula(difference, variable, low, high)
        if enclose_extremum(formula, "inf").low >= 0:
            return 1
        return -1 if enclose_extremum(formula, "sup").high <= 0 else 0

    if isinstance(expression, sympy.Abs):
        return {1: parts[0], -1: -parts[0], 0: sympy.Abs(parts[0])}[sign(parts[0])]
    if isinstance(expression, sympy.Max | sympy.Min) and len(parts) == 2:
        winner = sign(parts[0] - parts[1]) * (1 if isinstance(expression, sympy.Max) else -1)
        if winner:
            return parts[0] if winner > 0 else parts[1]
    return expression.func(*parts)
