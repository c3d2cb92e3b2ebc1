"""Rung 1: two formulas are the same rational function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy

from analogtheory.checker import failure
from analogtheory.prove.facts import Fact, eq
from analogtheory.prove.outcome import Outcome, Proved, Refuted, Unknown
from analogtheory.prove.search import counterexample, find_counterexample


def prove_identity(
    left: Any,
    right: Any,
    *,
    given: Sequence[Fact] = (),
    points: Sequence[Mapping[str, Any]] = (),
    name: str = "",
) -> Outcome:
    """Prove left = right for all values of the symbols where both are defined.

    exp, sqrt, Abs and the like of different arguments count as independent, so rewrite
    them (``expand(power_exp=True)``, ``|x| → s·x``) before asking.

    Parameters
    ----------
    left, right : sympy.Expr or number
    given : sequence of Fact
        What a point that refutes it has to meet; a proof does not use them.
    points : sequence of dict
        Rational points that are tried first, because a readable counterexample of one's own
        beats a found one; see :func:`analogtheory.prove.counterexample`.
    name : str
        What the certificate calls it.

    Returns
    -------
    Proved, Refuted or Unknown
        Refuted carries a rational point at which the sides differ.

    Examples
    --------
    >>> F, G = sympy.symbols("F G", real=True)
    >>> prove_identity((F - G) * (F + G), F**2 - G**2).certificate["kind"]
    'identity'
    >>> prove_identity((F - G) ** 2, F**2 - G**2).counterexample["point"]
    {'F': '0', 'G': '1'}
    >>> prove_identity((F - G) ** 2, F**2 - G**2, points=[{"F": 1, "G": 2}]).counterexample["point"]
    {'F': '1', 'G': '2'}
    """
    left, right = sympy.sympify(left), sympy.sympify(right)
    if found := counterexample(eq(left, right), given, *points):
        return Refuted(found)
    certificate = {"kind": "identity", "name": name, "left": str(left), "right": str(right)}
    problem = failure(certificate)
    if not problem:
        return Proved(certificate)
    found = find_counterexample(eq(left, right), given)
    return Refuted(found) if found else Unknown(f"{problem}, but no rational point shows it")
