"""Polynomial real arithmetic: z3 is asked again, on a text that the checker writes itself."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from analogtheory.checker.expressions import evaluate, names, split_relation
from analogtheory.errors import InputError, MissingExtra

#: Milliseconds that one query may take.
_PATIENCE = 60_000


class _Term(str):
    """A term of SMT-LIB."""

    def __add__(self, other: str) -> _Term:
        return _Term(f"(+ {self} {other})")

    def __sub__(self, other: str) -> _Term:
        return _Term(f"(- {self} {other})")

    def __mul__(self, other: Any) -> _Term:
        return _Term(f"(* {self} {other})")

    def __neg__(self) -> _Term:
        return _Term(f"(- {self})")


class _Writer:
    """The algebra of SMT-LIB terms; roots become new variables, divisors are not 0.

    SMT-LIB lets x/0 be any number; a statement is about points where it is defined.
    """

    def __init__(self) -> None:
        self.roots: dict[str, str] = {}
        self.divisors: set[str] = set()

    def number(self, value: Fraction) -> _Term:
        top = f"{abs(value.numerator)}.0"
        term = top if value.denominator == 1 else f"(/ {top} {value.denominator}.0)"
        return _Term(f"(- {term})" if value < 0 else term)

    def name(self, name: str) -> _Term:
        return _Term(f"|{name}|")

    def call(self, function: str, arguments: list[_Term]) -> _Term:
        if function == "sqrt":
            return _Term(self.roots.setdefault(str(arguments[0]), f"|root {len(self.roots)}|"))
        if function == "Abs":
            (u,) = arguments
            return _Term(f"(ite (>= {u} 0.0) {u} (- {u}))")
        if function in ("Max", "Min"):
            best = arguments[0]
            for u in arguments[1:]:
                test = ">=" if function == "Max" else "<="
                best = _Term(f"(ite ({test} {best} {u}) {best} {u})")
            return best
        raise InputError(f"certificate: z3 does not know {function}")

    def power(self, base: _Term, exponent: Fraction) -> _Term:
        if exponent.denominator == 2:
            return self.power(self.call("sqrt", [base]), Fraction(exponent.numerator))
        if exponent.denominator != 1 or abs(exponent) > 64:
            raise InputError(f"certificate: z3 does not know the exponent {exponent}")
        n = abs(exponent.numerator)
        product = _Term("1.0" if n == 0 else base if n == 1 else f"(* {' '.join([base] * n)})")
        if exponent >= 0:
            return product
        self.divisors.add(base)
        return _Term(f"(/ 1.0 {product})")


def smt_text(given: list[str], conclude: str) -> str:
    """The hypotheses and the negated conclusion in SMT-LIB 2: unsatisfiable if it is a theorem."""
    writer = _Writer()
    parts = [_assertion(writer, text) for text in given]
    parts.append(f"(assert (not {_relation(writer, conclude)}))")
    parts += [f"(assert (distinct {divisor} 0.0))" for divisor in sorted(writer.divisors)]
    variables = sorted(set().union(*(names(text) for text in [*given, conclude])))
    head = [f"(declare-const |{name}| Real)" for name in variables]
    for square, root in writer.roots.items():
        head.append(f"(declare-const {root} Real)")
        parts.insert(0, f"(assert (and (>= {root} 0.0) (= (* {root} {root}) {square})))")
    return "\n".join([*head, *parts])


def _assertion(writer: _Writer, text: str) -> str:
    return f"(assert {_relation(writer, text)})"


def _relation(writer: _Writer, text: str) -> str:
    formula, relation = split_relation(text)
    return f"({'=' if relation == '==' else relation} {evaluate(formula, writer)} 0.0)"


def check_smt(certificate: Mapping[str, Any]) -> str:
    """z3 finds no point that meets the hypotheses and breaks the conclusion."""
    try:
        import z3
    except ImportError:
        raise MissingExtra("smt") from None
    solver = z3.Solver()
    solver.set("timeout", _PATIENCE)
    try:
        solver.from_string(smt_text(list(certificate["given"]), certificate["conclude"]))
        answer = solver.check()
    except z3.Z3Exception as problem:
        return f"z3 cannot read it ({problem})"
    return "" if answer == z3.unsat else f"z3 answers {answer}, not unsat"
