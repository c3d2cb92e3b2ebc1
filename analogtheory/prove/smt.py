"""Rung 5: polynomial real arithmetic by z3, an optional extra."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from analogtheory.checker import failure
from analogtheory.checker.smt import smt_text
from analogtheory.errors import InputError, MissingExtra
from analogtheory.prove.facts import Fact, texts
from analogtheory.prove.outcome import Outcome, Proved, Refuted, Unknown
from analogtheory.prove.search import counterexample, shorten

#: Milliseconds that z3 may take.
_PATIENCE = 20_000
#: Decimal digits at which an algebraic number of a model is tried as a rational.
_DIGITS = (5, 15, 40)


def prove_smt(conclude: Fact, given: Sequence[Fact] = (), name: str = "") -> Outcome:
    """Ask z3 for a point that meets the hypotheses and breaks the conclusion.

    Its "no" is a proof only as far as z3 is right: the certificate holds the statement, and
    the checker asks z3 again with a text of its own. Its "yes" is confirmed exactly.

    Returns
    -------
    Proved, Refuted or Unknown
        ``Unknown(needs="smt")`` without the extra.

    Examples
    --------
    >>> import sympy
    >>> from analogtheory.prove.facts import ge
    >>> x, y = sympy.symbols("x y", real=True)
    >>> outcome = prove_smt(ge(x**4 * y**2 + x**2 * y**4 + 1, 3 * x**2 * y**2))
    >>> type(outcome).__name__ in ("Proved", "Unknown")  # Unknown without z3
    True
    """
    certificate = {"kind": "smt", "name": name, "given": texts(given), "conclude": str(conclude)}
    try:
        import z3

        solver = z3.Solver()
        solver.set("timeout", _PATIENCE)
        solver.from_string(smt_text(texts(given), str(conclude)))
        answer = solver.check()
        if answer == z3.unsat:
            problem = failure(certificate)
            return Unknown(problem) if problem else Proved(certificate)
        if answer == z3.sat:
            return _refuted(conclude, given, solver.model())
    except ImportError:
        return Unknown(str(MissingExtra("smt")), needs="smt")
    except InputError as problem:
        return Unknown(str(problem))
    return Unknown(f"z3 does not know ({solver.reason_unknown()})")


def _refuted(conclude: Fact, given: Sequence[Fact], model: Any) -> Outcome:
    """The model as a rational point; algebraic numbers are rounded."""
    names = {s.name for fact in [conclude, *given] for s in fact.expression.free_symbols}
    values = {declaration.name(): model[declaration] for declaration in model.decls()}
    for digits in _DIGITS:
        point = {name: _rational(values.get(name), digits) for name in sorted(names)}
        found = counterexample(conclude, given, point) or shorten(conclude, given, point)
        if found:
            return Refuted(shorten(conclude, given, found["point"]) or found)
    return Unknown("z3 finds a point that breaks it, but no rational one")


def _rational(value: Any, digits: int) -> Fraction:
    if value is None:
        return Fraction(0)
    if hasattr(value, "approx"):
        value = value.approx(digits)
    return Fraction(value.numerator_as_long(), value.denominator_as_long())
