"""The statements of the kernels that execute the pulses of an update together, as formulas.

:mod:`analogtheory.simulation.merged` writes them; here they are executed over SymPy expressions,
so that what is proved is proved of what is executed. A comparison stays as it is: as a condition
it becomes a fact, and the larger of two numbers a maximum.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, NamedTuple

import sympy

from analogtheory.claims.evidence import Settled, Step, lemma
from analogtheory.kernels.interpreter import Arithmetic, Interpreter
from analogtheory.kernels.statements import Function
from analogtheory.prove import Fact, Outcome, Proved, ge, gt, le
from analogtheory.prove.outcome import Certificate

#: w, c and m of q(w) = c + mw, Δw_min, σ_c, ξ; S = Σaᵏ and V = Σa²ᵏ over k < n; A = aⁿ.
w, c, m, delta, sigma, xi = sympy.symbols("w c m delta sigma_c xi", real=True)
S, V, A = sympy.symbols("S V A", real=True)
#: The ends of the range; n, and what one pulse is taken to move at most.
low, high = sympy.symbols("low high", real=True)
n, reach = sympy.symbols("n r", real=True)


def response(weight: sympy.Expr) -> sympy.Expr:
    """q(w) = c + mw."""
    return c + m * weight


def pulse(weight: sympy.Expr, sign: int, noise: sympy.Expr) -> sympy.Expr:
    """One pulse that is not clipped (arXiv:2502.06309 eq. (26))."""
    return weight + sign * delta * (response(weight) + sigma * noise)


class Comparison(NamedTuple):
    """``left op right``, not decided."""

    op: str
    left: Any
    right: Any

    @property
    def fact(self) -> Fact:
        """What it says where it is true."""
        make = {"le": le, "ge": ge, "gt": gt}[self.op]
        return make(self.left, self.right)


def _compared(op: str) -> Any:
    def comparison(left: Any, right: Any) -> Any:
        sides = sympy.sympify(left), sympy.sympify(right)
        if all(side.is_number for side in sides):
            return bool(getattr(operator, op)(*sides))
        return (Comparison(op, *sides),)

    return comparison


def _selected(condition: Any, yes: Any, no: Any) -> Any:
    if isinstance(condition, bool):
        return yes if condition else no
    (comparison,) = condition
    if comparison != Comparison("gt", yes, no):
        raise ValueError(f"{comparison}: neither decided nor a maximum")
    return sympy.Max(yes, no)


def exact(value: float) -> sympy.Expr:
    """The number that a float is."""
    return sympy.Rational(value)


#: Statements over SymPy expressions; a condition is a tuple of comparisons that all hold.
FORMULAS = Arithmetic(
    {
        "add": operator.add,
        "sub": operator.sub,
        "mul": operator.mul,
        "div": operator.truediv,
        "abs": sympy.Abs,
        "sqrt": sympy.sqrt,
        "select": _selected,
        "and": operator.add,
        **{op: _compared(op) for op in ("le", "ge", "gt")},
    },
    exact,
)


def executed(function: Function, values: Mapping[str, Any]) -> tuple[Any, ...]:
    """The results of a function for formulas in place of its parameters."""
    return Interpreter(function, values, FORMULAS).results()


def facts_in(condition: tuple[Comparison, ...]) -> tuple[Fact, ...]:
    """What a condition says where it is true."""
    return tuple(comparison.fact for comparison in condition)


def required(update: Function) -> tuple[Fact, ...]:
    """What the statements of an update require where its pulses are executed together."""
    values = {
        "count": n, "reach": reach, "w": w, "low": low, "high": high,
        "growth": sympy.Symbol("growth", real=True),
    }  # fmt: skip
    return facts_in(Interpreter(update, values, FORMULAS).value(update.results[1]))


def before_clipping(function: Function) -> str:
    """The name of the weight before ``Builder.clip``, which must be what ends the statements."""
    made_by = {s.targets[0]: (s.op, *s.args) for s in function.statements}
    weight, _ = function.results
    _, is_below, _, above = made_by[str(weight)]
    _, is_above, _, target = made_by[str(above)]
    expected = {
        weight: ("select", is_below, "low", above),
        above: ("select", is_above, "high", target),
        is_below: ("lt", target, "low"),
        is_above: ("gt", target, "high"),
    }
    if any(made_by[str(name)] != statement for name, statement in expected.items()):
        raise ValueError(f"{function.name}: does not end by clipping")
    return str(target)


class Bit(NamedTuple):
    """The statements for one bit of the count, from the highest on.

    Attributes
    ----------
    is_set : str
        Whether the bit is set: ``is_set = (left before ≥ value)``.
    value : int
        2^j.
    left_before, left, total : str
        What is left of the count before and after, and the sum S after.
    """

    is_set: str
    value: int
    left_before: str
    left: str
    total: str


def bits_of(function: Function) -> list[Bit]:
    """The loop over the bits of the count, unrolled."""
    found = []
    for statement in function.statements:
        is_set = statement.targets[0]
        chosen = [s for s in function.statements if s.op == "select" and s.args[0] == is_set]
        if statement.op == "ge" and chosen:
            before, value = statement.args
            left, total = (s.targets[0] for s in chosen)
            found.append(Bit(is_set, int(value), str(before), left, total))
    return found


def together(words: str, *parts: Iterable[Outcome]) -> Settled:
    """One step from many answers of provers: all certificates, or the first that is no proof."""
    certificates: list[Certificate] = []
    for outcome in chain.from_iterable(parts):
        if not isinstance(outcome, Proved):
            return lemma(words, outcome)
        certificates.append({**outcome.certificate, "name": f"{words}, {len(certificates)}"})
    step = Step(words, "proved", f"{len(certificates)} lemmas")
    return Settled(step, tuple(certificates), domain="all parameters")
