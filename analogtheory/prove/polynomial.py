"""Rung 2: an inequality of polynomials as a positive combination of the hypotheses.

    conclusion·multiplier = Σ coefficient·square²·Π facts + Σ cofactor·equation

(Positivstellensatz; without squares, on a polytope, Handelman's theorem). The
coefficients come from a linear programme and are then solved for exactly.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy

from analogtheory.checker import failure
from analogtheory.errors import InputError
from analogtheory.prove.columns import Column, columns, monomials
from analogtheory.prove.facts import Fact, ge, le
from analogtheory.prove.linear import combine
from analogtheory.prove.outcome import Certificate, Outcome, Proved, Refuted, Unknown
from analogtheory.prove.ring import Polynomial, Statement, axioms_of
from analogtheory.prove.search import counterexample, find_counterexample
from analogtheory.prove.squares import with_squares

#: (coefficient, square, {fact: power}) or (coefficient, square, facts), a fact repeated for its
#: powers; or ("zero", fact, cofactor). Facts also by index.
Term = tuple[Any, Any, Any]


def prove_by_terms(
    conclude: Fact,
    given: Sequence[Fact],
    terms: Sequence[Term],
    *,
    multiplier: Sequence[Fact] | None = None,
    points: Sequence[Mapping[str, Any]] = (),
    name: str = "",
) -> Outcome:
    """Prove an inequality by a certificate written by hand.

    Parameters
    ----------
    terms : sequence of tuples
        ``(coefficient, square, {fact: power})`` stands for coefficient·square²·Π factᵖᵒʷᵉʳ,
        ``(coefficient, square, facts)`` for coefficient·square²·Π facts,
        ``("zero", fact, cofactor)`` for cofactor·fact where the fact is an equation. A fact
        is one of `given`, or an index: `given`, then those of
        :func:`analogtheory.prove.ring.axioms_of`. Terms with a fact that is not given are
        left out, so that a twin without it is refuted rather than misread.
    multiplier : sequence of Fact, optional
        Given facts > 0 that the conclusion is multiplied by, repeated for powers.
    points : sequence of dict
        Rational points that are tried first, because a readable counterexample of one's own
        beats a found one; see :func:`analogtheory.prove.counterexample`.

    Examples
    --------
    >>> from analogtheory.prove.facts import ge
    >>> x, y = sympy.symbols("x y", real=True)
    >>> prove_by_terms(ge(x**2 + y**2, 2 * x * y), [], [(1, x - y, {})]).domain
    'all parameters'
    """
    if found := counterexample(conclude, given, *points):
        return Refuted(found)
    try:
        powers = _powers(multiplier or (), given)
        certificate = Statement(conclude, given, powers).certificate(
            [entry for term in terms if (entry := _entry(term, list(given)))], name
        )
        problem = failure(certificate)
    except InputError as unreadable:
        return Unknown(str(unreadable))
    return Proved(certificate) if not problem else _otherwise(conclude, given, problem)


def prove_polynomial(
    conclude: Fact,
    given: Sequence[Fact] = (),
    *,
    degree: int = 2,
    squares: Sequence[Any] = (),
    multiplier: Sequence[Fact] | None = None,
    points: Sequence[Mapping[str, Any]] = (),
    name: str = "",
) -> Outcome:
    """Prove an inequality (or an equation) from polynomial hypotheses.

    Parameters
    ----------
    conclude : Fact
        Its denominators are cleared by `multiplier`, by positive facts that divide them,
        or by their square.
    given : sequence of Fact
        |u|, √u, Max and Min bring their axioms by themselves.
    degree : int
        Largest number of facts in a product; one more is tried where it is affordable.
    squares : sequence of sympy.Expr
        Polynomials whose squares may be used; symbols, their sums and their differences
        are tried in any case.
    multiplier : sequence of Fact, optional
        Given facts > 0 to multiply the conclusion with.
    points : sequence of dict
        Rational points that are tried first, as in :func:`prove_by_terms`.

    Returns
    -------
    Proved, Refuted or Unknown
        Refuted with a rational point where one is found.

    Examples
    --------
    >>> from analogtheory.prove.facts import ge, gt, lt
    >>> F, G = sympy.symbols("F G", real=True)
    >>> bounds = [gt(F), ge(F - G), ge(F + G)]
    >>> prove_polynomial(ge(F**2 - G**2), bounds).certificate["terms"]
    [{'coefficient': '1', 'factors': {'1': 1, '2': 1}}]
    >>> prove_polynomial(gt(F**2 - G**2), bounds).counterexample["point"]
    {'F': '1', 'G': '1'}
    """
    if found := counterexample(conclude, given, *points):
        return Refuted(found)
    try:
        powers = None if multiplier is None else _powers(multiplier, given)
        plain = _Attempt(Statement(conclude, given, powers), degree, squares, name)
        if certificate := plain.go_on(2):
            return Proved(certificate)
        if found := find_counterexample(conclude, given):
            return Refuted(found)
        certificate = plain.go_on(3) or _longer(plain, conclude, given, powers)
    except (InputError, ValueError) as problem:
        return Unknown(str(problem))
    if certificate is not None:
        return Proved(certificate)
    reason = f"no certificate with products of up to {degree + 1} facts"
    return Unknown(f"{reason}, and no counterexample found")


def _longer(
    plain: _Attempt, conclude: Fact, given: Sequence[Fact], powers: Mapping[str, int] | None
) -> Certificate | None:
    """By contradiction, or from both sides of an equation; then with more squares."""
    if conclude.relation == "==":
        needs_axioms = bool(axioms_of([conclude, *given]))
        return _from_both_sides(conclude, given, plain) if needs_axioms else None
    negated = Statement(conclude, given, powers, by_contradiction=True)
    other = _Attempt(negated, plain.degree, plain.squares, plain.name)
    return other.go_on(5) or plain.go_on(1) or other.go_on(1)


def _from_both_sides(conclude: Fact, given: Sequence[Fact], plain: _Attempt) -> Certificate | None:
    """An equation as ≥ and ≤, each with a certificate."""
    sides = [ge(conclude.expression), le(conclude.expression, 0)]
    outcomes = [prove_polynomial(side, given, degree=plain.degree) for side in sides]
    steps = [outcome.certificate for outcome in outcomes if isinstance(outcome, Proved)]
    return {"kind": "chain", "name": plain.name, "steps": steps} if len(steps) == 2 else None


def _otherwise(conclude: Fact, given: Sequence[Fact], reason: str) -> Outcome:
    found = find_counterexample(conclude, given)
    return Refuted(found) if found else Unknown(f"{reason}, and no counterexample found")


def _powers(multiplier: Sequence[Fact], given: Sequence[Fact]) -> dict[str, int]:
    powers: dict[str, int] = {}
    for fact in multiplier:
        if fact not in given:
            raise InputError(f"multiplier {fact}: must be one of the given facts")
        index = str(list(given).index(fact))
        powers[index] = powers.get(index, 0) + 1
    return powers


def _entry(term: Term, given: list[Fact]) -> dict[str, Any]:
    """A term as it stands in a certificate; {} if one of its facts is not given."""
    first, second, third = term
    used = [second] if first == "zero" else list(third)
    if any(isinstance(fact, Fact) and fact not in given for fact in used):
        return {}
    if first == "zero":
        return {"zero": _index(second, given), "cofactor": str(sympy.sympify(third))}
    entry: dict[str, Any] = {"coefficient": str(Fraction(str(sympy.sympify(first))))}
    if second != 1:
        entry["square"] = str(sympy.sympify(second))
    powers = third if isinstance(third, Mapping) else Counter(third)
    if powers:
        entry["factors"] = {str(_index(fact, given)): int(n) for fact, n in powers.items()}
    return entry


def _index(fact: Any, given: list[Fact]) -> int:
    return given.index(fact) if isinstance(fact, Fact) else int(fact)


class _Attempt:
    """Larger and larger sets of terms for one statement."""

    def __init__(self, statement: Statement, degree: int, squares: Sequence[Any], name: str):
        self.degree, self.squares, self.name = degree, squares, name
        self._statement = statement
        self._stages = _stages(statement, degree, squares)
        self._tried = 0

    def go_on(self, stages: int) -> Certificate | None:
        """The certificate, if one of the next stages finds it."""
        for columns_now in itertools.islice(self._stages, stages):
            if len(columns_now) != self._tried and (found := self._combine(columns_now)):
                return found
            self._tried = len(columns_now)
        return None

    def _combine(self, columns_now: Sequence[Column]) -> Certificate | None:
        relation = self._statement.conclude.relation
        usable = [c for c in columns_now if c.free or relation != "=="]
        found = combine(self._statement.target, usable, strict=relation == ">")
        if found is None:
            return None
        certificate = self._statement.certificate(_terms(usable, found), self.name)
        return None if failure(certificate) else certificate


def _terms(usable: Sequence[Column], found: Mapping[int, Fraction]) -> list[dict[str, Any]]:
    terms = []
    for k, value in sorted(found.items()):
        term = dict(usable[k].term)
        if usable[k].free:
            term["cofactor"] = f"({value})*({term['cofactor']})"
            terms.append(term)
        else:
            terms.append({"coefficient": str(value), **term})
    return terms


def _stages(statement: Statement, degree: int, squares: Sequence[Any]) -> Iterator[list[Column]]:
    """Sets of columns, each larger than the one before."""
    offered = [statement.polynomial(str(sympy.sympify(square))) for square in squares]
    linear = [*offered, *_automatic(statement, 1)]
    top = statement.target.total_degree()
    size = max([top, *(fact.polynomial.total_degree() for fact in statement.facts)])
    yield columns(statement, 1, offered, size)
    yield columns(statement, degree, offered, size)
    yield columns(statement, degree, linear, max(size, top + 1))
    yield columns(statement, degree, [*linear, *_automatic(statement, 2)], max(size, top + 2))
    yield columns(statement, degree + 1, linear, max(size, top + 2))
    if statement.conclude.relation != "==":
        even = size + size % 2
        yield with_squares(statement, columns(statement, degree, offered, even), even)


def _automatic(statement: Statement, degree: int) -> list[Polynomial]:
    """Monomials, and sums and differences of two of them."""
    single = [m for m in monomials(statement, degree) if m.total_degree() > 0]
    if len(single) > 16:
        return []
    pairs = itertools.combinations([statement.target.context().constant(1), *single], 2)
    both = [form for one, two in pairs for form in (one - two, one + two)]
    return [*single, *both]
